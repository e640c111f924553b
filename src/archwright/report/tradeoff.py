"""The trade-off between two metrics: every trial, the Pareto front, the references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.errors import check_name
from archwright.core.goal import Goals
from archwright.core.trial import Trial
from archwright.report.axes import use_log
from archwright.report.history import Array
from archwright.report.judgement import KnownDesign
from archwright.report.quantities import axis_unit, label, pretty
from archwright.report.svg import FAINT, INK, KNOWN, OURS, dots, figure, inline


def tradeoff_metrics(units: Mapping[str, str], goals: Goals, chosen: Sequence[str] = ()) -> tuple[str, str] | None:
    """The two metrics to draw: those chosen, else the objectives, else an objective and a constraint.

    Raises:
        SpecError: a chosen metric does not exist.

    Example:
        >>> tradeoff_metrics({"a": "", "b": "", "c": ""}, Goals.read(["min c", "a >= 1"]))
        ('c', 'a')
    """
    for one in chosen:
        check_name("metric", one, units)
    ordered = [*chosen, *(g.metric for g in goals.targets), *(g.metric for g in goals.constraints), *units]
    distinct = list(dict.fromkeys(ordered))
    return (distinct[0], distinct[1]) if len(distinct) > 1 else None


def is_larger_better(metric: str, goals: Goals) -> bool:
    """True when a goal asks for more of `metric`."""
    return any(one.metric == metric and one.sense in ("max", ">=") for one in goals.goals)


def front_mask(x: Array, y: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which of the points `(n,)` no other point beats in both coordinates, smaller being better.

    Example:
        >>> front_mask(np.array([1.0, 2.0, 2.0]), np.array([2.0, 1.0, 3.0])).tolist()
        [True, True, False]
    """
    order = np.lexsort((y, x))
    lowest = np.minimum.accumulate(np.concatenate([[np.inf], y[order]]))[:-1]
    mask = np.zeros(len(x), dtype=bool)
    mask[order] = y[order] < lowest
    return mask


def tradeoff_figure(
    trials: Sequence[Trial],
    best: Trial,
    metrics: tuple[str, str],
    units: Mapping[str, str],
    goals: Goals,
    known: Sequence[KnownDesign] = (),
) -> str:
    """The SVG of all done trials over two metrics: feasible ones in colour, the others grey.

    Args:
        trials: of the study.
        best: the best of them.
        metrics: horizontal and vertical.
        units: of all metrics.
        goals: of the study; they say which direction is better.
        known: references, drawn where both figures are known.
    """
    done = [t for t in trials if t.state == "done"]
    scales = [axis_unit(best.metrics[metric], units[metric]) for metric in metrics]
    values = np.array([[t.metrics[m] for m in metrics] for t in done]) * [scale for scale, _ in scales]
    is_feasible = np.array([t.is_feasible for t in done])
    marks = [(one.name, [one.metrics[m] * s[0] for m, s in zip(metrics, scales, strict=True)]) for one in known
             if all(m in one.metrics for m in metrics)]  # fmt: skip
    centre = [best.metrics[m] * s[0] for m, s in zip(metrics, scales, strict=True)]
    with figure(5.4, 4.2) as drawn:
        axes = drawn.subplots()
        _frame(axes, values, is_feasible, [centre, *(place for _, place in marks)])
        for axis, metric, (_, unit) in zip((axes.set_xlabel, axes.set_ylabel), metrics, scales, strict=True):
            axis(label(metric, units[metric]) + (f" ({pretty(unit)})" if unit else ""))
        dots(axes, values[~is_feasible], FAINT, 2.2)
        dots(axes, values[is_feasible], OURS, 2.4, alpha=0.35, layer=3)
        _front(axes, values[is_feasible], [is_larger_better(metric, goals) for metric in metrics])
        _mark(axes, marks, centre)
        names = [label(metric, units[metric]) for metric in metrics]
        return inline(drawn, "tradeoff", f"All trials over {names[0]} and {names[1]}")


def front_over(trials: Sequence[Trial], metrics: tuple[str, str], goals: Goals) -> list[Trial]:
    """The feasible trials that no other beats in both `metrics`, from end to end of the front."""
    feasible = [t for t in trials if t.is_feasible]
    if not feasible:
        return []
    signs = [-1.0 if is_larger_better(metric, goals) else 1.0 for metric in metrics]
    values = np.array([[t.metrics[m] * s for m, s in zip(metrics, signs, strict=True)] for t in feasible])
    on_front = [feasible[int(i)] for i in np.flatnonzero(front_mask(*values.T))]
    return sorted(on_front, key=lambda t: t.metrics[metrics[0]])


def _frame(axes: Any, values: Array, is_feasible: Any, marks: Sequence[Sequence[float]]) -> None:
    core = np.vstack([values[is_feasible], np.array(marks)])
    for column, (limits, axis) in enumerate(((axes.set_xlim, axes.xaxis), (axes.set_ylim, axes.yaxis))):
        near = np.quantile(values[:, column], [0.05, 0.9])
        low, high = min(core[:, column].min(), near[0]), max(core[:, column].max(), near[1])
        if low > 0 and high / low > 30:
            use_log(axis, low / (high / low) ** 0.06, high * (high / low) ** 0.06)
            continue
        margin = 0.06 * ((high - low) or abs(high) or 1.0)
        limits(low - margin, high + margin)


def _front(axes: Any, feasible: Array, larger: Sequence[bool]) -> None:
    if len(feasible) < 2:
        return
    signs = np.where(larger, -1.0, 1.0)
    front = feasible[front_mask(*(feasible * signs).T)]
    front = front[np.lexsort((front[:, 1], front[:, 0]))]
    where = "post" if not larger[0] else "pre"
    axes.step(*front.T, where=where, color=OURS, linewidth=1.4, zorder=4)
    axes.plot(*front.T, "o", color=OURS, markersize=3, zorder=4)


def _mark(axes: Any, known: Sequence[tuple[str, Sequence[float]]], best: Sequence[float]) -> None:
    for name, place in known:
        axes.plot([place[0]], [place[1]], "D", color=KNOWN, markersize=6, zorder=6)
        if not _is_near(axes, place, best):
            _name(axes, name, place, KNOWN)
    axes.plot([best[0]], [best[1]], "o", markersize=9, markerfacecolor="none", markeredgecolor=INK, zorder=6)
    _name(axes, "best", best, INK)


def _is_near(axes: Any, place: Sequence[float], other: Sequence[float]) -> bool:
    """True when names at both places would overlap."""
    (x, y), (other_x, other_y) = axes.transData.transform([place, other])
    return bool(abs(x - other_x) < 60 and abs(y - other_y) < 16)


def _name(axes: Any, name: str, place: Sequence[float], colour: str) -> None:
    """Write a name beside a mark, on the side where there is room."""
    left, bottom, right, top = axes.get_window_extent().extents
    x, y = axes.transData.transform(place)
    is_right, is_high = x > left + 0.75 * (right - left), y > bottom + 0.85 * (top - bottom)
    axes.annotate(
        name, place, xytext=(-8 if is_right else 8, -6 if is_high else 6), textcoords="offset points", color=colour,
        ha="right" if is_right else "left", va="top" if is_high else "bottom", fontsize=9.5, weight="bold", zorder=7,
    )  # fmt: skip
