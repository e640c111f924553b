"""REINFORCE with the policy of ConfuciuX: a recurrent network decides the components one after another.

Papers: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", Machine
Learning 1992; Kao, Jeong, Krishna, "ConfuciuX", MICRO 2020, section 4: network, shaped rewards, normalised returns.

    G_t = r_t + discount G_(t+1),   loss = -sum_t log pi(a_t | s_t) normalised(G_t)

Where a problem measures unfinished drafts, r_t is what a step adds to the objective (`learning.step_rewards`).

What differs from the paper:

- Walks are drawn and learned from in batches; rewards and returns are normalised over the batch, which for a batch of 1
  is the paper's way.
- Where drafts cannot be measured, the only reward is the rank of the whole design among the latest ones, undiscounted.
- A walk that breaks the budget is completed, since a design must be whole; its later steps are not learned from.
- One bound on the length of the whole gradient instead of two.
- Numbers are decided among equal parts of their range, and evenly within a part.

    archwright run PROBLEM --with reinforce --trials 5000
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.learning.advantages import discounted_returns, standardised
from archwright.learning.step_rewards import StepWorth
from archwright.learning.walks import Floats, Mask
from archwright.optimizers.keyed import check_option
from archwright.optimizers.policy_agent import PolicyAgent, Told

DECAY_AFTER = 100
"""Trials after the first feasible one between two reductions of the rate: the paper's code."""
LEAST_RATE = 1e-6


class Reinforce(PolicyAgent):
    """REINFORCE with a recurrent policy.

    Args:
        problem: what is searched.
        goals: what is wanted.
        batch: walks per update, >= 1; also the natural batch.
        hidden: width of the layers and of the LSTM.
        rate: step of Adam.
        decay: of the rate, per 100 trials after the first feasible one.
        discount: of measured rewards per step, 0 to 1.
        baseline: subtract from each return the batch's mean at the same step.
        entropy_weight: reward for staying undecided, >= 0.
        shuffles: decide the components in another order for every batch, where the space permits.
        levels: parts of the range of a number, >= 2.
        clip: the longest gradient.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> agent = Reinforce(problem, Goals(problem.goals))
        >>> len(agent.ask(8, np.random.default_rng(0)))
        8
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        batch: int = 8,
        hidden: int = 128,
        rate: float = 1e-3,
        decay: float = 0.8,
        discount: float = 0.9,
        baseline: bool = True,
        entropy_weight: float = 0.0,
        shuffles: bool = False,
        levels: int = 16,
        clip: float = 10.0,
    ) -> None:
        super().__init__(problem, goals, batch=batch, levels=levels, discount=discount, shuffles=shuffles)
        check_option("hidden", hidden, 1, 100_000, whole=True)
        for name, value in (("rate", rate), ("decay", decay)):
            check_option(name, value, 1e-9, 1.0)
        for name, value in (("entropy_weight", entropy_weight), ("clip", clip)):
            check_option(name, value, 0.0, np.inf)
        self.hidden, self.rate, self.decay, self.clip = int(hidden), rate, decay, clip
        self.has_baseline, self.entropy_weight = baseline, entropy_weight
        self.first_feasible: int | None = None

    def _new_learner(self, rng: np.random.Generator) -> Any:
        from archwright.learning.policies import RecurrentPolicy
        from archwright.learning.policy_gradient import PolicyLearner
        from archwright.learning.seeding import seeded

        layout = self.layout
        policy = seeded(lambda: RecurrentPolicy(layout.n_inputs, layout.n_slots, layout.width, self.hidden), rng)
        return PolicyLearner(policy, None, self.rate, self.clip)

    def _learn(self, told: Told, rng: np.random.Generator) -> None:
        rewards, taken = self.rewards(told.worth, told.order, self.ranks.recent)
        lesson = self.lesson(told.walks, told.order, self._advantages(rewards, taken), taken)
        self.learner.optimizer.rate = self._rate_after(told.worth)
        self.learner.reinforce(lesson, self.entropy_weight)

    def _advantages(self, rewards: Floats, taken: Mask) -> Floats:
        if not self.measure.is_stepwise:
            return discounted_returns(rewards, 1.0)
        returns = discounted_returns(standardised(rewards, taken), self.discount)
        if self.has_baseline and len(returns) > 1:
            returns -= np.where(taken, returns, 0.0).sum(axis=0) / np.maximum(taken.sum(axis=0), 1)
        return standardised(returns, taken)

    def _rate_after(self, worth: StepWorth) -> float:
        if self.first_feasible is None and (worth.violations == 0.0).any():
            self.first_feasible = self.n_told
        n = 0 if self.first_feasible is None else self.n_told - self.first_feasible
        return max(self.rate * self.decay ** (n // DECAY_AFTER), min(LEAST_RATE, self.rate))

    def _extra(self) -> dict[str, Any]:
        return {"first_feasible": self.first_feasible}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        self.first_feasible = state["first_feasible"]
