"""`Sequence`: the same step again and again, for a fixed number of times or until it stops."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.space import Decision, Design, Keys, Pick, Real, Value
from archwright.core.spaces.items import read_count, read_list

STOP, GO_ON = 0, 1


class Sequence:
    """A list of `n` values of one step; with `shortest`, a list of `shortest` to `n` values.

    Where the list may end, a choice step gets one more choice, the last one, that stops; a number step is preceded by
    a decision of its own: 0 stops, 1 goes on.

    Args:
        step: `Real` for numbers, or the choices, plain JSON values.
        n: the largest length, >= 1.
        shortest: the smallest length, 0 to `n`; `n` itself by default.

    Raises:
        SpecError: a length or the step makes no sense.

    Example:
        >>> space = Sequence(["split", "fuse", "unroll"], 4, shortest=1)
        >>> space.start().choose(2).choose(3).design()
        ['unroll']
        >>> space.axes
        ('step0', 'step1', 'step2', 'step3')
    """

    def __init__(self, step: Real | abc.Iterable[Any], n: int, *, shortest: int | None = None) -> None:
        self.n = read_count("n", n, 1)
        self.shortest = self.n if shortest is None else read_count("shortest", shortest, 0, self.n)
        self.step: Real | tuple[Any, ...] = step.checked("step") if isinstance(step, Real) else _checked(tuple(step))
        self.decisions, self.axes = self._layout()
        self.horizon = len(self.axes)

    def _layout(self) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
        decisions: list[Decision] = []
        axes: list[str] = []
        for i in range(self.n):
            may_stop = i >= self.shortest
            if isinstance(self.step, Real):
                decisions += [_pick(np.ones(2, bool))] * may_stop + [self.step]
                axes += [f"go_on{i}"] * may_stop + [f"step{i}"]
            else:
                legal = np.ones(len(self.step) + (self.shortest < self.n), bool)
                legal[len(self.step) :] = may_stop
                decisions.append(_pick(legal))
                axes.append(f"step{i}")
        return tuple(decisions), tuple(axes)

    def start(self) -> SequenceDraft:
        """The empty draft."""
        return SequenceDraft(self, (), 0)

    def is_stop(self, position: int, value: Value) -> bool:
        """True when deciding `value` at key `position` ends the list."""
        if isinstance(self.step, Real):
            return isinstance(self.decisions[position], Pick) and value == STOP
        return value == len(self.step)

    def choices(self, design: Design) -> list[Value]:
        """The decisions that lead to `design`: numbers, and indices of choices."""
        listed = read_list("design", design, f"{self.shortest} to {self.n} steps")
        if not self.shortest <= len(listed) <= self.n:
            raise SpecError("design", f"{len(listed)} steps", f"{self.shortest} to {self.n} steps")
        values: list[Value] = []
        for i, value in enumerate(listed):
            values += [GO_ON] * (isinstance(self.step, Real) and i >= self.shortest)
            values.append(self._to_number(i, value))
        if len(listed) < self.n:
            values.append(STOP if isinstance(self.step, Real) else len(self.step))
        return values

    def _to_number(self, i: int, value: Any) -> Value:
        if isinstance(self.step, Real):
            if not self.step.allows(value):
                grid = "" if self.step.step is None else f" in steps of {self.step.step:g}"
                raise SpecError(f"design[{i}]", value, f"a number from {self.step.low:g} to {self.step.high:g}{grid}")
            return float(value)
        for index, choice in enumerate(self.step):
            if choice == value and type(choice) is type(value):
                return index
        raise SpecError(f"design[{i}]", value, f"one of {', '.join(map(repr, self.step))}")

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` keys in [0, 1], one array operation per kind of step."""
        keys = np.clip(keys, 0.0, 1.0)
        steps = np.array([axis.startswith("step") for axis in self.axes])
        may_stop = np.arange(self.n) >= self.shortest
        values: list[list[Any]]
        if isinstance(self.step, Real):
            values = _real_values(self.step, keys[:, steps]).tolist()
            stops = np.zeros((len(keys), self.n), bool)
            stops[:, may_stop] = keys[:, ~steps] < 0.5
        else:
            n_choices = len(self.step) + may_stop
            index = np.minimum((keys * n_choices).astype(int), n_choices - 1)
            stops = index == len(self.step)
            padded = (*self.step, None)
            values = [[padded[i] for i in row] for row in index.tolist()]
        lengths = np.where(stops.any(axis=1), stops.argmax(axis=1), self.n).tolist()
        return [row[:length] for row, length in zip(values, lengths, strict=True)]

    def encode_many(self, designs: abc.Sequence[Design]) -> Keys:
        """Keys `(n, horizon)` that decode to `designs`; unused keys are 0.5.

        Raises:
            SpecError: a design is not of this space.
        """
        keys = np.full((len(designs), self.horizon), 0.5)
        for row, design in zip(keys, designs, strict=True):
            values = self.choices(design)
            row[: len(values)] = [d.key(v) for d, v in zip(self.decisions, values, strict=False)]
        return keys


@dataclass(frozen=True)
class SequenceDraft:
    """The first values decided."""

    space: Sequence = field(repr=False)
    values: tuple[Any, ...]
    position: int

    def next(self) -> Decision | None:
        """The next value, or whether to go on; None at the end."""
        return self.space.decisions[self.position] if self.position < self.space.horizon else None

    def choose(self, value: Value) -> SequenceDraft:
        """Decide the next value, or to stop or go on."""
        if self.space.is_stop(self.position, value):
            return replace(self, position=self.space.horizon)
        step, decision = self.space.step, self.space.decisions[self.position]
        if not isinstance(step, Real):
            return replace(self, values=(*self.values, step[int(value)]), position=self.position + 1)
        chosen = (decision.snap(value),) if isinstance(decision, Real) else ()
        return replace(self, values=self.values + chosen, position=self.position + 1)

    def design(self) -> Design:
        """The values decided."""
        return list(self.values)


def _pick(legal: np.ndarray[Any, np.dtype[np.bool_]]) -> Pick:
    legal.flags.writeable = False
    return Pick(legal)


def _checked(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    if not choices:
        raise SpecError("step", [], "a Real, or at least one choice")
    if len({repr(choice) for choice in choices}) < len(choices):
        raise SpecError("step", list(choices), "choices that differ from each other")
    return choices


def _real_values(step: Real, keys: Keys) -> Keys:
    low, high = (np.log(step.low), np.log(step.high)) if step.log else (step.low, step.high)
    values: Keys = low + keys * (high - low)
    values = np.clip(np.exp(values) if step.log else values, step.low, step.high)
    if step.step is None:
        return values
    index = np.clip(np.round((values - step.low) / step.step), 0, step.last_index)
    return np.clip(np.round(step.low + index * step.step, step.decimals), step.low, step.high)
