"""`Assign`: a slot for every item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.space import Decision, Design, Keys, Pick, Value
from archwright.core.spaces.items import Item, index_of, read_count, read_items, read_list


class Assign:
    """All ways to give every item a slot; a design lists the slots in the order of `items`.

    Args:
        items: their names, or how many there are.
        slots: their names, or how many there are.
        capacity: the most items per slot: one number for all, or one per slot; unlimited by default.

    Raises:
        SpecError: no items or slots, or too little room for all items.

    Example:
        >>> space = Assign(["load", "add"], ["big", "little"], capacity=1)
        >>> space.start().choose(1).next()
        Pick(legal=array([ True, False]))
        >>> space.decode_many(np.array([[0.7, 0.7]]))
        [['little', 'big']]
    """

    def __init__(
        self, items: int | Iterable[Item], slots: int | Iterable[Item], capacity: int | Sequence[int] | None = None
    ) -> None:
        self.items = read_items("items", items)
        self.slots = read_items("slots", slots)
        self.horizon = len(self.items)
        self.axes = tuple(map(str, self.items))
        self.index = {slot: i for i, slot in enumerate(self.slots)}
        self.capacity = self._read_capacity(capacity)

    def _read_capacity(self, capacity: int | Sequence[int] | None) -> tuple[int, ...]:
        if capacity is None:
            return (self.horizon,) * len(self.slots)
        found = tuple(capacity) if isinstance(capacity, (list, tuple)) else (capacity,) * len(self.slots)
        if len(found) != len(self.slots):
            raise SpecError("capacity", list(found), f"one number, or {len(self.slots)}, one per slot")
        room = tuple(min(read_count("capacity", one, 0), self.horizon) for one in found)
        if sum(room) < self.horizon:
            raise SpecError("capacity", capacity, f"room for all {self.horizon} items; there is room for {sum(room)}")
        return room

    def start(self) -> AssignDraft:
        """The empty draft."""
        return AssignDraft(self, (), np.array(self.capacity))

    def choices(self, design: Design) -> list[Value]:
        """The indices of the slots, in the order of the items."""
        listed = read_list("design", design, f"{self.horizon} slots, one per item")
        if len(listed) != self.horizon:
            raise SpecError("design", f"{len(listed)} slots", f"{self.horizon} slots, one per item")
        room = list(self.capacity)
        found: list[Value] = []
        for item, slot in zip(self.items, listed, strict=True):
            i = index_of(f"design[{item}]", slot, self.index)
            if not room[i]:
                raise SpecError(f"design[{item}]", slot, f"a slot with room; it holds {self.capacity[i]} already")
            room[i] -= 1
            found.append(i)
        return found

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` keys in [0, 1]; key i picks among the slots that still have room for item i."""
        return [[self.slots[i] for i in row] for row in self.assign_many(keys).tolist()]

    def assign_many(self, keys: Keys) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Slot indices `(n, horizon)` of `(n, horizon)` keys."""
        keys = np.clip(keys, 0.0, 1.0)
        if min(self.capacity) == self.horizon:
            return np.minimum((keys * len(self.slots)).astype(np.int64), len(self.slots) - 1)
        rows = np.arange(len(keys))
        room = np.tile(self.capacity, (len(keys), 1))
        found = np.empty(keys.shape, dtype=np.int64)
        for i in range(self.horizon):
            rank = (room > 0).cumsum(axis=1)
            n_legal = rank[:, -1]
            nth = np.minimum((keys[:, i] * n_legal).astype(np.int64), n_legal - 1)
            found[:, i] = (rank > nth[:, None]).argmax(axis=1)
            room[rows, found[:, i]] -= 1
        return found

    def encode_many(self, designs: Sequence[Design]) -> Keys:
        """Keys `(n, horizon)` that decode to `designs`.

        Raises:
            SpecError: a design is not of this space.
        """
        found = np.array([self.choices(design) for design in designs], dtype=np.int64).reshape(-1, self.horizon)
        rows = np.arange(len(found))
        room = np.tile(self.capacity, (len(found), 1))
        keys = np.empty(found.shape)
        for i in range(self.horizon):
            rank = (room > 0).cumsum(axis=1)
            keys[:, i] = (rank[rows, found[:, i]] - 0.5) / rank[:, -1]
            room[rows, found[:, i]] -= 1
        return keys


@dataclass(frozen=True)
class AssignDraft:
    """The first items assigned; `room` is what each slot can still take."""

    space: Assign = field(repr=False)
    assigned: tuple[int, ...]
    room: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False, compare=False)

    def next(self) -> Decision | None:
        """Pick among the slots with room; None when every item has one."""
        return Pick(self.room > 0) if len(self.assigned) < self.space.horizon else None

    def choose(self, value: Value) -> AssignDraft:
        """Give the next item the slot with index `value`."""
        room = self.room.copy()
        room[int(value)] -= 1
        return replace(self, assigned=(*self.assigned, int(value)), room=room)

    def design(self) -> Design:
        """The slots, in the order of the items."""
        return [self.space.slots[i] for i in self.assigned]
