"""DDPG: an actor sizes all components, a critic learns what sizes are worth, a replay memory keeps every trial.

Paper: Wang, Yang, Lee, Han, "Learning to Design Circuits", NeurIPS 2018 workshop on machine learning for systems,
arXiv:1812.02734, on deep deterministic policy gradients (Lillicrap et al., ICLR 2016). An episode is a few design
steps: the actor sees the previous design with its metrics and proposes all sizes anew; the reward of a step is what it
adds to the score, so an episode's rewards sum to the score of its last design. With `steps=1` every design is an
episode of its own and the state is constant.

    reward_t = score_t - score_(t-1), score_(-1) = 0;   critic: Q(s_t, a_t) -> reward_t + Q'(s_(t+1), mu'(s_(t+1)))

What differs from the paper, whose hyperparameters are not published:

- `head="mlp"` is the default, `head="seq2seq"` the paper's kind of network: components in the order in which the space
  lists them (the signal path), one per decoder step, with attention.
- Scores jump where the last constraint is met, which unsettles a critic: by default rewards are made of the normal
  scores of the trials' ranks. `reward="score"` takes the published rating itself, standardised.
- Any space will do: without components, every axis is one. Choices and integers are learned through their keys, and
  the replay holds the keys of the design as it was rounded, not those that were asked.
- Batches: as many episodes run side by side as designs are asked at a time.

All learning happens in `tell`, its randomness drawn in `ask` and carried by the hints, so a study resumes exactly.

    archwright run PROBLEM --with ddpg --trials 10000
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archwright.core.errors import check_name
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import decode_many, encode_many
from archwright.core.trial import Proposal, Trial
from archwright.learning.actor_critic import ActorCritic, Rates, Transitions
from archwright.learning.blobs import pack, unpack
from archwright.learning.components import components_of
from archwright.learning.exploration import NoiseSchedule, truncated_normal
from archwright.learning.networks import MlpActor, MlpCritic
from archwright.learning.replay import Floats, Integers, Replay
from archwright.learning.rewards import REWARDS, merit_of
from archwright.learning.seeding import one_thread, seeded, told_rng
from archwright.learning.sequence import CELLS, SequenceActor, SequenceCritic
from archwright.optimizers.ddpg_states import DesignStates
from archwright.optimizers.keyed import check_option

HEADS = ("mlp", "seq2seq")
AT_A_TIME = 32
"""Updates whose minibatches are put together at once."""


class Ddpg:
    """An actor-critic that learns from every trial told.

    Args:
        problem: what is searched.
        goals: say what a design that misses a constraint is worth.
        head: `mlp` decides all sizes at once, `seq2seq` one component after another with attention.
        cell: recurrent layers of `seq2seq`: `lstm` or `gru`.
        steps: designs in an episode, >= 1.
        reward: `penalty`, `rank` or `score`.
        hidden: width of the hidden layers.
        warm_up: random designs first, >= 1.
        noise_start: standard deviation of the exploration after the warm-up, in half ranges.
        noise_end: the floor it decays to.
        noise_half_life: trials in which it halves.
        actor_rate: step of Adam for the actor.
        critic_rate: step of Adam for the critic.
        tau: how fast the slow copies follow.
        minibatch: transitions per update.
        updates: updates per trial; less than 1 is possible.
        memory: trials that the replay keeps.

    Raises:
        SpecError: an option out of its range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> ddpg = Ddpg(problem, Goals(problem.goals), head="seq2seq", warm_up=16)
        >>> len(ddpg.ask(8, np.random.default_rng(0)))
        8
    """

    batch = 8

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        head: str = "mlp",
        cell: str = "lstm",
        steps: int = 1,
        reward: str = "penalty",
        hidden: int = 128,
        warm_up: int = 50,
        noise_start: float = 0.3,
        noise_end: float = 0.02,
        noise_half_life: float = 200.0,
        actor_rate: float = 1e-3,
        critic_rate: float = 3e-3,
        tau: float = 0.01,
        minibatch: int = 64,
        updates: float = 8.0,
        memory: int = 50_000,
    ) -> None:
        check_name("head", head, HEADS)
        for name, value in (("steps", steps), ("hidden", hidden), ("minibatch", minibatch)):
            check_option(name, value, 1, np.inf, whole=True)
        check_option("updates", updates, 0, np.inf)
        rewards_of = REWARDS[check_name("reward", reward, REWARDS)]
        self.steps, self.hidden, self.minibatch, self.updates = steps, hidden, minibatch, updates
        self.schedule = NoiseSchedule(warm_up, noise_start, noise_end, noise_half_life)
        self.space, self.goals, self.metrics = problem.space, goals, sorted(problem.metrics)
        self.replay = Replay(memory, _columns(self.space.horizon, len(self.metrics)))
        components = components_of(problem).deciders()
        self.states = DesignStates(self.replay, components, rewards_of, steps=steps, is_flat=head == "mlp")
        self.rates, self.cell = Rates(actor_rate, critic_rate, tau), check_name("cell", cell, CELLS)
        self.n_told = self.n_updates = 0
        self.open: dict[int, int] = {}  # trial after which an episode goes on -> its row
        self.learner: ActorCritic | None = None

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """The next designs of the open episodes, oldest first, then of new ones."""
        seed = int(rng.integers(2**31))
        actions = rng.uniform(-1.0, 1.0, (n, self.space.horizon))
        after: list[int | None] = [*sorted(self.open)[:n]]
        after += [None] * (n - len(after))
        positions = range(self.n_told, self.n_told + n)
        is_guided = np.array([self.learner is not None and not self.schedule.is_random(at) for at in positions])
        if is_guided.any():
            rows = np.array([-1 if one is None else self.open[one] for one in after])
            sigmas = np.array([[self.schedule.sigma(at)] for at in positions])
            actions[is_guided] = truncated_normal(self.policy(rows), sigmas, rng)[is_guided]
        designs = decode_many(self.space, (actions + 1.0) / 2.0)
        return [Proposal(d, {"seed": seed, "after": one}) for d, one in zip(designs, after, strict=True)]

    def policy(self, rows: Integers) -> Floats:
        """What the actor does, without noise, after the trials in `rows` of the replay; -1 starts an episode."""
        assert self.learner is not None
        with one_thread(), torch.no_grad():
            return np.asarray(self.learner.actor(self.states.of(rows)), dtype=float)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials; once the warm-up is over, make the updates that are due."""
        for trial, keys in zip(trials, encode_many(self.space, [t.design for t in trials]), strict=True):
            self._remember(trial, keys)
        self.n_told += len(trials)
        self.states.refresh()
        due = int(self.updates * self.n_told) - self.n_updates
        if self.schedule.is_random(self.n_told) or due <= 0:
            return
        rng = told_rng(trials)
        with one_thread():
            if self.learner is None:
                self.learner = self._new_learner(rng)
            for first in range(0, due, AT_A_TIME):
                self._learn(self.learner, min(AT_A_TIME, due - first), rng)

    def _remember(self, trial: Trial, keys: Floats) -> None:
        hint = trial.hint or {}
        previous = self.open.pop(hint.get("after", -1), -1)
        step = 0 if previous < 0 else int(self.replay.column("step", np.array([previous]))[0]) + 1
        row = self.replay.add(
            keys=keys, metrics=[trial.metrics.get(name, 0.0) for name in self.metrics],
            is_done=trial.state == "done", violation=trial.violation, merit=merit_of(trial, self.goals),
            previous=previous, step=step,
        )  # fmt: skip
        if "seed" in hint and step + 1 < self.steps:
            self.open[trial.number] = row

    def _new_learner(self, rng: np.random.Generator) -> ActorCritic:
        width, hidden, cell = self.states.width, self.hidden, self.cell
        n, entries = self.space.horizon, self.states.components.entries
        actor: nn.Module
        critic: nn.Module
        if self.states.is_flat:
            actor = seeded(lambda: MlpActor(width, n, hidden), rng)
            critic = seeded(lambda: MlpCritic(width, n, hidden), rng)
        else:
            actor = seeded(lambda: SequenceActor(width, entries, hidden, cell=cell), rng)
            critic = seeded(lambda: SequenceCritic(width, entries, hidden, cell=cell), rng)
        return ActorCritic(actor, critic, self.rates, has_targets=self.steps > 1)

    def rewards(self, rows: Integers) -> Floats:
        """What the trials in `rows` of the replay added to the worth of the trial before them."""
        previous = self.replay.column("previous", rows).astype(np.int64)
        return self.states.worth(rows) - self.states.worth(previous)

    def _learn(self, learner: ActorCritic, n_updates: int, rng: np.random.Generator) -> None:
        rows = self.replay.sample(n_updates * self.minibatch, rng)
        actions = _tensor(2.0 * self.replay.column("keys", rows) - 1.0)
        rewards = _tensor(self.rewards(rows))
        is_last = _tensor(self.replay.column("step", rows) + 1 >= self.steps)
        has_next = self.steps > 1
        states = self.states.of(self.replay.column("previous", rows).astype(np.int64) if has_next else rows[:1])
        later = self.states.of(rows) if has_next else states
        for first in range(0, len(rows), self.minibatch):
            part = slice(first, first + self.minibatch)
            if has_next:
                batch = Transitions(states[part], actions[part], rewards[part], later[part], is_last[part])
            else:
                batch = Transitions(states, actions[part], rewards[part])
            learner.update(batch)
        self.n_updates += n_updates

    def save(self) -> bytes:
        """The networks, their optimizers and the replay."""
        learner = None if self.learner is None else self.learner.state()
        counts = {"told": self.n_told, "updates": self.n_updates, "open": self.open}
        return pack({**counts, "replay": self.replay.state(), "learner": learner})

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave.

        Raises:
            SpecError: `blob` is no such state.
        """
        state = unpack(blob)
        self.n_told, self.n_updates, self.open = state["told"], state["updates"], dict(state["open"])
        self.replay.restore(state["replay"])
        self.states.refresh()
        self.learner = None
        if state["learner"] is not None:
            self.learner = self._new_learner(np.random.default_rng(0))
            self.learner.restore(state["learner"])


def _columns(horizon: int, n_metrics: int) -> dict[str, tuple[int, ...]]:
    scalars: dict[str, tuple[int, ...]] = dict.fromkeys(("is_done", "violation", "merit", "previous", "step"), ())
    return {"keys": (horizon,), "metrics": (n_metrics,), **scalars}


def _tensor(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
