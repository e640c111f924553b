"""Labels: which channel each entry of a value belongs to, and how reshapes, permutations and broadcasts carry that on.

A label array has the rank of its value and length 1 along every axis on which labels do not change, so that most of
them are `(1, channels, 1, 1)`. Label 0 stands for what can never be removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Labels = np.ndarray[Any, np.dtype[np.int64]]
Shape = tuple[int, ...]


def none_of(rank: int) -> Labels:
    """Labels of a value of which nothing can be removed.

    Example:
        >>> none_of(2).tolist()
        [[0]]
    """
    return np.zeros((1,) * rank, np.int64)


def varying(labels: Labels) -> tuple[int, ...]:
    """Axes along which labels change.

    Example:
        >>> varying(np.arange(3).reshape(1, 3, 1))
        (1,)
    """
    return tuple(axis for axis, length in enumerate(labels.shape) if length > 1)


def along(axis: int, line: Labels, rank: int) -> Labels:
    """Labels that change along one axis.

    Args:
        axis: 0 to rank - 1.
        line: (n,) labels.
        rank: of the value.

    Example:
        >>> along(1, np.array([5, 6]), 3).shape
        (1, 2, 1)
    """
    shape = [1] * rank
    shape[axis] = len(line)
    return squeezed(line.reshape(shape))


def squeezed(labels: Labels) -> Labels:
    """The same with length 1 along every axis on which nothing changes.

    Example:
        >>> squeezed(np.array([[1, 1], [2, 2]])).tolist()
        [[1], [2]]
    """
    for axis in varying(labels):
        first = labels.take([0], axis)
        if bool((labels == first).all()):
            labels = first
    return labels


def reshaped(labels: Labels, before: Shape, after: Shape) -> Labels:
    """Labels of a value whose entries get a new shape, in the same order.

    Args:
        labels: of the value.
        before: its shape.
        after: its new one.

    Example:
        >>> reshaped(np.array([[[7]], [[8]]]), (2, 1, 2), (1, 4)).tolist()
        [[7, 7, 8, 8]]
    """
    full, out = [], []
    for old, new in _runs(before, after):
        is_same = all(labels.shape[axis] == 1 for axis in old)
        full += [1 if is_same else before[axis] for axis in old]
        out += [1 if is_same else after[axis] for axis in new]
    return squeezed(np.broadcast_to(labels, full).reshape(out))


def _runs(before: Shape, after: Shape) -> Iterator[tuple[range, range]]:
    """The shortest stretches of axes on both sides that hold equally many entries."""
    left, right = _ends(before), _ends(after)
    i = j = 0
    for entries in sorted(left.keys() & right.keys()):
        yield range(i, left[entries]), range(j, right[entries])
        i, j = left[entries], right[entries]


def _ends(shape: Shape) -> dict[int, int]:
    """How many leading axes, at most, hold so many entries."""
    entries, ends = 1, {1: 0}
    for axis, length in enumerate(shape):
        entries *= length
        ends[entries] = axis + 1
    return ends


def aligned(labels: Labels, rank: int) -> Labels:
    """Labels with axes of length 1 in front, as broadcasting adds them.

    Example:
        >>> aligned(np.array([1, 2]), 3).shape
        (1, 1, 2)
    """
    return labels.reshape((1,) * (rank - labels.ndim) + labels.shape)


def full_line(labels: Labels, axis: int, length: int) -> Labels:
    """The labels along one axis, an entry each; those along other axes must not change.

    Example:
        >>> full_line(np.zeros((1, 1), int), 1, 3).tolist()
        [0, 0, 0]
    """
    line = labels.reshape(-1)
    return np.broadcast_to(line, (length,)) if labels.shape[axis] == 1 else line


def joined(parts: Sequence[tuple[Labels, Shape]], axis: int) -> Labels:
    """Labels of values set one after another along an axis.

    Args:
        parts: labels and shape of each.
        axis: 0 or more.

    Example:
        >>> joined([(np.array([[3, 4]]), (1, 2)), (np.array([[0]]), (1, 2))], 1).tolist()
        [[3, 4, 0, 0]]
    """
    rank = parts[0][0].ndim
    shape = tuple(max(one.shape[k] for one, _ in parts) for k in range(rank))
    spread = [np.broadcast_to(labels, (*shape[:axis], length[axis], *shape[axis + 1 :])) for labels, length in parts]
    return squeezed(np.concatenate(spread, axis))
