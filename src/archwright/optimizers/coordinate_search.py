"""Coordinate search: all levels of one axis after another, the others as they are; from a new place when nothing helps.

The plainest local search for spaces whose parameters hardly interact, and the first thing that a learner of many
parameters has to beat. A sweep tries every level of every axis, in the order of the axes, from the best design of this
climb; a whole sweep without an improvement ends the climb, and the next one begins with the best of a batch of random
designs. Numbers are moved among equal parts of their range, and evenly within a part.

    archwright run PROBLEM --with coordinate_search --trials 500
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.axis_levels import AxisLevels
from archwright.optimizers.keyed import check_option, nothing_told, propose, told


class CoordinateSearch:
    """Climbs axis by axis, with restarts.

    Args:
        problem: what is searched.
        goals: what is wanted.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> search = CoordinateSearch(problem, Goals(problem.goals))
        >>> len(search.ask(search.batch, np.random.default_rng(0)))
        16
    """

    def __init__(self, problem: Problem, goals: Goals, *, levels: int = 16) -> None:
        check_option("levels", levels, 2, 100_000, whole=True)
        self.space, self.goals = problem.space, goals
        self.axes = AxisLevels.of(self.space, int(levels))
        self.batch = self.axes.width
        self.moves = np.argwhere(self.axes.legal)  # (axis, level) in the order of a sweep
        self.centre = nothing_told(self.space.horizon, goals)
        self.n_tried = self.n_futile = 0

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """The next `n` moves of the sweep, or random designs where a climb begins."""
        places = rng.random((n, self.space.horizon))
        if not len(self.centre):
            return propose(self.space, places)
        axes, levels = self.moves[(self.n_tried + np.arange(n)) % len(self.moves)].T
        keys = np.repeat(self.centre.keys, n, axis=0)
        rows = np.arange(n)
        keys[rows, axes] = (levels + places[rows, axes]) / self.axes.counts[axes]
        return propose(self.space, keys, [{"moved": True}] * n)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Go to the best design of this climb, or end it."""
        batch = told(self.space, self.goals, trials)
        both = self.centre.joined(batch)
        best = int(both.order()[0])
        has_moved = not len(self.centre) or best > 0
        n_moves = sum(bool((trial.hint or {}).get("moved")) for trial in trials)
        self.centre = both.rows(np.array([best]))
        self.n_tried += n_moves
        self.n_futile = 0 if has_moved else self.n_futile + n_moves
        if self.n_futile >= len(self.moves):
            self.centre, self.n_tried, self.n_futile = nothing_told(self.space.horizon, self.goals), 0, 0
