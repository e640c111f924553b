"""A replay memory: rows of named columns, the newest kept, numbered for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import SpecError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]


class Experience(NamedTuple):
    """What an agent learns from, as arrays.

    Args:
        states: of the n rows; one that all share where `next_states` is None.
        actions: (n, n_actions) in [-1, 1].
        rewards: (n,).
        next_states: of the n rows; None when every step is its episode's last.
        is_last: (n,) 1.0 where the episode ended, else 0.0; None together with `next_states`.
    """

    states: Floats
    actions: Floats
    rewards: Floats
    next_states: Floats | None = None
    is_last: Floats | None = None


class Replay:
    """The newest `capacity` rows of a growing table.

    Rows are numbered 0, 1, 2 ... in the order added and keep their number; the oldest are overwritten.

    Args:
        capacity: rows kept, >= 1.
        columns: shape of one row's entry per column name.

    Raises:
        SpecError: the capacity is no whole number above 0.

    Example:
        >>> replay = Replay(2, {"reward": ()})
        >>> for reward in (0.1, 0.2, 0.3):
        ...     number = replay.add(reward=reward)
        >>> replay.alive().tolist(), replay.column("reward", replay.alive()).tolist()
        ([1, 2], [0.2, 0.3])
    """

    def __init__(self, capacity: int, columns: Mapping[str, tuple[int, ...]]) -> None:
        if capacity < 1 or capacity != int(capacity):
            raise SpecError("memory", capacity, "a whole number above 0")
        self.capacity, self.added = int(capacity), 0
        self._columns: dict[str, Floats] = {name: np.zeros((0, *shape)) for name, shape in columns.items()}

    def add(self, **row: Any) -> int:
        """Add one row, a value per column; returns its number."""
        place = self.added % self.capacity
        for name, column in self._columns.items():
            if place >= len(column):
                column = self._columns[name] = _grown(column, self.capacity)
            column[place] = row[name]
        self.added += 1
        return self.added - 1

    def __len__(self) -> int:
        """Rows kept."""
        return min(self.added, self.capacity)

    def alive(self) -> Integers:
        """Numbers of the rows kept, oldest first."""
        return np.arange(self.added - len(self), self.added)

    def is_alive(self, numbers: Integers) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of `numbers` are rows still kept; a negative number never is."""
        oldest = self.added - len(self)
        return (numbers >= max(oldest, 0)) & (numbers < self.added)

    def column(self, name: str, numbers: Integers) -> Floats:
        """The entries of one column in the rows `numbers`, which must be alive; those of column
        shape () give `(n,)`."""
        return self._columns[name][numbers % self.capacity]

    def sample(self, n: int | tuple[int, ...], rng: np.random.Generator) -> Integers:
        """Numbers of rows drawn with replacement, evenly among those alive; needs at least one row."""
        return rng.integers(self.added - len(self), self.added, size=n)

    def state(self) -> dict[str, Any]:
        """Everything, for a blob."""
        rows = {name: column[: len(self)] for name, column in self._columns.items()}
        return {"added": self.added, "rows": rows}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.added = int(state["added"])
        for name in self._columns:
            self._columns[name] = np.asarray(state["rows"][name], dtype=float).copy()


def _grown(column: Floats, capacity: int) -> Floats:
    bigger = np.zeros((min(capacity, max(64, 2 * len(column))), *column.shape[1:]))
    bigger[: len(column)] = column
    return bigger
