"""Multi-agent PPO: every parameter of a design has an agent of its own, and all get the same reward.

Paper: Krishnan, Jaques, Omidshafiei, Zhang, Gur, Janapa Reddi, Faust, "Multi-Agent Reinforcement Learning for
Microprocessor Design Space Exploration", ML for Systems at NeurIPS 2022, arXiv:2211.16385. Agents do not talk to each
other; each has its own policy and value network, sees the last design's metrics, and takes the clipped steps of PPO
(see `ppo`). `agents` makes the paper's other agents of it: `one-for-all` decides all parameters at once by one network
with an output for each, `one-in-turn` one parameter per step, seeing those decided before.

What differs from the paper:

- A reward is the normal score of a design's rank among the latest 512; targets are left to goals.
- All networks of a team are one tensor operation; a batch of designs stands for environments side by side.
- The published step of Adam, 2e-5, learns next to nothing in 10,000 designs with networks of this size; ours is 3e-3.
- Numbers are decided among equal parts of their range, and evenly within a part.

    archwright run PROBLEM --with multi_agent_ppo --trials 5000
"""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.optimizers.actor_value import ActorValue
from archwright.optimizers.team_agent import Deeds, TeamAgent


class MultiAgentPpo(TeamAgent):
    """Independent PPO learners, one per axis.

    Args:
        problem: what is searched.
        goals: what is wanted.
        agents: `per-axis`, `one-for-all` or `one-in-turn`.
        batch: designs per batch, >= 1; also the natural batch.
        hidden: width of the two hidden layers of all networks.
        rate: step of Adam.
        trace: lambda of the advantages of `one-in-turn`, 0 to 1.
        entropy_weight: reward for staying undecided, >= 0.
        epochs: steps on every batch, >= 1.
        width: epsilon, how far the ratio of probabilities may move.
        levels: parts of the range of a number, >= 2.
        clip: the longest gradient, over all agents.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(MultiAgentPpo(problem, Goals(problem.goals)).ask(16, np.random.default_rng(0)))
        16
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
        trace: float = 0.95,
        entropy_weight: float = 0.01,
        epochs: int = 10,
        width: float = 0.2,
        levels: int = 16,
        clip: float = np.inf,
    ) -> None:
        super().__init__(problem, goals, agents=agents, batch=batch, hidden=hidden, levels=levels)
        self.method = ActorValue(hidden, rate, trace, entropy_weight, epochs, width, clip)

    def _new_learner(self, rng: np.random.Generator) -> Any:
        from archwright.learning.policy_gradient import PolicyLearner
        from archwright.learning.seeding import seeded

        layout = self.layout
        policy = seeded(lambda: layout.network(layout.axes.width, self.hidden, is_policy=True), rng)
        value = seeded(lambda: layout.network(1, self.hidden, is_policy=False), rng)
        return PolicyLearner(policy, value, self.method.rate, self.method.clip)

    def _learn(self, deeds: Deeds, rng: np.random.Generator) -> None:
        rewards = self.layout.rewards(self.ranks.latest(len(deeds.levels)))
        lesson = self.layout.lesson(deeds.seen, deeds.levels, rewards)
        taken = np.ones(rewards.shape, dtype=bool)
        is_comparable = len(rewards) > 1  # one design with one reward is compared with its value only
        self.method.improve(self.learner, lesson, rewards, taken, self.layout.discount, is_comparable=is_comparable)
