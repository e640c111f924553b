"""Units: enough to read `3 mW` as 0.003 W and to refuse `3 mW` where hertz are due.

A unit is a product of factors with exponents: `W`, `um2`, `V2/Hz`, `nJ/op`. Prefixes of the SI apply to each factor;
`B` and `bit` also take the binary prefixes (`KiB`). dB is a unit of its own and is never converted.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from archwright.core.errors import SpecError

_PREFIX = {
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}
_BASE = {
    "s": ("s", 1.0), "min": ("s", 60.0), "h": ("s", 3600.0), "Hz": ("Hz", 1.0), "W": ("W", 1.0), "J": ("J", 1.0),
    "V": ("V", 1.0), "A": ("A", 1.0), "ohm": ("ohm", 1.0), "Ohm": ("ohm", 1.0), "Ω": ("ohm", 1.0), "F": ("F", 1.0),
    "H": ("H", 1.0), "S": ("S", 1.0), "C": ("C", 1.0), "K": ("K", 1.0), "m": ("m", 1.0), "g": ("g", 1.0),
    "B": ("B", 1.0), "bytes": ("B", 1.0), "bit": ("bit", 1.0), "bits": ("bit", 1.0), "b": ("bit", 1.0),
    "dB": ("dB", 1.0), "dBohm": ("dBohm", 1.0), "deg": ("deg", 1.0), "rad": ("rad", 1.0), "degC": ("degC", 1.0),
    "%": ("1", 0.01), "cycles": ("cycle", 1.0), "cycle": ("cycle", 1.0), "op": ("op", 1.0), "sqrtHz": ("sqrtHz", 1.0),
}  # fmt: skip
_NO_PREFIX = {"min", "h", "%", "dB", "dBohm", "deg", "degC", "bytes", "bits", "cycles", "cycle"}
_FACTOR = re.compile(r"([A-Za-zµΩ%]+)(\^?-?\d+)?\Z")
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\s\d.,;]\S*)?\s*\Z")

Dimension = tuple[tuple[str, int], ...]


@lru_cache(maxsize=512)
def scale_and_dimension(unit: str) -> tuple[float, Dimension]:
    """How many base units one `unit` is, and its dimension.

    Raises:
        SpecError: the unit is not known.

    Example:
        >>> scale_and_dimension("mW")
        (0.001, (('W', 1),))
    """
    scale, dimension = 1.0, dict[str, int]()
    if unit in ("", "1"):
        return 1.0, ()
    for position, part in enumerate(unit.split("/")):
        for factor in part.split("*"):
            one, name, exponent = _factor(factor, unit)
            exponent = exponent if position == 0 else -exponent
            scale *= one**exponent
            dimension[name] = dimension.get(name, 0) + exponent
    dimension.pop("1", None)
    return scale, tuple(sorted((name, power) for name, power in dimension.items() if power))


def _factor(text: str, unit: str) -> tuple[float, str, int]:
    if text in ("", "1"):
        return 1.0, "1", 1
    match = _FACTOR.match(text)
    if match is None:
        return 1.0, _unknown(text, unit), 1
    symbol, power = match.group(1), int((match.group(2) or "1").lstrip("^"))
    if symbol in _BASE:
        return _BASE[symbol][1], _BASE[symbol][0], power
    for prefixes, size in ((_BINARY, 2), (_PREFIX, 1)):
        rest = symbol[size:]
        if symbol[:size] in prefixes and rest in _BASE and rest not in _NO_PREFIX:
            return prefixes[symbol[:size]] * _BASE[rest][1], _BASE[rest][0], power
    return 1.0, _unknown(symbol, unit), power


def _unknown(symbol: str, unit: str) -> str:
    # A word that is no known symbol counts something (`requests`, `um_per_op`): it is its own dimension.
    if re.fullmatch(r"[A-Za-z_]{3,}", symbol):
        return symbol
    raise SpecError("unit", unit, "a product of SI units with prefixes, such as mW, um2 or V2/Hz")


def convert(value: float, unit: str, to: str, *, field: str = "unit") -> float:
    """`value` in `unit`, expressed in `to`.

    Raises:
        SpecError: an unknown unit, or units that measure different things; `field` names where the mistake stands.

    Example:
        >>> convert(3.0, "mW", "W")
        0.003
    """
    if unit == to:
        return value
    try:
        (scale, dimension), (to_scale, to_dimension) = scale_and_dimension(unit), scale_and_dimension(to)
    except SpecError as error:
        raise SpecError(field, error.value, error.allowed) from None
    if dimension != to_dimension:
        raise SpecError(field, unit, f"a unit of the same kind as {to or 'a plain number'}")
    ratio = scale / to_scale
    if ratio >= 1:
        return value * ratio
    whole = round(1 / ratio)  # 3 nW is 3 / 1000000000, exactly 3e-9, although 1e-9 has no exact float
    return value / (whole if math.isclose(whole * ratio, 1.0, rel_tol=1e-12) else 1 / ratio)


def parse_quantity(text: str, to: str, *, field: str = "value") -> float:
    """The number in `text`, converted to unit `to`; a bare number is taken to be in `to` already.

    Raises:
        SpecError: no number, an unknown unit, or a unit of another kind.

    Example:
        >>> parse_quantity("90.107 MHz", "Hz")
        90107000.0
    """
    match = _QUANTITY.match(text)
    if match is None:
        raise SpecError(field, text, f"a number, with a unit like {to!r} if any" if to else "a plain number")
    number, unit = float(match.group(1)), match.group(2)
    return number if unit is None else convert(number, unit, to, field=field)


def format_quantity(value: float, unit: str, digits: int = 4) -> str:
    """`value` for a person: `0.003, "W"` becomes `3 mW`.

    Example:
        >>> format_quantity(1.3694e-3, "W")
        '1.369 mW'
    """
    prefixed = unit in _BASE and unit not in _NO_PREFIX and unit not in ("g", "min", "h", "op", "sqrtHz")
    if not prefixed or value == 0 or value != value or abs(value) in (float("inf"),):
        return f"{value:.{digits}g} {unit}".rstrip()
    for prefix, scale in sorted({**_PREFIX, "": 1.0}.items(), key=lambda item: -item[1]):
        if prefix != "µ" and abs(value) >= scale * (1 - 0.5 * 10.0**-digits):
            return f"{value / scale:.{digits}g} {prefix}{unit}"
    return f"{value:.{digits}g} {unit}"
