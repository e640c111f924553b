"""An assignment as an architect looks at it: what every layer got, and what it takes of the time and of the budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from archwright.accelerators.confuciux.tables import N_PES, TILES, Tables
from archwright.accelerators.dataflow.sizes import Floats, Ints

WIDTH, LEFT, RIGHT, TOP = 960, 70, 20, 70
PANEL, GAP = 110, 34
COLOURS = {"dla": "#4c78a8", "shi": "#f58518", "eye": "#54a24b", "depthwise": "#b279a2"}


class Panel(NamedTuple):
    """A row of bars, one per layer.

    Args:
        heading: above it.
        heights: (n,) as shares of the panel, 0 to 1.
        marks: (share, text) along the axis.
        outline: (n,) heights to compare with, drawn as a line; none by default.
    """

    heading: str
    heights: Floats
    marks: Sequence[tuple[float, str]]
    outline: Floats | None = None


def draw_assignment(tables: Tables, actions: Ints, used: Floats, budget: str, title: str, best: Ints | None) -> str:
    """A standalone SVG: elements, tile, and shares of latency and budget of every layer.

    Args:
        tables: of the layers.
        actions: (n,) of the layers.
        used: (n,) what each layer takes of the budget, any unit.
        budget: what the budget is of, a word.
        title: above the picture.
        best: (n,) actions to compare with, drawn as lines; or None.

    Example:
        >>> from archwright.accelerators.workloads import read_layers
        >>> tables = Tables(read_layers("alexnet"), ["dla"])
        >>> picture = draw_assignment(tables, np.full(5, 63), np.ones(5), "area", "AlexNet", None)
        >>> picture.count("<rect"), "share of the area" in picture
        (22, True)
    """
    panels = _panels(tables, actions, used, budget, best)
    height = TOP + len(panels) * (PANEL + GAP) + 14
    colours = [_colour(tables, i, action) for i, action in enumerate(actions.tolist())]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
        *_legend(colours, best is not None),
    ]
    for i, panel in enumerate(panels):
        parts += _bars(tables, panel, colours, TOP + i * (PANEL + GAP))
    last = f"layers 1 to {len(tables.layers)}, from {tables.layers[0].name} to {tables.layers[-1].name}"
    parts.append(f'<text x="{LEFT}" y="{height - 10}">{escape(last)}</text>')
    return "\n".join([*parts, "</svg>"])


def _panels(tables: Tables, actions: Ints, used: Floats, budget: str, best: Ints | None) -> list[Panel]:
    cycles = tables.costs.cycles.ravel()[tables.flat(actions[None])][0].astype(float)
    share, used_share = cycles / cycles.sum(), used / used.sum()
    elements, tiles = _scaled(tables, actions)
    best_elements, best_tiles = (None, None) if best is None else _scaled(tables, best)
    return [
        Panel(
            "processing elements, log scale", elements, [(np.log2(n) / 7, str(n)) for n in (1, 8, 128)], best_elements
        ),
        Panel("tile", tiles, [(n / TILES[-1], str(n)) for n in (4, 8, 12)], best_tiles),
        Panel("share of the latency", share / share.max(), [(1.0, f"{share.max():.1%}")]),
        Panel(f"share of the {budget}", used_share / used_share.max(), [(1.0, f"{used_share.max():.1%}")]),
    ]


def _scaled(tables: Tables, actions: Ints) -> tuple[Floats, Floats]:
    """Elements and tiles as shares of the largest; a single element is still seen."""
    chosen = [tables.actions[one] for one in actions.tolist()]
    elements = np.log2([one[1] for one in chosen]) / np.log2(N_PES[-1])
    return np.maximum(elements, 0.02), np.array([one[2] for one in chosen]) / TILES[-1]


def _colour(tables: Tables, layer: int, action: int) -> str:
    return COLOURS["depthwise" if tables.layers[layer].is_depthwise else tables.actions[action][0]]


def _legend(colours: Sequence[str], has_outline: bool) -> list[str]:
    parts, x = list[str](), float(LEFT)
    for name, colour in COLOURS.items():
        if colour not in colours:
            continue
        parts.append(f'<rect x="{x:.0f}" y="31" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15:.0f}" y="40">{name}</text>')
        x += 44 + 6.2 * len(name)
    if has_outline:
        parts.append(f'<text x="{x:.0f}" y="40">black line: the optimum</text>')
    return parts


def _bars(tables: Tables, panel: Panel, colours: Sequence[str], top: int) -> list[str]:
    step = (WIDTH - LEFT - RIGHT) / len(colours)
    parts = [f'<text x="{LEFT}" y="{top - 6}" font-weight="bold">{escape(panel.heading)}</text>']
    for share, mark in panel.marks:
        y = top + PANEL * (1.0 - share)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{mark}</text>')
    for i, (height, colour) in enumerate(zip(panel.heights.tolist(), colours, strict=True)):
        x, tall = LEFT + i * step, PANEL * height
        parts.append(
            f'<rect x="{x:.1f}" y="{top + PANEL - tall:.1f}" width="{step * 0.86:.1f}" height="{tall:.1f}" '
            f'fill="{colour}"><title>{escape(tables.layers[i].name)}</title></rect>'
        )
    if panel.outline is not None:
        steps = [
            f"M{LEFT + i * step:.1f} {top + PANEL * (1.0 - height):.1f}h{step * 0.86:.1f}"
            for i, height in enumerate(panel.outline.tolist())
        ]
        parts.append(f'<path d="{"".join(steps)}" stroke="#111" stroke-width="1.6" fill="none"/>')
    return parts
