"""Sparse LU elimination as a straight-line program, found once for a structure and run for thousands of values.

The *slots* of a system are its structural non-zeros, its fill-in and its right-hand sides. A program is a list of
steps over slots; pivots are taken from the diagonal in Markowitz order (fewest products first) with the unknowns
that are wanted at the end, so that they need no back-substitution. Steps that act on zeros, or that no wanted
unknown needs, are left out.

Source: H. M. Markowitz, "The elimination form of the inverse and its application to linear programming",
Management Science 3, 1957.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

RECIPROCAL, MULTIPLY, MULTIPLY_SUBTRACT = 0, 1, 2
"""Kinds of step `(kind, k, i, j)`: `k = 1/k`, `k = k*i`, `k = k - i*j`."""

Step = tuple[int, int, int, int]
Slots = dict[tuple[int, int], int]
"""Slot of each structural entry `(row, column)`."""


def pivot_order(slots: Slots, n: int, last: Sequence[int] = ()) -> list[int]:
    """The elimination order of an (n, n) system; adds its fill-in to `slots`.

    Args:
        slots: structural entries, the whole diagonal among them; grows.
        n: number of unknowns.
        last: unknowns to eliminate at the end, in this order.

    Example:
        >>> arrow = {(0, 0): 0, (1, 1): 1, (2, 2): 2, (0, 1): 3, (1, 0): 4, (0, 2): 5, (2, 0): 6}
        >>> pivot_order(arrow, 3), len(arrow)
        ([1, 0, 2], 7)
    """
    free = [at for at in range(n) if at not in last]
    order: list[int] = []
    while free:
        left = free + list(last)
        pivot = min(free, key=lambda p: (len(_rows(slots, p, left)) * len(_columns(slots, p, left)), p))
        order.append(pivot)
        free.remove(pivot)
        left.remove(pivot)
        _fill(slots, pivot, left)
    for at, pivot in enumerate(last):
        _fill(slots, pivot, last[at + 1 :])
    return order + list(last)


def elimination(
    slots: Slots, order: Sequence[int], right: Sequence[int], driven: Iterable[int], wanted: Iterable[int]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The program that solves a system.

    Args:
        slots: slot of each structural entry, fill-in included.
        order: pivots in order.
        right: right-hand-side slot of each row; holds the unknown of that number afterwards.
        driven: rows whose right-hand side may differ from zero.
        wanted: the unknowns needed.

    Returns:
        (n_steps, 4) steps.

    Example:
        >>> elimination({(0, 0): 0}, [0], [1], [0], [0]).tolist()
        [[0, 0, 0, 0], [1, 1, 0, 0]]
    """
    steps: list[Step] = []
    active = set(driven)
    for at, pivot in enumerate(order):
        left = order[at + 1 :]
        rows, columns = _rows(slots, pivot, left), _columns(slots, pivot, left)
        of_row = [(slots[pivot, c], {row: slots[row, c] for row in rows}) for c in columns]
        of_row += [(right[pivot], {row: right[row] for row in rows})] if pivot in active else []
        steps.append((RECIPROCAL, slots[pivot, pivot], 0, 0))
        steps += [(MULTIPLY, slot, slots[pivot, pivot], 0) for slot, _ in of_row]
        for row in rows:
            steps += [(MULTIPLY_SUBTRACT, below[row], slots[row, pivot], slot) for slot, below in of_row]
        active.update(rows if pivot in active else ())
    for at, pivot in reversed(list(enumerate(order))):
        known = [c for c in _columns(slots, pivot, order[at + 1 :]) if c in active]
        steps += [(MULTIPLY_SUBTRACT, right[pivot], slots[pivot, c], right[c]) for c in known]
        active.update([pivot] if known else [])
    return np.array(_needed(steps, {right[at] for at in wanted}), dtype=np.int64).reshape(-1, 4)


def _rows(slots: Slots, pivot: int, left: Iterable[int]) -> list[int]:
    return [row for row in left if row != pivot and (row, pivot) in slots]


def _columns(slots: Slots, pivot: int, left: Iterable[int]) -> list[int]:
    return [column for column in left if column != pivot and (pivot, column) in slots]


def _fill(slots: Slots, pivot: int, left: Sequence[int]) -> None:
    for row in _rows(slots, pivot, left):
        for column in _columns(slots, pivot, left):
            slots.setdefault((row, column), len(slots))


def _needed(steps: Sequence[Step], live: set[int]) -> list[Step]:
    """The steps that contribute to the slots in `live` at the end."""
    kept: list[Step] = []
    for kind, k, i, j in reversed(steps):
        if k in live:
            kept.append((kind, k, i, j))
            live.update({RECIPROCAL: (), MULTIPLY: (i,), MULTIPLY_SUBTRACT: (i, j)}[kind])
    return kept[::-1]
