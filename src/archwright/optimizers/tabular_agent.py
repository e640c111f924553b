"""What the tabular learners share: a design is an episode, each decision an action, and a table says what it is worth.

The state is the number of the decision and the choices of the latest steps before it (`memory`); with a memory as long
as the design it is the whole draft. A choice is one of its indices, a number one of `levels` equal parts of its range
and even within it. The reward comes with the last decision: the normal score of the design's rank among the latest
ones. The policy is greedy but for a share of even choices, which falls as 1 / batches to `epsilon`.

Designs from elsewhere are learned from as well. All that is learned is learned in `tell`, without randomness.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.learning.tabular import ActionValues, Rule, Transition
from archwright.learning.walks import Ask, Floats, Integers, Mask, WalkLayout
from archwright.optimizers.keyed import check_option
from archwright.optimizers.latest_ranks import MEMORY, LatestRanks

SHARP = 1e9
"""What makes a softmax greedy: values further apart than a few of its inverses are not drawn between."""

State = tuple[int, ...]


class TabularAgent:
    """A table of action values over the draft view, behind `ask` and `tell`.

    Args:
        problem: what is searched.
        goals: what is wanted.
        batch: designs between two lessons, >= 1; also the natural batch.
        rate: alpha, the step of the values, above 0, up to 1.
        discount: per decision, 0 to 1.
        initial: value of a choice never made; above 0, the mean of the rewards, all are tried.
        epsilon: least share of even choices, 0 to 1; None for one decision of a design.
        memory: steps whose choices the state holds, >= 0.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option out of its range.
    """

    rule: ClassVar[Rule]

    def __init__(
        self,
        problem: Problem,
        goals: Goals,
        *,
        batch: int = 8,
        rate: float = 0.2,
        discount: float = 1.0,
        initial: float = 1.0,
        epsilon: float | None = None,
        memory: int = 1,
        levels: int = 16,
    ) -> None:
        check_option("batch", batch, 1, 100_000, whole=True)
        check_option("memory", memory, 0, 100_000, whole=True)
        check_option("levels", levels, 2, 100_000, whole=True)
        check_option("rate", rate, 1e-9, 1.0)
        check_option("discount", discount, 0.0, 1.0)
        self.ranks, self.batch, self.memory = LatestRanks(goals), int(batch), int(memory)
        self.layout = WalkLayout(problem, levels=int(levels))
        self.least_epsilon = 1.0 / problem.space.horizon if epsilon is None else epsilon
        check_option("epsilon", self.least_epsilon, 0.0, 1.0)
        self.table = ActionValues(self.rule, self.layout.width, rate=rate, discount=discount, initial=initial)
        self.n_told = 0

    @property
    def epsilon(self) -> float:
        """Share of even choices now."""
        return max(self.least_epsilon, self.batch / (self.batch + self.n_told))

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Designs by the policy as it is now."""
        return [Proposal(design) for design in self.layout.draw(self._policy(rng), n, rng)]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn from whole designs, the last decision of each first, so that its reward reaches the others."""
        own, epsilon = trials[-MEMORY:], self.epsilon
        walks, rewards = self.layout.read([trial.design for trial in own]), self.ranks.rewards(own)
        for levels, legal, reward in zip(walks.levels, walks.legal, rewards.tolist(), strict=True):
            for step in reversed(self._transitions(levels, legal, reward)):
                self.table.learn(step, epsilon)
        self.n_told += len(trials)

    def _policy(self, rng: np.random.Generator) -> Ask:
        """Even logits for a decision that strays, else values so far apart that only the best legal one is drawn."""
        epsilon, n_slots, top = self.epsilon, self.layout.n_slots, self.layout.width - 1

        def ask(inputs: Floats, carry: Any) -> tuple[Floats, Any]:
            before = np.rint(inputs[:, -1 - n_slots : -1] * top).astype(np.int64)
            past = [] if carry is None else [*carry, before]
            logits = np.zeros((len(inputs), n_slots, top + 1))
            for row, slot in np.argwhere(rng.random((len(inputs), n_slots)) >= epsilon).tolist():
                state = self._state(len(past), slot, [levels[row] for levels in past])
                logits[row, slot] = SHARP * self.table.of(state)
            return logits, past

        return ask

    def _state(self, step: int, slot: int, past: Sequence[Integers]) -> State:
        remembered = past[max(len(past) - self.memory, 0) :]
        return (step, slot, *(level for levels in remembered for level in levels.tolist()))

    def _transitions(self, levels: Integers, legal: Mask, reward: float) -> list[Transition]:
        """The decisions of one walk in order; `levels` (n_steps, n_slots), `legal` (n_steps, n_slots, width)."""
        places = [(step, slot) for step, axes in enumerate(self.layout.axes) for slot in range(len(axes))]
        states = [self._state(step, slot, list(levels[:step])) for step, slot in places]
        actions = [int(levels[place]) for place in places]
        within = [
            Transition(states[at], actions[at], 0.0, states[at + 1], actions[at + 1], legal[places[at + 1]])
            for at in range(len(places) - 1)
        ]
        return [*within, Transition(states[-1], actions[-1], reward)]
