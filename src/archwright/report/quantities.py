"""Numbers as people read them: metric names without their unit suffix, axes in a fitting prefix."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archwright.core.goal import Goal
from archwright.core.units import format_quantity

DIGITS = 5
NEGLIGIBLE = 1e-9
"""Below it a ratio, a level or an angle is rounding."""
_UNPREFIXED = ("", "1", "dB", "dBohm", "deg", "%")
_SIGNS = {">=": "≥", "<=": "≤"}
_PRINTED = (("ohm", "Ω"), ("um2", "µm²"), ("mm2", "mm²"), ("sqrtHz", "√Hz"))
_MICRO = re.compile(r"(?<![A-Za-z])u(?=[A-Z]|s\b|m\b)")


def label(metric: str, unit: str) -> str:
    """The name of a metric for a reader: underscores gone, and the unit suffix when it repeats `unit`.

    Example:
        >>> label("power_w", "W"), label("noise_a_rthz", "A/sqrtHz"), label("n_levels", "")
        ('power', 'noise', 'n levels')
    """
    words = metric.split("_")
    bare = unit.lower().replace("sqrt", "rt").replace("/", "")
    for cut in range(len(words) - 1, 0, -1):
        if bare and "".join(word for word in words[cut:] if word != "per") == bare:
            return " ".join(words[:cut])
    return " ".join(words)


def show(value: float | None, unit: str, digits: int = DIGITS) -> str:
    """`value` with its unit, a dash where there is none.

    Example:
        >>> show(1.3694e-3, "W"), show(1.9e-12, "A/sqrtHz"), show(None, "W")
        ('1.3694 mW', '1.9 pA/sqrtHz', '-')
    """
    if value is None:
        return "-"
    head, per, rest = unit.partition("/")
    if is_negligible(value, head):
        value = 0.0
    return f"{format_quantity(value, head, digits)}{per}{rest}"


def is_negligible(value: float | None, unit: str) -> bool:
    """True for a ratio, a level or an angle that is rounding; quantities with prefixes may be as small as they are."""
    return value is not None and unit in _UNPREFIXED and abs(value) < NEGLIGIBLE


def headed(name: str) -> str:
    """A name at the head of a column: its first letter large, the others as they are.

    Example:
        >>> headed("best known"), headed("HEFT")
        ('Best known', 'HEFT')
    """
    return name[:1].upper() + name[1:]


def show_score(score: float) -> str:
    """A score in four digits, none of them dropped.

    Example:
        >>> show_score(2.0), show_score(-12345.6)
        ('2.000', '-1.235e+04')
    """
    return f"{score:#.4g}".rstrip(".")


def pretty(text: str) -> str:
    """Unit symbols as they are printed in a book, for HTML.

    Example:
        >>> pretty("20.236 kohm")
        '20.236 kΩ'
        >>> pretty("934.5 uW")
        '934.5 µW'
    """
    for plain, printed in _PRINTED:
        text = text.replace(plain, printed)
    return _MICRO.sub("µ", text)


def show_goal(goal: Goal, units: Mapping[str, str]) -> str:
    """A goal without its metric's name.

    Example:
        >>> from archwright.core.goal import goal
        >>> show_goal(goal("power_w <= 3 mW", {"power_w": "W"}), {"power_w": "W"})
        '≤ 3 mW'
    """
    unit = units.get(goal.metric, "")
    if goal.is_constraint:
        return f"{_SIGNS[goal.sense]} {show(goal.value, unit)}"
    return goal.sense


def axis_unit(value: float, unit: str) -> tuple[float, str]:
    """The factor and unit in which numbers of the size of `value` are short.

    Returns:
        `(factor, unit)`: multiply SI values by `factor` to have them in `unit`.

    Example:
        >>> axis_unit(0.0018, "W")
        (1000.0, 'mW')
    """
    if value == 0:
        return 1.0, unit
    shown = format_quantity(abs(value), unit, 12).split()
    if len(shown) < 2 or shown[1] == unit:
        return 1.0, unit
    exponent = {"f": 15, "p": 12, "n": 9, "u": 6, "m": 3, "k": -3, "M": -6, "G": -9, "T": -12}[shown[1][0]]
    return float(f"1e{exponent}"), shown[1]
