"""Pictures of traffic: the rounds of a run, and the paper's steps over several matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import numpy as np

from archwright.accelerators.sparch.simulation import Run

WIDTH, LEFT, RIGHT = 960, 74, 20
PARTS = {"a": "#54a24b", "b": "#4c78a8", "partial": "#e45756", "c": "#b8a9c9"}
PART_NAMES = {"a": "A", "b": "B", "partial": "partial results", "c": "C"}
LIMITS = {"DRAM": "#4c78a8", "multipliers": "#f58518", "tree": "#72b7b2"}
ROUNDS_SHOWN = 64

Bar = tuple[str, Sequence[float]]
"""What stands below a bar, and the heights of its parts."""


def draw_rounds(run: Run, title: str) -> str:
    """A standalone SVG: bytes of every round in four parts, and the cycles that DRAM, multipliers and tree would take.

    Args:
        run: what was run; of many rounds the last 64 are shown, which are the largest.
        title: above the picture.

    Example:
        >>> from archwright.accelerators.sparch.families import stand_in
        >>> from archwright.accelerators.sparch.simulation import simulate
        >>> a = stand_in("wiki-Vote", max_products=100_000)
        >>> "partial results" in draw_rounds(simulate(a, a), "wiki-Vote")
        True
    """
    n = len(run.traffic.a)
    numbers = range(max(0, n - ROUNDS_SHOWN), n)
    moved = [(f"{k + 1}", [float(part[k]) for part in run.traffic]) for k in numbers]
    timing = run.timing
    limits = (timing.dram, timing.multipliers, timing.tree)
    cycles = [("", [float(part[k]) * (part is own) for own in limits]) for k in numbers for part in limits]
    names = {PART_NAMES[part]: colour for part, colour in PARTS.items()}
    parts = [
        f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
        *_legend(names, 42, "bytes of every round"),
        *_bars(moved, list(PARTS.values()), 58, 220),
        *_legend(LIMITS, 322, "cycles of every round"),
        *_bars(cycles, list(LIMITS.values()), 338, 120),
        f'<text x="{LEFT}" y="482">{escape(_sentence(run, n - len(numbers)))}</text>',
    ]
    return _document(parts, 500)


def draw_chain(chains: Mapping[str, Mapping[str, Mapping[str, float]]], title: str) -> str:
    """A standalone SVG: bytes in four parts for every step of every matrix, each over those of its first step.

    Args:
        chains: bytes by part, by step, by matrix.
        title: above the picture.

    Example:
        >>> "x" in draw_chain({"x": {"one": {"a": 1.0, "b": 2.0, "partial": 0.0, "c": 1.0}}}, "chain")
        True
    """
    bars: list[Bar] = []
    for name, steps in chains.items():
        whole = sum(next(iter(steps.values())).values())
        middle = len(steps) // 2
        for k, parts in enumerate(steps.values()):
            bars.append((name if k == middle else "", [parts[part] / whole for part in PARTS]))
        bars.append(("", [0.0] * len(PARTS)))
    names = {PART_NAMES[part]: colour for part, colour in PARTS.items()}
    listed = ", ".join(next(iter(chains.values())))
    return _document(
        [
            f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
            *_legend(names, 42, "bytes, first bar = 1"),
            *_bars(bars, list(PARTS.values()), 58, 260, is_slanted=True),
            f'<text x="{LEFT}" y="426">bars of a matrix, from the left: {escape(listed)}</text>',
        ],
        444,
    )


def _document(parts: Sequence[str], height: int) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *parts, "</svg>"])


def _bars(bars: Sequence[Bar], colours: Sequence[str], top: int, height: int, is_slanted: bool = False) -> list[str]:
    """A bar per row, its parts from the bottom up, under an axis that fits."""
    heights = np.array([one for _, one in bars])
    most = max(float(heights.sum(axis=1).max()), 1e-300)
    step = (WIDTH - LEFT - RIGHT) / len(bars)
    parts = []
    for k, (label, shares) in enumerate(bars):
        x, y = LEFT + k * step, float(top + height)
        for share, colour in zip(shares, colours, strict=True):
            tall = height * share / most
            y -= tall
            if tall > 0.05:
                box = f'x="{x:.1f}" y="{y:.1f}" width="{0.86 * step:.1f}" height="{tall:.1f}"'
                parts.append(f'<rect {box} fill="{colour}"/>')
        if label and (is_slanted or step > 12):
            parts.append(_below(label, x + 0.43 * step, top + height + 14, is_slanted))
    marks = [(share, top + height * (1 - share) + 4) for share in (0.0, 0.5, 1.0)]
    return parts + [
        f'<text x="{LEFT - 8}" y="{y:.0f}" text-anchor="end">{_short(share * most)}</text>' for share, y in marks
    ]


def _below(label: str, x: float, y: float, is_slanted: bool) -> str:
    turn = f' transform="rotate(-40 {x:.0f} {y:.0f})" text-anchor="end"' if is_slanted else ' text-anchor="middle"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{turn}>{escape(label)}</text>'


def _short(value: float) -> str:
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g}"


def _legend(colours: Mapping[str, str], y: int, heading: str) -> list[str]:
    parts, x = [f'<text x="{LEFT}" y="{y + 4}" font-weight="bold">{heading}</text>'], LEFT + 180.0
    for name, colour in colours.items():
        parts.append(f'<rect x="{x:.0f}" y="{y - 5}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15:.0f}" y="{y + 4}">{name}</text>')
        x += 44 + 6.2 * len(name)
    return parts


def _sentence(run: Run, n_hidden: int) -> str:
    shares = ", ".join(f"{name} {share:.0%}" for name, share in run.timing.shares.items() if share)
    hidden = f"; {n_hidden} smaller rounds before these" if n_hidden else ""
    return (
        f"{len(run.plan.leaves.weights):,} partial matrices in {run.plan.schedule.n_rounds} rounds{hidden}; cycles are "
        f"limited by {shares}; {run.hit_rate:.1%} of the lines were in the buffer"
    )
