"""Which goals of a study cannot be met together, as far as its trials tell.

While no trial meets every constraint, a model of the trials says whether one is to be expected: a Gaussian process for
every constrained metric gives each design a probability of meeting each bound, and a genetic search looks for the
design with the largest joint one. Where even that is small, bounds are left out one by one, those that most trials meet
first, as long as the rest still has no chance: what remains is a smallest set in the sense that each of its bounds is
needed for the conflict (the deletion filter of Chinneck and Dravnieks, "Locating Minimal Infeasible Constraint Sets in
Linear Programs", 1991). It is a belief, not a proof; contradictory bounds on one metric are both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.goal import TOLERANCE, Goal, Goals
from archwright.core.space import Keys, Space
from archwright.core.trial import Trial
from archwright.report.quantities import show_goal

LEAST_TRIALS = 30
"""Trials with metrics below which nothing is said."""
MODELLED = 300
"""Trials that the model is given, at most."""
SMALL_CHANCE = 0.05
POPULATION, EVALUATIONS = 60, 1800

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Conflict:
    """Goals that no design is expected to meet together.

    Args:
        goals: constraints, each of them needed for the conflict.
        met: how many trials meet each of them alone.
        trials: with metrics.
        chance: largest probability that a design meets all of them, 0 to 1; 0 for bounds that contradict each other.
    """

    goals: tuple[Goal, ...]
    met: tuple[int, ...]
    trials: int
    chance: float

    def line(self, units: Mapping[str, str]) -> str:
        """The conflict in one line.

        Example:
            >>> from archwright.core.goal import goal
            >>> Conflict((goal("gain >= 9"), goal("area <= 1")), (3, 5), 80, 0.002).line({})
            'these goals seem to conflict: gain ≥ 9 (met by 3 of 80 trials), area ≤ 1 (by 5); chance of both: 0.2 %'
        """
        said = [f"{one.metric} {show_goal(one, units)}" for one in self.goals]
        counts = [f"met by {self.met[0]:,} of {self.trials:,} trials", *(f"by {n:,}" for n in self.met[1:])]
        listed = ", ".join(f"{text} ({count})" for text, count in zip(said, counts, strict=True))
        chance = "below 0.1 %" if self.chance < 1e-3 else f"{100 * self.chance:.1f} %"
        if len(self.goals) == 1:
            return f"this goal seems out of reach: {listed}; chance: {chance}"
        together = "both" if len(self.goals) == 2 else f"all {len(self.goals)}"
        return f"these goals seem to conflict: {listed}; chance of {together}: {chance if self.chance else 'none'}"


def find_conflict(space: Space, goals: Goals, trials: Sequence[Trial], *, rng: np.random.Generator) -> Conflict | None:
    """The goals that conflict, or None while there is hope or too little is known.

    Args:
        space: of the designs.
        goals: of the study.
        trials: its table.
        rng: draws the designs that are looked at.
    """
    done = [trial for trial in trials if trial.state == "done"]
    if any(trial.is_feasible for trial in done) or not goals.constraints:
        return None
    met = np.array([[one.shortfall(t.metrics[one.metric]) == 0.0 for one in goals.constraints] for t in done])
    met = met.reshape(len(done), len(goals.constraints))
    contradiction = _contradiction(goals.constraints)
    if contradiction:
        return _conflict(goals, contradiction, met, 0.0)
    if len(done) < LEAST_TRIALS:
        return None
    chances = _Chances(space, goals, trials, rng)
    left = list(range(len(goals.constraints)))
    chance = chances.of(left)
    if chance > SMALL_CHANCE:
        return None
    for one in sorted(left, key=lambda column: -int(met[:, column].sum())):
        rest = [other for other in left if other != one]
        if not rest or met[:, rest].all(axis=1).any():
            continue
        without = chances.of(rest)
        if without <= SMALL_CHANCE:
            left, chance = rest, without
    return _conflict(goals, left, met, chance)


def _conflict(goals: Goals, columns: Sequence[int], met: Mask, chance: float) -> Conflict:
    counts = tuple(int(met[:, column].sum()) for column in columns)
    return Conflict(tuple(goals.constraints[column] for column in columns), counts, len(met), chance)


def _contradiction(constraints: Sequence[Goal]) -> list[int]:
    """Two bounds on one metric that leave nothing between them."""
    for i, low in enumerate(constraints):
        for j, high in enumerate(constraints):
            is_pair = low.metric == high.metric and low.sense == ">=" and high.sense == "<="
            assert low.value is not None and high.value is not None
            if is_pair and low.value - high.value > TOLERANCE * (abs(low.value) + abs(high.value)):
                return sorted((i, j))
    return []


class _Chances:
    """The largest joint probability of meeting some of the constraints."""

    def __init__(self, space: Space, goals: Goals, trials: Sequence[Trial], rng: np.random.Generator) -> None:
        from archwright.optimizers.metric_beliefs import fit_metric_belief, measure, roles_of

        roles = roles_of(Goals(goals.constraints))
        known = measure(space, roles, trials)
        known = known.rows(known.best_and_latest(MODELLED))
        self.belief = fit_metric_belief(known, roles, kernel="matern52", fitted=MODELLED // 2)
        self.known, self.rng = known, rng

    def of(self, columns: Sequence[int]) -> float:
        """Of the constraints in these columns."""
        from archwright.optimizers.nsga2 import evolve

        def judge(keys: Keys) -> tuple[Keys, Any]:
            return -self._logarithms(keys)[:, columns].sum(axis=1, keepdims=True), np.zeros(len(keys))

        first = self.rng.random((POPULATION, self.known.keys.shape[1]))
        done = self.known.keys[self.known.is_done]
        best = np.argsort(judge(done)[0][:, 0], kind="stable")[: POPULATION // 2]
        first[: len(best)] = done[best]
        last = evolve(judge, first, EVALUATIONS, self.rng)
        return float(np.exp(-last.objectives[:, 0].min()))

    def _logarithms(self, keys: Keys) -> Keys:
        """Of the probability that each constraint is met, (n, c)."""
        from archwright.optimizers.acquisition import log_probability_met

        mean, deviation = self.belief.predict(keys)
        return log_probability_met(self.belief.gaps(mean), deviation[:, self.belief.roles.bounded]).value
