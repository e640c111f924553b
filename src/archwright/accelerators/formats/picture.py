"""Drawings: times of classes by what they are spent on, and the map of the most compact formats."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np

from archwright.accelerators.formats.compactness import most_compact
from archwright.accelerators.formats.layout import Layout

SPENT = {"transfer": "#4c78a8", "conversion": "#e45756", "computation": "#54a24b"}
COLOURS = {
    "dense": "#bab0ac", "coo": "#e45756", "csr": "#4c78a8", "csc": "#72b7b2", "rlc": "#f58518", "zvc": "#54a24b",
    "bsr": "#b279a2", "ell": "#ff9da6", "dia": "#9d755d", "csf": "#4c78a8", "hicoo": "#b279a2",
}  # fmt: skip
WIDTH, LABELS, BAR, TOP = 960, 430, 22, 54


def draw_times(rows: Sequence[tuple[str, Sequence[float], str]], title: str) -> str:
    """A standalone SVG with a bar per row, on a scale that ends at four times the shortest; longer ones are cut.

    Args:
        rows: name, seconds of transfer, conversion and computation, and a note behind the bar.
        title: above the picture.

    Example:
        >>> "transfer" in draw_times([("dense", (1e-3, 0.0, 2e-3), "1.0 x")], "Times")
        True
    """
    limit = min(4.0 * min(sum(seconds) for _, seconds, _ in rows), max(sum(seconds) for _, seconds, _ in rows))
    height = TOP + BAR * len(rows) + 12
    parts = [*_opening(height, title), *_legend(SPENT)]
    for i, (name, seconds, note) in enumerate(rows):
        y = TOP + BAR * i
        parts.append(f'<text x="{LABELS - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        parts += _bar(y, seconds, limit)
        parts.append(f'<text x="{WIDTH - 6}" y="{y + 14}" text-anchor="end">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>"])


def _bar(y: int, seconds: Sequence[float], limit: float) -> list[str]:
    room, x, parts = WIDTH - LABELS - 150.0, float(LABELS), []
    for value, colour in zip(seconds, SPENT.values(), strict=True):
        width = min(value / limit * room, LABELS + room - x)
        parts.append(f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{BAR - 6}" fill="{colour}"/>')
        x += width
    if sum(seconds) > limit * 1.0001:
        parts.append(f'<text x="{x + 3:.1f}" y="{y + 14}">...</text>')
    return parts


def draw_map(shapes: Sequence[tuple[int, ...]], layout: Layout, title: str) -> str:
    """A standalone SVG of the format with fewest bits, a row per shape, densities from 1e-8 to 1.

    Args:
        shapes: of matrices or 3-tensors.
        layout: widths.
        title: above the picture.

    Example:
        >>> "rlc" in draw_map([(1024, 1024)], Layout(), "Most compact formats")
        True
    """
    densities = np.append(np.geomspace(1e-8, 0.5, 160), 1.0 - np.geomspace(0.5, 1e-3, 40)[1:])
    found = [most_compact(shape, densities, layout) for shape in shapes]
    used = {name: colour for name, colour in COLOURS.items() if any(name in names for names in found)}
    left, height = 130, TOP + 26 * len(shapes) + 40
    step = (WIDTH - left - 20) / len(densities)
    parts = [*_opening(height, title), *_legend(used)]
    for i, (shape, names) in enumerate(zip(shapes, found, strict=True)):
        y = TOP + 26 * i
        parts.append(f'<text x="{left - 8}" y="{y + 16}" text-anchor="end">{" x ".join(map(str, shape))}</text>')
        j = 0
        for name, same in itertools.groupby(names):
            n = len(list(same))
            box = f'x="{left + j * step:.1f}" y="{y}" width="{n * step:.1f}" height="24"'
            parts.append(f'<rect {box} fill="{COLOURS[name]}"/>')
            j += n
    marks = [*(10.0**-power for power in range(8, 0, -1)), 0.5, 0.9, 0.99]
    for density in marks:
        x = left + int(np.abs(densities - density).argmin()) * step
        parts.append(f'<text x="{x:.1f}" y="{height - 22}" text-anchor="middle">{density:g}</text>')
    parts.append(f'<text x="{left}" y="{height - 6}">density, logarithmic up to 0.5; {escape(str(layout))}</text>')
    return "\n".join([*parts, "</svg>"])


def _opening(height: int, title: str) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="16" y="20" font-size="13">{escape(title)}</text>',
    ]


def _legend(colours: dict[str, str]) -> list[str]:
    parts, x = [], 16.0
    for name, colour in colours.items():
        parts.append(f'<rect x="{x:.0f}" y="30" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15:.0f}" y="39">{name}</text>')
        x += 40 + 6.4 * len(name)
    return parts
