"""The report of a study: one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.problem import Drawable
from archwright.report.convergence import convergence_figures
from archwright.report.design_table import DesignTable, design_table
from archwright.report.history import Tally
from archwright.report.judgement import MetricRow
from archwright.report.parallel import parallel_figure
from archwright.report.provenance import command, provenance_rows
from archwright.report.quantities import axis_unit, headed, label, pretty, show, show_score
from archwright.report.render import adopt, picture, render
from archwright.report.subject import Subject
from archwright.report.tradeoff import front_over, tradeoff_figure, tradeoff_metrics
from archwright.report.verdict import verdict

MOST_REASONS = 8
FRONT_ROWS = 10


def study_page(subject: Subject, metrics: Sequence[str] = (), template: str = "report.html", **more: Any) -> str:
    """The HTML of a study's report.

    Args:
        subject: what it is about.
        metrics: up to two metrics for the trade-off; by default the objectives.
        template: a page that extends the report.
        more: further values for that template.

    Raises:
        SpecError: a chosen metric does not exist.
    """
    return render(
        template,
        spec=subject.spec,
        heading=subject.problem.name,
        verdict=pretty(verdict(subject)),
        facts=_facts(subject),
        rows=[_cells(row) for row in subject.rows] if subject.best is not None else [],
        known=subject.known,
        known_note=_known_note(subject),
        best=subject.best,
        design=_design(subject),
        drawings=_drawings(subject),
        convergence=[(text, picture(svg)) for text, svg in convergence_figures(subject.course, subject.known)],
        convergence_note=_convergence_note(subject),
        **_tradeoff(subject, metrics),
        parallel=_parallel(subject),
        outcomes=outcome_rows(subject.counts),
        provenance=provenance_rows(subject.spec, subject.counts),
        command=command(subject.spec, max(subject.counts.simulations, 1)),
        **more,
    )


def _facts(subject: Subject) -> list[dict[str, str]]:
    best, counts = subject.best, subject.counts
    facts = [{"what": "Simulations", "value": f"{counts.simulations:,}", "tone": ""}]
    if best is not None:
        word, tone = ("Best score", "ours") if best.is_feasible else ("Least violation", "bad")
        value = best.score if best.is_feasible else best.violation
        facts.insert(0, {"what": word, "value": show_score(value), "tone": tone})
    facts += [
        {"what": f"{headed(one.name)} score", "value": show_score(one.score), "tone": ""}
        for one in subject.known[:2]
        if one.score is not None
    ]
    share = 100 * counts.feasible / counts.trials if counts.trials else 0.0
    facts.append({"what": "Meet every goal", "value": f"{share:.3g} %", "tone": ""})
    facts.append({"what": "Simulator time", "value": f"{counts.seconds:.3g} s", "tone": ""})
    return facts


def _cells(row: MetricRow) -> dict[str, Any]:
    tone = {True: "met", False: "missed", None: "quiet"}[row.met]
    return {
        "name": label(row.metric, row.unit),
        "goals": pretty(", ".join(row.goals)),
        "ours": pretty(show(row.ours, row.unit)),
        "known": [pretty(show(value, row.unit)) for value in row.known],
        "ratio": "" if row.ratio is None else f"{row.ratio:.3f}",
        "verdict": row.verdict.replace("x ", "× "),  # noqa: RUF001
        "tone": "met" if "better" in row.verdict and row.met is None else tone,
    }


def _known_note(subject: Subject) -> str:
    if not subject.known:
        return ""
    first = subject.known[0]
    how = "simulated here by the same simulator" if first.is_simulated else "as published"
    sources = [f"{one.name}: {one.reference.source}" for one in subject.known if one.reference.source]
    listed = f" Sources: {'; '.join(sources)}." if sources else ""
    return f"Figures of the {first.name} design are {how}; the ratio is best here over {first.name}.{listed}"


def _design(subject: Subject) -> DesignTable | None:
    if subject.best is None:
        return None
    known = next(((one.name, one.reference.design) for one in subject.known if one.reference.design is not None), None)
    return design_table(subject.problem.space, subject.best.design, known)


def _drawings(subject: Subject) -> list[dict[str, Any]]:
    if subject.best is None or not isinstance(subject.problem, Drawable):
        return []
    best = subject.problem.draw(subject.best.design)
    drawn = [("best", best)]
    other = next((one for one in subject.known if one.reference.design is not None), None)
    if other is not None and other.name not in best:
        drawn.append((other.name, subject.problem.draw(other.reference.design)))
    return [
        {
            "name": name,
            "picture": adopt(svg, f"drawing-{position}", f"The {name} design of {subject.problem.name}"),
            "caption": f"The {name} design",
        }
        for position, (name, svg) in enumerate(drawn)
    ]


def _convergence_note(subject: Subject) -> str:
    first = subject.course.first_feasible
    if first is None:
        return "No design has met every goal yet, so there is no score to draw."
    return f"Every goal was first met at simulation {first:,} of {subject.counts.simulations:,}."


def _tradeoff(subject: Subject, metrics: Sequence[str]) -> Mapping[str, Any]:
    units = subject.problem.metrics
    pair = tradeoff_metrics(units, subject.goals, metrics)
    if pair is None or subject.best is None:
        return {"tradeoff": None, "tradeoff_note": "", "front": None}
    svg = tradeoff_figure(subject.trials, subject.best, pair, units, subject.goals, subject.known)
    names = [label(metric, units[metric]) for metric in pair]
    note = f"{headed(names[0])} against {names[1]}; the line joins the designs that no other beats in both."
    front = front_over(subject.trials, pair, subject.goals)
    picked = (
        front if len(front) <= FRONT_ROWS else [front[round(i)] for i in np.linspace(0, len(front) - 1, FRONT_ROWS)]
    )
    scales = [axis_unit(subject.best.metrics[metric], units[metric]) for metric in pair]
    cells = [
        (f"{t.number:,}", *(f"{t.metrics[m] * s:.4g}" for m, (s, _) in zip(pair, scales, strict=True))) for t in picked
    ]
    heads = [f"{headed(n)} ({pretty(u)})" if u else n for n, (_, u) in zip(names, scales, strict=True)]
    return {
        "tradeoff": picture(svg),
        "tradeoff_note": note,
        "front": {"heads": heads, "rows": cells, "n": len(front)} if len(front) > 1 else None,
    }


def _parallel(subject: Subject) -> Any:
    svg = parallel_figure(subject.problem.space, subject.trials, subject.known[:1])
    return None if svg is None else picture(svg)


def outcome_rows(counts: Tally) -> list[dict[str, str]]:
    """What the trials came to, for a page: counts, shares, and the reasons with their counts."""
    kinds = (
        ("Meets every goal", counts.feasible, ""),
        ("Misses a goal", counts.missed, ""),
        ("Cannot exist", counts.infeasible, _why(counts, "infeasible")),
        ("Failed", counts.failed, _why(counts, "failed")),
    )
    total = max(counts.trials, 1)
    return [
        {"outcome": name, "count": f"{n:,}", "share": f"{100 * n / total:.3g} %", "why": why} for name, n, why in kinds
    ]


def _why(counts: Tally, state: str) -> str:
    found = [(reason, n) for kind, reason, n in counts.reasons if kind == state]
    shown = "; ".join(f"{reason} ({n:,})" for reason, n in found[:MOST_REASONS])
    return shown + (f"; {len(found) - MOST_REASONS} further reasons" if len(found) > MOST_REASONS else "")
