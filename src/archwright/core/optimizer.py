"""What an optimizer is: `ask` for designs, `tell` it the trials.

The rules that make any study resume into the identical table after any number of kills:

- `ask(n, rng)` changes nothing in the optimizer and draws randomness only from `rng`, which the study seeds from
  (seed, number of the first trial asked). Asked twice in the same state, it answers twice the same.
- `tell(trials)` is the only method that changes state; the study tells every batch once, in order of trial number.
- So an optimizer is resumed by telling it the stored batches again. One with networks, for which that is slow,
  offers `Resumable` as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial


@runtime_checkable
class Optimizer(Protocol):
    """Anything that proposes designs.

    A catalogue optimizer is a class called as `Class(problem, goals, **options)`; every option has a default.
    """

    def __init__(self, problem: Problem, goals: Goals, **options: Any) -> None:
        """Bind the method to a problem and goals; options are keyword-only."""

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """Propose exactly `n` designs of the problem's space; must not change the optimizer."""
        ...

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn from one finished batch, in order of trial number; foreign designs (no hint) are allowed."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """An optimizer whose state can be stored as a blob instead of being replayed."""

    def save(self) -> bytes:
        """The whole state."""
        ...

    def load(self, blob: bytes) -> None:
        """Take over a state that `save` gave."""
        ...


@runtime_checkable
class Batched(Protocol):
    """An optimizer with a batch size of its own, used where the study names none (a population, say)."""

    batch: int
    """Designs per `ask`, >= 1."""
