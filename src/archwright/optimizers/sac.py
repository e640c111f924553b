"""SAC: a soft actor-critic on categories learns from a memory of walks through the draft view.

Papers: Haarnoja et al., arXiv:1812.05905, 2018; Christodoulou, arXiv:1910.07207, 2019. Critics learn what each decision
of a step is worth, a policy prefers the better ones but stays as undecided as a temperature demands; both learn from
old walks too. The update stands in `learning.soft_actor_critic`.

What differs from the papers: a step's value is the sum over its decisions, so that several at a time need no joint
table; the temperature aims at a small share of the largest entropy, since a search must come to an end; whole walks are
drawn from the memory, and their rewards are computed anew from what was measured. Numbers are decided among equal parts
of their range, and evenly within a part.

    archwright run PROBLEM --with sac --trials 5000
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.learning.step_rewards import StepWorth
from archwright.learning.walks import Walks
from archwright.optimizers.keyed import check_option
from archwright.optimizers.policy_agent import PolicyAgent, Told


class Sac(PolicyAgent):
    """Soft actor-critic over the draft view.

    Args:
        problem: what is searched.
        goals: what is wanted.
        batch: walks asked at a time, >= 1.
        hidden: width of the two hidden layers of all networks.
        rate: step of Adam.
        discount: of measured rewards per step, 0 to 1.
        tau: share of the new weights that the slow critics take over in each update.
        entropy_share: of the largest entropy, that the temperature aims at, 0 to 1.
        updates: updates per trial, >= 0.
        minibatch: walks per update, >= 1.
        memory: walks kept, >= 1.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(Sac(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
        8
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        batch: int = 8,
        hidden: int = 64,
        rate: float = 3e-3,
        discount: float = 0.9,
        tau: float = 0.05,
        entropy_share: float = 0.2,
        updates: float = 1.0,
        minibatch: int = 32,
        memory: int = 2000,
        levels: int = 16,
    ) -> None:
        super().__init__(problem, goals, batch=batch, levels=levels, discount=discount)
        for name, count in (("hidden", hidden), ("minibatch", minibatch), ("memory", memory)):
            check_option(name, count, 1, 1_000_000, whole=True)
        for name, value in (("rate", rate), ("tau", tau)):
            check_option(name, value, 1e-9, 1.0)
        check_option("entropy_share", entropy_share, 0.0, 1.0)
        check_option("updates", updates, 0.0, np.inf)
        self.hidden, self.rate, self.tau, self.entropy_share = int(hidden), rate, tau, entropy_share
        self.updates, self.minibatch, self.memory = updates, int(minibatch), int(memory)
        self.n_updates = 0
        self.kept: Told | None = None

    def _new_learner(self, rng: np.random.Generator) -> Any:
        from archwright.learning.policies import FeedForwardPolicy
        from archwright.learning.seeding import seeded
        from archwright.learning.soft_actor_critic import SoftActorCritic

        sizes = (sum(self.layout.n_inputs), self.layout.n_slots, self.layout.width, self.hidden)
        policy, *critics = (seeded(lambda: FeedForwardPolicy(*sizes), rng) for _ in range(3))
        return SoftActorCritic(policy, critics, self.rate, self.discount, self.tau, self.entropy_share)

    def _learn(self, told: Told, rng: np.random.Generator) -> None:
        worth = told.worth
        if self.kept is not None:
            pairs = zip(self.kept.worth, worth, strict=True)
            walks, worth = self.kept.walks.joined(told.walks), StepWorth(*(np.concatenate(pair) for pair in pairs))
            told = Told(walks, worth, told.order)
        latest = slice(-self.memory, None)
        self.kept = Told(told.walks.rows(latest), StepWorth(*(one[latest] for one in worth)), told.order)
        self._practise(self.kept, rng)

    def _practise(self, kept: Told, rng: np.random.Generator) -> None:
        """The updates that are due, on walks drawn from the memory; rewards are as they compare now."""
        latest = np.array([kept.worth.violations, kept.worth.merits])
        rewards, taken = self.rewards(kept.worth, kept.order, latest)
        while self.n_updates < self.updates * self.n_told:
            rows = rng.integers(len(kept.walks), size=self.minibatch)
            self.learner.learn(self.lesson(kept.walks.rows(rows), kept.order, rewards[rows], taken[rows]))
            self.n_updates += 1

    def _extra(self) -> dict[str, Any]:
        kept = None if self.kept is None else [vars(self.kept.walks), list(self.kept.worth), self.kept.order]
        return {"updates": self.n_updates, "kept": kept}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        self.n_updates, self.kept = state["updates"], None
        if state["kept"] is not None:
            walks, worth, order = state["kept"]
            read = Walks(**{name: np.asarray(one) for name, one in walks.items()})
            self.kept = Told(read, StepWorth(*(np.asarray(one) for one in worth)), np.asarray(order))
