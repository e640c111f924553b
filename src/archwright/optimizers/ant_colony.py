"""Ant colony optimization: ants choose every axis by the trails that the best designs so far have left.

Paper: Stuetzle and Hoos, "MAX-MIN Ant System", Future Generation Computer Systems 16, 2000. With an evaporation e, the
trail of level l of an axis after a colony is

    trail <- clip((1 - e) trail + e [l is the leader's level], least, 1)

and an ant takes level l with a probability proportional to its trail. Only one ant of a colony leaves a trail: its
best, and the best of all every second time; the limits keep every level possible.

What differs from the paper: axes are independent instead of edges of a graph, trails are scaled to 1 whatever the
objective, and there is no heuristic beside them. Numbers are chosen among equal parts of their range, and evenly within
a part.

    archwright run PROBLEM --with ant_colony --trials 2000
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.axis_levels import AxisLevels
from archwright.optimizers.keyed import check_option, nothing_told, propose, told


class AntColony:
    """A MAX-MIN ant system over the axes of any space.

    Args:
        problem: what is searched.
        goals: what is wanted.
        ants: of a colony, >= 1; also the natural batch.
        evaporation: share of a trail that is lost with every colony, above 0, up to 1.
        least: smallest trail, above 0, below 1; the largest is 1.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(AntColony(problem, Goals(problem.goals)).ask(10, np.random.default_rng(0)))
        10
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        ants: int = 16,
        evaporation: float = 0.1,
        least: float = 0.01,
        levels: int = 16,
    ) -> None:
        check_option("ants", ants, 1, 100_000, whole=True)
        check_option("levels", levels, 2, 100_000, whole=True)
        check_option("evaporation", evaporation, 1e-9, 1.0)
        check_option("least", least, 1e-12, 0.999)
        self.space, self.goals, self.batch = problem.space, goals, int(ants)
        self.evaporation, self.least = evaporation, least
        self.axes = AxisLevels.of(self.space, int(levels))
        self.trails = np.where(self.axes.legal, 1.0, 0.0)
        self.best = nothing_told(self.space.horizon, goals)
        self.n_colonies = 0

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """The designs of `n` ants."""
        shape = (n, self.space.horizon)
        sums = self.trails.cumsum(axis=1)
        levels = (sums > (rng.random(shape) * sums[:, -1])[..., None]).argmax(axis=2)
        return propose(self.space, self.axes.keys(levels, rng.random(shape)))

    def tell(self, trials: Sequence[Trial]) -> None:
        """Let all trails evaporate, and the leader leave one."""
        colony = told(self.space, self.goals, trials)
        colony = colony.rows(colony.order())
        both = self.best.joined(colony.rows(np.arange(1)))
        self.best = both.rows(both.order()[:1])
        self.n_colonies += 1
        leader = self.best if self.n_colonies % 2 == 0 else colony
        marked = np.arange(self.axes.width) == self.axes.levels(leader.keys[:1]).T
        trails = (1.0 - self.evaporation) * self.trails + self.evaporation * marked
        self.trails = np.where(self.axes.legal, np.clip(trails, self.least, 1.0), 0.0)
