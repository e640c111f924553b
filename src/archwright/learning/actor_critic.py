"""The update of deep deterministic policy gradients: critics fitted to returns, an actor that climbs them.

Papers: Lillicrap et al., "Continuous Control with Deep Reinforcement Learning", ICLR 2016, algorithm 1; several critics
and the delayed actor of Fujimoto, van Hoof, Meger, "Addressing Function Approximation Error in Actor-Critic Methods",
ICML 2018. What differs: the actor climbs the mean of the critics, whose errors then cancel; only values of later states
are the least of them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from archwright.learning.adam import Adam
from archwright.learning.exploration import truncated_normal
from archwright.learning.rates import Rates
from archwright.learning.replay import Experience, Floats
from archwright.learning.seeding import one_thread


class Transitions(NamedTuple):
    """One minibatch: an `Experience` as tensors."""

    states: Tensor
    actions: Tensor
    rewards: Tensor
    next_states: Tensor | None = None
    is_last: Tensor | None = None

    def part(self, rows: slice) -> Transitions:
        """Some of the rows."""
        if self.next_states is None or self.is_last is None:
            return Transitions(self.states, self.actions[rows], self.rewards[rows])
        return Transitions(*(one[rows] for one in self if one is not None))


class ActorCritic:
    """An actor, its critics, their optimizers and, where episodes have several steps, their slow copies.

    Args:
        actor: `actor(states) -> (batch, n_actions)` in [-1, 1].
        critics: one or more, `critic(states, actions) -> (batch,)`.
        rates: how fast they learn.
        has_targets: keep slow copies, from which the value of the next state is taken; not needed in episodes of one
            step.
    """

    def __init__(self, actor: nn.Module, critics: Sequence[nn.Module], rates: Rates, *, has_targets: bool) -> None:
        self.actor, self.critics, self.rates = actor, nn.ModuleList(critics), rates
        self.actor_optimizer = Adam(actor.parameters(), rates.actor)
        self.critic_optimizer = Adam(self.critics.parameters(), rates.critic)
        self.targets = (copy.deepcopy(actor), copy.deepcopy(self.critics)) if has_targets else None
        self.n_updates = 0

    def policy(self, states: Floats) -> Floats:
        """What the actor does in `states`, without noise: `(n, n_actions)` in [-1, 1]."""
        with one_thread(), torch.no_grad():
            return np.asarray(self.actor(_tensor(states)), dtype=float)

    def explore(self, states: Floats, sigmas: Floats, n_candidates: int, rng: np.random.Generator) -> Floats:
        """Actions around the actor's, each the one that the critics value most among `n_candidates` draws.

        Args:
            states: of the n actions, or one that all share.
            sigmas: (n,) standard deviations of the draws.
            n_candidates: draws per action, >= 1.
            rng: one uniform number is drawn per candidate and dimension.

        Returns:
            (n, n_actions) in [-1, 1].
        """
        means = self.policy(states)
        shape = (len(sigmas), n_candidates, means.shape[1])
        draws = truncated_normal(np.broadcast_to(means[:, None], shape), sigmas[:, None, None], rng)
        if n_candidates == 1:
            return draws[:, 0]
        each = _tensor(states)
        if len(means) > 1:
            each = each.repeat_interleave(n_candidates, dim=0)
        with one_thread(), torch.no_grad():
            values = _mean(self.critics, each, _tensor(draws.reshape(-1, shape[2]))).reshape(shape[:2])
        chosen: Floats = draws[np.arange(len(sigmas)), np.asarray(values.argmax(dim=1))]
        return chosen

    def learn(self, experience: Experience, minibatch: int) -> None:
        """One update per `minibatch` rows of `experience`."""
        whole = Transitions(*(None if one is None else _tensor(one) for one in experience))  # type: ignore[arg-type]
        with one_thread():
            for first in range(0, len(whole.rewards), minibatch):
                self.update(whole.part(slice(first, first + minibatch)))

    def update(self, batch: Transitions) -> float:
        """One step of critics, actor (when it is due) and slow copies; returns the critics' loss."""
        returns = self._returns(batch)
        values = torch.stack([critic(batch.states, batch.actions) for critic in self.critics])
        loss = torch.mean((values - returns) ** 2)
        self.critic_optimizer.step(loss)
        self.n_updates += 1
        if self.n_updates % self.rates.delay == 0:
            value = _mean(self.critics, batch.states, self.actor(batch.states)).mean()
            self.actor_optimizer.step(-value)
        self._follow()
        return float(loss.detach())

    def _returns(self, batch: Transitions) -> Tensor:
        if self.targets is None or batch.next_states is None or batch.is_last is None:
            return batch.rewards
        actor, critics = self.targets
        with torch.no_grad():
            actions = actor(batch.next_states)
            later = torch.stack([critic(batch.next_states, actions) for critic in critics]).amin(dim=0)
        return batch.rewards + (1.0 - batch.is_last) * later

    def _follow(self) -> None:
        if self.targets is None:
            return
        slow: list[Tensor] = [weight for module in self.targets for weight in module.parameters()]
        fast: list[Tensor] = [*self.actor.parameters(), *self.critics.parameters()]
        with torch.no_grad():
            torch._foreach_lerp_(slow, fast, self.rates.tau)

    def state(self) -> dict[str, Any]:
        """Weights, optimizers and the number of updates, for a blob."""
        return {"n_updates": self.n_updates, **{name: part.state_dict() for name, part in self._parts()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.n_updates = int(state["n_updates"])
        for name, part in self._parts():
            part.load_state_dict(state[name])

    def _parts(self) -> Iterator[tuple[str, Any]]:
        yield from (("actor", self.actor), ("critics", self.critics))
        yield from (("actor_optimizer", self.actor_optimizer), ("critic_optimizer", self.critic_optimizer))
        yield from zip(("slow_actor", "slow_critics"), self.targets or (), strict=False)


def _mean(critics: nn.ModuleList, states: Tensor, actions: Tensor) -> Tensor:
    values: Tensor = sum(critic(states, actions) for critic in critics) / len(critics)
    return values


def _tensor(values: Floats) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
