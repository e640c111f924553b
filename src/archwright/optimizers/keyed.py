"""What optimizers on keys share: proposals that carry their keys, and told trials as arrays.

Every space has a key view, `[0, 1]^horizon -> design`. A proposal's hint holds the keys it was decoded from as plain
JSON floats, so that `tell` learns from the exact numbers that were asked; designs from elsewhere have none and are
encoded. All randomness that `tell` needs is drawn in `ask` and put into the hint as well.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.core.goal import Goals
from archwright.core.space import Keys, Space, decode_many, encode_many
from archwright.core.trial import Proposal, Trial

Column = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Told:
    """A batch of trials as arrays; rows without an answer are infinite.

    Args:
        keys: (n, horizon) in [0, 1].
        violations: (n,) 0.0 where every constraint is met, infinite where there is no answer.
        losses: (n,) minus the score.
        objectives: (n, m) to be minimized; where the score is what counts, the loss is the only column.
    """

    keys: Keys
    violations: Column
    losses: Column
    objectives: Keys

    def __len__(self) -> int:
        """How many trials."""
        return len(self.violations)

    def rows(self, which: Indices | Mask) -> Told:
        """The rows that `which` selects: a mask or row numbers."""
        return Told(self.keys[which], self.violations[which], self.losses[which], self.objectives[which])

    def joined(self, other: Told) -> Told:
        """These rows, then those of `other`."""
        if not len(other) or not len(self):
            return self if len(self) else other
        return Told(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.violations, other.violations]),
            np.concatenate([self.losses, other.losses]),
            np.concatenate([self.objectives, other.objectives]),
        )

    def replaced(self, which: Indices | Mask, others: Told) -> Told:
        """These rows, with those that `which` selects replaced by `others`."""
        keys, violations = self.keys.copy(), self.violations.copy()
        losses, objectives = self.losses.copy(), self.objectives.copy()
        keys[which], violations[which] = others.keys, others.violations
        losses[which], objectives[which] = others.losses, others.objectives
        return Told(keys, violations, losses, objectives)

    def order(self) -> Indices:
        """Row numbers, best first: the smaller violation, then the smaller loss, then as they stand."""
        return np.lexsort((self.losses, self.violations))


def nothing_told(horizon: int, goals: Goals, *, wants_front: bool = False) -> Told:
    """A `Told` without rows; see `told`."""
    n_objectives = count_objectives(goals, wants_front=wants_front)
    return Told(np.empty((0, horizon)), np.empty(0), np.empty(0), np.empty((0, n_objectives)))


def count_objectives(goals: Goals, *, wants_front: bool = False) -> int:
    """Columns to be minimized: the loss alone where the score is what counts, else one per objective.

    Args:
        goals: what is wanted.
        wants_front: the method looks for the whole front, even where references make one score of the objectives.
    """
    return 1 if goals.is_scalar and not wants_front else max(1, len(goals.targets))


def propose(space: Space, keys: Keys, notes: Iterable[Mapping[str, Any]] = ()) -> list[Proposal]:
    """Proposals for `(n, horizon)` keys; each hint holds its keys and, where given, its note.

    Example:
        >>> from archwright.core.record import Record
        >>> from archwright.core.space import Real
        >>> propose(Record(x=Real(0.0, 4.0)), np.array([[0.5]]), [{"slot": 3}])
        [Proposal(design={'x': 2.0}, hint={'keys': [0.5], 'slot': 3})]
    """
    hints: list[dict[str, Any]] = [{"keys": row} for row in keys.tolist()]
    for hint, note in zip(hints, notes, strict=False):
        hint.update(note)
    return [Proposal(design, hint) for design, hint in zip(decode_many(space, keys), hints, strict=True)]


def keys_of(space: Space, trials: Sequence[Trial]) -> Keys:
    """The keys `(n, horizon)` of `trials`: those they were asked with, else those that decode to the design."""
    known = [None if trial.hint is None else trial.hint.get("keys") for trial in trials]
    foreign = [i for i, keys in enumerate(known) if keys is None]
    if not foreign:
        return np.array(known, dtype=np.float64).reshape(-1, space.horizon)
    for i, keys in zip(foreign, encode_many(space, [trials[i].design for i in foreign]).tolist(), strict=True):
        known[i] = keys
    return np.array(known, dtype=np.float64)


def told(space: Space, goals: Goals, trials: Sequence[Trial], *, wants_front: bool = False) -> Told:
    """`trials` as arrays; `wants_front` as in `count_objectives`."""
    violations = np.array([trial.violation for trial in trials])
    losses = -np.array([trial.score for trial in trials])
    n_objectives = count_objectives(goals, wants_front=wants_front)
    if n_objectives == 1:
        return Told(keys_of(space, trials), violations, losses, losses[:, None])
    nothing = (np.inf,) * n_objectives
    objectives = np.array([trial.objectives or nothing for trial in trials]).reshape(-1, n_objectives)
    return Told(keys_of(space, trials), violations, losses, objectives)


def compare(first: Told, second: Told) -> tuple[Mask, Mask]:
    """Row by row: where the first is nowhere worse than the second, and the other way round; (n,) bool each.

    The smaller violation decides, then dominance. Of equals both hold, of two that do not dominate each other neither.
    """
    tied = first.violations == second.violations
    no_worse = tied & (first.objectives <= second.objectives).all(axis=1)
    no_better = tied & (second.objectives <= first.objectives).all(axis=1)
    return no_worse | (first.violations < second.violations), no_better | (second.violations < first.violations)


def optional_package(name: str, extra: str = "bo") -> Any:
    """The package `name`, which the extra `extra` brings, imported now.

    Raises:
        SimulatorMissing: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SimulatorMissing(name, f"pip install 'archwright[{extra}]'") from error


def check_option(name: str, value: float, low: float, high: float, *, whole: bool = False) -> None:
    """Refuse an option outside `low` to `high`, or one that is not whole where it must be.

    Raises:
        SpecError: it is.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high or (whole and value != int(value)):
        upper = "" if high == float("inf") else f" to {high:g}"
        raise SpecError(name, value, f"a {'whole ' if whole else ''}number from {low:g}{upper or ' up'}")


def quasi_random_point(dimension: int, index: int) -> Column:
    """Point `index` of the additive sequence of Roberts (2018), `(dimension,)`; the first is the middle.

    Example:
        >>> quasi_random_point(3, 0).tolist()
        [0.5, 0.5, 0.5]
    """
    base = 2.0
    for _ in range(50):  # the positive root of base^(dimension + 1) = base + 1
        base = (1.0 + base) ** (1.0 / (dimension + 1))
    return (0.5 + index * base ** -np.arange(1.0, dimension + 1)) % 1.0
