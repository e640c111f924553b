"""What agents on the draft view share: a policy decides designs step by step and learns from what its steps were worth.

All learning happens in `tell`; its randomness is drawn in `ask` and carried by the hints, so a study resumes exactly.
The first batch is drawn by lot; designs from elsewhere are not learned from, since no policy decided them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.learning.step_rewards import StepMeasure, StepWorth, final_rewards, shaped_rewards
from archwright.learning.walks import Floats, Integers, Mask, WalkLayout, Walks
from archwright.optimizers.keyed import check_option, optional_package
from archwright.optimizers.latest_ranks import LatestRanks

if TYPE_CHECKING:
    from archwright.learning.policy_gradient import Lesson


class Told(NamedTuple):
    """One batch that the policy decided.

    Args:
        walks: what it decided.
        worth: of the walks.
        order: of the components in them.
    """

    walks: Walks
    worth: StepWorth
    order: Integers


class PolicyAgent(ABC):
    """A policy over the draft view, behind `ask`, `tell`, `save` and `load`.

    Args:
        problem: what is searched; where it measures unfinished drafts, every step has its own reward.
        goals: what is wanted.
        batch: walks side by side; also the natural batch.
        levels: parts of the range of a number, >= 2.
        discount: of measured rewards per step, 0 to 1; a reward at the end counts in full for every step.
        shuffles: decide the components in another order for every batch, where the space permits.

    Raises:
        SpecError: an option out of its range.
        SimulatorMissing: the package `torch` is not installed.
    """

    def __init__(
        self, problem: Problem, goals: Goals, *, batch: int, levels: int, discount: float, shuffles: bool = False
    ) -> None:
        check_option("batch", batch, 1, 100_000, whole=True)
        check_option("levels", levels, 2, 100_000, whole=True)
        check_option("discount", discount, 0.0, 1.0)
        optional_package("torch", "learn")
        self.goals, self.batch, self.shuffles = goals, int(batch), shuffles
        self.layout = WalkLayout(problem, levels=levels)
        self.measure = StepMeasure(problem, goals, self.layout)
        self.discount = discount if self.measure.is_stepwise else 1.0
        self.learner: Any = None
        self.least, self.most = np.inf, -np.inf  # gains of single steps seen so far
        self.ranks = LatestRanks(goals)
        self.n_told = 0

    @abstractmethod
    def _new_learner(self, rng: np.random.Generator) -> Any:
        """Networks with weights drawn from `rng`: an object with `policy`, `state()` and `restore(state)`."""

    @abstractmethod
    def _learn(self, told: Told, rng: np.random.Generator) -> None:
        """Learn from one batch of its own."""

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Designs that the policy decides by lot, evenly before it has learned anything."""
        from archwright.learning.policies import one_step
        from archwright.learning.seeding import one_thread

        seed = int(rng.integers(2**31))
        ask = self._evenly if self.learner is None else one_step(self.learner.policy)
        with one_thread():
            designs = self.layout.draw(ask, n, rng, self._order(seed))
        return [Proposal(design, {"seed": seed}) for design in designs]

    def _order(self, seed: int) -> Integers:
        return self.layout.order(seed if self.shuffles else None)

    def _evenly(self, inputs: Floats, carry: Any) -> tuple[Floats, Any]:
        return np.zeros((len(inputs), self.layout.n_slots, self.layout.width)), carry

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn from the trials that the policy decided."""
        from archwright.learning.seeding import one_thread, told_rng

        own = [trial for trial in trials if trial.hint is not None and "seed" in trial.hint]
        own = [trial for trial in own if trial.hint == own[0].hint]
        if not own:
            return
        rng, worth = told_rng(own), self.measure.read(own)
        self.n_told += len(own)
        self.least, self.most = min(self.least, worth.gains.min()), max(self.most, worth.gains.max())
        self.ranks.remember(worth.violations, worth.merits)
        with one_thread():
            if self.learner is None:
                self.learner = self._new_learner(rng)
            order = self._order((own[0].hint or {})["seed"])
            walks = self.layout.read([trial.design for trial in own], order)
            self._learn(Told(walks, worth, order), rng)

    def rewards(self, worth: StepWorth, order: Integers, latest: Floats) -> tuple[Floats, Mask]:
        """Rewards of walks, measured ones from 0 to 1, and the steps taken, `(n, n_steps)` each.

        Args:
            worth: of the walks.
            order: of the components in them.
            latest: violations and merits of walks, ending with these; among them final rewards rank.
        """
        n, n_steps = worth.gains.shape
        if not self.measure.is_stepwise:
            return final_rewards(n, n_steps, *latest), np.ones((n, n_steps), dtype=bool)
        rewards, taken = shaped_rewards(worth, self.least, order)
        return rewards / max(self.most - self.least, 1e-300), taken

    def lesson(self, walks: Walks, order: Integers, advantages: Floats, taken: Mask) -> Lesson:
        """Walks as tensors; steps without a choice do not count."""
        import torch

        from archwright.learning.policy_gradient import Lesson

        inputs, counts = self.layout.inputs(walks, order), taken & walks.is_decided
        floats = [torch.tensor(one, dtype=torch.float32) for one in (inputs, advantages * counts, counts)]
        return Lesson(floats[0], torch.tensor(walks.levels), torch.tensor(walks.legal), floats[1], floats[2])

    def save(self) -> bytes:
        """The networks, their optimizers and what rewards are compared with."""
        from archwright.learning.blobs import pack

        return pack(self.state())

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave.

        Raises:
            SpecError: `blob` is no such state.
        """
        from archwright.learning.blobs import unpack

        self.restore(unpack(blob))

    def state(self) -> dict[str, Any]:
        """Everything, for a blob."""
        learner = None if self.learner is None else self.learner.state()
        seen = {"told": self.n_told, "least": float(self.least), "most": float(self.most), "recent": self.ranks.recent}
        return {**seen, "learner": learner, "extra": self._extra()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.n_told, self.least, self.most = state["told"], state["least"], state["most"]
        self.ranks.recent = np.asarray(state["recent"], dtype=float)
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
