"""A map of links: which stay on, which are off, where the sources stand."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

import numpy as np

from archwright.interconnect.spanner.families import Instance
from archwright.interconnect.spanner.graph import Floats, Mask

SIDE, TOP, EDGE = 640, 54, 40
ON, OFF, SOURCE, NODE = "#1b6ca8", "#d5d5d5", "#e45756", "#444444"
LARGEST = 2_000
"""Vertices above which only sources are drawn as dots of their own."""


def draw_links(instance: Instance, kept: Mask, title: str, columns: int = 0) -> str:
    """A standalone SVG: links that are on in blue, an arrow for those that are on one way only, others grey.

    Args:
        instance: the graph and its sources.
        kept: (m,) links that are on.
        title: above the picture.
        columns: of a mesh or torus, whose vertices stand in rows; 0 for a circle.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> found = named_instance("mesh-4x4")
        >>> draw_links(found, found.graph.everything, "all on", columns=4).count("<line")
        24
    """
    graph, sources = instance
    places = _places(graph.n, columns)
    on = set(zip(graph.tails[kept].tolist(), graph.heads[kept].tolist(), strict=True))
    pairs = {(min(a, b), max(a, b)) for a, b in zip(graph.tails.tolist(), graph.heads.tolist(), strict=True)}
    off = sorted(pair for pair in pairs if pair not in on and pair[::-1] not in on)
    parts = [_line(places, *pair, OFF) for pair in off]
    for a, b in sorted(pairs - set(off)):
        if (a, b) in on and (b, a) in on:
            parts.append(_line(places, a, b, ON))
        else:
            parts.append(_line(places, *((a, b) if (a, b) in on else (b, a)), ON, " marker-end='url(#arrow)'"))
    dots = range(graph.n) if graph.n <= LARGEST else sources.tolist()
    is_source = np.zeros(graph.n, bool)
    is_source[sources] = True
    parts += [_dot(places[one], bool(is_source[one])) for one in dots]
    words = f"{int(kept.sum())} of {graph.m} links on; arrows are on one way only; sources are red"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE + TOP}" width="{SIDE}" '
            f'height="{SIDE + TOP}" font-family="sans-serif" font-size="12">',
            f'<rect width="{SIDE}" height="{SIDE + TOP}" fill="white"/>',
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="14" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{ON}"/></marker></defs>',
            f'<text x="{EDGE}" y="22" font-size="14">{escape(title)}</text>',
            f'<text x="{EDGE}" y="42">{words}</text>',
            *parts,
            "</svg>",
        ]
    )


def _places(n: int, columns: int) -> Floats:
    numbers = np.arange(n)
    places: Floats
    if columns:
        x, y = numbers % columns, numbers // columns
        # A little out of line, so that links round the edge do not hide those between neighbours.
        along = np.stack([x + 0.16 * np.sin(1.7 * y), y + 0.16 * np.sin(1.7 * x)], axis=1)
        places = along * (SIDE - 2 * EDGE) / max(columns - 1, int(y.max()), 1) + np.array([EDGE, EDGE + TOP])
        return places
    turn = 2.0 * math.pi * numbers / n
    circle = np.stack([np.sin(turn), -np.cos(turn)], axis=1) * (SIDE / 2 - EDGE)
    places = circle + np.array([SIDE / 2, SIDE / 2 + TOP])
    return places


def _line(places: Floats, a: int, b: int, colour: str, more: str = "") -> str:
    (x1, y1), (x2, y2) = places[a], places[b]
    far = math.hypot(x2 - x1, y2 - y1) > SIDE / 2
    dash = ' stroke-dasharray="5 4" opacity="0.6"' if far else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{1.0 if colour == OFF else 2.0}"{dash}{more}/>'


def _dot(place: Floats, is_source: bool) -> str:
    radius, colour = (6, SOURCE) if is_source else (3, NODE)
    return f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{radius}" fill="{colour}"/>'
