"""`Order`: permutations, where some items must stand before others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.space import Decision, Design, Keys, Pick, Value
from archwright.core.spaces.items import Item, index_of, read_items, read_list


class Order:
    """All orders of some items that keep a precedence; a design is the list of items.

    The draft picks among the items that are ready, all of whose predecessors are placed. The chart gives every item
    a priority: key i belongs to item i, and of the ready items the one with the smallest key comes next. So every
    legal order has keys, and no keys give an illegal one.

    Args:
        items: their names, or how many there are.
        before: pairs (a, b): a stands before b.

    Raises:
        SpecError: no items, an unknown item in `before`, or a cycle, which is named.

    Example:
        >>> space = Order(["wash", "cut", "fry"], before=[("cut", "fry")])
        >>> space.start().choose(1).next()
        Pick(legal=array([ True, False,  True]))
        >>> space.decode_many(np.array([[0.9, 0.5, 0.1]]))
        [['cut', 'fry', 'wash']]
    """

    def __init__(self, items: int | Iterable[Item], before: Iterable[tuple[Item, Item]] = ()) -> None:
        self.items = read_items("items", items)
        self.horizon = len(self.items)
        self.axes = tuple(map(str, self.items))
        self.index = {item: i for i, item in enumerate(self.items)}
        pairs = {(index_of("before", a, self.index), index_of("before", b, self.index)) for a, b in before}
        self.edges = tuple(sorted(pairs))
        self.successors = np.zeros((self.horizon, self.horizon), dtype=np.int32)
        for a, b in self.edges:
            self.successors[a, b] = 1
        cycle = find_cycle(self.horizon, self.edges)
        if cycle:
            raise SpecError("before", " -> ".join(str(self.items[i]) for i in cycle), "pairs without a cycle")

    def start(self) -> OrderDraft:
        """The empty draft."""
        return OrderDraft(self, (), self.successors.sum(axis=0, dtype=np.int32))

    def choices(self, design: Design) -> list[Value]:
        """The indices of the items in the order of `design`."""
        listed = read_list("design", design, f"the {self.horizon} items in some order")
        placed: list[Value] = []
        waiting = self.successors.sum(axis=0)
        for position, item in enumerate(listed):
            i = index_of(f"design[{position}]", item, self.index)
            if i in placed:
                raise SpecError(f"design[{position}]", item, "every item once; it stands twice")
            if waiting[i]:
                first = next(a for a, b in self.edges if b == i and a not in placed)
                raise SpecError(f"design[{position}]", item, f"an item whose predecessors are placed; "
                                f"{self.items[first]!r} must stand before it")  # fmt: skip
            placed.append(i)
            waiting = waiting - self.successors[i]
        missing = [item for i, item in enumerate(self.items) if i not in placed]
        if missing:
            raise SpecError("design", list(listed), f"every item; {missing[0]!r} is missing")
        return placed

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` priorities; the smallest key of the ready items comes next."""
        return [[self.items[i] for i in row] for row in self.order_many(keys).tolist()]

    def order_many(self, keys: Keys) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Item indices in order, `(n, horizon)`, of `(n, horizon)` priorities."""
        if not self.edges:
            return np.argsort(keys, axis=1, kind="stable")
        rows = np.arange(len(keys))
        waiting = np.tile(self.successors.sum(axis=0, dtype=np.int32), (len(keys), 1))
        order = np.empty(keys.shape, dtype=np.int64)
        for position in range(self.horizon):
            chosen = np.where(waiting == 0, keys, np.inf).argmin(axis=1)
            order[:, position] = chosen
            waiting -= self.successors[chosen]
            waiting[rows, chosen] = -1
        return order

    def encode_many(self, designs: Sequence[Design]) -> Keys:
        """Priorities `(n, horizon)` that decode to `designs`.

        Raises:
            SpecError: a design is not of this space.
        """
        keys = np.empty((len(designs), self.horizon))
        for row, design in zip(keys, designs, strict=True):
            row[np.array(self.choices(design), dtype=np.int64)] = (np.arange(self.horizon) + 0.5) / self.horizon
        return keys


@dataclass(frozen=True)
class OrderDraft:
    """The first items placed; `waiting` counts the open predecessors of each item, -1 where it is placed."""

    space: Order = field(repr=False)
    placed: tuple[int, ...]
    waiting: np.ndarray[Any, np.dtype[np.int32]] = field(repr=False, compare=False)

    def next(self) -> Decision | None:
        """Pick among the ready items; None when all are placed."""
        return Pick(self.waiting == 0) if len(self.placed) < self.space.horizon else None

    def choose(self, value: Value) -> OrderDraft:
        """Place the item with index `value`."""
        waiting = self.waiting - self.space.successors[int(value)]
        waiting[int(value)] = -1
        return replace(self, placed=(*self.placed, int(value)), waiting=waiting)

    def design(self) -> Design:
        """The items in order."""
        return [self.space.items[i] for i in self.placed]


def find_cycle(n: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """A closed walk `[a, b, ..., a]` along `edges` between 0 ... n - 1, or an empty list when there is none.

    Example:
        >>> find_cycle(3, [(0, 1), (1, 2), (2, 1)])
        [1, 2, 1]
    """
    before: dict[int, set[int]] = {i: set() for i in range(n)}
    for a, b in edges:
        before[b].add(a)
    while free := [i for i, waits in before.items() if not waits]:
        for i in free:
            del before[i]
        for waits in before.values():
            waits.difference_update(free)
    if not before:
        return []
    walk = [min(before)]
    while walk[-1] not in walk[:-1]:
        walk.append(min(before[walk[-1]]))
    return walk[walk.index(walk[-1]) :][::-1]
