"""Layers as columns of numbers, so that a formula is written once for all layers and all actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.accelerators.workloads.layer import Layer

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


class Sizes(NamedTuple):
    """Sizes of n layers, (n, 1) int64 each; filters and channels are those of one group.

    Args:
        filters: K.
        channels: C.
        rows: of the output, y'.
        columns: of the output, x'.
        kernel_rows: R.
        kernel_columns: S.
        groups: convolutions side by side.
        fresh_rows: input rows that the next output row needs anew, the stride or at most R.
        fresh_columns: the same for columns.
        inputs: words of the whole input.
    """

    filters: Ints
    channels: Ints
    rows: Ints
    columns: Ints
    kernel_rows: Ints
    kernel_columns: Ints
    groups: Ints
    fresh_rows: Ints
    fresh_columns: Ints
    inputs: Ints

    @property
    def kernel(self) -> Ints:
        """R S, weights of one filter and channel."""
        return self.kernel_rows * self.kernel_columns

    @property
    def outputs(self) -> Ints:
        """y' x', positions of the output."""
        return self.rows * self.columns

    @property
    def weights(self) -> Ints:
        """Words of all weights."""
        return self.groups * self.filters * self.channels * self.kernel

    @property
    def macs(self) -> Ints:
        """Multiplications."""
        return self.weights * self.outputs

    def input_rows(self, outputs: Ints) -> Ints:
        """Input rows below `outputs` adjacent output rows."""
        return (outputs - 1) * self.fresh_rows + self.kernel_rows

    def input_columns(self, outputs: Ints) -> Ints:
        """Input columns below `outputs` adjacent output columns."""
        return (outputs - 1) * self.fresh_columns + self.kernel_columns


def sizes_of(layers: Sequence[Layer]) -> Sizes:
    """The sizes of layers.

    Example:
        >>> sizes_of([Layer("conv1", 64, 3, 224, 224, 7, 7, stride=2, padding=6)]).macs.tolist()
        [[118013952]]
    """
    rows = [
        (
            one.filters // one.groups, one.channels // one.groups, one.rows, one.columns,
            one.kernel_height, one.kernel_width, one.groups,
            min(one.stride, one.kernel_height), min(one.stride, one.kernel_width),
            one.channels * one.height * one.width,
        )
        for one in layers
    ]  # fmt: skip
    columns = np.array(rows, np.int64).reshape(-1, len(Sizes._fields)).T
    return Sizes(*(column[:, None] for column in columns))


def shares(total: Ints, size: Ints) -> Ints:
    """How many shares of `size` cover `total`: the quotient, rounded up."""
    return -(-total // size)
