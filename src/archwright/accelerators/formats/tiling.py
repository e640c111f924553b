"""Which part of the stationary operand stands in which element: tiles, one after another.

A buffer holds the values of a dense operand, or pairs of value and index of a compressed one. An element takes as many
columns as fit, at most one per sum, and no more than spread the columns over all elements. A column that does not fit
is cut along its inner index; where there are fewer columns than elements, several cuts of them stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.accelerators.formats.entries import Entries, Ints
from archwright.accelerators.formats.machine import Array
from archwright.core.errors import check_name

STATIONARY = ("dense", "csc")


@dataclass(frozen=True, eq=False)
class Tile:
    """What the elements hold at a time.

    Args:
        first, last: columns of the operand, from `first` to below `last`.
        per_pe: columns of an element.
        cuts: (n + 1,) inner indices at which the columns are cut.
        places: (stored,) inner indices of what is stored.
        pes: (stored,) elements that store it.
        columns: (stored,) its columns.
        values: (stored,).
        n_words: loaded: values, or pairs and a word per column and cut.
    """

    first: int
    last: int
    per_pe: int
    cuts: Ints
    places: Ints
    pes: Ints
    columns: Ints
    values: np.ndarray[Any, Any]
    n_words: int


def tiles_of(entries: Entries, name: str, array: Array) -> Iterator[Tile]:
    """The tiles of a stationary operand, columns before cuts.

    Args:
        entries: of a matrix, inner index by columns.
        name: `dense` or `csc`.
        array: what it stands in.

    Raises:
        SpecError: the format is not held.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> tiles = list(tiles_of(entries_of(np.ones((6, 3))), "dense", Array(n_pes=2, buffer_words=4)))
        >>> [(tile.first, tile.last, tile.cuts.tolist()) for tile in tiles]
        [(0, 2, [0, 4]), (0, 2, [4, 6]), (2, 3, [0, 4, 6])]
    """
    check_name("stationary format", name, STATIONARY)
    first = 0
    rows, columns = entries.coordinates
    while first < entries.shape[1]:
        per_pe, cuts = _cuts(rows, columns, first, entries.shape, name, array)
        last = min(entries.shape[1], first + per_pe * array.n_pes)
        across = -(-(last - first) // per_pe)
        beside = max(1, array.n_pes // across)
        for begin in range(0, len(cuts) - 1, beside):
            yield _tile(entries, name, first, last, per_pe, cuts[begin : begin + beside + 1])
        first = last


def _cuts(rows: Ints, columns: Ints, first: int, shape: tuple[int, ...], name: str, array: Array) -> tuple[int, Ints]:
    """Columns per element, and where they are cut."""
    spread = -(-(shape[1] - first) // array.n_pes)
    most = max(1, min(array.sums_per_pe, spread))
    if name == "dense":
        per_pe = max(1, min(most, array.buffer_words // shape[0]))
        step = min(shape[0], array.buffer_words)
        return per_pe, np.append(np.arange(0, shape[0], step), shape[0])
    for per_pe in range(most, 0, -1):
        inside = (first <= columns) & (columns < first + per_pe * array.n_pes)
        held = np.bincount((columns[inside] - first) // per_pe, minlength=1)
        if held.max() <= array.pairs:
            return per_pe, np.array([0, shape[0]])
    return 1, _greedy(rows[inside], columns[inside], shape[0], array.pairs)


def _greedy(rows: Ints, columns: Ints, n_inner: int, pairs: int) -> Ints:
    """Cuts as far apart as the fullest column allows: an entry is in a later cut when `pairs` are before it."""
    cuts, start = [0], 0
    while True:
        left = rows >= start
        order = np.argsort(columns[left], kind="stable")
        row, column = rows[left][order], columns[left][order]
        first_of = np.searchsorted(column, column)
        over = row[np.arange(len(row)) - first_of >= pairs]
        if len(over) == 0:
            return np.array([*cuts, n_inner])
        start = int(over.min())
        cuts.append(start)


def _tile(entries: Entries, name: str, first: int, last: int, per_pe: int, cuts: Ints) -> Tile:
    n_columns, across = last - first, -(-(last - first) // per_pe)
    if name == "dense":
        places, columns = np.divmod(np.arange((cuts[-1] - cuts[0]) * n_columns), n_columns)
        places, columns = places + cuts[0], columns + first
        values = entries.dense()[places, columns]
        n_words = len(values)
    else:
        rows, all_columns = entries.coordinates
        inside = (first <= all_columns) & (all_columns < last) & (cuts[0] <= rows) & (rows < cuts[-1])
        places, columns, values = rows[inside], all_columns[inside], entries.values[inside]
        n_words = 2 * len(values) + n_columns * (len(cuts) - 1)
    pes = (np.searchsorted(cuts, places, side="right") - 1) * across + (columns - first) // per_pe
    return Tile(first, last, per_pe, cuts, places, pes, columns, values, n_words)
