"""A judged design on a terminal: its figures beside the goals and the known designs; and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archwright.cli.output import say, say_table

if TYPE_CHECKING:
    from archwright.core.goal import Goals
    from archwright.core.trial import Trial
    from archwright.report.judgement import KnownDesign


def verdict_json(trial: Trial, goals: Goals) -> dict[str, Any]:
    """A judged design as plain JSON: what `best` and `evaluate` print."""
    met = [
        {"goal": str(one), "met": trial.state == "done" and one.shortfall(trial.metrics[one.metric]) == 0.0}
        for one in goals.constraints
    ]
    return {
        "design": trial.design,
        "state": trial.state,
        "metrics": dict(trial.metrics),
        "score": trial.score,
        "violation": trial.violation,
        "goals": met,
        "goals_met": trial.is_feasible,
        "reason": trial.reason,
    }


def say_verdict(
    trial: Trial, units: Mapping[str, str], goals: Goals, known: Sequence[KnownDesign] = (), ours: str = "ours"
) -> None:
    """Print a judged design for people: its figures, its score, the design as JSON.

    Args:
        trial: the design.
        units: of its metrics.
        goals: it was judged by.
        known: designs to stand beside it.
        ours: head of its column.
    """
    if trial.state != "done":
        say(f"{trial.state}: {trial.reason}")
        return
    from archwright.report.quantities import show_score

    say_figures(trial.metrics, units, goals, known, ours)
    say()
    if trial.is_feasible:
        scores = [f"{one.name} {show_score(one.score)}" for one in known if one.score is not None]
        beside = f" ({', '.join(scores)})" if scores else ""
        say(f"goals met, score {show_score(trial.score)}{beside}")
    else:
        say(f"goals missed, violation {trial.violation:.4g}")
    say(json.dumps(trial.design))


def say_figures(
    metrics: Mapping[str, float], units: Mapping[str, str], goals: Goals, known: Sequence[KnownDesign], ours: str
) -> None:
    """Print one row per metric: ours, the known designs, the goal, the verdict."""
    from archwright.report.judgement import metric_rows
    from archwright.report.quantities import label, show

    cells = [
        (
            label(row.metric, row.unit),
            show(row.ours, row.unit),
            *(show(value, row.unit) for value in row.known),
            ", ".join(row.goals),
            row.verdict,
        )
        for row in metric_rows(metrics, units, goals, known)
    ]
    heads = ("metric", ours, *(one.name for one in known), "goal", "verdict")
    say_table(heads, cells, right=range(1, 2 + len(known)))
