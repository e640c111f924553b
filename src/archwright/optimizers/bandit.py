"""A bandit per decision: each chooses on its own, and all are paid the reward of the design.

Papers: Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 47, 2002
(UCB1); Thompson, Biometrika 25, 1933; Ontañón, "The Combinatorial Multi-Armed Bandit Problem and its Application to
Real-Time Strategy Games", AIIDE 2013 (a bandit per variable, as if their rewards added up). A decision plays

    argmax_a mean_a + width spread sqrt(2 ln t / n_a)        ucb
    argmax_a of a draw from a's posterior                     thompson

What differs: the reward is the normal score of the design's rank among the latest ones, and a whole batch is played
before it is learned from. Numbers are chosen among equal parts of their range, and evenly within a part.

    archwright run PROBLEM --with bandit --trials 2000
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.learning import bandits
from archwright.learning.walks import Ask, Floats, WalkLayout
from archwright.optimizers.keyed import check_option
from archwright.optimizers.latest_ranks import MEMORY, LatestRanks

SHARP = 1e9
"""What makes a softmax take the largest."""
LARGEST = 1e3
"""Stands for an infinite worth: that of a choice never made."""


class Bandit:
    """Independent bandits over the decisions of the draft view.

    Args:
        problem: what is searched.
        goals: what is wanted.
        rule: `ucb`, `thompson`, `epsilon_greedy` or `random`.
        batch: designs between two lessons, >= 1; also the natural batch.
        width: of the confidence bounds of `ucb` and the posteriors of `thompson`, >= 0.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option out of its range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(Bandit(problem, Goals(problem.goals)).ask(4, np.random.default_rng(0)))
        4
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        rule: str = "thompson",
        batch: int = 4,
        width: float = 1.0,
        levels: int = 16,
    ) -> None:
        check_option("batch", batch, 1, 100_000, whole=True)
        check_option("levels", levels, 2, 100_000, whole=True)
        self.ranks, self.batch = LatestRanks(goals), int(batch)
        self.layout = WalkLayout(problem, levels=int(levels))
        n_places = self.layout.n_steps * self.layout.n_slots
        self.bandit = bandits.Bandit(rule, n_places, self.layout.width, width=width)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Designs of `n` plays."""
        return [Proposal(design) for design in self.layout.draw(self._policy(rng), n, rng)]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Pay every decision of a design its reward."""
        own = trials[-MEMORY:]
        walks, rewards = self.layout.read([trial.design for trial in own]), self.ranks.rewards(own)
        for levels, reward in zip(walks.levels, rewards.tolist(), strict=True):
            for place, level in enumerate(levels.ravel().tolist()):
                self.bandit.learn(place, level, reward)

    def _policy(self, rng: np.random.Generator) -> Ask:
        n_slots = self.layout.n_slots

        def ask(inputs: Floats, carry: Any) -> tuple[Floats, Any]:
            step = 0 if carry is None else carry
            rows = [
                [self.bandit.worths(step * n_slots + slot, rng) for slot in range(n_slots)] for _ in range(len(inputs))
            ]
            return SHARP * np.minimum(np.array(rows), LARGEST), step + 1

        return ask
