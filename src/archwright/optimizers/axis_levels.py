"""The axes of any space as levels: a choice among its values, a number among equal parts of its range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.record import Record
from archwright.core.space import Keys, Real, Space

Integers = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class AxisLevels:
    """How many levels every axis of the key view has.

    Args:
        counts: (horizon,) levels of each, >= 1.

    Example:
        >>> axes = AxisLevels(np.array([2, 4]))
        >>> axes.keys(np.array([[1, 3]]), np.array([[0.5, 0.5]])).tolist()
        [[0.75, 0.875]]
        >>> axes.levels(np.array([[0.75, 1.0]])).tolist()
        [[1, 3]]
    """

    counts: Integers

    @classmethod
    def of(cls, space: Space, parts: int) -> AxisLevels:
        """The axes of a space; `parts` levels where an axis is a number, or its choices depend on others.

        Example:
            >>> AxisLevels.of(Record(width=Real(1.0, 2.0), load=["diode", "resistor"]), 16).counts.tolist()
            [16, 2]
        """
        if not isinstance(space, Record):
            return cls(np.full(space.horizon, parts))
        kinds = space.parameters.values()
        return cls(np.array([parts if isinstance(kind, Real) else len(kind) for kind in kinds]))

    @property
    def width(self) -> int:
        """The most levels of an axis."""
        return int(self.counts.max())

    @property
    def legal(self) -> Mask:
        """(horizon, width) which levels there are."""
        return np.arange(self.width) < self.counts[:, None]

    def keys(self, levels: Integers, places: Keys) -> Keys:
        """Keys of `(n, horizon)` levels; `places` in [0, 1) say where in each part."""
        return (levels + places) / self.counts

    def levels(self, keys: Keys) -> Integers:
        """The levels `(n, horizon)` in which keys lie."""
        return np.minimum((keys * self.counts).astype(np.int64), self.counts - 1)
