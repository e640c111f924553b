"""Pareto dominance under constraints: ranks, crowding, an incremental archive and the exact hypervolume.

Points are rows of objectives to be minimized, `(n, m)`. Between two points the smaller violation wins; between two
without violation the dominating one does (Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm:
NSGA-II", 2002: sorting, crowding distance, definition 1). The hypervolume follows WFG (While, Bradstreet, Barone,
"A Fast Way of Calculating Exact Hypervolumes", 2012), with sweeps for two and three objectives at its bottom.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from archwright.core.errors import SpecError

Points = np.ndarray[Any, np.dtype[np.float64]]
Ranks = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Item = TypeVar("Item")

MAX_OBJECTIVES = 6
"""Most objectives the exact hypervolume takes: its cost grows exponentially with them."""

_BLOCK = 1024
"""Rows compared with each other at once: bounds the memory of dominance tables."""


def non_dominated(points: Points) -> Mask:
    """Which rows no other row dominates; equal rows do not dominate each other.

    Args:
        points: (n, m), smaller is better.

    Returns:
        (n,) bool.

    Example:
        >>> non_dominated(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0]])).tolist()
        [True, True, False]
    """
    points = np.asarray(points, dtype=float)
    # A dominating row has no larger sum, so it stands before what it dominates; the columns settle rounded ties.
    order = np.lexsort((*points.T, points.sum(axis=1)))
    kept = np.empty((0, points.shape[1]))
    mask = np.zeros(len(points), dtype=bool)
    for start in range(0, len(points), _BLOCK):
        block = order[start : start + _BLOCK]
        block = block[~_dominance(kept, points[block]).any(axis=0)]
        block = block[~_dominance(points[block], points[block]).any(axis=0)]
        mask[block] = True
        kept = np.concatenate([kept, points[block]])
    return mask


def _dominance(first: Points, second: Points) -> Mask:
    """(n, k) bool: row i of `first` dominates row j of `second`."""
    no_worse = np.ones((len(first), len(second)), dtype=bool)
    better = np.zeros((len(first), len(second)), dtype=bool)
    for ours, theirs in zip(first.T, second.T, strict=True):
        no_worse &= ours[:, None] <= theirs
        better |= ours[:, None] < theirs
    return no_worse & better


def non_dominated_sort(points: Points, violations: Points | None = None) -> Ranks:
    """The front that each row belongs to, 0 for the best.

    Args:
        points: (n, m) objectives, smaller is better; m may be 0.
        violations: (n,) >= 0; rows with violation come after all without, in order of violation.

    Returns:
        (n,) int.

    Example:
        >>> non_dominated_sort(np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]])).tolist()
        [0, 0, 1]
    """
    points = np.asarray(points, dtype=float)
    if violations is None or not np.any(violations):
        return _ranks(points)
    feasible = violations == 0
    ranks = np.empty(len(points), dtype=np.int64)
    ranks[feasible] = _ranks(points[feasible])
    first = ranks[feasible].max() + 1 if feasible.any() else 0
    ranks[~feasible] = first + np.unique(violations[~feasible], return_inverse=True)[1]
    return ranks


def _ranks(points: Points) -> Ranks:
    n, n_objectives = points.shape
    if n_objectives == 0 or n == 0:
        return np.zeros(n, dtype=np.int64)
    if n_objectives == 1:
        return np.unique(points[:, 0], return_inverse=True)[1].astype(np.int64)
    if n_objectives == 2:
        return _ranks_of_pairs(points)
    return _ranks_of_table(points) if n <= _BLOCK else _ranks_by_peeling(points)


def _ranks_of_pairs(points: Points) -> Ranks:
    """Two objectives, O(n log n): in order of the first, a point joins the first front whose second is all above."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    lowest: list[float] = []  # the lowest second objective of each front so far; never falls from front to front
    ranks, previous, rank = [0] * len(points), None, 0
    for at, pair in zip(order.tolist(), points[order].tolist(), strict=True):
        if pair != previous:
            rank, previous = bisect_right(lowest, pair[1]), pair
            lowest[rank : rank + 1] = [pair[1]]
        ranks[at] = rank
    return np.array(ranks, dtype=np.int64)


def _ranks_of_table(points: Points) -> Ranks:
    dominates = _dominance(points, points).astype(np.int32)
    n_above = dominates.sum(axis=0)
    ranks = np.full(len(points), -1, dtype=np.int64)
    rank = 0
    while len(front := np.flatnonzero((n_above == 0) & (ranks < 0))):
        ranks[front] = rank
        n_above -= dominates[front].sum(axis=0)
        rank += 1
    return ranks


def _ranks_by_peeling(points: Points) -> Ranks:
    ranks = np.empty(len(points), dtype=np.int64)
    left, rank = np.arange(len(points)), 0
    while len(left):
        best = non_dominated(points[left])
        ranks[left[best]] = rank
        left, rank = left[~best], rank + 1
    return ranks


def crowding_distances(points: Points, ranks: Ranks | None = None) -> Points:
    """How far the neighbours of each row are within its front; infinite at the ends of a front.

    Args:
        points: (n, m) objectives; rows that are not finite count as the origin.
        ranks: (n,) front of each row, as `non_dominated_sort` gives; None when all are one front.

    Returns:
        (n,) sum over objectives of the gap between both neighbours, in units of the front's range.

    Example:
        >>> crowding_distances(np.array([[0.0, 4.0], [1.0, 1.0], [4.0, 0.0]])).tolist()
        [inf, 2.0, inf]
    """
    n = len(points)
    points = np.where(np.isfinite(points), points, 0.0)
    ranks = np.zeros(n, dtype=np.int64) if ranks is None else ranks
    distances = np.zeros(n)
    for values in points.T:
        order = np.lexsort((values, ranks))
        sorted_values, sorted_ranks = values[order], ranks[order]
        is_first = np.ones(n, dtype=bool)
        is_first[1:] = sorted_ranks[1:] != sorted_ranks[:-1]
        is_last = np.roll(is_first, -1)
        front = np.cumsum(is_first) - 1
        width = (sorted_values[is_last] - sorted_values[is_first])[front]
        gaps = np.roll(sorted_values, -1) - np.roll(sorted_values, 1)
        is_end = is_first | is_last
        gaps = np.divide(gaps, width, out=np.zeros(n), where=(width > 0) & ~is_end)
        gaps[is_end & (width > 0)] = np.inf
        distances[order] += gaps
    return distances


def constrained_order(points: Points, violations: Points) -> Ranks:
    """Row numbers, best first: by front, then the less crowded, then as they stand.

    Example:
        >>> constrained_order(np.array([[3.0], [1.0], [0.0]]), np.array([0.0, 0.0, 0.5])).tolist()
        [1, 0, 2]
    """
    ranks = non_dominated_sort(points, violations)
    return np.lexsort((-crowding_distances(points, ranks), ranks))


class ParetoArchive(Generic[Item]):
    """The best points seen so far and what belongs to each, kept up to date point by point.

    While nothing without violation was added, it holds the points of least violation; afterwards the non-dominated
    ones. Of equal points the first stays.

    Args:
        n_objectives: m >= 0.

    Example:
        >>> archive = ParetoArchive[str](2)
        >>> [archive.add((2.0, 2.0), "a"), archive.add((1.0, 3.0), "b"), archive.add((1.0, 1.0), "c")]
        [True, True, True]
        >>> archive.items
        ['c']
    """

    def __init__(self, n_objectives: int) -> None:
        self.points: Points = np.empty((0, n_objectives))
        self.items: list[Item] = []
        self.violation = float("inf")

    def __len__(self) -> int:
        """How many points are held."""
        return len(self.items)

    def add(self, objectives: Sequence[float] | Points, item: Item, violation: float = 0.0) -> bool:
        """Offer one point.

        Args:
            objectives: (m,), smaller is better.
            item: what belongs to it.
            violation: >= 0; infinite ones (no answer) are never held.

        Returns:
            True when it is held now.
        """
        if violation > self.violation or violation == float("inf"):
            return False
        point = np.asarray(objectives, dtype=float)
        if violation < self.violation:
            self.points, self.items, self.violation = point[None, :].copy(), [item], violation
            return True
        if violation > 0 or bool((self.points <= point).all(axis=1).any()):
            return False
        kept = np.flatnonzero((self.points < point).any(axis=1))
        self.points = np.concatenate([self.points[kept], point[None, :]])
        self.items = [*(self.items[at] for at in kept.tolist()), item]
        return True


def hypervolume(points: Points, reference: Sequence[float] | Points) -> float:
    """The exact volume between `points` and `reference`: what at least one point dominates.

    Args:
        points: (n, m) objectives to be minimized, 1 <= m <= 6, in any order, dominated ones allowed.
        reference: (m,) the corner; points that are not better in every objective add nothing.

    Raises:
        SpecError: more than six objectives, or shapes that do not fit.

    Example:
        >>> hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), [3.0, 3.0])
        3.0
    """
    corner, points = np.asarray(reference, dtype=float), np.asarray(points, dtype=float)
    if not 1 <= len(corner) <= MAX_OBJECTIVES:
        raise SpecError("hypervolume objectives", len(corner), f"1 to {MAX_OBJECTIVES} objectives")
    if points.ndim != 2 or points.shape[1] != len(corner):
        raise SpecError("hypervolume points", points.shape, f"an array of shape (n, {len(corner)})")
    gains = corner - points[(points < corner).all(axis=1)]
    return _volume(gains)


def _volume(gains: Points) -> float:
    """Volume of the union of the boxes from the origin to each row of `gains` (all above 0)."""
    n, width = gains.shape
    if n == 0:
        return 0.0
    if n == 1 or width == 1:
        return float(gains.prod(axis=1).max())
    if width == 2:
        return _area(gains)
    gains = gains[non_dominated(-gains)]
    if width == 3:
        return _volume_of_triples(gains)
    # Highest last axis last: limited to box i, all boxes after it reach at least as high, so one axis falls away.
    gains = gains[np.argsort(gains[:, -1], kind="stable")]
    heights, faces = gains[:, -1], gains[:, :-1]
    total = 0.0
    for i in range(len(gains)):
        limited = np.minimum(faces[i + 1 :], faces[i])
        total += float(heights[i]) * (float(faces[i].prod()) - _volume(limited))
    return total


def _area(gains: Points) -> float:
    order = np.lexsort((gains[:, 1], gains[:, 0]))[::-1]
    widths, heights = gains[order].T
    tops = np.maximum.accumulate(heights)
    return float(np.sum(widths * np.diff(tops, prepend=0.0)))


def _volume_of_triples(gains: Points) -> float:
    """Three axes: from the highest third axis down, keep the staircase of the first two and its area."""
    rows = gains[np.argsort(-gains[:, 2], kind="stable")].tolist()
    firsts, seconds = [0.0, float("inf")], [float("inf"), 0.0]  # corners: firsts rise, seconds fall
    total, area = 0.0, 0.0
    for (first, second, third), below in zip(rows, [*(row[2] for row in rows[1:]), 0.0], strict=True):
        area += _raise_staircase(firsts, seconds, first, second)
        total += area * (third - below)
    return total


def _raise_staircase(firsts: list[float], seconds: list[float], first: float, second: float) -> float:
    """Add the corner (first, second) to the staircase in place; returns the area gained."""
    right = bisect_left(firsts, first)
    left, edge, gain = right - 1, first, 0.0
    while seconds[left + 1] < second:
        gain += (edge - firsts[left]) * (second - seconds[left + 1])
        edge, left = firsts[left], left - 1
    if gain:
        firsts[left + 2 : right], seconds[left + 2 : right] = [first], [second]
    return gain
