"""`Product`: several spaces side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.space import Decision, Design, Draft, Keys, Space, Value, decode_many, encode_many


class Product:
    """Named spaces; a design is a dict from name to the design of that part.

    The draft finishes one part after the other; the chart gives every part its own keys.

    Args:
        spaces: the parts by name.

    Raises:
        SpecError: no part.

    Example:
        >>> from archwright.core.spaces import Assign, Order
        >>> space = Product(order=Order(2), machine=Assign(2, ["big", "little"]))
        >>> space.axes
        ('order.0', 'order.1', 'machine.0', 'machine.1')
        >>> space.decode_many(np.array([[0.9, 0.1, 0.0, 1.0]]))
        [{'order': [1, 0], 'machine': ['big', 'little']}]
    """

    def __init__(self, **spaces: Space) -> None:
        if not spaces:
            raise SpecError("spaces", {}, "at least one part")
        self.spaces = spaces
        self.axes = tuple(f"{name}.{axis}" for name, space in spaces.items() for axis in space.axes)
        self.horizon = len(self.axes)
        self._ends = np.cumsum([space.horizon for space in spaces.values()])[:-1]

    def start(self) -> ProductDraft:
        """The empty draft."""
        return ProductDraft(self, tuple(space.start() for space in self.spaces.values()), 0)._advanced()

    def choices(self, design: Design) -> list[Value]:
        """The decisions that lead to `design`, part after part."""
        if not isinstance(design, Mapping):
            raise SpecError("design", design, f"an object with {', '.join(self.spaces)}")
        for name in design:
            check_name("design", name, self.spaces)
        values: list[Value] = []
        for name, space in self.spaces.items():
            if name not in design:
                raise SpecError("design", sorted(design), f"every part; {name} is missing")
            values += _part_choices(name, space, design[name])
        return values

    def decode_many(self, keys: Keys) -> list[Design]:
        """Designs of `(n, horizon)` keys, decoded part by part."""
        parts = np.split(keys, self._ends, axis=1)
        columns = [decode_many(space, part) for space, part in zip(self.spaces.values(), parts, strict=True)]
        return [dict(zip(self.spaces, row, strict=True)) for row in zip(*columns, strict=True)]

    def encode_many(self, designs: Sequence[Design]) -> Keys:
        """Keys `(n, horizon)` that decode to `designs`.

        Raises:
            SpecError: a design is not of this space.
        """
        for design in designs:
            self.choices(design)
        parts = [encode_many(space, [design[name] for design in designs]) for name, space in self.spaces.items()]
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True)
class ProductDraft:
    """A draft per part; the parts before `at` are complete, those after it not begun."""

    space: Product = field(repr=False)
    parts: tuple[Draft, ...]
    at: int

    def next(self) -> Decision | None:
        """The next decision of the part at hand; None when every part is complete."""
        return self.parts[self.at].next() if self.at < len(self.parts) else None

    def choose(self, value: Value) -> ProductDraft:
        """Decide in the part at hand."""
        chosen = self.parts[self.at].choose(value)
        return replace(self, parts=(*self.parts[: self.at], chosen, *self.parts[self.at + 1 :]))._advanced()

    def _advanced(self) -> ProductDraft:
        at = self.at
        while at < len(self.parts) and self.parts[at].next() is None:
            at += 1
        return self if at == self.at else replace(self, at=at)

    def design(self) -> Design:
        """The design of every part, by name."""
        return {name: part.design() for name, part in zip(self.space.spaces, self.parts, strict=True)}


def _part_choices(name: str, space: Space, design: Design) -> list[Value]:
    try:
        return space.choices(design)
    except SpecError as error:
        where = error.field.removeprefix("design")
        raise SpecError(f"design.{name}{where}", error.value, error.allowed) from None
