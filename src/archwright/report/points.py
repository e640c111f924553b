"""Designs of several series in the plane of two quantities, with known designs marked."""

from __future__ import annotations

from archwright.report.svg import KNOWN, SERIES, figure, inline
from archwright.systems.evidence import Points


def points_figure(points: Points, name: str) -> str:
    """The SVG of `points`; the i-th series has the page's i-th series colour.

    Args:
        points: what to draw.
        name: unique on the page.
    """
    with figure(7.6, 4.4) as drawn:
        axes = drawn.subplots()
        for scale, is_log in zip((axes.set_xscale, axes.set_yscale), points.is_log, strict=True):
            scale("log" if is_log else "linear")
        for position, values in enumerate(points.series.values()):
            colour = SERIES[position % len(SERIES)]
            axes.plot(values[:, 0], values[:, 1], "o", color=colour, markersize=4, alpha=0.8)
        for mark, place in points.marks.items():
            axes.plot(*place, "D", color=KNOWN, markersize=7)
            axes.annotate(mark, place, xytext=(8, 6), textcoords="offset points", color=KNOWN, weight="bold")
        axes.set_xlabel(points.x)
        axes.set_ylabel(points.y)
        return inline(drawn, name, f"{points.title}: {points.y} over {points.x}")
