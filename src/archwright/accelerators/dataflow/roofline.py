"""A roofline: what every layer reaches on a machine, between its elements and its bus.

Products per cycle over products per word that passes the bus. A layer can be no higher than the elements, the flat
roof, and than the bus allows, the slanted one; how far below it stays is what mapping and edges cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from archwright.core.errors import SpecError
from archwright.core.problem import Metrics

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 460, 64, 24, 44, 52

NAMED_SHARE = 0.08
"""Layers that take so much of the cycles are named."""


class _Axis(NamedTuple):
    """A logarithmic axis between two powers of ten."""

    low: int
    high: int
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    @property
    def decades(self) -> list[float]:
        return [10.0**exponent for exponent in range(self.low, self.high + 1)]


def draw_roofline(layers: Mapping[str, Metrics], n_pes: int, bandwidth: float, title: str) -> str:
    """A standalone SVG with a dot per layer; the dot's area is its share of the cycles.

    Args:
        layers: by name what `DataflowSimulator.run` says of them; sums over layers are passed over.
        n_pes: elements of the machine, the products per cycle at most.
        bandwidth: words per cycle.
        title: above the picture.

    Raises:
        SpecError: there is no layer.

    Example:
        >>> from archwright.accelerators.dataflow.simulator import DataflowSimulator
        >>> found = DataflowSimulator(bandwidth=16).run("alexnet")
        >>> draw_roofline(found, 64, 16, "AlexNet").count("<circle")
        5
    """
    dots = {name: one for name, one in layers.items() if name != "all layers"}
    if not dots:
        raise SpecError("layers", list(layers), "at least one layer")
    reached = [one["macs"] / one["cycles"] for one in dots.values()]
    per_word = [one["macs_per_word"] for one in dots.values()]
    knee = max(n_pes / bandwidth, min(per_word))  # where both roofs meet is in the picture, unless far to the left
    across = _Axis(*_decades([*per_word, knee]), LEFT, WIDTH - RIGHT)
    up = _Axis(*_decades([*reached, float(n_pes)]), HEIGHT - BOTTOM, TOP)
    cycles = sum(one["cycles"] for one in dots.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="13">{escape(title)}</text>',
        *_grid(across, up),
        _roof(across, up, n_pes, bandwidth),
        *(_dot(name, one, across, up, one["cycles"] / cycles) for name, one in dots.items()),
        "</svg>",
    ]
    return "\n".join(parts)


def _decades(values: list[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _grid(across: _Axis, up: _Axis) -> list[str]:
    parts = []
    for value in across.decades:
        x = across.at(value)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for value in up.decades:
        y = up.at(value)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    centre = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{centre}" y="{HEIGHT - 12}" text-anchor="middle">products per word on the bus</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">products per cycle</text>'
    )
    return parts


def _roof(across: _Axis, up: _Axis, n_pes: int, bandwidth: float) -> str:
    """The bus from the left edge of the picture, or from its floor, up to the elements."""
    knee = max(n_pes / bandwidth, 10.0**across.low)
    left = min(max(10.0**across.low, 10.0**up.low / bandwidth), knee)
    corners = [(left, min(left * bandwidth, n_pes)), (knee, min(knee * bandwidth, n_pes)), (10.0**across.high, n_pes)]
    path = "L".join(f"{across.at(x):.1f} {up.at(y):.1f}" for x, y in corners)
    return f'<path d="M{path}" fill="none" stroke="#222" stroke-width="1.6"/>'


def _dot(name: str, one: Metrics, across: _Axis, up: _Axis, share: float) -> str:
    per_cycle = one["macs"] / one["cycles"]
    told = f"{name}: {per_cycle:.3g} products per cycle, {one['macs_per_word']:.3g} per word, {share:.1%} of the cycles"
    x, y, radius = across.at(one["macs_per_word"]), up.at(per_cycle), 3.0 + 26.0 * math.sqrt(share)
    label = f'<text x="{x + radius + 4:.1f}" y="{y + 4:.1f}">{escape(name)}</text>' if share >= NAMED_SHARE else ""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#4c78a8" fill-opacity="0.55" stroke="#2d4a68">'
        f"<title>{escape(told)}</title></circle>{label}"
    )
