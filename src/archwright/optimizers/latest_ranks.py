"""Rewards of whole designs by their rank among the latest ones, for methods without another measure of a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.trial import Trial
from archwright.learning.rewards import merit_of, penalty_rewards

Floats = np.ndarray[Any, np.dtype[np.float64]]
MEMORY = 512
"""Latest trials among which a reward ranks."""


class LatestRanks:
    """Remembers what the latest trials were worth.

    Args:
        goals: what is wanted.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> ranks = LatestRanks(Goals(Sphere(1).goals))
        >>> table = [Trial(i, {}, "done", {"f": f}, 0.0, (f,), -f, 0.1, 1) for i, f in enumerate([4.0, 1.0, 9.0])]
        >>> ranks.rewards(table).round(2).tolist()
        [0.0, 0.97, -0.97]
    """

    def __init__(self, goals: Goals) -> None:
        self.goals = goals
        self.recent = np.zeros((2, 0))
        """(2, n) violations and merits of the latest trials."""

    def remember(self, violations: Sequence[float] | Floats, merits: Sequence[float] | Floats) -> None:
        """Take in what trials were worth; the oldest are forgotten."""
        self.recent = np.hstack([self.recent, np.array([violations, merits])])[:, -MEMORY:]

    def latest(self, n: int) -> Floats:
        """The normal scores of the ranks of the latest `n`, at most `MEMORY`: see `penalty_rewards`."""
        return penalty_rewards(*self.recent)[len(self.recent[0]) - n :]

    def rewards(self, trials: Sequence[Trial]) -> Floats:
        """Take in at most `MEMORY` trials, and say what they are worth, `(n,)`."""
        self.remember([trial.violation for trial in trials], [merit_of(trial, self.goals) for trial in trials])
        return self.latest(len(trials))
