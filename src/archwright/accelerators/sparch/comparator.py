"""The merger's circuits: a grid of comparators, the same in two levels, adders, and the shifter behind them.

Source: Zhang et al., "SpArch", HPCA 2020. Two sorted windows meet in a grid that marks a[i] >= b[j]. The marks of a row
say how many b come before a[i], the blanks of a column how many a before b[j]; so every element knows its place at
once. Of blocks, only those on the boundary between marks and blanks need element comparators: 2 n - 1 of n x n, found
by comparing the blocks' last elements. Equal neighbours are added, and a shifter of log2(width) stages closes the gaps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.accelerators.sparch.matrix import Floats, Ints
from archwright.core.errors import SpecError

Marks = np.ndarray[Any, np.dtype[np.bool_]]


class Emitted(NamedTuple):
    """What one step of a merger gives.

    Args:
        keys: (n,) ascending, each once.
        values: (n,) sums of equal keys.
        n_first: taken from the first window.
        n_second: taken from the second window.
    """

    keys: Ints
    values: Floats
    n_first: int
    n_second: int


def compare(first: Ints, second: Ints) -> Marks:
    """The grid of a flat merger, true where first[i] >= second[j].

    Example:
        >>> compare(np.array([3, 8]), np.array([3, 5])).astype(int).tolist()
        [[1, 0], [1, 1]]
    """
    return first[:, None] >= second[None, :]


def compare_in_blocks(first: Ints, second: Ints, block: int) -> tuple[Marks, int]:
    """The same grid from two levels, and how many blocks compared elements.

    Args:
        first: (n,) ascending.
        second: (n,) ascending.
        block: elements of a block, a divisor of n.

    Raises:
        SpecError: blocks do not fill the windows.

    Example:
        >>> marks, n_blocks = compare_in_blocks(np.array([1, 3, 5, 7]), np.array([0, 1, 2, 3]), 2)
        >>> n_blocks, bool((marks == compare(np.array([1, 3, 5, 7]), np.array([0, 1, 2, 3]))).all())
        (2, True)
    """
    if len(first) != len(second) or len(first) % block:
        raise SpecError("block", block, f"a divisor of windows of {len(first)} and {len(second)}")
    last_first, last_second = first[block - 1 :: block], second[block - 1 :: block]
    tops = compare(last_first, last_second)
    # Away from the boundary a block is decided by its corner: all marks below it, all blanks above.
    marks = np.repeat(np.repeat(tops, block, axis=0), block, axis=1)
    i = j = n_blocks = 0
    while i < len(tops) and j < len(tops):
        here = np.s_[i * block : (i + 1) * block], np.s_[j * block : (j + 1) * block]
        marks[here] = compare(first[here[0]], second[here[1]])
        n_blocks += 1
        i, j = (i, j + 1) if tops[i, j] else (i + 1, j)
    return marks, n_blocks


def block_of(width: int) -> int:
    """Elements of a block: 4 as published for mergers of 16 and more, less in smaller ones.

    Example:
        >>> [block_of(width) for width in (1, 8, 16, 64)]
        [1, 2, 4, 4]
    """
    return 4 if width >= 16 else min(2, width)


def n_comparators(width: int) -> int:
    """Comparators of a merger in two levels: n x n between blocks and 2 n - 1 blocks of elements.

    Args:
        width: elements a step, a power of two.

    Example:
        >>> [n_comparators(width) for width in (4, 8, 16, 32)]
        [16, 44, 128, 304]
    """
    block = block_of(width)
    n = width // block
    return n * n + (2 * n - 1) * block * block


def merge_step(
    first: tuple[Ints, Floats], second: tuple[Ints, Floats], width: int, marks: Marks | None = None
) -> Emitted:
    """One step of a merger: the `width` smallest elements of both windows, equal ones added.

    Args:
        first: keys and values of the first window, ascending.
        second: the same of the second window, which comes first where keys are equal.
        width: elements that are taken at most.
        marks: of the grid, where they are known.

    Example:
        >>> step = merge_step((np.array([1, 4]), np.ones(2)), (np.array([1, 2]), np.ones(2)), 3)
        >>> step.keys.tolist(), step.values.tolist(), step.n_first, step.n_second
        ([1, 2], [2.0, 1.0], 1, 2)
    """
    marks = compare(first[0], second[0]) if marks is None else marks
    place_first = np.arange(len(first[0])) + marks.sum(axis=1)
    place_second = np.arange(len(second[0])) + (~marks).sum(axis=0)
    n = min(width, len(place_first) + len(place_second))
    keys, values = np.zeros(n, np.int64), np.zeros(n)
    for (from_keys, from_values), places in ((first, place_first), (second, place_second)):
        taken = places < n
        keys[places[taken]], values[places[taken]] = from_keys[taken], from_values[taken]
    summed, sums = close_gaps(*add_neighbours(keys, values))
    return Emitted(summed, sums, int((place_first < n).sum()), int((place_second < n).sum()))


def add_neighbours(keys: Ints, values: Floats) -> tuple[Ints, Floats, Marks]:
    """Equal neighbours added into the first of them; which elements are left.

    Example:
        >>> add_neighbours(np.array([2, 2, 3]), np.ones(3))[1:]
        (array([2., 0., 1.]), array([ True, False,  True]))
    """
    is_first = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    sums = np.zeros(len(keys))
    np.add.at(sums, np.flatnonzero(is_first)[np.cumsum(is_first) - 1], values)
    return keys, sums, is_first


def close_gaps(keys: Ints, values: Floats, is_left: Marks) -> tuple[Ints, Floats]:
    """What is left, moved together by stages that shift by 1, 2, 4, ... places.

    Example:
        >>> close_gaps(np.array([4, 5, 6, 7]), np.arange(4.0), np.array([True, False, False, True]))[0].tolist()
        [4, 7]
    """
    shift = np.cumsum(~is_left)
    keys, values, is_left = keys.copy(), values.copy(), is_left.copy()
    stage = 1
    while stage <= len(keys):
        moved = np.flatnonzero(is_left & (shift & stage != 0))
        for row in (keys, values, shift):
            row[moved - stage] = row[moved]
        is_left[moved] = False
        is_left[moved - stage] = True
        stage *= 2
    return keys[is_left], values[is_left]
