"""The loops of the mappings, step by step: which filters, channels and rows the elements work on, and when.

The closed forms of `dataflow` are products of loop lengths. Written out, outermost loop first, with the blocks of the
forms:

| Mapping | Loops | In a step |
|---|---|---|
| `dla` | groups, tiles of filters, folds of channels, output rows | an output row from a fold of channels |
| `shi` | groups, tiles of filters, channels, folds of output rows | a fold of rows from a channel |
| `eye` | groups, tiles of filters, folds of channels, turns of kernel rows, folds of output rows | likewise |
| depthwise layers | folds of channels, output rows | an output row of every channel |

All steps of a layer take the same cycles, so that they share the closed form's evenly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.workloads import Layer
from archwright.core.errors import SpecError, check_name

MOST_BLOCKS = 10_000_000
"""Blocks of all steps: channels that are read, filters that are written."""


class Steps(NamedTuple):
    """What the elements work on in n steps, (n,) int64 each.

    Args:
        filters: the first one.
        n_filters: how many.
        channels: the first one of the input.
        n_channels: how many.
        depths: the same channel, counted within its group, as weights know it.
        n_depths: how many weights deep; one in a depthwise layer.
        rows: the first one of the output.
        n_rows: how many.
    """

    filters: Ints
    n_filters: Ints
    channels: Ints
    n_channels: Ints
    depths: Ints
    n_depths: Ints
    rows: Ints
    n_rows: Ints

    def __len__(self) -> int:
        """How many steps."""
        return len(self.filters)


def steps_of(layer: Layer, n_pes: int, tile: int, dataflow: str) -> Steps:
    """All steps of a layer.

    Args:
        layer: to be run.
        n_pes: processing elements, >= 1.
        tile: filters, or channels of a depthwise layer, held by an element, >= 1.
        dataflow: `dla`, `shi` or `eye`.

    Raises:
        SpecError: no such dataflow, or more blocks than memory has room for.

    Example:
        >>> steps = steps_of(Layer("conv", 8, 4, 5, 5, 3, 3), 2, 4, "dla")
        >>> [len(one) for one in (np.unique(steps.filters), np.unique(steps.channels), np.unique(steps.rows), steps[0])]
        [2, 2, 3, 12]
    """
    mapping = MAPPINGS[check_name("dataflow", dataflow, MAPPINGS)]
    return _depthwise(layer, n_pes, tile) if layer.is_depthwise else mapping(layer, n_pes, tile)


def _weight_stationary(layer: Layer, n_pes: int, tile: int) -> Steps:
    return _nest(layer, tile, n_pes, 1, 1)


def _output_stationary(layer: Layer, n_pes: int, tile: int) -> Steps:
    return _nest(layer, tile, 1, 1, n_pes)


def _row_stationary(layer: Layer, n_pes: int, tile: int) -> Steps:
    stacks = max(n_pes // layer.kernel_height, 1)
    side = min(max(stacks // layer.rows, 1), layer.channels // layer.groups)
    turns = -(-layer.kernel_height // n_pes)
    return _nest(layer, tile, side, turns, min(stacks, layer.rows))


MAPPINGS: dict[str, Callable[[Layer, int, int], Steps]] = {
    "dla": _weight_stationary,
    "shi": _output_stationary,
    "eye": _row_stationary,
}


def _nest(layer: Layer, tile: int, depth: int, turns: int, rows: int) -> Steps:
    """Groups, tiles of filters, folds of `depth` channels, turns, folds of `rows` output rows."""
    filters, channels = layer.filters // layer.groups, layer.channels // layer.groups
    lengths = (layer.groups, -(-filters // tile), -(-channels // depth), turns, -(-layer.rows // rows))
    _check_blocks(layer, lengths, depth + 2 * min(tile, filters))
    group, filter_tile, fold, _, row_fold = (one.ravel() for one in np.indices(lengths))
    in_fold = np.minimum(depth, channels - fold * depth)
    return Steps(
        filters=group * filters + filter_tile * tile,
        n_filters=np.minimum(tile, filters - filter_tile * tile),
        channels=group * channels + fold * depth,
        n_channels=in_fold,
        depths=fold * depth,
        n_depths=in_fold,
        rows=row_fold * rows,
        n_rows=np.minimum(rows, layer.rows - row_fold * rows),
    )


def _depthwise(layer: Layer, n_pes: int, tile: int) -> Steps:
    at_once = n_pes * tile
    lengths = (-(-layer.channels // at_once), layer.rows)
    _check_blocks(layer, lengths, 3 * min(at_once, layer.channels))
    fold, row = (one.ravel() for one in np.indices(lengths))
    first, count, one = fold * at_once, np.minimum(at_once, layer.channels - fold * at_once), np.ones_like(fold)
    return Steps(first, count, first, count, 0 * one, one, row, one)


def _check_blocks(layer: Layer, lengths: tuple[int, ...], per_step: int) -> None:
    n_blocks = math.prod(lengths) * per_step
    if n_blocks > MOST_BLOCKS:
        allowed = f"at most {MOST_BLOCKS:,} blocks of channels and filters in all steps; a larger tile makes fewer"
        raise SpecError(layer.name, f"{n_blocks:,}", allowed)
