"""What the figures over trials share: log axes with few round ticks, and lines for references with room for names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archwright.report.quantities import show_score
from archwright.report.svg import KNOWN

ROOM = 0.09
"""Share of the axis that a name takes."""


def use_log(axis: Any, low: float, high: float) -> None:
    """Make one axis logarithmic, with ticks that do not crowd.

    Args:
        axis: `axes.xaxis` or `axes.yaxis`.
        low, high: its ends, above 0.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    name = axis.axis_name
    getattr(axis.axes, f"set_{name}scale")("log")
    getattr(axis.axes, f"set_{name}lim")(low, high)
    if high / low < 30:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def known_lines(axes: Any, known: Sequence[tuple[str, float]], last: float, colour: str = KNOWN) -> None:
    """A line per reference; names stand where the curve is not, and only where there is room for them.

    Args:
        axes: where; its limits must be final.
        known: names and scores.
        last: score at the right end of the curve.
        colour: of lines and names.
    """
    low, high = axes.get_ylim()
    named: list[float] = []
    for name, value in known:
        axes.axhline(value, color=colour, linewidth=1.0, linestyle=(0, (5, 3)))
        if any(abs(value - other) < ROOM * (high - low) for other in named):
            continue
        named.append(value)
        is_passed = value < last - ROOM * (high - low)
        is_covered = any(0 < other - value < ROOM * (high - low) for _, other in known)
        is_below = is_passed or is_covered
        axes.annotate(
            f"{name} {show_score(value)}", (1.0 if is_passed else 0.0, value), xycoords=("axes fraction", "data"),
            ha="right" if is_passed else "left", va="top" if is_below else "bottom", color=colour, fontsize=8,
            xytext=(-4 if is_passed else 4, -3 if is_below else 3), textcoords="offset points",
        )  # fmt: skip
