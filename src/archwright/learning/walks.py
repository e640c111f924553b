"""Designs as walks of a policy: step after step, each step decides the axes of one component.

The draft view of a space says which choices are legal; here its decisions become arrays. A choice is one of its
indices, a number on a short grid one of its values, any other number one of `levels` equal parts of its range. So a
policy over categories serves every space. Named parameters may be decided in any order of the components.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from archwright.core.problem import Problem
from archwright.core.record import Record
from archwright.core.space import Decision, Design, Pick, Value
from archwright.learning.components import components_of

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

N_PROBES = 8
"""Random drafts that show how many choices the decisions of a space have."""

Ask = Callable[[Floats, Any], tuple[Floats, Any]]
"""A policy at one step: inputs (n, n_inputs) and what it carries -> logits (n, n_slots, width) and what it carries."""


@dataclass(frozen=True)
class Walks:
    """n walks of n_steps steps with n_slots decisions each among width levels.

    Args:
        levels: (n, n_steps, n_slots) the level decided.
        legal: (n, n_steps, n_slots, width) the levels that were legal; level 0 alone where nothing is decided, so
            that it has probability 1.
    """

    levels: Integers
    legal: Mask

    def __len__(self) -> int:
        """How many walks."""
        return len(self.levels)

    def rows(self, which: Integers | slice) -> Walks:
        """Some of the walks."""
        return Walks(self.levels[which], self.legal[which])

    def joined(self, other: Walks) -> Walks:
        """These walks, then the others."""
        return Walks(np.concatenate([self.levels, other.levels]), np.concatenate([self.legal, other.legal]))

    @property
    def is_decided(self) -> Mask:
        """(n, n_steps) where a step had a choice."""
        found: Mask = (self.legal.sum(axis=3) > 1).any(axis=2)
        return found


class WalkLayout:
    """How a policy walks through the drafts of a problem's space, and what it sees on the way.

    Args:
        problem: whose space; its components, where it has any, are the steps, and what it shows of them is seen.
        levels: parts of the range of a number, >= 2.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> layout = WalkLayout(Sphere(3), levels=4)
        >>> layout.n_steps, layout.n_slots, layout.width, layout.n_inputs
        (3, 1, 4, (4, 1, 2))
        >>> layout.read([{"x1": -5.0, "x2": 0.1, "x3": 5.0}]).levels.ravel().tolist()
        [0, 2, 3]
    """

    def __init__(self, problem: Problem, *, levels: int = 16) -> None:
        components = components_of(problem).deciders()
        self.space, self.levels, self.axes = problem.space, levels, components.axes
        self.n_steps, self.n_slots = len(components), components.width
        index = "scalar" if components.features.shape[1] else "one-hot"
        self.features = components.states(index=index)
        self.width = self._widest()

    @property
    def n_inputs(self) -> tuple[int, int, int]:
        """Width of what a policy sees: of the component, of the walk, of the step before."""
        return self.features.shape[1], 1, self.n_slots + 1

    @property
    def can_shuffle(self) -> bool:
        """True when the components may be decided in any order."""
        return isinstance(self.space, Record)

    def order(self, seed: int | None = None) -> Integers:
        """The components in the order of their steps: as they are, or shuffled by `seed`."""
        if seed is None or not self.can_shuffle:
            return np.arange(self.n_steps)
        return np.random.default_rng(seed).permutation(self.n_steps)

    def read(self, designs: Sequence[Design], order: Integers | None = None) -> Walks:
        """The walks that lead to `designs`.

        Raises:
            SpecError: a design is not of this space.
        """
        order = self.order() if order is None else order
        walks, values = self._empty(len(designs)), [self.space.choices(design) for design in designs]
        if isinstance(self.space, Record):
            self._read_columns(self.space, walks, values, order)
        else:
            self._read_drafts(walks, values)
        return walks

    def draw(self, ask: Ask, n: int, rng: np.random.Generator, order: Integers | None = None) -> list[Design]:
        """`n` designs that a policy decides by lot.

        Args:
            ask: the policy at one step.
            n: walks side by side.
            rng: two numbers are drawn per walk and decision.
            order: of the components, from `order`.
        """
        order = self.order() if order is None else order
        drawn = _Columns(self, self.space, n) if isinstance(self.space, Record) else _Drafts(self, n)
        before, carry = np.zeros((n, self.n_slots)), None
        for step, component in enumerate(order.tolist()):
            logits, carry = ask(self._seen(step, component, before), carry)
            before = np.zeros((n, self.n_slots))
            for slot, axis in enumerate(self.axes[component]):
                levels = drawn.decide(axis, logits[:, slot], rng.random((2, n)))
                before[:, slot] = levels / (self.width - 1)
        return drawn.designs()

    def inputs(self, walks: Walks, order: Integers | None = None) -> Floats:
        """What the policy saw at every step of `walks`, `(n, n_steps, sum(n_inputs))`."""
        order = self.order() if order is None else order
        n = len(walks)
        before = np.zeros((n, self.n_steps, self.n_slots + 1))
        before[:, 1:, :-1] = walks.levels[:, :-1] / (self.width - 1)
        before[:, 1:, -1] = 1.0
        features = np.broadcast_to(self.features[order], (n, *self.features.shape))
        at = np.broadcast_to(np.arange(self.n_steps)[:, None] / self.n_steps, (n, self.n_steps, 1))
        return np.concatenate([features, at, before], axis=2)

    def _seen(self, step: int, component: int, before: Floats) -> Floats:
        """The same for one step, given the levels decided before, as shares of the largest."""
        n = len(before)
        features = np.broadcast_to(self.features[component], (n, self.features.shape[1]))
        return np.hstack([features, np.full((n, 1), step / self.n_steps), before, np.full((n, 1), float(step > 0))])

    def _read_drafts(self, walks: Walks, values: Sequence[Sequence[Value]]) -> None:
        places = self._places(self.order())
        for row, decided in enumerate(values):
            draft = self.space.start()
            for (step, slot, _), value in zip(places, decided, strict=False):
                decision = draft.next()
                assert decision is not None
                walks.levels[row, step, slot] = self.level(decision, value)
                walks.legal[row, step, slot] = self.legal(decision)
                draft = draft.choose(value)

    def _read_columns(self, space: Record, walks: Walks, values: Sequence[Sequence[Value]], order: Integers) -> None:
        for step, slot, axis in self._places(order):
            decision = space.decision(axis)
            walks.levels[:, step, slot] = [self.level(decision, decided[axis]) for decided in values]
            walks.legal[:, step, slot] = self.legal(decision)

    def _empty(self, n: int) -> Walks:
        legal = np.zeros((n, self.n_steps, self.n_slots, self.width), dtype=bool)
        legal[..., 0] = True
        return Walks(np.zeros(legal.shape[:3], dtype=np.int64), legal)

    def _places(self, order: Integers) -> list[tuple[int, int, int]]:
        """(step, slot, axis) of every decision in turn."""
        return [
            (step, slot, axis)
            for step, component in enumerate(order.tolist())
            for slot, axis in enumerate(self.axes[component])
        ]

    def _widest(self) -> int:
        """The largest number of levels of a decision, >= 2."""
        rng, found = np.random.default_rng(0), 2
        for _ in range(1 if isinstance(self.space, Record) else N_PROBES):
            draft = self.space.start()
            while (decision := draft.next()) is not None:
                found = max(found, len(decision.legal) if isinstance(decision, Pick) else self._count(decision))
                draft = draft.choose(decision.at(float(rng.random())))
        return found

    def _count(self, decision: Decision) -> int:
        """Levels of a decision; a choice among more than any draft showed is made by parts of its key."""
        if isinstance(decision, Pick):
            return min(len(decision.legal), self.width)
        if decision.low == decision.high:
            return 1
        is_short = decision.step is not None and decision.last_index < self.levels
        return decision.last_index + 1 if is_short else self.levels

    def _is_exact(self, decision: Decision) -> bool:
        """True when every value has a level of its own."""
        if isinstance(decision, Pick):
            return len(decision.legal) <= self.width
        return decision.step is not None and decision.last_index < self.levels

    def legal(self, decision: Decision | None) -> Mask:
        """(width,) the levels of a decision that are legal; level 0 alone where there is none."""
        legal = np.zeros(self.width, dtype=bool)
        if isinstance(decision, Pick) and self._is_exact(decision):
            legal[: len(decision.legal)] = decision.legal
        else:
            legal[: 1 if decision is None else self._count(decision)] = True
        return legal

    def level(self, decision: Decision, value: Value) -> int:
        """The level that stands for a decided value."""
        if not self._is_exact(decision):
            n_levels = self._count(decision)
            return min(int(decision.key(value) * n_levels), n_levels - 1)
        if isinstance(decision, Pick):
            return int(value)
        assert decision.step is not None
        return round((value - decision.low) / decision.step)

    def value(self, decision: Decision, level: int, uniform: float) -> Value:
        """The value that a level stands for; where it stands for many, the one at `uniform` in [0, 1)."""
        if not self._is_exact(decision):
            return decision.at((level + uniform) / self._count(decision))
        if isinstance(decision, Pick):
            return level
        assert decision.step is not None
        return decision.snap(decision.low + level * decision.step)


class _Drafts:
    """n designs in the making, one draft each."""

    def __init__(self, layout: WalkLayout, n: int) -> None:
        self.layout, self.drafts = layout, [layout.space.start()] * n

    def decide(self, axis: int, logits: Floats, uniforms: Floats) -> Integers:
        """The next decision of every draft; its levels."""
        decisions = [draft.next() for draft in self.drafts]
        levels = draw_levels(logits, np.array([self.layout.legal(one) for one in decisions]), uniforms[0])
        chosen = zip(self.drafts, decisions, levels.tolist(), uniforms[1].tolist(), strict=True)
        self.drafts = [
            draft if one is None else draft.choose(self.layout.value(one, level, uniform))
            for draft, one, level, uniform in chosen
        ]
        return levels

    def designs(self) -> list[Design]:
        return [draft.design() for draft in self.drafts]


class _Columns:
    """n designs of named parameters in the making: what is legal never depends on what was decided."""

    def __init__(self, layout: WalkLayout, space: Record, n: int) -> None:
        self.layout, self.space = layout, space
        self.columns: list[list[Any]] = [[None] * n for _ in space.axes]

    def decide(self, axis: int, logits: Floats, uniforms: Floats) -> Integers:
        """A parameter of every design; its levels."""
        decision = self.space.decision(axis)
        legal = np.broadcast_to(self.layout.legal(decision), logits.shape)
        levels = draw_levels(logits, legal, uniforms[0])
        values = map(self.layout.value, repeat(decision), levels.tolist(), uniforms[1].tolist())
        self.columns[axis] = [self.space.chosen(axis, value) for value in values]
        return levels

    def designs(self) -> list[Design]:
        return [dict(zip(self.space.axes, row, strict=True)) for row in zip(*self.columns, strict=True)]


def draw_levels(logits: Floats, legal: Mask, uniforms: Floats) -> Integers:
    """A level per row, drawn from the softmax of `logits` over the legal levels.

    Args:
        logits: (n, width).
        legal: (n, width), one at least in each row.
        uniforms: (n,) in [0, 1).

    Example:
        >>> draw_levels(np.zeros((2, 3)), np.array([[True, False, True]] * 2), np.array([0.4, 0.6])).tolist()
        [0, 2]
    """
    shifted = np.where(legal, logits, -np.inf)
    weights = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    sums = weights.cumsum(axis=1)
    found: Integers = (sums > uniforms[:, None] * sums[:, -1:]).argmax(axis=1)
    return found
