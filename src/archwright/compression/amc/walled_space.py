"""Widths under a hard budget: a space without a design that costs too much.

Paper: He et al., "AMC", ECCV 2018, algorithm 1 (action wall). Widths are decided one after another as shares of the
whole. A share is rounded to a legal width, and lowered as far as the wall (`budget`) demands: the least that all open
widths can take must still fit beside it.

What differs: decisions are offered up to the wall only, where the paper lowers what is above it. Methods that search
would otherwise ask for the designs at the wall again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archwright.compression.budget import Wall
from archwright.core.errors import SpecError, check_name
from archwright.core.space import Design, Real, Value

Counts = np.ndarray[Any, np.dtype[np.int64]]


class WalledSpace:
    """A width per axis; a design is an object of whole numbers, and none is above the budget.

    Args:
        axes: names of the widths, in the order in which they are decided.
        wall: their legal values, the largest of which is the whole, and the budget.

    Example:
        >>> wall = Wall([(2, 4, 6, 8)] * 2, lambda widths: widths.sum(1, keepdims=True), [12.0], ["total"])
        >>> WalledSpace(("a", "b"), wall).start().choose(1.0).choose(1.0).design()
        {'a': 8, 'b': 4}
    """

    def __init__(self, axes: Sequence[str], wall: Wall) -> None:
        self.axes, self.horizon, self.wall = tuple(axes), len(axes), wall
        self.whole = np.array([options[-1] for options in wall.options], np.int64)

    def start(self) -> WalledDraft:
        """The empty draft."""
        return WalledDraft(self, ())

    def choices(self, design: Design) -> list[Value]:
        """The shares that lead to a design.

        Raises:
            SpecError: it is none of this space, or above the budget.
        """
        if not isinstance(design, Mapping):
            raise SpecError("design", design, f"an object with {', '.join(self.axes)}")
        for name in design:
            check_name("design", name, self.axes)
        for name, options in zip(self.axes, self.wall.options, strict=True):
            width = design.get(name)
            if not isinstance(width, int) or isinstance(width, bool) or width not in options:
                raise SpecError(f"design.{name}", width, f"one of {', '.join(map(str, options.tolist()))}")
        if not self.fits(self.counts(design)):
            raise SpecError("design", dict(design), "one within the budget")
        return [design[name] / int(whole) for name, whole in zip(self.axes, self.whole, strict=True)]

    def counts(self, design: Mapping[str, int]) -> Counts:
        """The widths of a design, in the order of the axes."""
        return np.array([design[name] for name in self.axes], np.int64)

    def named(self, counts: Counts) -> Design:
        """The design of these widths."""
        return dict(zip(self.axes, counts.tolist(), strict=True))

    def fits(self, counts: Counts) -> bool:
        """Whether widths are within the budget."""
        return bool((np.asarray(self.wall.costs(counts[None]))[0] <= self.wall.limits).all())

    def nearest(self, axis: int, width: float) -> int:
        """The legal width of an axis next to `width`."""
        options = self.wall.options[axis]
        return int(options[np.abs(options - width).argmin()])


@dataclass(frozen=True)
class WalledDraft:
    """The first widths decided, the others open."""

    space: WalledSpace = field(repr=False)
    widths: tuple[int, ...]

    def next(self) -> Real | None:
        """The share of the next axis, from its least to the largest that the wall leaves."""
        axis = len(self.widths)
        if axis == self.space.horizon:
            return None
        whole = self.space.whole[axis]
        return Real(
            float(self.space.wall.options[axis][0] / whole), float(self.space.wall.largest(self.widths) / whole)
        )

    def choose(self, value: Value) -> WalledDraft:
        """Decide a share; it is rounded to the nearest legal width, and lowered as far as the budget demands."""
        axis = len(self.widths)
        wanted = self.space.nearest(axis, value * self.space.whole[axis])
        return WalledDraft(self.space, (*self.widths, min(wanted, self.space.wall.largest(self.widths))))

    def design(self) -> Design:
        """The widths by name."""
        return dict(zip(self.space.axes, self.widths, strict=True))


def uniform_design(space: WalledSpace, shares: Sequence[float] | None = None) -> Design:
    """The widest design within the budget whose widths stand to each other as `shares` say, up to a step each.

    What rounding leaves of the budget goes to the axes in turn, a step each.

    Args:
        space: with the budget.
        shares: per axis, relative to each other; all the same by default.

    Example:
        >>> wall = Wall([(2, 4, 6, 8)] * 2, lambda widths: widths.sum(1, keepdims=True), [12.0], ["total"])
        >>> uniform_design(WalledSpace(("a", "b"), wall))
        {'a': 6, 'b': 6}
    """
    weights = np.ones(space.horizon) if shares is None else np.asarray(shares, dtype=float)
    scales = np.linspace(0.0, 1.0 / float(weights.min()), 1_001)
    rows = np.array([_scaled(space, scale * weights) for scale in scales])
    fits = (np.asarray(space.wall.costs(rows)) <= space.wall.limits).all(axis=1)
    widths = rows[np.flatnonzero(fits)[-1]]
    for axis, options in enumerate(space.wall.options):
        wider = widths.copy()
        wider[axis] = options[min(int(np.searchsorted(options, widths[axis])) + 1, len(options) - 1)]
        widths = wider if space.fits(wider) else widths
    return space.named(widths)


def _scaled(space: WalledSpace, shares: Any) -> Counts:
    wanted = np.minimum(shares, 1.0) * space.whole
    return np.array([space.nearest(axis, width) for axis, width in enumerate(wanted.tolist())], np.int64)
