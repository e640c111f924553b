"""ConfuciuX: reinforcement learning searches everywhere, then a genetic algorithm fine-tunes its best design.

Paper: Kao, Jeong, Krishna, "ConfuciuX: Autonomous Hardware Resource Assignment for DNN Accelerators using Reinforcement
Learning", MICRO 2020, arXiv:2009.02010. Two thirds of the budget go to `reinforce`, the rest to `local_genetic`; what
differs from the paper is said in these two.

    archwright run PROBLEM --with confuciux --trials 5000
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import check_option
from archwright.optimizers.local_genetic import LocalGenetic
from archwright.optimizers.reinforce import Reinforce


class Confuciux:
    """The two stages of ConfuciuX.

    Args:
        problem: what is searched.
        goals: what is wanted.
        trials: budget of both stages together, >= 1.
        learned: share of it for the first stage, 0 to 1.
        batch: walks per update of the first stage, >= 1; also the natural batch.
        shuffles: the first stage decides the components in another order for every batch.
        alpha: largest step of a decision in the second stage, in half ranges.

    Raises:
        SpecError: an option is out of range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(Confuciux(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
        8
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        trials: int = 5000,
        learned: float = 2 / 3,
        batch: int = 8,
        shuffles: bool = False,
        alpha: float = 0.5,
    ) -> None:
        check_option("trials", trials, 1, float("inf"), whole=True)
        check_option("learned", learned, 0.0, 1.0)
        self.agent = Reinforce(problem, goals, batch=batch, shuffles=shuffles)
        self.tuner = LocalGenetic(problem, goals, alpha=alpha)
        self.batch, self.n_learned, self.n_told = self.agent.batch, int(learned * trials), 0

    @property
    def is_learning(self) -> bool:
        """True in the first stage."""
        return self.n_told < self.n_learned or not self.tuner.generations.has_begun

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Designs of the stage at hand."""
        return (self.agent if self.is_learning else self.tuner).ask(n, rng)

    def tell(self, trials: Sequence[Trial]) -> None:
        """The agent learns in the first stage; the tuner always hears of the trials, to begin from the best one."""
        if self.is_learning:
            self.agent.tell(trials)
        self.tuner.tell(trials)
        self.n_told += len(trials)

    def save(self) -> bytes:
        """The agent, the counts, and the generations."""
        from archwright.learning.blobs import pack

        return pack({"told": self.n_told, "agent": self.agent.state(), "tuner": self.tuner.generations.state()})

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave.

        Raises:
            SpecError: `blob` is no such state.
        """
        from archwright.learning.blobs import unpack

        state = unpack(blob)
        self.n_told = state["told"]
        self.agent.restore(state["agent"])
        self.tuner.generations.restore(state["tuner"])
