"""A policy and what it expects, and the losses that improve them: REINFORCE, advantage actor-critic, PPO.

Papers: Williams, Machine Learning 1992; Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning", ICML 2016;
Schulman et al., "Proximal Policy Optimization Algorithms", arXiv:1707.06347, 2017. What differs: actor and critic are
separate networks with an optimizer each, so that no weight between their losses has to be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from archwright.learning.adam import Adam
from archwright.learning.policies import entropy, log_likelihood, log_probabilities

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Lesson(NamedTuple):
    """Steps to learn from, n walks of n_steps each.

    Args:
        inputs: (n, n_steps, n_inputs) what the policy saw.
        levels: (n, n_steps, n_slots) what was decided.
        legal: (n, n_steps, n_slots, width) among what.
        advantages: (n, n_steps) how much better than expected; 0 where a step does not count.
        taken: (n, n_steps) 1.0 where a step counts, else 0.0.
    """

    inputs: Tensor
    levels: Tensor
    legal: Tensor
    advantages: Tensor
    taken: Tensor

    def rows(self, which: Tensor) -> Lesson:
        """Some of the walks."""
        return Lesson(*(one[which] for one in self))


class PolicyLearner:
    """A policy, where needed a value network, and their optimizers.

    Args:
        policy: see `learning.policies`.
        value: `value(inputs) -> (n, n_steps, 1)`, or None.
        rate: step of Adam.
        clip: longest gradient.
    """

    def __init__(self, policy: nn.Module, value: nn.Module | None, rate: float, clip: float) -> None:
        self.policy, self.value = policy, value
        self.optimizer = Adam(policy.parameters(), rate, clip)
        self.value_optimizer = None if value is None else Adam(value.parameters(), rate, clip)

    def judge(self, lesson: Lesson) -> tuple[Tensor, Tensor]:
        """Log-likelihood and entropy `(n, n_steps)` of the steps as the policy is now."""
        logits, _ = self.policy(lesson.inputs)
        log_probs = log_probabilities(logits, lesson.legal)
        return log_likelihood(log_probs, lesson.levels), entropy(log_probs)

    def reinforce(self, lesson: Lesson, entropy_weight: float = 0.0) -> None:
        """One step down `-sum A log pi`, per walk, less the weighted entropy."""
        likelihood, spread = self.judge(lesson)
        gain = likelihood * lesson.advantages + entropy_weight * spread * lesson.taken
        self.optimizer.step(-gain.sum() / len(lesson.inputs))

    def clipped(self, lesson: Lesson, before: Tensor, width: float, entropy_weight: float) -> None:
        """One step down PPO's loss, equation (7), per decided step.

        Args:
            lesson: what to learn from.
            before: (n, n_steps) log-likelihood under the policy that decided.
            width: epsilon, how far the ratio of probabilities may move.
            entropy_weight: c2.
        """
        likelihood, spread = self.judge(lesson)
        ratio = (likelihood - before).exp()
        least = torch.minimum(ratio * lesson.advantages, ratio.clamp(1.0 - width, 1.0 + width) * lesson.advantages)
        gain = (least + entropy_weight * spread) * lesson.taken
        self.optimizer.step(-gain.sum() / lesson.taken.sum().clamp(min=1.0))

    def values(self, inputs: Tensor) -> Tensor:
        """Expected returns `(n, n_steps)`."""
        assert self.value is not None
        found: Tensor = self.value(inputs).squeeze(-1)
        return found

    def expect(self, lesson: Lesson, returns: Tensor) -> None:
        """One step of the value network towards `returns` (n, n_steps)."""
        assert self.value_optimizer is not None
        missed = (self.values(lesson.inputs) - returns) ** 2 * lesson.taken
        self.value_optimizer.step(missed.sum() / lesson.taken.sum().clamp(min=1.0))

    def state(self) -> dict[str, Any]:
        """Weights and optimizers, for a blob."""
        return {"rate": self.optimizer.rate, **{name: part.state_dict() for name, part in self._parts()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.optimizer.rate = float(state["rate"])
        for name, part in self._parts():
            part.load_state_dict(state[name])

    def _parts(self) -> Iterator[tuple[str, Any]]:
        yield from (("policy", self.policy), ("optimizer", self.optimizer))
        if self.value is not None:
            yield from (("value", self.value), ("value_optimizer", self.value_optimizer))
