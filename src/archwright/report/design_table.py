"""A design parameter by parameter: its values, the bounds, and where between them it lies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from archwright.core.record import Record
from archwright.core.space import Design, Real, Space


@dataclass(frozen=True)
class ParameterRow:
    """One parameter of a design.

    Args:
        name: of the parameter.
        value: in the design, as text.
        known: in the known design, as text.
        low, high: the ends of its range.
        place: percent of the range, None for a choice.
        known_place: likewise of the known design.
    """

    name: str
    value: str
    known: str
    low: str
    high: str
    place: float | None
    known_place: float | None


@dataclass(frozen=True)
class DesignTable:
    """A design for a page.

    Args:
        text: the design as JSON, for spaces without named parameters.
        known: name of the known design shown beside it, or "".
        parameters: the rows; empty for spaces without named parameters.
    """

    text: str
    known: str = ""
    parameters: list[ParameterRow] = field(default_factory=list)

    @property
    def has_ranges(self) -> bool:
        """True when a row is a number between bounds."""
        return any(row.place is not None for row in self.parameters)


def design_table(space: Space, design: Design, known: tuple[str, Design] | None = None) -> DesignTable:
    """The table of `design`, beside the known `(name, design)` if any.

    Example:
        >>> table = design_table(Record(width_um=Real(2.0, 4.0)), {"width_um": 3.0})
        >>> table.parameters[0].place
        50.0
    """
    if not isinstance(space, Record):
        return DesignTable(json.dumps(design))
    values = known[1] if known is not None and isinstance(known[1], dict) else {}
    rows = [_row(space, name, design, values) for name in space.axes]
    return DesignTable(json.dumps(design), known[0] if known and values else "", rows)


def _row(space: Record, name: str, design: Design, values: dict[str, Any]) -> ParameterRow:
    parameter = space.parameters[name]
    theirs = values.get(name)
    if not isinstance(parameter, Real):
        shown = ", ".join(map(str, parameter))
        return ParameterRow(name, str(design[name]), "" if theirs is None else str(theirs), "", shown, None, None)
    return ParameterRow(
        name=name,
        value=f"{design[name]:.5g}",
        known="" if theirs is None else f"{theirs:.5g}",
        low=f"{parameter.low:g}",
        high=f"{parameter.high:g}",
        place=_place(parameter, design[name]),
        known_place=None if theirs is None else _place(parameter, theirs),
    )


def _place(parameter: Real, value: float) -> float:
    return round(100 * min(max(parameter.key(value), 0.0), 1.0), 1)
