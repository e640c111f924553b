"""Differential evolution: each member is challenged by a child made from differences of other members.

Papers: Storn and Price, "Differential Evolution", J. Global Optimization 1997; for several objectives Kukkonen and
Lampinen, "GDE3: The Third Evolution Step of Generalized Differential Evolution", 2005.

Member x is challenged by u. With r1, r2, r3 random members other than x, a donor v is made by one of

    rand/1              v = r1 + F (r2 - r3)                      (1)
    current-to-best/1   v = x + F (best - x) + F (r1 - r2)        (2)
    best/1              v = best + F (r1 - r2)                    (3)

and u takes each key from v with probability CR, at least one, the rest from x. u replaces x unless it is worse
(a larger violation first, then a larger loss).

What differs from the papers: members are challenged in turn, `n` of them per `ask`, so any batch size works; a full
generation is the special case n = population. Keys beyond a bound are set to it, since good designs often lie on bounds
(on the three-stage amplifier half of the best sizes do; drawing such keys anew inside takes about twice the trials).
When all members have become equally good, as happens on grids and among choices, the population starts anew; otherwise
it would ask for designs it knows for the rest of the budget. With several objectives that no references make one score
of (GDE3), u and x both stay when neither is better; the population is then cut back by fronts and crowding, and `best`
is a random member of the first front.

    archwright run PROBLEM --with differential_evolution --trials 10000
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import constrained_order, non_dominated_sort
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import Indices, Told, check_option, compare, nothing_told, propose, told

N_OTHERS = {"current-to-best/1": 2, "rand/1": 3, "best/1": 2}
"""Random members that each way of making a donor needs."""


class DifferentialEvolution:
    """Differential evolution with binomial crossover.

    Args:
        problem: what is searched.
        goals: what is wanted.
        population: members, >= 4; also the natural batch.
        scale: F, weight of the differences, above 0 to 2.
        crossover: CR, probability that a key comes from the donor, 0 to 1.
        variant: `rand/1` (the paper's, thorough), `current-to-best/1` or `best/1` (faster, and sooner stuck).

    Raises:
        SpecError: an option is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> evolution = DifferentialEvolution(problem, Goals(problem.goals), population=10)
        >>> len(evolution.ask(10, np.random.default_rng(0)))
        10
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        population: int = 50,
        scale: float = 0.5,
        crossover: float = 0.9,
        variant: str = "rand/1",
    ) -> None:
        check_option("population", population, 4, 100_000, whole=True)
        check_option("scale", scale, 1e-6, 2.0)
        check_option("crossover", crossover, 0.0, 1.0)
        if variant not in N_OTHERS:
            raise SpecError("variant", variant, f"one of {', '.join(N_OTHERS)}")
        self.space, self.goals = problem.space, goals
        self.batch, self.scale, self.crossover, self.variant = int(population), scale, crossover, variant
        self.members = nothing_told(self.space.horizon, goals)
        self.leaders: Indices = np.empty(0, dtype=np.int64)
        self.next_target = 0

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs until the population is complete, then one child for each of the next `n` members."""
        if len(self.members) < self.batch:
            return propose(self.space, rng.random((n, self.space.horizon)))
        targets = (self.next_target + np.arange(n)) % self.batch
        current = self.members.keys[targets]
        donors = np.clip(self._donors(targets, rng), 0.0, 1.0)
        taken = rng.random(donors.shape) < self.crossover
        taken[np.arange(n), rng.integers(self.space.horizon, size=n)] = True
        notes = ({"target": target} for target in targets.tolist())
        return propose(self.space, np.where(taken, donors, current), notes)

    def _donors(self, targets: Indices, rng: np.random.Generator) -> Keys:
        keys, scale = self.members.keys, self.scale
        others = [keys[rows] for rows in _other_members(targets, self.batch, N_OTHERS[self.variant], rng)]
        if self.variant == "rand/1":
            return others[0] + scale * (others[1] - others[2])
        best = keys[self.leaders[rng.integers(len(self.leaders), size=len(targets))]]
        difference = scale * (others[0] - others[1])
        if self.variant == "best/1":
            return best + difference
        current = keys[targets]
        return current + scale * (best - current) + difference

    def tell(self, trials: Sequence[Trial]) -> None:
        """Let children replace the members they challenge; designs from elsewhere replace the worst."""
        batch = told(self.space, self.goals, trials)
        targets = np.array([(trial.hint or {}).get("target", -1) for trial in trials], dtype=np.int64)
        targets[targets >= len(self.members)] = -1
        self.next_target = (self.next_target + int((targets >= 0).sum())) % self.batch
        undecided = self._challenge(batch, targets)
        self.members = self.members.joined(batch.rows(undecided))
        if len(self.members) > self.batch:
            best = constrained_order(self.members.objectives, self.members.violations)[: self.batch]
            self.members = self.members.rows(np.sort(best))
        if self._has_collapsed():
            self.members = nothing_told(self.space.horizon, self.goals)
        ranks = non_dominated_sort(self.members.objectives, self.members.violations)
        self.leaders = np.flatnonzero(ranks == 0)

    def _has_collapsed(self) -> bool:
        """True when the population is complete and no member is better than another."""
        if len(self.members) < self.batch or not self.goals.is_scalar:
            return False
        losses, violations = self.members.losses, self.members.violations
        return bool((losses == losses[0]).all() and (violations == violations[0]).all())

    def _challenge(self, batch: Told, targets: Indices) -> Indices:
        """Replace beaten members in place; returns the rows of `batch` that neither won nor lost."""
        best_first = batch.order()
        best_first = best_first[targets[best_first] >= 0]
        challenged, first = np.unique(targets[best_first], return_index=True)
        rows = best_first[first]  # of several children of one member, the best
        wins, loses = compare(batch.rows(rows), self.members.rows(challenged))
        self.members = self.members.replaced(challenged[wins], batch.rows(rows[wins]))
        is_open = np.ones(len(batch), dtype=bool)
        is_open[rows[wins | loses]] = False
        if self.goals.is_scalar:
            is_open[targets >= 0] = False
        return np.flatnonzero(is_open)


def _other_members(targets: Indices, population: int, count: int, rng: np.random.Generator) -> list[Indices]:
    """`count` columns (n,) of members that differ from the target and from each other in every row."""
    taken = targets[:, None]
    for _ in range(count):
        drawn = rng.integers(population - taken.shape[1], size=len(targets))
        for used in np.sort(taken, axis=1).T:
            drawn += drawn >= used
        taken = np.concatenate([taken, drawn[:, None]], axis=1)
    return list(taken[:, 1:].T)
