"""Latency-load curves: ours as lines, another simulator's as points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 430, 62, 190, 44, 48
COLOURS = ("#4c78a8", "#e45756", "#54a24b", "#f58518", "#7b5ea7", "#8c6d31", "#d6539a", "#3a9b9b")
Pairs = Sequence[tuple[float, float]]


def draw_curves(
    title: str, curves: Mapping[str, Pairs], points: Mapping[str, Pairs], most_cycles: float = 320.0
) -> str:
    """A standalone SVG of latency (on a log scale) against load.

    Args:
        title: above.
        curves: (load, latency in cycles) by name.
        points: of another simulator, by the same names.
        most_cycles: where the picture ends; what is slower is not drawn.

    Example:
        >>> draw_curves("xy", {"xy": [(0.1, 27.0), (0.4, 43.0)]}, {"xy": [(0.1, 27.2)]}).count("<circle")
        2
    """
    shown = [pair for pairs in (*curves.values(), *points.values()) for pair in pairs if pair[1] <= most_cycles]
    most_load = max((load for load, _ in shown), default=1.0) * 1.05
    least = 10.0 * math.floor(min((latency for _, latency in shown), default=10.0) / 10.0)
    span = math.log(most_cycles / least)

    def place(load: float, latency: float) -> tuple[float, float]:
        up = math.log(latency / least) / span
        return LEFT + load / most_load * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="13">{escape(title)}</text>',
    ]
    for cycles in (10, 20, 30, 50, 100, 200, 300):
        if least <= cycles <= most_cycles:
            y = place(0.0, cycles)[1]
            parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e5e5e5"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{cycles}</text>')
    for step in range(int(most_load * 10 + 1e-9) + 1):
        x = place(step / 10, least)[0]
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{step / 10:g}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 12}">load, flits per cycle and node</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 8}">packet latency, cycles (log scale)</text>')
    names = list(dict.fromkeys([*curves, *points]))
    for i, name in enumerate(names):
        colour, y = COLOURS[i % len(COLOURS)], TOP + 14 + i * 18
        line = [place(*pair) for pair in curves.get(name, ()) if pair[1] <= most_cycles]
        dots = [place(*pair) for pair in points.get(name, ()) if pair[1] <= most_cycles]
        parts += _series(line, dots, colour)
        parts.append(f'<path d="M{WIDTH - RIGHT + 14} {y - 4}h18" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 38}" y="{y}">{escape(name)}</text>')
    below = TOP + 20 + len(names) * 18
    parts.append(f'<circle cx="{WIDTH - RIGHT + 23}" cy="{below - 4}" r="4" fill="none" stroke="#333"/>')
    parts.append(f'<text x="{WIDTH - RIGHT + 38}" y="{below}">BookSim 2</text>')
    return "\n".join([*parts, "</svg>"])


def _series(line: Pairs, dots: Pairs, colour: str) -> Iterator[str]:
    if line:
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in line)
        yield f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in dots:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="none" stroke="{colour}" stroke-width="1.5"/>'
