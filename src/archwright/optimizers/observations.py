"""Told trials as a Gaussian process wants to see them: every metric that matters, on a scale of its own.

Slacks of constraints are replaced by sign(c) log(1 + |c|), as in Eriksson and Poloczek, "Scalable Constrained Bayesian
Optimization", AISTATS 2021. For the objective they take normal scores of ranks; those flatten the neighbourhood of the
best designs (on Branin, 40 trials end at 0.43 instead of 0.399), so here only the worse half is compressed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archwright.core.goal import Goal, Goals
from archwright.core.space import Keys, Space, encode_many
from archwright.core.trial import Trial
from archwright.optimizers.keyed import Column, Indices, Mask, count_objectives


@dataclass(frozen=True, slots=True)
class Observations:
    """Trials as arrays; rows without an answer hold zeros in `objectives` and `slacks`.

    Args:
        keys: (n, horizon) of the designs, not those that were asked.
        is_done: (n,) metrics are known.
        violations: (n,) infinite without an answer.
        scores: (n,).
        objectives: (n, m) to be minimized, raw.
        slacks: (n, c) of each constraint: above 0 where it is missed, below where it is met.
    """

    keys: Keys
    is_done: Mask
    violations: Column
    scores: Column
    objectives: Keys
    slacks: Keys

    def __len__(self) -> int:
        """How many trials."""
        return len(self.is_done)

    def rows(self, which: Indices | Mask) -> Observations:
        """The rows that `which` selects: a mask or row numbers."""
        return Observations(*(getattr(self, name)[which] for name in self.__slots__))

    def joined(self, other: Observations) -> Observations:
        """These rows, then those of `other`."""
        return Observations(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__slots__))

    def order(self) -> Indices:
        """Row numbers, best first: the smaller violation, then the larger score."""
        return np.lexsort((-self.scores, self.violations))

    def best_and_latest(self, n: int) -> Indices:
        """At most `n` row numbers, rising: the best half, and the latest of the others."""
        return best_and_latest(self.order(), n)


def best_and_latest(order: Indices, n: int) -> Indices:
    """At most `n` row numbers, rising: the best half of `order`, which lists them best first, and the latest others.

    Example:
        >>> best_and_latest(np.array([3, 0, 1, 2]), 2).tolist()
        [2, 3]
    """
    if len(order) <= n:
        return np.arange(len(order))
    latest = np.sort(order[n // 2 :])[-(n - n // 2) :]
    return np.sort(np.concatenate([order[: n // 2], latest]))


def observe(space: Space, goals: Goals, trials: Sequence[Trial]) -> Observations:
    """`trials` as arrays."""
    n_objectives, constraints = count_objectives(goals), goals.constraints
    objectives = np.zeros((len(trials), n_objectives))
    slacks = np.zeros((len(trials), len(constraints)))
    for row, trial in enumerate(trials):
        if trial.state == "done":
            objectives[row] = -goals.merit(trial.metrics) if goals.is_scalar else trial.objectives
            slacks[row] = [slack(one, trial.metrics[one.metric]) for one in constraints]
    return Observations(
        encode_many(space, [trial.design for trial in trials]).reshape(-1, space.horizon),
        np.array([trial.state == "done" for trial in trials], dtype=bool),
        np.array([trial.violation for trial in trials], dtype=float),
        np.array([trial.score for trial in trials], dtype=float),
        objectives,
        slacks,
    )


def slack(constraint: Goal, metric: float) -> float:
    """The shortfall where the constraint is missed; minus the margin, on the same scale, where it is met.

    Example:
        >>> slack(Goal("gain_db", ">=", 50.0), 75.0)
        -0.5
    """
    shortfall = constraint.shortfall(metric)
    if shortfall > 0.0:
        return shortfall
    assert constraint.value is not None
    bound = constraint.value
    if constraint.scale == "log" and bound > 0 and metric > 0:
        return -abs(math.log10(metric / bound)) / (abs(math.log10(bound)) or 1.0)
    return -abs(metric - bound) / (abs(bound) or 1.0)


def tamed(values: Column) -> Column:
    """Standardised by median and median deviation; what is worse than the median by its logarithm.

    The good half keeps its shape, which expected improvement relies on; the bad half cannot drown it, as losses that
    span decades would.

    Example:
        >>> tamed(np.array([1.0, 2.0, 3.0, 4.0, 1e9])).round(2).tolist()
        [-1.35, -0.67, 0.0, 0.52, 20.33]
    """
    middle = float(np.median(values))
    unit = 1.4826 * float(np.median(np.abs(values - middle))) or float(values.std()) or 1.0
    standard = (values - middle) / unit
    return np.where(standard > 0.0, np.log1p(np.maximum(standard, 0.0)), standard)


def signed_log(values: Keys) -> Keys:
    """sign(c) log(1 + |c|): keeps the sign, tames what is large."""
    return np.sign(values) * np.log1p(np.abs(values))
