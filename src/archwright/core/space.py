"""Spaces and their two views.

*Draft view*: a design is built by legal decisions, one after another, with masks: what reinforcement learning, tree
search, GFlowNets and recurrent policies need. *Key view*: `[0, 1]^horizon -> design`, key i picks among the legal
choices of decision i: what CMA-ES, DE, Bayesian optimization, TPE and NSGA-II need. The key view follows from the
draft view (`decode`), so any optimizer runs on any problem; a space that knows a better chart brings it (`Charted`).

The ready spaces stand in `record.py` and `spaces`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from archwright.core.errors import SpecError

Design = Any
"""Plain JSON: numbers, strings, lists and dicts of them."""

Value = float | int
Keys = np.ndarray[Any, np.dtype[np.float64]]


class Real(NamedTuple):
    """A decision for a number in `[low, high]`, on a grid when `step` is given, log-scaled when `log`.

    Example:
        >>> Real(2.0, 15.0, step=0.2).at(0.25)
        5.2
        >>> Real(1.0, 100.0, log=True).at(0.0)
        1.0
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def at(self, key: float) -> float:
        """The value at `key` in [0, 1]; keys outside are clipped."""
        key = min(max(key, 0.0), 1.0)
        if self.log:
            value = math.exp(math.log(self.low) + key * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + key * (self.high - self.low)
        return self.snap(value)

    def key(self, value: float) -> float:
        """The key in [0, 1] whose value is `value`."""
        if self.high == self.low:
            return 0.5
        if self.log:
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (value - self.low) / (self.high - self.low)

    def snap(self, value: float) -> float:
        """The nearest allowed value."""
        if self.step is None:
            return min(max(float(value), self.low), self.high)
        index = min(max(round((value - self.low) / self.step), 0), self.last_index)
        return min(max(round(self.low + index * self.step, self.decimals), self.low), self.high)

    @property
    def last_index(self) -> int:
        """Index of the highest grid value; needs `step`."""
        assert self.step is not None
        return math.floor((self.high - self.low) / self.step + 1e-9)

    @property
    def decimals(self) -> int:
        """Decimals that keep a grid value free of binary dust; needs `step`."""
        assert self.step is not None
        return max(0, 9 - math.floor(math.log10(self.step)))

    def allows(self, value: object) -> bool:
        """True when `value` is a number in range and, with a step, on the grid."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        if not self.low - slack <= value <= self.high + slack:
            return False
        return self.step is None or abs(self.snap(value) - value) <= 1e-6 * self.step

    def checked(self, field: str) -> Real:
        """Itself, or SpecError naming `field` when bounds, log or step make no sense."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise SpecError(field, (self.low, self.high), "finite bounds")
        if self.low > self.high:
            raise SpecError(field, (self.low, self.high), "low <= high; the bounds are reversed")
        if self.log and self.low <= 0:
            raise SpecError(f"{field}.low", self.low, "a number above 0 on a log scale")
        if self.step is not None and self.step <= 0:
            raise SpecError(f"{field}.step", self.step, "a number above 0")
        return self


class Pick(NamedTuple):
    """A decision for an index; `legal` is an (n,) bool mask with at least one True."""

    legal: np.ndarray[Any, np.dtype[np.bool_]]

    def at(self, key: float) -> int:
        """The legal index at `key` in [0, 1]: the interval is cut into equal parts, one per legal choice."""
        choices = np.flatnonzero(self.legal)
        return int(choices[min(int(min(max(key, 0.0), 1.0) * len(choices)), len(choices) - 1)])

    def key(self, index: float) -> float:
        """The middle of the interval of `index`."""
        choices = np.flatnonzero(self.legal)
        return (int(np.searchsorted(choices, index)) + 0.5) / len(choices)

    def allows(self, value: object) -> bool:
        """True when `value` is a legal index."""
        if not isinstance(value, (int, np.integer)) or not 0 <= value < len(self.legal):
            return False
        return bool(self.legal[value])


Decision = Real | Pick


@runtime_checkable
class Draft(Protocol):
    """A design under construction; immutable."""

    def next(self) -> Decision | None:
        """The next decision, or None when the design is complete."""
        ...

    def choose(self, value: Value) -> Draft:
        """The draft after deciding `value`: a number for `Real`, a legal index for `Pick`."""
        ...

    def design(self) -> Design:
        """The finished design, plain JSON."""
        ...


@runtime_checkable
class Space(Protocol):
    """All designs of a problem."""

    @property
    def horizon(self) -> int:
        """The largest number of decisions, which is the number of keys."""
        ...

    @property
    def axes(self) -> tuple[str, ...]:
        """A name per key."""
        ...

    def start(self) -> Draft:
        """The empty draft."""
        ...

    def choices(self, design: Design) -> list[Value]:
        """The decisions that lead to `design`, in draft order.

        Raises:
            SpecError: `design` has not the form of this space.
        """
        ...


@runtime_checkable
class Charted(Protocol):
    """A space with a key view of its own, better or faster than the one derived from drafts."""

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` keys."""
        ...

    def encode_many(self, designs: Sequence[Design]) -> Keys:
        """Keys `(n, horizon)` that decode to `designs`."""
        ...


def decode(space: Space, keys: Sequence[float] | Keys) -> Design:
    """The design at `keys`, `(horizon,)` numbers in [0, 1]; keys past the last decision are not used.

    Example:
        >>> from archwright.core.record import Record
        >>> decode(Record(width_um=Real(2.0, 4.0), load=["diode", "resistor"]), [0.5, 0.9])
        {'width_um': 3.0, 'load': 'resistor'}
    """
    return decode_many(space, np.asarray(keys, dtype=float)[None, :])[0]


def decode_many(space: Space, keys: Keys) -> list[Design]:
    """The designs of `(n, horizon)` keys.

    Raises:
        SpecError: the keys have another width than the space's horizon.
    """
    if keys.ndim != 2 or keys.shape[1] != space.horizon:
        raise SpecError("keys", keys.shape, f"an array of shape (n, {space.horizon})")
    if isinstance(space, Charted):
        return space.decode_many(keys)
    return [_decode_draft(space, row) for row in keys.tolist()]


def _decode_draft(space: Space, keys: Sequence[float]) -> Design:
    draft = space.start()
    for key in keys:
        decision = draft.next()
        if decision is None:
            break
        draft = draft.choose(decision.at(key))
    return draft.design()


def encode_many(space: Space, designs: Sequence[Design]) -> Keys:
    """Keys `(n, horizon)` in [0, 1] that decode to `designs`; unused keys are 0.5.

    Raises:
        SpecError: a design is not of this space.
    """
    if isinstance(space, Charted):
        return space.encode_many(designs)
    return np.array([_encode_draft(space, design) for design in designs]).reshape(-1, space.horizon)


def _encode_draft(space: Space, design: Design) -> list[float]:
    keys = [0.5] * space.horizon
    draft = space.start()
    for position, value in enumerate(space.choices(design)):
        decision = draft.next()
        if decision is None or not decision.allows(value):
            raise SpecError(f"design, decision {position}", value, _allowed(decision))
        keys[position] = decision.key(value)
        draft = draft.choose(value)
    return keys


def check_design(space: Space, design: Design) -> Design:
    """Return `design` when it can be built by legal decisions.

    Raises:
        SpecError: it cannot; the message names the axis, the value and what is allowed.
    """
    draft = space.start()
    values = space.choices(design)
    for position, value in enumerate(values):
        decision = draft.next()
        if decision is None or not decision.allows(value):
            raise SpecError(f"design, {space.axes[min(position, len(space.axes) - 1)]}", value, _allowed(decision))
        draft = draft.choose(value)
    if draft.next() is not None:
        raise SpecError("design", design, f"a complete design; {len(values)} decisions leave it open")
    return design


def _allowed(decision: Decision | None) -> str:
    if decision is None:
        return "no further decision"
    if isinstance(decision, Pick):
        return f"one of the choices {np.flatnonzero(decision.legal).tolist()}"
    grid = "" if decision.step is None else f" in steps of {decision.step:g}"
    return f"a number from {decision.low:g} to {decision.high:g}{grid}"


def random_draft_design(space: Space, rng: np.random.Generator) -> Design:
    """A design by uniform random legal decisions through the draft view."""
    draft = space.start()
    while (decision := draft.next()) is not None:
        draft = draft.choose(decision.at(float(rng.random())))
    return draft.design()
