"""Multi-agent SAC: every parameter of a design has a soft actor-critic of its own, and all get the same reward.

Paper: Krishnan et al., "Multi-Agent Reinforcement Learning for Microprocessor Design Space Exploration", ML for Systems
at NeurIPS 2022, arXiv:2211.16385; the learner is that of `sac`. Each agent has its own policy and twin critics, which
learn what its choices are worth from a memory of all designs. `agents` as in `multi_agent_ppo`: `one-for-all` is the
single agent that decides all parameters at once.

What differs from the paper: decisions are categories, no numbers cut into bins afterwards; one temperature serves all
agents; rewards, observations and batches are those of `multi_agent_ppo`.

    archwright run PROBLEM --with multi_agent_sac --trials 5000
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.learning.rewards import penalty_rewards
from archwright.optimizers.keyed import check_option
from archwright.optimizers.team_agent import Deeds, TeamAgent


class MultiAgentSac(TeamAgent):
    """Independent soft actor-critics, one per axis.

    Args:
        problem: what is searched.
        goals: what is wanted.
        agents: `per-axis`, `one-for-all` or `one-in-turn`.
        batch: designs per batch, >= 1; also the natural batch.
        hidden: width of the two hidden layers of all networks.
        rate: step of Adam.
        tau: share of the new weights that the slow critics take over in each update.
        entropy_share: of the largest entropy, that the temperature aims at, 0 to 1.
        updates: updates per trial, >= 0.
        minibatch: designs per update, >= 1.
        memory: designs kept, >= 1.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(MultiAgentSac(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
        8
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        agents: str = "per-axis",
        batch: int = 16,
        hidden: int = 64,
        rate: float = 3e-3,
        tau: float = 0.05,
        entropy_share: float = 0.2,
        updates: float = 0.5,
        minibatch: int = 64,
        memory: int = 2000,
        levels: int = 16,
    ) -> None:
        super().__init__(problem, goals, agents=agents, batch=batch, hidden=hidden, levels=levels)
        for name, count in (("minibatch", minibatch), ("memory", memory)):
            check_option(name, count, 1, 1_000_000, whole=True)
        for name, value in (("rate", rate), ("tau", tau)):
            check_option(name, value, 1e-9, 1.0)
        check_option("entropy_share", entropy_share, 0.0, 1.0)
        check_option("updates", updates, 0.0, np.inf)
        self.rate, self.tau, self.entropy_share = rate, tau, entropy_share
        self.updates, self.minibatch, self.memory = updates, int(minibatch), int(memory)
        self.n_told = self.n_updates = 0
        self.kept: Deeds | None = None

    def _new_learner(self, rng: np.random.Generator) -> Any:
        from archwright.learning.seeding import seeded
        from archwright.learning.soft_actor_critic import SoftActorCritic

        layout = self.layout
        policy, *critics = (
            seeded(lambda: layout.network(layout.axes.width, self.hidden, is_policy=True), rng) for _ in range(3)
        )
        return SoftActorCritic(policy, critics, self.rate, layout.discount, self.tau, self.entropy_share)

    def _learn(self, deeds: Deeds, rng: np.random.Generator) -> None:
        self.kept = kept = deeds if self.kept is None else self.kept.joined(deeds, self.memory)
        worth = penalty_rewards(kept.violations, kept.merits)  # as they compare now
        self.n_told += len(deeds.levels)
        while self.n_updates < self.updates * self.n_told:
            rows = rng.integers(len(worth), size=self.minibatch)
            rewards = self.layout.rewards(worth[rows])
            self.learner.learn(self.layout.lesson(kept.seen[rows], kept.levels[rows], rewards))
            self.n_updates += 1

    def _extra(self) -> dict[str, Any]:
        kept = None if self.kept is None else list(self.kept)
        return {"told": self.n_told, "updates": self.n_updates, "kept": kept}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        self.n_told, self.n_updates, kept = state["told"], state["updates"], state["kept"]
        self.kept = None if kept is None else Deeds(*(np.asarray(one) for one in kept))
