"""Metrics in the output of a program: lines `name value [unit]`, or one JSON object."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from archwright.core.errors import Failed, SpecError
from archwright.core.units import parse_quantity

_LINE = re.compile(r"\s*(\w+)\s*(?:[:=]\s*|\s)(\S.*?)\s*\Z")


def read_metrics(printed: str, units: Mapping[str, str]) -> dict[str, float]:
    """The metrics that a program printed.

    Lines that do not start with a metric's name are its own business; of two lines for one metric the last counts.
    A JSON object may stand alone or in the last line. A value may carry a unit, which is converted.

    Args:
        printed: its standard output.
        units: declared unit per metric.

    Raises:
        Failed: nothing printed, a metric missing, a value that is no finite number or of another kind of unit.

    Example:
        >>> read_metrics("warming up\\ngain 60 dB\\npower: 3 mW", {"gain": "dB", "power": "W"})
        {'gain': 60.0, 'power': 0.003}
        >>> read_metrics('{"gain": 60}', {"gain": "dB"})
        {'gain': 60.0}
    """
    if not printed.strip():
        raise Failed("it printed nothing")
    found: dict[str, float] = {}
    for name, value in _pairs(printed):
        if name in units:
            found[name] = _number(name, value, units[name])
    for name in units:
        if name not in found:
            raise Failed(f"it printed no {name}; its last line was {_short(printed.strip().splitlines()[-1])}")
    return {name: found[name] for name in units}


def _pairs(printed: str) -> Iterator[tuple[str, Any]]:
    for text in (printed, printed.strip().splitlines()[-1]):
        try:
            content = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(content, dict):
            yield from content.items()
            return
    for line in printed.splitlines():
        match = _LINE.match(line)
        if match:
            yield match.group(1), match.group(2)


def _number(name: str, value: Any, unit: str) -> float:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = _quantity(name, value, unit)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        raise Failed(f"it printed {name} as {_short(json.dumps(value))}, which is no number")
    if not math.isfinite(number):
        raise Failed(f"it printed {name} as {number}, which is no finite number")
    return number


def _quantity(name: str, value: str, unit: str) -> float:
    try:
        return parse_quantity(value, unit)
    except SpecError as error:
        raise Failed(f"it printed {name} as {_short(value)}; allowed: {error.allowed}") from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
