"""Ways to share a budget among layers without a search: equally, by depth, or by how sensitive each layer is.

Paper: He et al., "AMC", ECCV 2018, section 4.1 (uniform, and the two rules by depth). Sensitivity: Han et al.,
"Learning both Weights and Connections for Efficient Neural Networks", 2015, figure 6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from archwright.compression.amc.problem import LayerwisePruning
from archwright.compression.amc.walled_space import Counts, uniform_design
from archwright.core.space import Design

STEEPNESS = 2.0
"""How many times as much stays of the one end of the network as of the other."""
PROBES = 6
"""Widths at which the sensitivity of a layer is measured."""


def uniform(problem: LayerwisePruning) -> Design:
    """The same share of every layer."""
    return uniform_design(problem.space)


def shallow_pruned(problem: LayerwisePruning) -> Design:
    """Less stays of the first layers; shares rise along a line."""
    return uniform_design(problem.space, np.linspace(1.0, STEEPNESS, problem.space.horizon).tolist())


def deep_pruned(problem: LayerwisePruning) -> Design:
    """Less stays of the last layers; shares fall along a line."""
    return uniform_design(problem.space, np.linspace(STEEPNESS, 1.0, problem.space.horizon).tolist())


RULES: Mapping[str, Callable[[LayerwisePruning], Design]] = {
    "uniform": uniform, "shallow layers pruned more": shallow_pruned, "deep layers pruned more": deep_pruned,
}  # fmt: skip
"""Rules that look at no image, by name."""


class Sensitivity(NamedTuple):
    """What accuracy each layer costs at each of its widths while all others stay whole.

    Args:
        losses: per axis, (options,) accuracy lost; never falls as the layer gets narrower.
        evaluations: networks that were scored.
    """

    losses: list[np.ndarray[tuple[int], np.dtype[np.float64]]]
    evaluations: int


def sensitivity(problem: LayerwisePruning) -> Sensitivity:
    """Score every layer alone at some widths; between them losses are interpolated.

    Args:
        problem: its budget does not matter.
    """
    axes, options = problem.space.axes, problem.space.wall.options
    whole = problem.space.named(problem.space.whole)
    dense = problem.operator.accuracy(whole)
    losses, evaluations = [], 1
    for name, widths in zip(axes, options, strict=True):
        tried = np.unique(widths[np.linspace(0, len(widths) - 1, PROBES).round().astype(int)])
        found = [dense - problem.operator.accuracy({**whole, name: int(width)}) for width in tried[:-1].tolist()]
        evaluations += len(found)
        line = np.interp(widths, tried, [*found, 0.0])
        losses.append(np.maximum.accumulate(line[::-1])[::-1])
    return Sensitivity(losses, evaluations)


def greedy(problem: LayerwisePruning, found: Sensitivity) -> Design:
    """Narrow one layer after another by a step, each time the one that loses least accuracy per cost it saves.

    Args:
        problem: with the budget.
        found: of its network.
    """
    options = problem.space.wall.options
    at = np.array([len(one) - 1 for one in options])

    def widths(places: Counts) -> Counts:
        return np.array([one[place] for one, place in zip(options, places, strict=True)], np.int64)

    while not problem.space.fits(widths(at)):
        cost = problem.costs(widths(at)[None])[0, 0]
        best, least = -1, float("inf")
        for axis in np.flatnonzero(at).tolist():
            step = at - np.eye(len(at), dtype=np.int64)[axis]
            saved = cost - problem.costs(widths(step)[None])[0, 0]
            price = (found.losses[axis][step[axis]] - found.losses[axis][at[axis]] + 1e-6) / max(saved, 1e-12)
            best, least = (axis, price) if price < least else (best, least)
        at[best] -= 1
    return problem.space.named(widths(at))
