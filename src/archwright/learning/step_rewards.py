"""Rewards for the steps of a walk: measured step by step where a problem can, else one reward at the end.

Where a problem measures unfinished drafts, a step is worth what it adds to the objective, compared with the worst step
seen so far; the step that breaks a budget takes back everything before it, and ends the episode:

    P_t = objective(draft_(t-1)) - objective(draft_t),   r_t = P_t - P_min,   r_overshoot = -sum of the rewards before

Paper: Kao, Jeong, Krishna, "ConfuciuX", MICRO 2020, section 4 (reward shaping).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from archwright.core.goal import TOLERANCE, Goals
from archwright.core.problem import Metrics, Problem, Stepwise
from archwright.core.space import Design
from archwright.core.trial import Trial
from archwright.learning.rewards import merit_of, penalty_rewards
from archwright.learning.walks import WalkLayout

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class StepWorth(NamedTuple):
    """What n walks were worth, in the order of the components.

    Args:
        gains: (n, n_steps) P_t, what each step adds to the objective, larger is better; all 0 in a walk that is only
            judged as a whole.
        used: (n, n_steps, n_budgets) what each step adds to each budget, as a share of it.
        violations: (n,) of the whole designs.
        merits: (n,) of the whole designs.
    """

    gains: Floats
    used: Floats
    violations: Floats
    merits: Floats


@runtime_checkable
class MeasuresWalks(Protocol):
    """A problem that knows the metrics of all drafts on the way to many designs at once."""

    def measure_walks(self, designs: Sequence[Design]) -> Mapping[str, Floats]:
        """(n, horizon + 1) per metric: of the empty draft, after the first decision, and so on to the whole design."""
        ...


class StepMeasure:
    """Measures the steps of told trials.

    Args:
        problem: measured step by step if it is `Stepwise` and knows its one objective for every draft.
        goals: their one objective and their upper bounds are what is measured.
        layout: which decisions make a step.
    """

    def __init__(self, problem: Problem, goals: Goals, layout: WalkLayout) -> None:
        self.problem, self.goals, self.layout = problem, goals, layout
        self.budgets = [one for one in goals.constraints if one.sense == "<=" and (one.value or 0.0) > 0.0]
        step_of = {axis: step for step, axes in enumerate(layout.axes) for axis in axes}
        steps = [step_of[axis] for axis in range(problem.space.horizon)]
        parts = [(step, len(list(part))) for step, part in groupby(steps)]
        self.owners = [step for step, _ in parts]
        self.ends = np.cumsum([size for _, size in parts]).tolist()  # decisions made where an owner is done
        self.measure = problem.measure if isinstance(problem, Stepwise) else None
        self.is_stepwise = self._knows()

    def _knows(self) -> bool:
        if self.measure is None or len(self.goals.targets) != 1:
            return False
        wanted = {self.goals.targets[0].metric, *(one.metric for one in self.budgets)}
        return wanted <= set(self.measure(self.problem.space.start()))

    def read(self, trials: Sequence[Trial]) -> StepWorth:
        """What the steps of `trials` were worth."""
        n, n_steps = len(trials), self.layout.n_steps
        gains, used = np.zeros((n, n_steps)), np.zeros((n, n_steps, len(self.budgets)))
        violations = np.array([trial.violation for trial in trials])
        merits = np.array([merit_of(trial, self.goals) for trial in trials])
        if self.is_stepwise and trials:
            figures = self._figures([trial.design for trial in trials])
            for step, changes in zip(self.owners, np.diff(figures, axis=1).transpose(1, 0, 2), strict=True):
                gains[:, step] -= changes[:, 0]
                used[:, step] += changes[:, 1:]
        return StepWorth(gains, used, violations, merits)

    def _figures(self, designs: Sequence[Design]) -> Floats:
        """(n, 1 + len(ends), 1 + n_budgets): the objective, smaller is better, and the used share of each budget.

        Of the empty draft, and where a component is decided, in the order in which the space decides.
        """
        measured = self._measured(designs)
        objective = self.goals.targets[0].metric
        sign = self.goals.objectives({objective: 1.0})[0]
        shares = [measured[one.metric] / (one.value or 1.0) for one in self.budgets]
        return np.stack([sign * measured[objective], *shares], axis=2)[:, [0, *self.ends]]

    def _measured(self, designs: Sequence[Design]) -> Mapping[str, Floats]:
        """(n, horizon + 1) per metric."""
        if isinstance(self.problem, MeasuresWalks):
            return self.problem.measure_walks(designs)
        rows = [self._walk(design) for design in designs]
        return {name: np.array([[one[name] for one in row] for row in rows]) for name in rows[0][0]}

    def _walk(self, design: Design) -> list[Metrics]:
        """Metrics of the drafts on the way to a design; where nobody looks, and after its end, those before again."""
        assert self.measure is not None
        draft, values = self.problem.space.start(), self.problem.space.choices(design)
        looked_at = {*self.ends, len(values)}
        found = [self.measure(draft)]
        for n, value in enumerate(values, start=1):
            draft = draft.choose(value)
            found.append(self.measure(draft) if n in looked_at else found[-1])
        return found + found[-1:] * (self.problem.space.horizon - len(values))


def shaped_rewards(worth: StepWorth, worst: float, order: Integers) -> tuple[Floats, Mask]:
    """Rewards of measured walks, and the steps that were taken before an episode ended.

    Args:
        worth: of the walks, in the order of the components.
        worst: P_min, the smallest gain of a step seen so far.
        order: of the components in the walks.

    Returns:
        Rewards (n, n_steps) in the order of the walks, 0 after the end; and where a step was taken, (n, n_steps).

    Example:
        >>> used = np.array([[[0.5], [0.6], [0.1]]])
        >>> worth = StepWorth(np.array([[-3.0, -1.0, -2.0]]), used, np.array([0.1]), np.array([0.0]))
        >>> rewards, taken = shaped_rewards(worth, -4.0, np.arange(3))
        >>> rewards.tolist(), taken.tolist()
        ([[1.0, -1.0, 0.0]], [[True, True, False]])
    """
    rewards = worth.gains[:, order] - worst
    n_steps = rewards.shape[1]
    is_over: Mask = np.any(worth.used[:, order].cumsum(axis=1) > 1.0 + TOLERANCE, axis=2)
    has_end = np.any(is_over, axis=1)
    ends = np.where(has_end, is_over.argmax(axis=1), n_steps - 1)
    is_broken = has_end | (worth.violations > 0)
    taken = np.arange(n_steps)[None, :] <= ends[:, None]
    rewards = np.where(taken, rewards, 0.0)
    rows = np.flatnonzero(is_broken)
    rewards[rows, ends[rows]] -= rewards[rows].sum(axis=1)
    return rewards, taken


def final_rewards(n_walks: int, n_steps: int, violations: Floats, merits: Floats) -> Floats:
    """One reward per walk, at its end: the normal score of its rank among the latest walks.

    Args:
        n_walks: walks to be rewarded.
        n_steps: steps of each.
        violations: (n,) of the latest walks, oldest first, ending with those to be rewarded.
        merits: (n,) likewise.

    Returns:
        (n_walks, n_steps), 0 but for the last step.
    """
    rewards = np.zeros((n_walks, n_steps))
    rewards[:, -1] = penalty_rewards(violations, merits)[-n_walks:]
    return rewards
