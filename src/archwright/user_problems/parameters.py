"""The `[parameters.NAME]` tables of a problem file as a space.

A number has `low` and `high`, and may have `log = true`, a `step` and a `unit`; bounds are numbers in that unit or
texts like `"10 nF"`. A choice has `choices = [...]` of texts, numbers or booleans.
"""

from __future__ import annotations

import re
from typing import Any

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.units import parse_quantity, scale_and_dimension
from archwright.user_problems.toml_table import Table

_NAME = re.compile(r"[A-Za-z_]\w*")
_KEYS = ("low", "high", "log", "step", "unit", "choices")


def read_parameters(table: Table) -> Record:
    """The space that the table `[parameters]` describes.

    Raises:
        SpecError: no parameter, a bad name, reversed bounds, an empty choice, an unknown key or unit.

    Example:
        >>> table = Table("rc.toml", "parameters", {"c_nf": {"low": "100 pF", "high": 10, "unit": "nF", "log": True}})
        >>> read_parameters(table).parameters["c_nf"]
        Real(low=0.1, high=10.0, log=True, step=None)
    """
    if not table.values:
        raise table.wrong("", {}, "at least one table [parameters.NAME]")
    return Record({name: _read_parameter(name, one) for name, one in table.tables().items()})


def _read_parameter(name: str, table: Table) -> Real | list[Any]:
    if not _NAME.fullmatch(name):
        raise table.wrong("", name, "a name of letters, digits and _ that starts with a letter")
    table.check_keys(_KEYS)
    if "choices" in table.values:
        return _read_choices(table)
    unit = table.text("unit", "")
    try:
        scale_and_dimension(unit)
        real = Real(
            _number(table, "low", unit),
            _number(table, "high", unit),
            table.flag("log"),
            _number(table, "step", unit) if "step" in table.values else None,
        )
    except SpecError as error:
        raise error if table.file in error.field else table.wrong("unit", unit, error.allowed) from None
    try:
        return real.checked("")
    except SpecError as error:
        raise table.wrong(error.field.strip("."), error.value, error.allowed) from None


def _number(table: Table, key: str, unit: str) -> float:
    value = table.values.get(key)
    if isinstance(value, str):
        try:
            return parse_quantity(value, unit)
        except SpecError as error:
            raise table.wrong(key, value, error.allowed) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        missing = "; it is missing (or give choices = [...])" if value is None else ""
        raise table.wrong(key, value, f"a number{f' in {unit}' if unit else ''}{missing}")
    return float(value)


def _read_choices(table: Table) -> list[Any]:
    choices = table.values["choices"]
    for key in ("low", "high", "log", "step", "unit"):
        if key in table.values:
            raise table.wrong(key, table.values[key], "nothing beside choices: a number has bounds, a choice has none")
    if not isinstance(choices, list) or not choices or not all(isinstance(c, str | int | float) for c in choices):
        raise table.wrong("choices", choices, "a list of one or more texts, numbers or booleans")
    if len({repr(choice) for choice in choices}) < len(choices):
        raise table.wrong("choices", choices, "choices that differ from each other")
    return list(choices)
