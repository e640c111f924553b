"""A2C: a policy takes one step on every batch, towards decisions that turned out better than a value network expected.

Paper: Mnih and others, "Asynchronous Methods for Deep Reinforcement Learning", ICML 2016, in its synchronous form:

    maximize  mean_t A_t log pi(a_t | s_t) + entropy_weight H_t,   A_t = G_t - V(s_t)

What differs from the paper: an episode is a design, whose components the policy decides one after another; policy and
value network are separate, and Adam takes the steps; advantages are standardised over the batch. Numbers are decided
among equal parts of their range, and evenly within a part.

    archwright run PROBLEM --with a2c --trials 5000
"""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.optimizers.actor_value import ActorValue
from archwright.optimizers.policy_agent import PolicyAgent, Told


class A2c(PolicyAgent):
    """Advantage actor-critic over the draft view.

    Args:
        problem: what is searched.
        goals: what is wanted.
        batch: walks per step, >= 1; also the natural batch.
        hidden: width of the two hidden layers of both networks.
        rate: step of Adam.
        discount: of measured rewards per step, 0 to 1.
        trace: lambda of the advantages, 0 to 1: whole returns by default.
        entropy_weight: reward for staying undecided, >= 0.
        levels: parts of the range of a number, >= 2.
        clip: the longest gradient.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(A2c(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
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
        trace: float = 1.0,
        entropy_weight: float = 0.01,
        levels: int = 16,
        clip: float = 10.0,
    ) -> None:
        super().__init__(problem, goals, batch=batch, levels=levels, discount=discount)
        self.method = ActorValue(hidden, rate, trace, entropy_weight, 1, np.inf, clip)

    def _new_learner(self, rng: np.random.Generator) -> Any:
        return self.method.new_learner(self.layout, rng)

    def _learn(self, told: Told, rng: np.random.Generator) -> None:
        self.method.learn(self, told)
