"""What the learned agents share: an actor explores, every trial goes into a replay, actor and critics learn from it.

All learning happens in `tell`; its randomness is drawn in `ask` and carried by the hints, so a study resumes exactly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.core.errors import check_name
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import decode_many, encode_many
from archwright.core.trial import Proposal, Trial
from archwright.learning.exploration import NoiseSchedule
from archwright.learning.replay import Experience, Floats, Integers, Replay
from archwright.learning.rewards import REWARDS, merit_of
from archwright.optimizers.keyed import check_option, optional_package

if TYPE_CHECKING:
    from archwright.learning.actor_critic import ActorCritic

AT_A_TIME = 32
"""Updates whose minibatches are put together at once."""
EARLY = 1_000
"""Trials during which learning more from each is worth its time."""


@dataclass(frozen=True)
class Practice:
    """How an agent explores, and how much it learns.

    Args:
        schedule: random designs, then noise.
        candidates: draws per design of which the critics choose one, >= 1.
        critics: how many, >= 1.
        minibatch: trials per update, >= 1.
        updates: updates per trial up to trial `EARLY`; less than 1 is possible.
        later_updates: updates per trial beyond.
        memory: trials that the replay keeps.
        reward: a name of `learning.rewards.REWARDS`.

    Raises:
        SpecError: a value out of its range.
    """

    schedule: NoiseSchedule
    candidates: int
    critics: int
    minibatch: int
    updates: float
    later_updates: float
    memory: int
    reward: str

    def __post_init__(self) -> None:
        """Refuse what no agent can learn with."""
        for name in ("candidates", "critics", "minibatch"):
            check_option(name, getattr(self, name), 1, np.inf, whole=True)
        for name in ("updates", "later_updates"):
            check_option(name, getattr(self, name), 0, np.inf)
        check_name("reward", self.reward, REWARDS)

    def updates_after(self, n_told: int) -> int:
        """Updates that are due once `n_told` trials were told; none during the warm-up.

        Example:
            >>> schedule = NoiseSchedule(warm_up=50, start=0.3, end=0.02, half_life=200)
            >>> practice = Practice(schedule, 32, 1, 64, updates=8, later_updates=2, memory=50_000, reward="rank")
            >>> practice.updates_after(49), practice.updates_after(50), practice.updates_after(1_100)
            (0, 400, 8200)
        """
        if self.schedule.is_random(n_told):
            return 0
        return int(self.updates * min(n_told, EARLY) + self.later_updates * max(0, n_told - EARLY))


class Agent(ABC):
    """An actor with critics and a replay, behind `ask`, `tell`, `save` and `load`.

    Args:
        problem: what is searched.
        goals: say what a design that misses a constraint is worth.
        practice: how it explores and learns.
        columns: of the replay, beside `keys`, `violation` and `merit`; shapes of a row by name.

    Raises:
        SimulatorMissing: the package `torch` is not installed.
    """

    batch = 8

    def __init__(
        self, problem: Problem, goals: Goals, practice: Practice, columns: Mapping[str, tuple[int, ...]]
    ) -> None:
        optional_package("torch", "learn")
        self.space, self.goals, self.practice = problem.space, goals, practice
        self.rewards_of = REWARDS[practice.reward]
        shapes = {"keys": (self.space.horizon,), "violation": (), "merit": (), **columns}
        self.replay = Replay(practice.memory, shapes)
        self.n_told = self.n_updates = 0
        self.learner: ActorCritic | None = None

    @abstractmethod
    def _new_learner(self, rng: np.random.Generator) -> ActorCritic:
        """Actor and critics with weights drawn from `rng`."""

    @abstractmethod
    def _states(self, notes: Sequence[Mapping[str, Any]]) -> Floats:
        """States in which designs with these notes are decided; or one state for all."""

    @abstractmethod
    def _experience(self, rows: Integers) -> Experience:
        """What there is to learn from these rows of the replay."""

    @abstractmethod
    def _extra(self) -> dict[str, Any]:
        """What `save` must keep beside networks, replay and counts."""

    @abstractmethod
    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        """Take over what `_extra` gave."""

    @abstractmethod
    def _heard(self, trials: Sequence[Trial]) -> None:
        """Called once a batch is in the replay."""

    def _notes(self, n: int) -> list[dict[str, Any]]:
        """What the hints of the next `n` designs say beside the seed."""
        return [{} for _ in range(n)]

    def _row(self, trial: Trial) -> dict[str, Any]:
        """The entries of `columns` for a trial."""
        return {}

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Random designs during the warm-up, then designs around the actor's."""
        seed, notes = int(rng.integers(2**31)), self._notes(n)
        actions = rng.uniform(-1.0, 1.0, (n, self.space.horizon))
        schedule = self.practice.schedule
        positions = [at for at in range(self.n_told, self.n_told + n) if not schedule.is_random(at)]
        if self.learner is not None and positions:
            sigmas = np.array([schedule.sigma(at) for at in positions])
            actions[n - len(positions) :] = self._guided(self.learner, notes[n - len(positions) :], sigmas, rng)
        designs = decode_many(self.space, (actions + 1.0) / 2.0)
        return [Proposal(design, {"seed": seed, **note}) for design, note in zip(designs, notes, strict=True)]

    def _guided(
        self, learner: ActorCritic, notes: Sequence[Mapping[str, Any]], sigmas: Floats, rng: np.random.Generator
    ) -> Floats:
        """Actions of the learner for designs with these notes, with noise of these deviations."""
        return learner.explore(self._states(notes), sigmas, self.practice.candidates, rng)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Remember the trials; once the warm-up is over, make the updates that are due."""
        for trial, keys in zip(trials, encode_many(self.space, [t.design for t in trials]), strict=True):
            merit = merit_of(trial, self.goals)
            self.replay.add(keys=keys, violation=trial.violation, merit=merit, **self._row(trial))
        self.n_told += len(trials)
        self._heard(trials)
        due = self.practice.updates_after(self.n_told) - self.n_updates
        if due > 0:
            self._practise(due, trials)

    def _practise(self, n_updates: int, trials: Sequence[Trial]) -> None:
        from archwright.learning.seeding import told_rng

        rng, minibatch = told_rng(trials), self.practice.minibatch
        if self.learner is None:
            self.learner = self._new_learner(rng)
        for first in range(0, n_updates, AT_A_TIME):
            n_rows = min(AT_A_TIME, n_updates - first) * minibatch
            self.learner.learn(self._experience(self.replay.sample(n_rows, rng)), minibatch)
        self.n_updates += n_updates

    def actions(self, rows: Integers) -> Floats:
        """The designs in `rows` of the replay, as refined, `(n, horizon)` in [-1, 1]."""
        return 2.0 * self.replay.column("keys", rows) - 1.0

    def worths(self) -> Floats:
        """What every trial in memory is worth, oldest first."""
        alive = self.replay.alive()
        return self.rewards_of(self.replay.column("violation", alive), self.replay.column("merit", alive))

    def save(self) -> bytes:
        """The networks, their optimizers and the replay."""
        from archwright.learning.blobs import pack

        learner = None if self.learner is None else self.learner.state()
        counts = {"told": self.n_told, "updates": self.n_updates}
        return pack({**counts, **self._extra(), "replay": self.replay.state(), "learner": learner})

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave.

        Raises:
            SpecError: `blob` is no such state.
        """
        from archwright.learning.blobs import unpack

        state = unpack(blob)
        self.n_told, self.n_updates = state["told"], state["updates"]
        self.replay.restore(state["replay"])
        self._restore_extra(state)
        self.learner = None
        if state["learner"] is not None:
            self.learner = self._new_learner(np.random.default_rng(0))
            self.learner.restore(state["learner"])
