"""What learners of teams share: they see the last design's metrics, decide all axes, and are rewarded together.

A batch is as many environments side by side: whoever decides design i of a batch sees the metrics of design i of the
batch before. The reward is the normal score of a design's rank among the latest, so that it needs no units or targets.
All learning happens in `tell`; its randomness is drawn in `ask` and carried by the hints, so a study resumes exactly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.learning.rewards import merit_of
from archwright.learning.walks import Floats, Integers
from archwright.optimizers.axis_levels import AxisLevels
from archwright.optimizers.keyed import check_option, keys_of, optional_package, propose
from archwright.optimizers.latest_ranks import LatestRanks
from archwright.optimizers.team_layout import TeamLayout


class Deeds(NamedTuple):
    """Designs that a team decided.

    Args:
        seen: (n, n_seen) what it saw.
        levels: (n, n_axes) what it decided.
        violations: (n,) of the designs.
        merits: (n,) of the designs.
    """

    seen: Floats
    levels: Integers
    violations: Floats
    merits: Floats

    def joined(self, other: Deeds, most: int) -> Deeds:
        """These, then the others; the latest `most` of them."""
        return Deeds(*(np.concatenate(pair)[-most:] for pair in zip(self, other, strict=True)))


class TeamAgent(ABC):
    """A team behind `ask`, `tell`, `save` and `load`.

    Args:
        problem: what is searched; all its metrics are seen.
        goals: what is wanted.
        agents: one of `team_layout.AGENTS`.
        batch: environments side by side; also the natural batch.
        hidden: width of the two hidden layers of all networks.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.
    """

    def __init__(self, problem: Problem, goals: Goals, *, agents: str, batch: int, hidden: int, levels: int) -> None:
        for name, value, least in (("batch", batch, 1), ("hidden", hidden, 1), ("levels", levels, 2)):
            check_option(name, value, least, 100_000, whole=True)
        optional_package("torch", "learn")
        self.space, self.goals, self.batch, self.hidden = problem.space, goals, int(batch), int(hidden)
        self.metrics = tuple(problem.metrics)
        n_metrics = len(self.metrics)
        self.layout = TeamLayout(AxisLevels.of(self.space, int(levels)), n_metrics + 1, agents)
        self.learner: Any = None
        self.last = np.zeros((0, n_metrics + 1))  # metrics of the last batch, and 1.0 where there are any
        self.ranges = np.stack([np.full(n_metrics, np.inf), np.full(n_metrics, -np.inf)])
        self.ranks = LatestRanks(goals)

    @abstractmethod
    def _new_learner(self, rng: np.random.Generator) -> Any:
        """Networks with weights drawn from `rng`: an object with `policy`, `state()` and `restore(state)`."""

    @abstractmethod
    def _learn(self, deeds: Deeds, rng: np.random.Generator) -> None:
        """Learn from one batch of its own."""

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Designs that the team decides by lot, evenly before it has learned anything."""
        from archwright.learning.seeding import one_thread

        seed = int(rng.integers(2**31))
        shape = (n, self.space.horizon)
        policy = None if self.learner is None else self.learner.policy
        with one_thread():
            levels = self.layout.draw(policy, self._seen(np.arange(n)), rng.random(shape))
        keys = self.layout.axes.keys(levels, rng.random(shape))
        return propose(self.space, keys, [{"seed": seed, "place": place} for place in range(n)])

    def _seen(self, places: Integers) -> Floats:
        """The metrics of the last batch at these places, each from -1 to 1 within its range so far, and a flag."""
        if not len(self.last):
            return np.zeros((len(places), len(self.metrics) + 1))
        rows = self.last[places % len(self.last)]
        low, high = np.where(np.isfinite(self.ranges), self.ranges, 0.0)
        width = np.where(high > low, high - low, 1.0)
        share = np.clip((rows[:, :-1] - low) / width, 0.0, 1.0) * 2.0 - 1.0
        return np.column_stack([share * rows[:, -1:], rows[:, -1]])

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn from the designs that the team decided."""
        from archwright.learning.seeding import one_thread, told_rng

        own = [trial for trial in trials if trial.hint is not None and "place" in trial.hint]
        if not own:
            return
        rng = told_rng(own)
        places = np.array([(trial.hint or {})["place"] for trial in own])
        deeds = Deeds(
            self._seen(places),
            self.layout.axes.levels(keys_of(self.space, own)),
            np.array([trial.violation for trial in own]),
            np.array([merit_of(trial, self.goals) for trial in own]),
        )
        self._look(own)
        self.ranks.remember(deeds.violations, deeds.merits)
        with one_thread():
            if self.learner is None:
                self.learner = self._new_learner(rng)
            self._learn(deeds, rng)

    def _look(self, trials: Sequence[Trial]) -> None:
        """See the metrics of a batch; large ones by their logarithm."""
        self.last = np.zeros((len(trials), len(self.metrics) + 1))
        for row, trial in zip(self.last, trials, strict=True):
            if trial.state == "done":
                row[:-1] = _tamed(np.array([trial.metrics[name] for name in self.metrics]))
                row[-1] = 1.0
        answered = self.last[self.last[:, -1] > 0.0, :-1]
        if len(answered):
            low, high = self.ranges
            self.ranges = np.stack([np.minimum(low, answered.min(axis=0)), np.maximum(high, answered.max(axis=0))])

    def save(self) -> bytes:
        """The networks, their optimizers, what is seen and what rewards are compared with."""
        from archwright.learning.blobs import pack

        learner = None if self.learner is None else self.learner.state()
        seen = {"last": self.last, "ranges": self.ranges, "recent": self.ranks.recent}
        return pack({**seen, "learner": learner, "extra": self._extra()})

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave.

        Raises:
            SpecError: `blob` is no such state.
        """
        from archwright.learning.blobs import unpack

        state = unpack(blob)
        self.last, self.ranges, self.ranks.recent = (np.asarray(state[name]) for name in ("last", "ranges", "recent"))
        self._restore_extra(state["extra"])
        self.learner = None
        if state["learner"] is not None:
            self.learner = self._new_learner(np.random.default_rng(0))
            self.learner.restore(state["learner"])

    def _extra(self) -> dict[str, Any]:
        """What `save` must keep beside."""
        return {}

    def _restore_extra(self, state: Mapping[str, Any]) -> None:
        """Take over what `_extra` gave."""
        return


def _tamed(values: Floats) -> Floats:
    """The logarithm's scale for positive and negative numbers of any size: 1e-12 counts as nothing."""
    return np.sign(values) * np.log1p(np.abs(values) / 1e-12)
