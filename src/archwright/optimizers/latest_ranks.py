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
        self.recent = np.zeros((2, 0))  # violations and merits

    def rewards(self, trials: Sequence[Trial]) -> Floats:
        """Take in at most `MEMORY` trials; the normal score of each one's rank, `(n,)`: see `penalty_rewards`."""
        worth = [[trial.violation for trial in trials], [merit_of(trial, self.goals) for trial in trials]]
        self.recent = np.hstack([self.recent, worth])[:, -MEMORY:]
        return penalty_rewards(*self.recent)[len(self.recent[0]) - len(trials) :]
