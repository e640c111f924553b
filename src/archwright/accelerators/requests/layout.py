"""Where the tensors of a layer lie in memory, and the lines that a step needs of them.

A word is a byte, as in the buffers of the closed forms; only weights may be stored in fewer or more bits, one after the
other, and become words when they are read. Inputs lie as (channels, rows, columns), weights as (filters,
channels of a group, kernel rows, kernel columns), outputs as (filters, rows, columns), one tensor after the other, each
from the beginning of a line on. Padding is nowhere: zeros need not be stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.requests.steps import Steps
from archwright.accelerators.workloads import Layer

Bools = np.ndarray[Any, np.dtype[np.bool_]]

LINE_BYTES = 64
INPUTS, WEIGHTS, OUTPUTS = range(3)
TENSORS = ("inputs", "weights", "outputs")

# A run: columns of an (n, 4) int64 array; both lines belong to it.
STEP, FIRST, LAST, TENSOR = range(4)


class Layout(NamedTuple):
    """Sizes and places of the tensors of a layer, in the order of `TENSORS`.

    Args:
        n_bytes: of each.
        first_lines: of each, and behind the last one.
    """

    n_bytes: tuple[int, int, int]
    first_lines: tuple[int, int, int, int]

    @property
    def n_lines(self) -> int:
        """Of all three."""
        return self.first_lines[-1]

    def tensor_of(self, lines: Ints) -> Ints:
        """The tensor that each line belongs to."""
        return np.searchsorted(self.first_lines[1:], lines, side="right").astype(np.int64)

    def bytes_in(self, lines: Ints) -> Ints:
        """Bytes of the tensor in each line: all but the last line of a tensor are full."""
        tensors = self.tensor_of(lines)
        before = (lines - np.array(self.first_lines)[tensors]) * LINE_BYTES
        return np.asarray(np.minimum(LINE_BYTES, np.array(self.n_bytes)[tensors] - before))


def layout_of(layer: Layer, weight_bits: int = 8) -> Layout:
    """The layout of a layer.

    Args:
        layer: to be run.
        weight_bits: that a weight takes in memory.

    Example:
        >>> layout_of(Layer("conv", 8, 4, 5, 5, 3, 3))
        Layout(n_bytes=(100, 288, 72), first_lines=(0, 2, 7, 9))
    """
    inputs, outputs = layer.channels * layer.height * layer.width, layer.filters * layer.rows * layer.columns
    sizes = (inputs, -(-layer.weights * weight_bits // 8), outputs)
    ends = np.cumsum([-(-one // LINE_BYTES) for one in sizes]).tolist()
    return Layout(sizes, (0, *ends))


def runs_of(layer: Layer, steps: Steps, weight_bits: int = 8) -> Ints:
    """The lines that every step needs, as runs of adjacent ones: weights that it has not yet, inputs, outputs.

    Args:
        layer: to be run.
        steps: of the layer.
        weight_bits: that a weight takes in memory.

    Returns:
        (n, 4) int64 in the order of the steps; see `STEP` and its neighbours.

    Example:
        >>> from archwright.accelerators.requests.steps import steps_of
        >>> layer = Layer("conv", 2, 1, 4, 64, 3, 64)
        >>> runs_of(layer, steps_of(layer, 1, 2, "dla")).tolist()
        [[0, 4, 6, 1], [0, 7, 9, 1], [0, 0, 2, 0], [0, 10, 10, 2], [0, 10, 10, 2], [1, 1, 3, 0], [1, 10, 10, 2], ...]
    """
    blocks = np.stack([steps.filters, steps.n_filters, steps.depths, steps.n_depths], axis=1)
    is_new = np.append(True, (np.diff(blocks, axis=0) != 0).any(axis=1))
    layout = layout_of(layer, weight_bits)
    tensors = (_input_runs(layer, steps), _weight_runs(layer, steps, is_new, weight_bits), _output_runs(layer, steps))
    parts = [_in_lines(layout, tensor, *run) for tensor, run in enumerate(tensors)]
    runs = np.concatenate([parts[WEIGHTS], parts[INPUTS], parts[OUTPUTS]])
    return np.ascontiguousarray(runs[np.argsort(runs[:, STEP], kind="stable")])


def _input_runs(layer: Layer, steps: Steps) -> tuple[Ints, Ints, Ints]:
    """Step, first byte and last byte of the rows of every channel below the step's output rows."""
    step, channel = _spread(steps.channels, steps.n_channels)
    above = layer.padding // 2
    first = np.clip(steps.rows * layer.stride - above, 0, layer.height)
    behind = (steps.rows + steps.n_rows - 1) * layer.stride - above + layer.kernel_height
    last = np.clip(behind, 0, layer.height)
    is_there = (last > first)[step]
    step, channel = step[is_there], channel[is_there]
    base = channel * layer.height
    return step, (base + first[step]) * layer.width, (base + last[step]) * layer.width - 1


def _weight_runs(layer: Layer, steps: Steps, is_new: Bools, bits: int) -> tuple[Ints, Ints, Ints]:
    step, filter_ = _spread(steps.filters, np.where(is_new, steps.n_filters, 0))
    kernel = layer.kernel_height * layer.kernel_width
    first = (filter_ * (layer.channels // layer.groups) + steps.depths[step]) * kernel
    behind = first + steps.n_depths[step] * kernel
    return step, first * bits // 8, (behind * bits - 1) // 8


def _output_runs(layer: Layer, steps: Steps) -> tuple[Ints, Ints, Ints]:
    step, filter_ = _spread(steps.filters, steps.n_filters)
    first = (filter_ * layer.rows + steps.rows[step]) * layer.columns
    return step, first, first + steps.n_rows[step] * layer.columns - 1


def _spread(firsts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Step and number of everything that steps count from `firsts` on."""
    step = np.repeat(np.arange(len(firsts)), counts)
    before = np.cumsum(counts) - counts
    return step, firsts[step] + np.arange(len(step)) - before[step]


def _in_lines(layout: Layout, tensor: int, step: Ints, first: Ints, last: Ints) -> Ints:
    base = layout.first_lines[tensor]
    columns = (step, base + first // LINE_BYTES, base + last // LINE_BYTES, np.full_like(step, tensor))
    return np.stack(columns, axis=1).astype(np.int64)
