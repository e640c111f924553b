"""PPO: a policy takes several steps on every batch, and none of them may move its decisions far.

Paper: Schulman, Wolski, Dhariwal, Radford, Klimov, "Proximal Policy Optimization Algorithms", arXiv:1707.06347, 2017.
With the ratio q_t of the probabilities of a decision after and before,

    maximize  mean_t min(q_t A_t, clip(q_t, 1 - width, 1 + width) A_t) + entropy_weight H_t                (7)

What differs from the paper:

- An episode is a design: the policy decides its components one after another; A_t are advantages of measured steps
  where a problem measures unfinished drafts, else of the rank of the whole design.
- Every epoch is one step on the whole batch; policy and value network are separate.
- Numbers are decided among equal parts of their range, and evenly within a part.

    archwright run PROBLEM --with ppo --trials 5000
"""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.optimizers.actor_value import ActorValue
from archwright.optimizers.policy_agent import PolicyAgent, Told


class Ppo(PolicyAgent):
    """Proximal policy optimization over the draft view.

    Args:
        problem: what is searched.
        goals: what is wanted.
        batch: walks per batch, >= 1; also the natural batch.
        hidden: width of the two hidden layers of both networks.
        rate: step of Adam.
        discount: of measured rewards per step, 0 to 1.
        trace: lambda of the advantages, 0 to 1.
        entropy_weight: reward for staying undecided, >= 0.
        epochs: steps on every batch, >= 1.
        width: epsilon, how far the ratio of probabilities may move.
        levels: parts of the range of a number, >= 2.
        clip: the longest gradient.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(Ppo(problem, Goals(problem.goals)).ask(16, np.random.default_rng(0)))
        16
    """

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        batch: int = 16,
        hidden: int = 64,
        rate: float = 3e-3,
        discount: float = 0.9,
        trace: float = 0.95,
        entropy_weight: float = 0.01,
        epochs: int = 10,
        width: float = 0.2,
        levels: int = 16,
        clip: float = 10.0,
    ) -> None:
        super().__init__(problem, goals, batch=batch, levels=levels, discount=discount)
        self.method = ActorValue(hidden, rate, trace, entropy_weight, epochs, width, clip)

    def _new_learner(self, rng: np.random.Generator) -> Any:
        return self.method.new_learner(self.layout, rng)

    def _learn(self, told: Told, rng: np.random.Generator) -> None:
        self.method.learn(self, told)
