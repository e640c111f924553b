"""What a layer takes for every number of elements and every tile, as a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

Table = np.ndarray[Any, np.dtype[np.float64]]

CELL_WIDTH, CELL_HEIGHT, LEFT, TOP = 52, 26, 70, 66
LIGHT, DARK = np.array([247, 251, 255]), np.array([8, 48, 107])


def draw_heat_map(values: Table, elements: Sequence[int], tiles: Sequence[int], title: str) -> str:
    """A standalone SVG: dark cells are the small values, on a log scale.

    Args:
        values: (n_elements, n_tiles) > 0, such as cycles.
        elements: a name per row.
        tiles: a name per column.
        title: above the map.

    Example:
        >>> draw_heat_map(np.array([[1.0, 10.0]]), [16], [1, 2], "cycles").count("<rect")
        3
    """
    width, height = LEFT + CELL_WIDTH * len(tiles) + 20, TOP + CELL_HEIGHT * len(elements) + 16
    logs = np.log(values)
    span = logs.max() - logs.min()
    shares = (logs.max() - logs) / span if span > 0.0 else np.ones_like(logs)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="13">{escape(title)}</text>',
        f'<text x="{LEFT}" y="{TOP - 24}">tile</text>',
        f'<text x="{LEFT - 8}" y="{TOP - 8}" text-anchor="end">elements</text>',
    ]
    for column, tile in enumerate(tiles):
        parts.append(f'<text x="{LEFT + (column + 0.5) * CELL_WIDTH}" y="{TOP - 8}" text-anchor="middle">{tile}</text>')
    for row, n_elements in enumerate(elements):
        y = TOP + row * CELL_HEIGHT
        parts.append(f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{n_elements}</text>')
        parts += [_cell(column, y, values[row, column], shares[row, column]) for column in range(len(tiles))]
    return "\n".join([*parts, "</svg>"])


def _cell(column: int, y: int, value: float, share: float) -> str:
    x = LEFT + column * CELL_WIDTH
    red, green, blue = (LIGHT + share * (DARK - LIGHT)).astype(int).tolist()
    ink = "white" if share > 0.5 else "#222"
    return (
        f'<rect x="{x}" y="{y}" width="{CELL_WIDTH - 1}" height="{CELL_HEIGHT - 1}" fill="rgb({red},{green},{blue})"/>'
        f'<text x="{x + CELL_WIDTH / 2 - 0.5}" y="{y + 17}" text-anchor="middle" fill="{ink}">{_short(value)}</text>'
    )


def _short(value: float) -> str:
    """Three digits and a prefix, so that it fits into a cell."""
    for scale, prefix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= scale:
            return f"{value / scale:.3g}{prefix}"
    return f"{value:.3g}"
