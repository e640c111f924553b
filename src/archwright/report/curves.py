"""Learning curves: the best score so far of every method, a line for the middle seed and a band for the quartiles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from archwright.core.trial import Trial
from archwright.report.axes import known_lines, use_log
from archwright.report.history import Array, history
from archwright.report.ranking import Quality
from archwright.report.svg import MUTED, SERIES, figure, inline

POINTS = 160


@dataclass(frozen=True)
class Curve:
    """The best so far of one study at given budgets.

    Args:
        violation: (n,) infinite before the first done trial.
        score: (n,) NaN until every constraint is met.
    """

    violation: Array
    score: Array

    def quality(self, position: int) -> Quality:
        """Violation and minus the score at one budget; minus the violation stands in for a missing score."""
        violation = float(self.violation[position])
        return (violation, violation if violation > 0.0 else -float(self.score[position]))


def budgets(trials: int, n: int = POINTS) -> list[int]:
    """Up to `n` log-spaced simulation counts from 1 to `trials`.

    Example:
        >>> budgets(1000, 4)
        [1, 10, 100, 1000]
    """
    return sorted({round(x) for x in np.geomspace(1, trials, n)})


def table_budgets(trials: int) -> list[int]:
    """The budgets a table shows: a hundredth, a thirtieth, a tenth, a third, all; none below 10 unless all is.

    Example:
        >>> table_budgets(3000)
        [30, 100, 300, 1000, 3000]
    """
    shares = (0.01, 1 / 30, 0.1, 1 / 3)
    return [*sorted({round(trials * share) for share in shares if trials * share >= 10}), trials]


def curve(trials: Sequence[Trial], at: Sequence[int]) -> Curve:
    """The curve of a study at the budgets `at`; a study that ended early keeps its last value.

    Args:
        trials: in order of number.
        at: simulation counts, >= 1.
    """
    course = history(trials)
    if not len(course.simulations):
        return Curve(np.full(len(at), np.inf), np.full(len(at), np.nan))
    positions = np.minimum(np.asarray(at), len(course.simulations)) - 1
    return Curve(course.violation[positions], course.score[positions])


def bands(curves: Sequence[Curve]) -> tuple[Array, Array, Array]:
    """Lower quartile, median and upper quartile of the score over seeds, NaN where that seed is not yet feasible."""
    scores = np.sort(np.array([np.where(np.isnan(c.score), -np.inf, c.score) for c in curves]), axis=0)
    scores[np.isinf(scores)] = np.nan
    low, middle, high = (math.floor(share * (len(curves) - 1) + 1e-9) for share in (0.25, 0.5, 0.75))
    return scores[low], scores[middle], scores[high]


def curves_figure(
    at: Sequence[int], curves: Mapping[str, Sequence[Curve]], known: Mapping[str, float], name: str = "curves"
) -> str:
    """The SVG of all methods' learning curves.

    Args:
        at: simulation counts.
        curves: method to its curves, one per seed; the i-th method has the page's i-th series colour.
        known: score of references by name.
        name: unique on the page.
    """
    with figure(7.6, 4.0) as drawn:
        axes = drawn.subplots()
        use_log(axes.xaxis, at[0], max(at[-1], 2))
        ends = list(known.values())
        for position, studies in enumerate(curves.values()):
            low, middle, high = bands(studies)
            colour = SERIES[position % len(SERIES)]
            axes.fill_between(at, np.where(np.isnan(low), middle, low), high, color=colour, alpha=0.16, linewidth=0)
            axes.plot(at, middle, color=colour, linewidth=1.6)
            ends += [
                float(row[np.isfinite(row)][end]) for row, end in ((middle, 0), (high, -1)) if np.isfinite(row).any()
            ]
        if ends:
            margin = 0.05 * ((max(ends) - min(ends)) or 1.0)
            axes.set_ylim(min(ends) - margin, max(ends) + 2 * margin)
        known_lines(axes, list(known.items()), -np.inf, MUTED)
        axes.set_xlabel("simulations")
        axes.set_ylabel("best score so far")
        return inline(drawn, name, "Learning curves of " + ", ".join(curves))
