"""What a design achieves beside the goals and the known designs: one row per metric, one verdict per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from archwright.core.goal import Goal, Goals
from archwright.core.problem import Problem, Reference, Referenced
from archwright.report.quantities import is_negligible, show_goal

EQUAL_WITHIN = 5e-4
"""Two figures that print the same in three digits are called equal."""


@dataclass(frozen=True)
class KnownDesign:
    """A reference with its figures as they are compared.

    Args:
        reference: as the problem gives it.
        metrics: simulated here with the problem's own simulator where the design is known, else as published.
        is_simulated: which of the two.
        score: under the study's goals, or None when a goal's metric is unknown.
        violation: likewise.
    """

    reference: Reference
    metrics: Mapping[str, float]
    is_simulated: bool
    score: float | None
    violation: float | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.reference.name


@dataclass(frozen=True)
class MetricRow:
    """One metric of a design beside the references and the goals.

    Args:
        metric: its name.
        unit: its unit.
        ours: the design's figure, or None.
        known: the figure of each reference, in their order, None where unknown.
        goals: the goals on this metric as text.
        met: True or False where a constraint stands on the metric, else None.
        ratio: ours / the first reference's, where both are known and not 0.
        verdict: one short phrase.
    """

    metric: str
    unit: str
    ours: float | None
    known: tuple[float | None, ...]
    goals: tuple[str, ...]
    met: bool | None
    ratio: float | None
    verdict: str


def known_designs(problem: Problem, goals: Goals) -> list[KnownDesign]:
    """The references of `problem`, each simulated once where its design is known."""
    if not isinstance(problem, Referenced):
        return []
    return [_known(problem, reference, goals) for reference in problem.references()]


def _known(problem: Problem, reference: Reference, goals: Goals) -> KnownDesign:
    found = KnownDesign(reference, reference.metrics, False, None, None)
    if reference.design is not None:
        outcome = problem.evaluate([reference.design], rng=np.random.default_rng(0))[0]
        if isinstance(outcome, Mapping):
            found = replace(found, metrics={**reference.metrics, **outcome}, is_simulated=True)
    if any(one.metric not in found.metrics for one in goals.goals):
        return found
    violation, _, score = goals.judge(found.metrics)
    return replace(found, score=score, violation=violation)


def metric_rows(
    metrics: Mapping[str, float], units: Mapping[str, str], goals: Goals, known: Sequence[KnownDesign] = ()
) -> list[MetricRow]:
    """One row per metric, those with goals first.

    Args:
        metrics: of the design; empty when there is none yet.
        units: of every metric of the problem.
        goals: of the study.
        known: what to compare with; ratios are against the first.

    Example:
        >>> row = metric_rows({"power_w": 1e-3}, {"power_w": "W"}, Goals.read(["power_w <= 3e-3"]))[0]
        >>> row.met, row.verdict
        (True, 'met')
    """
    wanted = list(dict.fromkeys(one.metric for one in goals.goals))
    ordered = wanted + [metric for metric in units if metric not in wanted]
    return [_row(metric, metrics.get(metric), units, goals, known) for metric in ordered]


def _row(
    metric: str, ours: float | None, units: Mapping[str, str], goals: Goals, known: Sequence[KnownDesign]
) -> MetricRow:
    theirs = tuple(one.metrics.get(metric) for one in known)
    on_metric = [one for one in goals.goals if one.metric == metric]
    ratio = ours / theirs[0] if theirs and ours is not None and theirs[0] else None
    if ratio is not None and is_negligible(theirs[0], units[metric]):
        ratio = None
    bounds = [one for one in on_metric if one.is_constraint]
    met = None if ours is None or not bounds else all(one.shortfall(ours) == 0.0 for one in bounds)
    phrases = [] if ours is None else [*_missed(bounds, ours), *_beside(on_metric, ratio)]
    return MetricRow(
        metric=metric,
        unit=units[metric],
        ours=ours,
        known=theirs,
        goals=tuple(show_goal(one, units) for one in on_metric),
        met=met,
        ratio=ratio,
        verdict=", ".join(phrases),
    )


def _missed(bounds: Sequence[Goal], ours: float) -> list[str]:
    if not bounds:
        return []
    missed = [one for one in bounds if one.shortfall(ours) > 0.0]
    if not missed:
        return ["met"]
    return [f"missed by {_relative_gap(one, ours)}" for one in missed]


def _relative_gap(bound: Goal, ours: float) -> str:
    assert bound.value is not None
    if bound.value == 0:
        return f"{abs(ours):.3g}"
    return f"{100 * abs(ours / bound.value - 1):.3g} %"


def _beside(on_metric: Sequence[Goal], ratio: float | None) -> list[str]:
    objective = next((one for one in on_metric if not one.is_constraint), None)
    if objective is None or ratio is None or ratio <= 0:
        return []
    if abs(ratio - 1) <= EQUAL_WITHIN:
        return ["equal"]
    gain = ratio if objective.sense == "max" else 1 / ratio
    return [f"{gain:.2f}x better" if gain > 1 else f"{1 / gain:.2f}x worse"]
