"""A schedule as a picture: one lane per machine, one bar per task, a line per transfer between machines."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from archwright.compilers.scheduling.schedule import Schedule
from archwright.compilers.scheduling.task_graph import TaskGraph

WIDTH, LEFT, RIGHT, TOP, LANE, BAR, LETTER = 960, 70, 34, 34, 84, 46, 6.9
COLORS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#72b7b2", "#9d755d", "#eeca3b")


def draw_gantt(graph: TaskGraph, plan: Schedule, title: str) -> str:
    """A standalone SVG picture of `plan`; tasks of one kind (the name before a bracket) share a color.

    Example:
        >>> from archwright.compilers.scheduling.schedule import schedule
        >>> graph = TaskGraph.read({"tasks": {"load": 2.0, "add": 1.0}, "edges": [["load", "add", 0.5]]})
        >>> draw_gantt(graph, schedule(graph, [0, 1], [0, 1]), "two tasks").count("<rect")
        3
    """
    height = TOP + LANE * len(graph.machines) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{escape(title)}</text>',
        *_legend(graph),
        *_axis(graph, plan, height - 28),
        *_transfers(graph, plan),
        *_bars(graph, plan),
        "</svg>",
    ]
    return "\n".join(parts)


def _x(plan: Schedule, time_us: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * time_us / plan.makespan_us


def _y(machine: int) -> int:
    return TOP + LANE * machine + (LANE - BAR) // 2


def _axis(graph: TaskGraph, plan: Schedule, y: int) -> list[str]:
    lanes = [
        f'<text x="{LEFT - 8}" y="{_y(m) + BAR / 2 + 4:g}" text-anchor="end">{escape(name)}</text>'
        for m, name in enumerate(graph.machines)
    ]
    ticks = [f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#888"/>']
    for time_us in _round_times_us(plan.makespan_us):
        x = _x(plan, time_us)
        ticks.append(f'<line x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + 4}" stroke="#888"/>')
        ticks.append(f'<text x="{x:.1f}" y="{y + 16}" text-anchor="middle">{time_us:g} us</text>')
    return lanes + ticks


def _round_times_us(end_us: float) -> list[float]:
    """Four to ten round numbers from 0 to `end_us`."""
    decade = 10.0 ** math.floor(math.log10(end_us))
    step = next(decade * part for part in (0.1, 0.2, 0.5, 1.0, 2.0) if end_us / (decade * part) <= 10.0)
    return [step * i for i in range(math.floor(end_us / step + 1e-9) + 1)]


def _kinds(graph: TaskGraph) -> dict[str, str]:
    names = sorted({name.partition("(")[0] for name in graph.tasks})
    return {name: COLORS[i % len(COLORS)] for i, name in enumerate(names)}


def _legend(graph: TaskGraph) -> list[str]:
    parts, x = [], float(WIDTH - RIGHT)
    for kind, color in reversed(_kinds(graph).items()) if len(_kinds(graph)) <= len(COLORS) else ():
        x -= LETTER * len(kind) + 28
        parts.append(f'<circle cx="{x:.1f}" cy="16" r="5" fill="{color}"/>')
        parts.append(f'<text x="{x + 9:.1f}" y="20">{escape(kind)}</text>')
    return parts


def _transfers(graph: TaskGraph, plan: Schedule) -> list[str]:
    lines = []
    for (a, b), travel_us in zip(graph.edges.tolist(), graph.transfer_us.tolist(), strict=True):
        here, there = plan.machine[a], plan.machine[b]
        if here == there:
            continue
        starts, ends = _x(plan, plan.finish_us[a]), _x(plan, plan.finish_us[a] + travel_us)
        down = there > here
        y1, y2 = _y(here) + BAR * down, _y(there) + BAR * (not down)
        lines.append(f'<line x1="{starts:.1f}" y1="{y1}" x2="{ends:.1f}" y2="{y2}" stroke="#bbb"/>')
    return lines


def _bars(graph: TaskGraph, plan: Schedule) -> list[str]:
    kinds = _kinds(graph)
    bars = []
    for task in plan.order:
        name, y = graph.tasks[task], _y(plan.machine[task])
        x, end = _x(plan, plan.start_us[task]), _x(plan, plan.finish_us[task])
        kind, _, numbers = name.partition("(")
        label = name if end - x > LETTER * len(name) else numbers.rstrip(")")
        shown = label if end - x > LETTER * len(label) else ""
        times = f"{name}: {plan.start_us[task]:.4g} to {plan.finish_us[task]:.4g} us"
        bars.append(
            f'<rect x="{x:.1f}" y="{y}" width="{max(end - x, 0.5):.1f}" height="{BAR}" fill="{kinds[kind]}" '
            f'stroke="white"><title>{escape(times)}</title></rect>'
            f'<text x="{(x + end) / 2:.1f}" y="{y + BAR / 2 + 4:g}" text-anchor="middle" fill="white">'
            f"{escape(shown)}</text>"
        )
    return bars
