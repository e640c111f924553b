"""A trial: one design, what came of it, and how it is judged. A proposal: a design on its way to become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goals
from archwright.core.problem import Outcome
from archwright.core.space import Design

State = Literal["done", "infeasible", "failed"]
Hint = Mapping[str, Any] | None


class Proposal(NamedTuple):
    """A design that an optimizer asks for, with a plain-JSON note to itself that comes back in the trial."""

    design: Design
    hint: Hint = None


@dataclass(slots=True)
class Trial:
    """One row of a study's table.

    Args:
        number: 0, 1, 2 ... in the order asked.
        design: plain JSON.
        state: `done` (metrics known), `infeasible` (cannot exist), `failed` (no answer after all retries).
        metrics: by name; empty unless done.
        violation: 0.0 when every constraint goal is met, else the sum of relative shortfalls; infinite unless done.
        objectives: one value per objective goal, signed and scaled so that smaller is better; empty unless done.
        score: one number, larger is better: see `Goals.score`; minus infinity unless done.
        seconds: wall-clock seconds of the evaluation (its share of the batch).
        attempts: evaluations spent; 0 marks an answer taken from the cache, not counted as a simulation.
        reason: why it is infeasible or failed, else "".
        hint: the optimizer's note from the proposal.
    """

    number: int
    design: Design
    state: State
    metrics: Mapping[str, float]
    violation: float
    objectives: tuple[float, ...]
    score: float
    seconds: float
    attempts: int
    reason: str = ""
    hint: Hint = None

    @property
    def rank_key(self) -> tuple[float, float]:
        """Sorts trials best first: the smaller violation, then the larger score."""
        return (self.violation, -self.score)

    @property
    def is_feasible(self) -> bool:
        """True when the trial is done and meets every constraint goal."""
        return self.violation == 0.0


def judge(
    number: int, design: Design, outcome: Outcome, goals: Goals, *, seconds: float, attempts: int, hint: Hint = None
) -> Trial:
    """The trial that `outcome` makes of `design` under `goals`; the only place where outcomes are scored."""
    if isinstance(outcome, Infeasible | Failed):
        state: State = "infeasible" if isinstance(outcome, Infeasible) else "failed"
        inf = float("inf")
        return Trial(number, design, state, {}, inf, (), -inf, seconds, attempts, str(outcome), hint)
    violation, objectives, score = goals.judge(outcome)
    return Trial(number, design, "done", outcome, violation, objectives, score, seconds, attempts, "", hint)
