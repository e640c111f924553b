"""When a layer asks memory for how much: bytes per cycle over time, by tensor, a lane per size of the buffer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

import numpy as np

from archwright.accelerators.dataflow.sizes import Floats
from archwright.accelerators.requests.layout import LINE_BYTES, TENSORS
from archwright.accelerators.requests.stream import Requests
from archwright.core.errors import SpecError

WIDTH, LEFT, RIGHT, TOP, LANE, GAP = 960, 64, 20, 66, 120, 44
N_SLOTS = 240
COLOURS = ("#4c78a8", "#f58518", "#54a24b")


def bytes_per_cycle(one: Requests, n_slots: int = N_SLOTS) -> Floats:
    """Bytes that move in every slot of a layer's time, by tensor; a line counts whole.

    Args:
        one: requests of a layer.
        n_slots: equal parts of its cycles.

    Returns:
        (3, n_slots), in bytes per cycle.

    Example:
        >>> from archwright.accelerators.requests.stream import Array, requests_of
        >>> from archwright.accelerators.workloads import Layer
        >>> one = requests_of(Layer("conv", 64, 64, 16, 16, 3, 3), Array())
        >>> bool(bytes_per_cycle(one).sum() * one.layer_cycles / 240 == 64 * len(one))
        True
    """
    slots = one.cycles * n_slots // one.layer_cycles
    found = np.zeros((len(TENSORS), n_slots))
    np.add.at(found, (one.tensors, slots), LINE_BYTES)
    return found * n_slots / one.layer_cycles


def draw_requests(lanes: Sequence[Requests], titles: Sequence[str], peak_bytes_per_cycle: float) -> str:
    """A standalone SVG.

    Args:
        lanes: the requests of a layer, a lane each.
        titles: of the lanes.
        peak_bytes_per_cycle: of the memory, a dashed line.

    Raises:
        SpecError: there is no lane.

    Example:
        >>> from archwright.accelerators.requests.stream import Array, requests_of
        >>> from archwright.accelerators.workloads import Layer
        >>> draw_requests([requests_of(Layer("conv", 8, 8, 9, 9, 3, 3), Array())], ["no limit"], 16.0).count("<path")
        3
    """
    if not lanes:
        raise SpecError("lanes", 0, "at least one layer's requests")
    found = [bytes_per_cycle(one) for one in lanes]
    top = 1.1 * max(peak_bytes_per_cycle, *(float(one.sum(axis=0).max()) for one in found))
    height = TOP + len(lanes) * (LANE + GAP) + 10
    title = f"{lanes[0].layer.name}: bytes per cycle to and from memory"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
        *_legend(),
    ]
    for lane, (one, rates, name) in enumerate(zip(lanes, found, titles, strict=True)):
        base = TOP + lane * (LANE + GAP) + LANE
        told = f"{name}: {one.moved_bytes:,} bytes, {one.moved_bytes / one.once_bytes:.1f} times the tensors"
        parts.append(f'<text x="{LEFT}" y="{base - LANE - 6}">{escape(told)}</text>')
        parts += _areas(rates, base, top)
        y = base - LANE * peak_bytes_per_cycle / top
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#222" stroke-dasharray="4 3"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{peak_bytes_per_cycle:g}</text>'
            f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}" stroke="#222"/>'
            f'<text x="{LEFT - 6}" y="{base + 4}" text-anchor="end">0</text>'
            f'<text x="{WIDTH - RIGHT}" y="{base + 15}" text-anchor="end">{one.layer_cycles:,} cycles</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _legend() -> Iterator[str]:
    for i, (name, colour) in enumerate(zip(TENSORS, COLOURS, strict=True)):
        yield f'<rect x="{LEFT + 90 * i}" y="30" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{LEFT + 90 * i + 15}" y="39">{name}</text>'
    yield f'<text x="{LEFT + 290}" y="39">dashed: the most that memory moves</text>'


def _areas(rates: Floats, base: int, top: float) -> Iterator[str]:
    """Steps of the tensors on top of each other."""
    width = (WIDTH - LEFT - RIGHT) / rates.shape[1]
    floors = np.vstack([np.zeros(rates.shape[1]), np.cumsum(rates, axis=0)]) * LANE / top
    for tensor, colour in enumerate(COLOURS):
        low, high = base - floors[tensor], base - floors[tensor + 1]
        steps = "".join(f"V{y:.1f}h{width:.3f}" for y in high)
        back = "".join(f"V{y:.1f}h-{width:.3f}" for y in low[::-1])
        yield f'<path d="M{LEFT} {base}{steps}{back}z" fill="{colour}"/>'
