"""Figures of how a study converged: score over trials, score over seconds, violation over trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from archwright.report.axes import known_lines, use_log
from archwright.report.history import Array, History
from archwright.report.judgement import KnownDesign
from archwright.report.quantities import show_score
from archwright.report.svg import BAD, INK, MUTED, OURS, figure, inline

WIDTH, HEIGHT = 3.3, 2.5


def convergence_figures(course: History, known: Sequence[KnownDesign]) -> list[tuple[str, str]]:
    """`(caption, SVG)` per figure; no score figure before the first feasible design.

    Args:
        course: from `history`.
        known: references, drawn where their score is known.
    """
    if not len(course.simulations):
        return []
    figures = []
    if np.isfinite(course.score).any():
        lines = [(one.name, one.score) for one in known if one.score is not None and one.violation == 0.0]
        figures.append(("Best score after each simulation", _score(course, course.simulations, "simulations", lines)))
        if course.seconds[-1] > 0:
            figures.append(("Best score over simulator time", _score(course, course.seconds, "seconds", lines)))
    if course.violation[0] > 0:
        figures.append(("Violation of the best design so far; 0 meets every goal", _violation(course)))
    return figures


def _score(course: History, x: Array, what: str, known: Sequence[tuple[str, float]]) -> str:
    with figure(WIDTH, HEIGHT) as drawn:
        axes = drawn.subplots()
        shown = np.isfinite(course.score)
        axes.step(x[shown], course.score[shown], where="post", color=OURS, linewidth=1.5)
        axes.plot([x[-1]], [course.score[-1]], "o", color=OURS, markersize=4, clip_on=False)
        _limits(axes, course.score[shown], [value for _, value in known])
        if what == "seconds":
            axes.set_xlim(0.0, x[-1] * 1.02)
        else:
            use_log(axes.xaxis, 1.0, max(x[-1] * 1.05, 2.0))
        known_lines(axes, known, course.score[-1])
        axes.annotate(
            show_score(course.score[-1]), (x[-1], course.score[-1]), xytext=(-4, 6), ha="right", color=INK,
            textcoords="offset points", fontsize=9, weight="bold",
        )  # fmt: skip
        axes.set_xlabel("simulator seconds" if what == "seconds" else what)
        axes.set_ylabel("score")
        return inline(drawn, f"score-{what}", f"Best score over {what}, ending at {show_score(course.score[-1])}")


def _limits(axes: Any, score: Array, known: Sequence[float]) -> None:
    low, high = min(score.min(), *known, score.max()), max(score.max(), *known, score.min())
    margin = 0.12 * ((high - low) or abs(high) or 1.0)
    axes.set_ylim(low - margin, high + margin)


def _violation(course: History) -> str:
    with figure(WIDTH, HEIGHT) as drawn:
        axes = drawn.subplots()
        shown = np.isfinite(course.violation)
        axes.step(course.simulations[shown], course.violation[shown], where="post", color=BAD, linewidth=1.5)
        use_log(axes.xaxis, 1.0, max(course.simulations[-1] * 1.05, 2.0))
        axes.set_ylim(bottom=0.0)
        first = course.first_feasible
        if first is not None:
            axes.axvline(first, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.annotate(
                f"all goals met\nat simulation {first:,}", (first, 0.96), xycoords=("data", "axes fraction"),
                xytext=(5 if first < course.simulations[-1] ** 0.5 else -5, 0), textcoords="offset points",
                ha="left" if first < course.simulations[-1] ** 0.5 else "right", va="top", color=MUTED, fontsize=8,
            )  # fmt: skip
        axes.set_xlabel("simulations")
        axes.set_ylabel("violation")
        return inline(drawn, "violation", "Violation of the best design so far")
