"""A run as an architect looks at it: what every element did with its cycles, and where the broadcast had to wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from archwright.accelerators.eie.layers import Layer
from archwright.accelerators.eie.simulation import Run
from archwright.accelerators.eie.timing import scan

WIDTH, LEFT, RIGHT, TOP = 960, 64, 20, 58
BARS, STRIP, GAP = 230, 64, 62
N_BINS = 200
DOING = {"weights": "#4c78a8", "padding": "#f58518", "columns without entries": "#b8a9c9", "waiting": "#e4e4e4"}
SENDING = {"broadcast": "#54a24b", "a queue is full": "#e45756", "next line": "#eeca3b", "draining": "#e4e4e4"}

Shares = np.ndarray[Any, np.dtype[np.float64]]


def draw_run(layer: Layer, run: Run, title: str) -> str:
    """A standalone SVG: cycles of every element by what it did, and of the broadcast over time.

    Args:
        layer: what was run.
        run: what it took.
        title: above the picture.

    Example:
        >>> from archwright.accelerators.eie.layers import published_layer
        >>> from archwright.accelerators.eie.simulation import simulate
        >>> layer = published_layer("nt-we")
        >>> "a queue is full" in draw_run(layer, simulate(layer), "NT-We")
        True
    """
    below = TOP + BARS + GAP
    height = below + STRIP + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
        *_legend(DOING, TOP - 16, "cycles of each element"),
        *_stacks(element_cycles(layer, run) / run.cycles, list(DOING.values()), TOP, BARS),
        *_axis(TOP, BARS, run.cycles),
        *_balance(run),
        f'<text x="{LEFT}" y="{TOP + BARS + 16}">elements 0 to {run.machine.n_pes - 1}</text>',
        *_legend(SENDING, below - 10, "the broadcast over time"),
        *_stacks(broadcast_shares(layer, run), list(SENDING.values()), below, STRIP),
        f'<text x="{LEFT}" y="{below + STRIP + 16}">cycle 0</text>',
        f'<text x="{WIDTH - RIGHT}" y="{below + STRIP + 16}" text-anchor="end">{run.cycles:,}</text>',
        f'<text x="{LEFT}" y="{below + STRIP + 34}">{escape(_sentence(run))}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def element_cycles(layer: Layer, run: Run) -> Shares:
    """Cycles of each element by what it did, (n_pes, 4): weights, padding, columns without entries, waiting."""
    columns = np.repeat(layer.is_active, np.diff(layer.sparsity.starts))
    weights = np.bincount(layer.sparsity.rows[columns] % run.machine.n_pes, minlength=run.machine.n_pes)
    waiting = run.cycles - run.entries - run.empty
    return np.stack([weights, run.entries - weights, run.empty, waiting], axis=1).astype(float)


def broadcast_shares(layer: Layer, run: Run) -> Shares:
    """Shares of the cycles in each part of the run, (bins, 4): broadcast, a queue is full, next line, draining."""
    states = np.full(run.cycles, 3)
    sent = run.timing.broadcasts
    if len(sent):
        states[: sent[-1] + 1] = 1
        bubbles = scan(layer.is_active, run.machine.n_pes).bubbles
        first = np.concatenate([[0], sent[:-1] + 1])
        for offset in range(int(bubbles.max())):
            states[first[bubbles > offset] + offset] = 2
        states[sent] = 0
    bins = np.array_split(states, min(N_BINS, run.cycles))
    return np.stack([np.bincount(one, minlength=4) / len(one) for one in bins])


def _stacks(shares: Shares, colours: Sequence[str], top: int, height: int) -> list[str]:
    """A bar per row, its parts from the bottom up."""
    step = (WIDTH - LEFT - RIGHT) / len(shares)
    width = step * 0.86 if len(shares) <= 128 else step + 0.3
    ends = np.cumsum(shares, axis=1)
    parts = []
    for part, colour in enumerate(colours):
        boxes = [
            f"M{LEFT + i * step:.1f} {top + height * (1 - ends[i, part]):.1f}h{width:.1f}v{height * one[part]:.1f}"
            f"h-{width:.1f}z"
            for i, one in enumerate(shares)
            if one[part] > 0.0
        ]
        if boxes:
            parts.append(f'<path fill="{colour}" d="{"".join(boxes)}"/>')
    return parts


def _legend(colours: dict[str, str], y: int, heading: str) -> list[str]:
    parts, x = [f'<text x="{LEFT}" y="{y + 4}" font-weight="bold">{heading}</text>'], LEFT + 180.0
    for name, colour in colours.items():
        parts.append(f'<rect x="{x:.0f}" y="{y - 5}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15:.0f}" y="{y + 4}">{name}</text>')
        x += 44 + 6.2 * len(name)
    return parts


def _axis(top: int, height: int, cycles: int) -> list[str]:
    return [
        f'<text x="{LEFT - 8}" y="{top + height * (1 - share) + 4:.0f}" text-anchor="end">{share * cycles:,.0f}</text>'
        for share in (0.0, 0.5, 1.0)
    ]


def _balance(run: Run) -> list[str]:
    """A line at the mean element's entries: the end of a perfectly balanced run."""
    y = TOP + BARS * (1.0 - run.balance)
    return [
        f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#222" stroke-dasharray="5 3"/>',
        f'<text x="{WIDTH - RIGHT}" y="{TOP + BARS + 16}" text-anchor="end">dashed: the mean element, '
        f"{run.balance:.1%} of the cycles</text>",
    ]


def _sentence(run: Run) -> str:
    timing = run.timing
    return (
        f"{run.n_broadcasts:,} broadcasts; {timing.stall_cycles:,} cycles held up by a full queue, "
        f"{timing.bubble_cycles:,} spent on stepping to the next line of activations"
    )
