"""Soft actor-critic on categories, factored over the decisions of a step.

Papers: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", arXiv:1812.05905, 2018; Christodoulou, "Soft
Actor-Critic for Discrete Action Settings", arXiv:1910.07207, 2019; a critic's value of a step as the sum over its
decisions: Sunehag et al., "Value-Decomposition Networks", AAMAS 2018. With p = pi(. | s), a temperature T and twin
critics of which the lesser counts,

    V(s) = sum_decisions sum_levels p (Q - T log p),   Q(s_t, a_t) -> r_t + discount V(s_(t+1))              (1)
    policy: least of sum p (T log p - Q);   T rises while the entropy is below a share of the largest one    (2)
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from archwright.learning.adam import Adam
from archwright.learning.policies import entropy, log_probabilities
from archwright.learning.policy_gradient import Lesson


class SoftActorCritic:
    """A policy, twin critics with slow copies, and a temperature.

    Args:
        policy: `policy(inputs) -> (logits, carry)`: see `learning.policies`.
        critics: two networks of the same form, whose outputs are values.
        rate: step of Adam, for all.
        discount: per step, 0 to 1.
        tau: share of the new weights that the slow critics take over in each update.
        share: of the largest entropy, that the temperature aims at, 0 to 1.
    """

    def __init__(
        self, policy: nn.Module, critics: Sequence[nn.Module], rate: float, discount: float, tau: float, share: float
    ) -> None:
        self.policy, self.critics = policy, nn.ModuleList(critics)
        self.slow = copy.deepcopy(self.critics)
        self.policy_optimizer = Adam(policy.parameters(), rate)
        self.critic_optimizer = Adam(self.critics.parameters(), rate)
        self.rate, self.discount, self.tau, self.share = rate, discount, tau, share
        self.log_temperature = math.log(0.1)

    def learn(self, lesson: Lesson) -> None:
        """One step of critics, policy, temperature and slow copies; the lesson's advantages are rewards."""
        taken = lesson.taken
        n_taken = taken.sum().clamp(min=1.0)
        target = self._target(lesson)
        missed = [(self._value(critic, lesson) - target) ** 2 * taken for critic in self.critics]
        self.critic_optimizer.step(torch.stack(missed).sum() / n_taken)
        log_probs = log_probabilities(self.policy(lesson.inputs)[0], lesson.legal)
        with torch.no_grad():
            values = self._least(self.critics, lesson)
        self.policy_optimizer.step(-(self._soft(log_probs, values) * taken).sum() / n_taken)
        self._warm(lesson, log_probs.detach())
        with torch.no_grad():
            torch._foreach_lerp_(list(self.slow.parameters()), list(self.critics.parameters()), self.tau)

    @property
    def temperature(self) -> float:
        """T of equation (1)."""
        return math.exp(self.log_temperature)

    def _target(self, lesson: Lesson) -> Tensor:
        """Equation (1): what the value of each step should have been, `(n, n_steps)`."""
        with torch.no_grad():
            log_probs = log_probabilities(self.policy(lesson.inputs)[0], lesson.legal)
            later = self._soft(log_probs, self._least(self.slow, lesson)) * lesson.taken
        return lesson.advantages + self.discount * torch.nn.functional.pad(later[:, 1:], (0, 1))

    def _soft(self, log_probs: Tensor, values: Tensor) -> Tensor:
        finite = log_probs.masked_fill(log_probs == -torch.inf, 0.0)
        return (log_probs.exp() * (values - self.temperature * finite)).sum(dim=(-1, -2))

    def _value(self, critic: nn.Module, lesson: Lesson) -> Tensor:
        """Of the decisions that were taken, `(n, n_steps)`."""
        values: Tensor = critic(lesson.inputs)[0]
        return values.gather(-1, lesson.levels.unsqueeze(-1)).squeeze(-1).sum(dim=-1)

    def _least(self, critics: nn.ModuleList, lesson: Lesson) -> Tensor:
        return torch.stack([critic(lesson.inputs)[0] for critic in critics]).amin(dim=0)

    def _warm(self, lesson: Lesson, log_probs: Tensor) -> None:
        largest = lesson.legal.sum(dim=-1).float().log().sum(dim=-1)
        lacking = (self.share * largest - entropy(log_probs)) * lesson.taken
        scale = (largest * lesson.taken).sum().clamp(min=1e-9)
        self.log_temperature += self.rate * float(lacking.sum() / scale)

    def state(self) -> dict[str, Any]:
        """Weights, optimizers and temperature, for a blob."""
        return {"heat": self.log_temperature, **{name: part.state_dict() for name, part in self._parts()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.log_temperature = float(state["heat"])
        for name, part in self._parts():
            part.load_state_dict(state[name])

    def _parts(self) -> Iterator[tuple[str, Any]]:
        yield from (("policy", self.policy), ("critics", self.critics), ("slow", self.slow))
        yield from (("policy_optimizer", self.policy_optimizer), ("critic_optimizer", self.critic_optimizer))
