"""A run as an architect looks at it: what every bank and the data bus do over time."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

import numpy as np

from archwright.memory.dram import layout as of
from archwright.memory.dram.simulation import Run

WIDTH, LEFT, RIGHT, TOP, LANE = 960, 74, 20, 62, 22
SHOWN_CLK = 1200
COLOURS = {
    "activate": "#f58518", "row open": "#dfe6ee", "read": "#4c78a8", "write": "#54a24b", "precharge": "#b8a9c9",
    "refresh": "#e45756",
}  # fmt: skip


def draw_run(run: Run, shown_clk: int = SHOWN_CLK) -> str:
    """A standalone SVG: a lane per bank, and one for the data bus.

    Args:
        run: logged.
        shown_clk: clocks from the first command on.

    Example:
        >>> from archwright.memory.dram.simulation import simulate
        >>> from archwright.memory.traces import generate
        >>> "bank 7" in draw_run(simulate(generate("random", 100), is_logged=True))
        True
    """
    start = int(run.log[0, of.AT])
    end = min(start + shown_clk, run.total_clk)
    n_banks = run.device.n_banks
    height = TOP + (n_banks + 1) * LANE + 46
    found = run.metrics()
    title = (
        f"{run.trace.name} on {run.device.name}: {len(run.trace):,} requests in {found['time_s'] * 1e6:,.2f} us, "
        f"{found['row_hit_share']:.0%} row hits, {found['power_w']:.2f} W"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
        *_legend(),
    ]
    for lane, name in enumerate([*(f"bank {b}" for b in range(n_banks)), "data bus"]):
        y = TOP + lane * LANE
        parts.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{name}</text>')
        parts.append(f'<path d="M{LEFT} {y + LANE - 2}h{WIDTH - LEFT - RIGHT}" stroke="#eee"/>')
    scale = (WIDTH - LEFT - RIGHT) / max(end - start, 1)
    for lane, first, last, what in _boxes(run, end):
        first, last = max(first, start), min(last, end)
        if first < last:
            x, width = LEFT + (first - start) * scale, max((last - first) * scale, 0.6)
            parts.append(
                f'<path fill="{COLOURS[what]}" d="M{x:.1f} {TOP + lane * LANE}h{width:.1f}v{LANE - 4}h-{width:.1f}z"/>'
            )
    below = TOP + (n_banks + 1) * LANE + 14
    parts += [
        f'<text x="{LEFT}" y="{below}">clock {start:,}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{below}" text-anchor="end">{end:,}</text>',
        f'<text x="{LEFT}" y="{below + 20}">{escape(_sentence(run))}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def _legend() -> Iterator[str]:
    x = float(LEFT)
    for name, colour in COLOURS.items():
        yield f'<rect x="{x:.0f}" y="36" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 15:.0f}" y="45">{name}</text>'
        x += 44 + 6.2 * len(name)


def _boxes(run: Run, end: int) -> Iterator[tuple[int, int, int, str]]:
    """Lane, first clock, clock after the last, and what it is; open rows first, so that all else lies on them."""
    device = run.device
    shown = run.log[run.log[:, of.AT] < end]
    yield from _open_rows(run, end)
    for at, kind, bank, _ in shown.tolist():
        if kind == of.ACTIVATE:
            yield bank, at, at + device.rcd_clk, "activate"
        elif kind == of.PRECHARGE:
            yield bank, at, at + device.rp_clk, "precharge"
        elif kind in (of.PRECHARGE_ALL, of.REFRESH):
            clocks, what = (device.rfc_clk, "refresh") if kind == of.REFRESH else (device.rp_clk, "precharge")
            yield from ((b, at, at + clocks, what) for b in range(device.n_banks))
        else:
            is_write = kind in (of.WRITE, of.WRITE_CLOSE)
            latency = device.write_latency_clk if is_write else device.read_latency_clk
            what = "write" if is_write else "read"
            yield bank, at, at + device.burst_clk, what
            yield device.n_banks, at + latency, at + latency + device.burst_clk, what


def _open_rows(run: Run, end: int) -> Iterator[tuple[int, int, int, str]]:
    closing = (of.PRECHARGE, of.READ_CLOSE, of.WRITE_CLOSE, of.PRECHARGE_ALL)
    for bank in range(run.device.n_banks):
        mine = run.log[(run.log[:, of.TO_BANK] == bank) | (run.log[:, of.TO_BANK] < 0)]
        opened = mine[mine[:, of.KIND] == of.ACTIVATE, of.AT]
        closed = np.append(mine[np.isin(mine[:, of.KIND], closing), of.AT], end)
        lasts = closed[np.searchsorted(closed[:-1], opened)]
        yield from ((bank, int(first), int(last), "row open") for first, last in zip(opened, lasts, strict=True))


def _sentence(run: Run) -> str:
    one = run.events
    moved = (one.reads + one.writes) * run.device.burst_clk / one.total_clk
    return (
        f"{one.activations:,} activations, {one.reads:,} reads, {one.writes:,} writes, {one.refreshes:,} refreshes in "
        f"{one.total_clk:,} clocks; the data bus is busy for {moved:.0%} of them"
    )
