"""Who decides what of a design: an agent per axis, one agent for all axes at once, or one agent for one after another.

A policy of `learning.policies` has steps and decisions in every step. Here the steps are the agents of a team, which
see the same; or there is one step with all decisions; or a step per axis, which also sees what was decided before.
So the learners for walks serve all three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.core.errors import check_name
from archwright.learning.walks import Floats, Integers, draw_levels
from archwright.optimizers.axis_levels import AxisLevels

if TYPE_CHECKING:
    from torch import nn

    from archwright.learning.policy_gradient import Lesson

AGENTS = ("per-axis", "one-for-all", "one-in-turn")


class TeamLayout:
    """Inputs, networks and lessons of a team.

    Args:
        axes: what is decided.
        n_seen: width of what every agent sees.
        agents: one of `AGENTS`.

    Raises:
        SpecError: no such team.

    Example:
        >>> layout = TeamLayout(AxisLevels(np.array([2, 4, 3])), 5, "one-in-turn")
        >>> layout.n_steps, layout.n_slots, layout.n_inputs
        (3, 1, 11)
    """

    def __init__(self, axes: AxisLevels, n_seen: int, agents: str) -> None:
        check_name("agents", agents, AGENTS)
        self.axes, self.agents = axes, agents
        n_axes = len(axes.counts)
        self.n_steps, self.n_slots = (1, n_axes) if agents == "one-for-all" else (n_axes, 1)
        self.n_inputs = n_seen + (2 * n_axes if agents == "one-in-turn" else 0)
        self.discount = 1.0 if agents == "one-in-turn" else 0.0

    def network(self, width: int, hidden: int, *, is_policy: bool) -> nn.Module:
        """A policy or critic with `width` outputs per decision; or a value network, with one per step."""
        from archwright.learning.networks import Mlp, ParallelMlp
        from archwright.learning.policies import FeedForwardPolicy, ParallelPolicies

        if self.agents == "per-axis":
            if is_policy:
                return ParallelPolicies(self.n_steps, self.n_inputs, width, hidden)
            return ParallelMlp(self.n_steps, (self.n_inputs, hidden, hidden, 1), is_small=True)
        if is_policy:
            return FeedForwardPolicy(self.n_inputs, self.n_slots, width, hidden)
        return Mlp((self.n_inputs, hidden, hidden, 1), is_small=True)

    def inputs(self, seen: Floats, levels: Integers) -> Floats:
        """What is seen at every step, `(n, n_steps, n_inputs)`.

        Args:
            seen: (n, n_seen) by all.
            levels: (n, n_axes) what is decided; only an agent in turn sees it, up to its step.
        """
        shared = np.broadcast_to(seen[:, None], (len(seen), self.n_steps, seen.shape[1]))
        if self.agents != "one-in-turn":
            return shared
        is_before = np.tri(self.n_steps, k=-1)
        decided = ((levels + 1) / self.axes.counts)[:, None] * is_before
        turns = np.broadcast_to(np.eye(self.n_steps), (len(seen), self.n_steps, self.n_steps))
        return np.concatenate([shared, decided, turns], axis=2)

    def draw(self, policy: Any, seen: Floats, uniforms: Floats) -> Integers:
        """Levels `(n, n_axes)` that a policy decides by lot; evenly where it is None.

        Args:
            policy: of `network`.
            seen: (n, n_seen).
            uniforms: (n, n_axes) in [0, 1).
        """
        levels = np.zeros(uniforms.shape, dtype=np.int64)
        if self.agents != "one-in-turn" or policy is None:
            return self._drawn(self._logits(policy, seen, levels), uniforms)
        for step in range(self.n_steps):
            levels[:, step] = self._drawn(self._logits(policy, seen, levels), uniforms)[:, step]
        return levels

    def _logits(self, policy: Any, seen: Floats, levels: Integers) -> Floats:
        import torch

        if policy is None:
            return np.zeros((*levels.shape, self.axes.width))
        with torch.no_grad():
            logits, _ = policy(torch.tensor(self.inputs(seen, levels), dtype=torch.float32))
        return np.asarray(logits, dtype=float).reshape(*levels.shape, self.axes.width)

    def _drawn(self, logits: Floats, uniforms: Floats) -> Integers:
        legal = np.broadcast_to(self.axes.legal, logits.shape).reshape(-1, self.axes.width)
        return draw_levels(logits.reshape(legal.shape), legal, uniforms.ravel()).reshape(uniforms.shape)

    def rewards(self, worth: Floats) -> Floats:
        """Rewards `(n, n_steps)` of designs worth `(n,)`: the same for all agents, or at the last turn."""
        rewards = np.repeat(worth[:, None], self.n_steps, axis=1)
        if self.agents == "one-in-turn":
            rewards[:, :-1] = 0.0
        return rewards

    def lesson(self, seen: Floats, levels: Integers, rewards: Floats) -> Lesson:
        """Decisions and their rewards `(n, n_steps)` as tensors."""
        import torch

        from archwright.learning.policy_gradient import Lesson

        shape = (len(levels), self.n_steps, self.n_slots)
        legal = np.broadcast_to(self.axes.legal, (*levels.shape, self.axes.width)).reshape(*shape, -1)
        inputs = torch.tensor(self.inputs(seen, levels), dtype=torch.float32)
        worth = torch.tensor(rewards, dtype=torch.float32)
        return Lesson(inputs, torch.tensor(levels.reshape(shape)), torch.tensor(legal), worth, torch.ones(shape[:2]))
