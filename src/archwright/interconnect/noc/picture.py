"""A network as an architect looks at it: how busy every link is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import cos, hypot, pi, sin
from xml.sax.saxutils import escape

from archwright.interconnect.noc.layout import Reals
from archwright.interconnect.noc.topology import Topology

CELL, EDGE, TOP, RADIUS = 78.0, 54.0, 70.0, 15.0
STOPS = ((0.0, (214, 226, 240)), (0.35, (107, 155, 205)), (0.7, (245, 133, 24)), (1.0, (190, 24, 40)))


def draw_links(topology: Topology, busy: Reals, title: str) -> str:
    """A standalone SVG: every link in the colour of its use, every router with its node's share.

    Args:
        topology: a mesh or torus is drawn as a grid, other graphs around a circle.
        busy: (nodes, ports): flits per cycle by output port; the last one is the node's own.
        title: above.

    Example:
        >>> import numpy as np
        >>> from archwright.interconnect.noc import mesh
        >>> draw_links(mesh(2, 2), np.zeros((4, 3)), "idle").count("<line")
        8
    """
    places = _places(topology)
    width = max(x for x, _ in places) + EDGE
    height = max(y for _, y in places) + EDGE + 26
    width = max(width, 460.0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="white"/>',
        f'<text x="16" y="22" font-size="13">{escape(title)}</text>',
    ]
    order = sorted(range(len(topology.links)), key=lambda i: busy[topology.links[i, 0], topology.ports[i, 0]])
    for i in order:  # the busiest on top
        a, b, _ = topology.links[i]
        parts.append(_link(places[a], places[b], float(busy[a, topology.ports[i, 0]])))
    for node, (x, y) in enumerate(places):
        colour = _colour(float(busy[node, -1]))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS:.0f}" fill="{colour}" stroke="#555"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{node}</text>')
    return "\n".join([*parts, *_legend(height), "</svg>"])


def _places(topology: Topology) -> list[tuple[float, float]]:
    n, columns = topology.n_nodes, topology.columns
    if columns:
        return [(EDGE + node % columns * CELL, TOP + node // columns * CELL) for node in range(n)]
    radius = max(120.0, n * 7.0)
    angles = [2 * pi * node / n - pi / 2 for node in range(n)]
    return [(EDGE + radius * (1 + cos(angle)), TOP + radius * (1 + sin(angle))) for angle in angles]


def _link(start: tuple[float, float], end: tuple[float, float], share: float) -> str:
    """A line beside the middle of the way, so that both directions are seen; long ones are bowed lines of dashes."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy)
    ux, uy = dx / length, dy / length
    aside = 4.0 if length <= CELL * 1.5 else 9.0
    x1, y1 = start[0] + ux * RADIUS - uy * aside, start[1] + uy * RADIUS + ux * aside
    x2, y2 = end[0] - ux * RADIUS - uy * aside, end[1] - uy * RADIUS + ux * aside
    dash = "" if length <= CELL * 1.5 else ' stroke-dasharray="6 3"'
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_colour(share)}" '
        f'stroke-width="5"{dash}><title>{share:.3f} flits per cycle</title></line>'
    )


def _colour(share: float) -> str:
    share = min(max(share, 0.0), 1.0)
    for (low, first), (high, last) in pairwise(STOPS):
        if share <= high:
            part = (share - low) / (high - low)
            red, green, blue = (round(p + part * (q - p)) for p, q in zip(first, last, strict=True))
            return f"#{red:02x}{green:02x}{blue:02x}"
    return "#be1828"


def _legend(height: float) -> Iterator[str]:
    yield f'<text x="16" y="{height - 12:.0f}">flits per cycle</text>'
    for i in range(11):
        x = 110 + i * 28
        yield f'<rect x="{x}" y="{height - 24:.0f}" width="28" height="14" fill="{_colour(i / 10)}"/>'
        if i % 5 == 0:
            yield f'<text x="{x + 14}" y="{height - 28:.0f}" text-anchor="middle">{i / 10:g}</text>'
