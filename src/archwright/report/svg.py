"""Figures for the page: drawn by matplotlib, coloured by the page.

A figure is drawn with marker colours. `inline` replaces each by a CSS variable of the page's palette, so one drawing
serves the light and the dark page, and leaves its text as text in the page's typeface.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
INK, MUTED, LINE = "#010101", "#020202", "#030303"
OURS, KNOWN, FAINT, BAD, PAPER = "#040404", "#050505", "#060606", "#070707", "#0a0a0a"
RAMP = tuple(f"#0808{i:02x}" for i in range(1, 8))
"""From poor to good."""
SERIES = tuple(f"#0909{i:02x}" for i in range(1, 9))
"""One per compared method."""

_VARIABLES = {
    INK: "ink", MUTED: "muted", LINE: "line", OURS: "ours", KNOWN: "known", FAINT: "faint", BAD: "bad", PAPER: "paper",
    **{colour: f"ramp-{i}" for i, colour in enumerate(RAMP, 1)},
    **{colour: f"series-{i}" for i, colour in enumerate(SERIES, 1)},
}  # fmt: skip

_STYLE = {
    "svg.fonttype": "none", "font.size": 8.5, "axes.edgecolor": MUTED, "axes.labelcolor": MUTED, "text.color": INK,
    "xtick.color": MUTED, "ytick.color": MUTED, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": LINE, "grid.linewidth": 0.7, "axes.linewidth": 0.7,
    "axes.labelsize": 8.5, "xtick.labelsize": 8, "ytick.labelsize": 8, "figure.facecolor": "none",
    "axes.facecolor": "none", "savefig.facecolor": "none", "legend.frameon": False, "legend.fontsize": 8.5,
    "figure.constrained_layout.use": True, "path.simplify": True, "axes.unicode_minus": True,
    "xtick.major.size": 3, "ytick.major.size": 3, "xtick.minor.size": 0, "ytick.minor.size": 0,
}  # fmt: skip


@contextmanager
def figure(width: float, height: float) -> Iterator[Any]:
    """An empty matplotlib figure in the house style; `width` and `height` in inches, > 0."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        drawn = Figure(figsize=(width, height))
        FigureCanvasSVG(drawn)
        yield drawn


def inline(drawn: Any, name: str, description: str) -> str:
    """The SVG text of a figure, ready to stand in the page.

    Args:
        drawn: the figure; call inside its `with figure(...)`.
        name: unique on the page; every id in the drawing starts with it.
        description: what the picture shows, for screen readers.
    """
    import matplotlib

    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        drawn.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _for_the_page(text.getvalue(), name, description)


_DEFAULTS = {
    "#1f77b4": OURS, "#ff7f0e": KNOWN, "#2ca02c": SERIES[2], "#d62728": SERIES[3], "#9467bd": SERIES[4],
    "#000000": INK, "#b0b0b0": LINE, "#cccccc": LINE, "#ffffff": PAPER,
}  # fmt: skip


def is_plain_matplotlib(svg: str) -> bool:
    """True for a drawing that matplotlib wrote and nothing active stands in."""
    return "Matplotlib" in svg and re.search(r"<script|<foreignObject|\bon\w+\s*=|javascript:", svg) is None


def themed(svg: str, name: str, description: str) -> str:
    """A foreign matplotlib drawing in the page's colours: its defaults replaced, all else kept.

    Args:
        svg: the whole document.
        name: unique on the page.
        description: what it shows, for screen readers.
    """
    for colour, ours in _DEFAULTS.items():
        svg = svg.replace(colour, ours)
    return _for_the_page(svg, name, description)


def _for_the_page(text: str, name: str, description: str) -> str:
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style type=\"text/css\">.*?</style>|<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"\bid=\"([^\"]+)\"", rf'id="{name}-\1"', text)
    text = re.sub(r"((?:xlink:)?href=\"#|url\(#)", rf"\g<1>{name}-", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    text = re.sub(r"(?<= d=\")[^\"]+", lambda path: _short_numbers(path.group()), text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font-size: \1px", text)
    size = r"<svg\b[^>]*?viewBox=\"([^\"]+)\"[^>]*>"
    title = description.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return re.sub(size, rf'<svg class="plot" viewBox="\1" role="img" aria-label="{title}">', text, count=1).strip()


def _short_numbers(path: str) -> str:
    rounded = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), path)
    return re.sub(r"\s+", " ", rounded).strip()


def dots(axes: Any, points: Array, colour: str, size: float, *, alpha: float = 1.0, layer: float = 2.0) -> None:
    """Draw many points as one path of zero-length strokes, each visible place once: 40,000 points stay small.

    Args:
        axes: where; its scales and limits must be final.
        points: (n, 2) data coordinates.
        colour: one of this module's.
        size: diameter in points.
        alpha: opacity of the whole cloud.
        layer: drawing order.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    axes.figure.canvas.draw()
    places = np.round(axes.transData.transform(points[np.isfinite(points).all(axis=1)]) * 2) / 2
    left, bottom, right, top = axes.get_window_extent().extents
    inside = (places[:, 0] >= left) & (places[:, 0] <= right) & (places[:, 1] >= bottom) & (places[:, 1] <= top)
    places = np.unique(places[inside], axis=0)
    if not len(places):
        return
    ends = np.repeat(axes.transData.inverted().transform(places), 2, axis=0)
    codes = np.tile([Path.MOVETO, Path.LINETO], len(places))
    path = Path(ends, codes)
    path.should_simplify = False
    axes.add_patch(
        PathPatch(path, fill=False, edgecolor=colour, linewidth=size, capstyle="round", alpha=alpha, zorder=layer)
    )
