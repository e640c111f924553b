"""`Subset`: some of the items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.space import Decision, Design, Keys, Pick, Value
from archwright.core.spaces.items import Item, index_of, read_count, read_items, read_list

LEAVE, TAKE = 0, 1


class Subset:
    """All subsets of `smallest` to `largest` items; a design lists the taken items in the order of `items`.

    The draft asks for every item in turn whether to leave (0) or take (1) it. The chart takes the items whose key is
    at least 0.5; where these are too many or too few, the items with the largest keys.

    Args:
        items: their names, or how many there are.
        smallest: fewest items taken, >= 0.
        largest: most items taken; all by default.

    Raises:
        SpecError: no items, or sizes that no subset has.

    Example:
        >>> space = Subset(["a", "b", "c"], smallest=1, largest=2)
        >>> space.decode_many(np.array([[0.1, 0.3, 0.2], [0.9, 0.7, 0.8]]))
        [['b'], ['a', 'c']]
    """

    def __init__(self, items: int | Iterable[Item], smallest: int = 0, largest: int | None = None) -> None:
        self.items = read_items("items", items)
        self.horizon = len(self.items)
        self.axes = tuple(map(str, self.items))
        self.index = {item: i for i, item in enumerate(self.items)}
        self.smallest = read_count("smallest", smallest, 0, self.horizon)
        self.largest = self.horizon if largest is None else read_count("largest", largest, self.smallest, self.horizon)

    def start(self) -> SubsetDraft:
        """The empty draft."""
        return SubsetDraft(self, (), 0)

    def choices(self, design: Design) -> list[Value]:
        """For every item 1 when `design` holds it, else 0."""
        listed = read_list("design", design, f"{self.smallest} to {self.largest} items")
        taken = [index_of(f"design[{position}]", item, self.index) for position, item in enumerate(listed)]
        for position, (last, i) in enumerate(pairwise(taken), start=1):
            if i <= last:
                allowed = "every item at most once, in the order of the space"
                raise SpecError(f"design[{position}]", listed[position], allowed)
        if not self.smallest <= len(taken) <= self.largest:
            raise SpecError("design", list(listed), f"{self.smallest} to {self.largest} items")
        return [TAKE if i in set(taken) else LEAVE for i in range(self.horizon)]

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` keys in [0, 1]."""
        wanted = np.clip((keys >= 0.5).sum(axis=1), self.smallest, self.largest)
        rank = np.argsort(np.argsort(-keys, axis=1, kind="stable"), axis=1, kind="stable")
        return [[self.items[i] for i in np.flatnonzero(row)] for row in rank < wanted[:, None]]

    def encode_many(self, designs: Sequence[Design]) -> Keys:
        """Keys `(n, horizon)` that decode to `designs`: 0.75 for what is taken, else 0.25.

        Raises:
            SpecError: a design is not of this space.
        """
        taken = np.array([self.choices(design) for design in designs]).reshape(-1, self.horizon)
        return 0.25 + 0.5 * taken


@dataclass(frozen=True)
class SubsetDraft:
    """The first items left or taken."""

    space: Subset = field(repr=False)
    taken: tuple[int, ...]
    position: int

    def next(self) -> Decision | None:
        """Leave or take the next item, as far as the sizes allow; None after the last."""
        space, n_taken = self.space, len(self.taken)
        if self.position == space.horizon:
            return None
        rest = space.horizon - self.position - 1
        return Pick(np.array([n_taken + rest >= space.smallest, n_taken < space.largest]))

    def choose(self, value: Value) -> SubsetDraft:
        """Leave (0) or take (1) the next item."""
        taken = (*self.taken, self.position) if value == TAKE else self.taken
        return replace(self, taken=taken, position=self.position + 1)

    def design(self) -> Design:
        """The items taken."""
        return [self.space.items[i] for i in self.taken]
