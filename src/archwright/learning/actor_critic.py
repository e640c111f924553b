"""The update of deep deterministic policy gradients: a critic fitted to returns, an actor that climbs it.

Paper: Lillicrap et al., "Continuous Control with Deep Reinforcement Learning", ICLR 2016, algorithm 1.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from archwright.core.errors import SpecError


class Transitions(NamedTuple):
    """What one update learns from.

    Args:
        states: of the batch, or a single one that all share; whatever shape the networks read.
        actions: (batch, n_actions) in [-1, 1].
        rewards: (batch,).
        next_states: of the batch; None when every step is its episode's last.
        is_last: (batch,) 1.0 where the episode ended, else 0.0; None together with `next_states`.
    """

    states: Tensor
    actions: Tensor
    rewards: Tensor
    next_states: Tensor | None = None
    is_last: Tensor | None = None


@dataclass(frozen=True)
class Rates:
    """How fast an actor and a critic learn.

    Args:
        actor: step of Adam for the actor.
        critic: step of Adam for the critic.
        tau: share of the new weights that the slow copies take over in each update.

    Raises:
        SpecError: a rate out of its range.
    """

    actor: float = 1e-4
    critic: float = 1e-3
    tau: float = 0.01

    def __post_init__(self) -> None:
        """Refuse rates at which nothing, or too much, is learned."""
        for name in ("actor", "critic", "tau"):
            if not 0 < getattr(self, name) <= 1:
                field = name if name == "tau" else f"{name}_rate"
                raise SpecError(field, getattr(self, name), "a number above 0, at most 1")


class ActorCritic:
    """An actor, a critic, their optimizers and, where episodes have several steps, their slow copies.

    Args:
        actor: `actor(states) -> (batch, n_actions)` in [-1, 1].
        critic: `critic(states, actions) -> (batch,)`.
        rates: how fast they learn.
        has_targets: keep slow copies, from which the value of the next state is taken; not needed in episodes of one
            step.
    """

    def __init__(self, actor: nn.Module, critic: nn.Module, rates: Rates, *, has_targets: bool) -> None:
        self.actor, self.critic, self.rates = actor, critic, rates
        self.actor_optimizer = torch.optim.Adam(actor.parameters(), lr=rates.actor, fused=True)
        self.critic_optimizer = torch.optim.Adam(critic.parameters(), lr=rates.critic, fused=True)
        self.targets = (copy.deepcopy(actor), copy.deepcopy(critic)) if has_targets else None

    def update(self, batch: Transitions) -> float:
        """One step of the critic, one of the actor, one of the slow copies; returns the critic's loss."""
        loss = torch.mean((self.critic(batch.states, batch.actions) - self._returns(batch)) ** 2)
        self._step(self.critic, self.critic_optimizer, loss)
        value = self.critic(batch.states, self.actor(batch.states)).mean()
        self._step(self.actor, self.actor_optimizer, -value)
        self._follow()
        return float(loss.detach())

    def _returns(self, batch: Transitions) -> Tensor:
        if self.targets is None or batch.next_states is None or batch.is_last is None:
            return batch.rewards
        actor, critic = self.targets
        with torch.no_grad():
            later: Tensor = critic(batch.next_states, actor(batch.next_states))
        return batch.rewards + (1.0 - batch.is_last) * later

    @staticmethod
    def _step(module: nn.Module, optimizer: torch.optim.Adam, loss: Tensor) -> None:
        weights = list(module.parameters())
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient
        optimizer.step()

    def _follow(self) -> None:
        if self.targets is None:
            return
        slow: list[Tensor] = [weight for module in self.targets for weight in module.parameters()]
        fast: list[Tensor] = [*self.actor.parameters(), *self.critic.parameters()]
        with torch.no_grad():
            torch._foreach_lerp_(slow, fast, self.rates.tau)

    def state(self) -> dict[str, Any]:
        """Weights and optimizers, for a blob."""
        return {name: part.state_dict() for name, part in self._parts()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        for name, part in self._parts():
            part.load_state_dict(state[name])

    def _parts(self) -> Iterator[tuple[str, Any]]:
        yield from (("actor", self.actor), ("critic", self.critic))
        yield from (("actor_optimizer", self.actor_optimizer), ("critic_optimizer", self.critic_optimizer))
        yield from zip(("slow_actor", "slow_critic"), self.targets or (), strict=False)
