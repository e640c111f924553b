"""The multiple-choice knapsack, solved to a proved optimum.

From every group one choice is taken, so that the sum of costs is least and the sum of weights at most a capacity. The
search goes group by group and keeps, of all partial sums, those that no other one beats in weight and cost (Nemhauser
and Ullmann, 1969). A partial sum is dropped when its cost and the least cost of the rest under a relaxation reach the
best solution known. The relaxation lets a group mix two choices, so that the steepest savings are bought first (Sinha
and Zoltners, 1979): the bound of the best Lagrange multiplier. A first pass keeps few partial sums and finds a good
solution, a second one keeps all; what was dropped for want of room bounds the optimum from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

SLACK = 1e-12
"""Relative: costs this close to each other count as equal."""
ROOM = (300, 200_000)
"""Partial sums that each pass keeps."""


class Packing(NamedTuple):
    """A solution.

    Args:
        choices: index of the choice of every group.
        cost: their sum.
        weight: their sum, at most the capacity.
        bound: no solution costs less than this, to within `SLACK`.
        n_sums: partial sums that were kept.
    """

    choices: tuple[int, ...]
    cost: float
    weight: float
    bound: float
    n_sums: int

    @property
    def is_optimal(self) -> bool:
        """Whether the bound proves that no solution costs less."""
        return self.bound >= self.cost


class _Group(NamedTuple):
    """Choices that no other one of the group beats, by rising weight and falling cost."""

    choices: Ints
    weights: Floats
    costs: Floats


class _Rest(NamedTuple):
    """What some groups cost at least, by the weight that is left for them: convex and piecewise linear."""

    weights: Floats
    costs: Floats

    def bound(self, left: Floats) -> Floats:
        costs = np.interp(left, self.weights, self.costs)
        return np.where(left >= self.weights[0], costs, np.inf)


class _Sums(NamedTuple):
    """Partial sums over the first groups, and how each came about."""

    weights: Floats
    costs: Floats
    parents: Ints
    picks: Ints


def pack(weights: Sequence[Floats], costs: Sequence[Floats], capacity: float) -> Packing | None:
    """Choose from every group; None when even the lightest choices weigh too much.

    Args:
        weights: (n_choices,) >= 0 per group.
        costs: (n_choices,) >= 0 per group.
        capacity: of the sum of weights.

    Example:
        >>> found = pack([np.array([1.0, 2.0, 4.0])] * 2, [np.array([9.0, 5.0, 1.0])] * 2, 6.0)
        >>> sorted(found.choices), found.cost, found.is_optimal
        ([1, 2], 6.0, True)
    """
    groups = [_undominated(w, c) for w, c in zip(weights, costs, strict=True)]
    order = sorted(range(len(groups)), key=lambda i: -len(groups[i].weights))
    ordered = [groups[i] for i in order]
    steps = [_hull_steps(one) for one in ordered]
    rests = [_relaxed(ordered[i:], steps[i:]) for i in range(len(ordered) + 1)]
    best: Packing | None = None
    n_sums = 0
    for room in ROOM:
        best, n_sums = _pass(ordered, rests, capacity, room, best, n_sums)
        if best is None or best.is_optimal:
            break
    if best is None:
        return None
    picked = dict(zip(order, best.choices, strict=True))
    choices = tuple(int(groups[i].choices[picked[i]]) for i in range(len(groups)))
    return best._replace(choices=choices, n_sums=n_sums)


def _pass(
    groups: Sequence[_Group], rests: Sequence[_Rest], capacity: float, room: int, known: Packing | None, n_sums: int
) -> tuple[Packing | None, int]:
    """Extend partial sums group by group; the better of what is found and what is known, bounded from below."""
    limit = known.cost * (1.0 - SLACK) if known is not None else np.inf
    sums, stages, lost = _Sums(np.zeros(1), np.zeros(1), np.zeros(1, int), np.zeros(1, int)), list[_Sums](), np.inf
    for group, rest in zip(groups, rests[1:], strict=True):
        sums, dropped = _extend(sums, group, rest, capacity, limit, room)
        lost = min(lost, dropped)
        stages.append(sums)
        n_sums += len(sums.weights)
    best = known
    if len(sums.costs):
        last = int(sums.costs.argmin())
        best = Packing(_trace(stages, last), float(sums.costs[last]), float(sums.weights[last]), 0.0, 0)
    return (best._replace(bound=min(best.cost, lost)) if best is not None else None), n_sums


def _extend(sums: _Sums, group: _Group, rest: _Rest, capacity: float, limit: float, room: int) -> tuple[_Sums, float]:
    """Every sum with every choice, but for those that cannot win; and the least bound that was dropped for room."""
    weights = np.add.outer(sums.weights, group.weights)
    costs = np.add.outer(sums.costs, group.costs)
    bounds = costs + rest.bound(capacity - weights)
    parents, picks = np.nonzero(bounds < limit)
    weights, costs, bounds = weights[parents, picks], costs[parents, picks], bounds[parents, picks]
    order = np.lexsort((costs, weights))
    costs = costs[order]
    best_before = np.concatenate([[np.inf], np.minimum.accumulate(costs)[:-1]])
    kept = order[costs < best_before]
    dropped = np.inf
    if len(kept) > room:
        by_bound = np.argsort(bounds[kept], kind="stable")
        dropped = float(bounds[kept[by_bound[room]]])
        kept = kept[np.sort(by_bound[:room])]
    costs = np.add.outer(sums.costs, group.costs)[parents[kept], picks[kept]]
    return _Sums(weights[kept], costs, parents[kept], picks[kept]), dropped


def _trace(stages: Sequence[_Sums], last: int) -> tuple[int, ...]:
    """The picks that led to a sum of the last stage."""
    picks = []
    for stage in reversed(stages):
        picks.append(int(stage.picks[last]))
        last = int(stage.parents[last])
    return tuple(reversed(picks))


def _undominated(weights: Floats, costs: Floats) -> _Group:
    order = np.lexsort((costs, weights))
    sorted_costs = costs[order]
    before = np.concatenate([[np.inf], np.minimum.accumulate(sorted_costs)[:-1]])
    kept = order[sorted_costs < before]
    return _Group(kept, weights[kept], costs[kept])


def _relaxed(groups: Sequence[_Group], steps: Sequence[tuple[Floats, Floats]]) -> _Rest:
    """The lightest choices first, then the savings per weight of all groups from the steepest down."""
    heavier = np.concatenate([np.zeros(0), *(step[0] for step in steps)])
    saved = np.concatenate([np.zeros(0), *(step[1] for step in steps)])
    order = np.argsort(-saved / heavier, kind="stable") if len(saved) else np.zeros(0, int)
    weight, cost = sum(float(one.weights[0]) for one in groups), sum(float(one.costs[0]) for one in groups)
    return _Rest(
        weight + np.concatenate([[0.0], np.cumsum(heavier[order])]),
        cost - np.concatenate([[0.0], np.cumsum(saved[order])]),
    )


def _hull_steps(group: _Group) -> tuple[Floats, Floats]:
    """Weight and saving of each step along the lower convex hull of a group."""
    hull = list[int]()
    points = list(zip(group.weights.tolist(), group.costs.tolist(), strict=True))
    for i, (weight, cost) in enumerate(points):
        while len(hull) > 1 and _is_above(points[hull[-2]], points[hull[-1]], (weight, cost)):
            hull.pop()
        hull.append(i)
    return np.diff(group.weights[hull]), -np.diff(group.costs[hull])


def _is_above(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> bool:
    """Whether the middle point lies on or above the line between the two others."""
    rise, run = last[1] - first[1], last[0] - first[0]
    return (middle[1] - first[1]) * run >= rise * (middle[0] - first[0])
