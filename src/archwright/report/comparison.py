"""A comparison of methods on one problem: curves over seeds, standings at several budgets, a verdict or none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Trial
from archwright.report.curves import Curve, budgets, curve, curves_figure, table_budgets
from archwright.report.judgement import known_designs
from archwright.report.ranking import Ranking, Standing, rank_methods
from archwright.report.render import picture, render


@dataclass(frozen=True)
class Comparison:
    """Studies of several methods on one problem under the same goals and budget.

    Args:
        problem: what was searched.
        goals: of all studies.
        n_trials: simulations of each study.
        tables: method to the tables of its studies, one per seed.
        seeds: the seeds.
    """

    problem: Problem
    goals: Goals
    n_trials: int
    tables: Mapping[str, Sequence[Sequence[Trial]]]
    seeds: Sequence[int]

    @cached_property
    def budgets(self) -> list[int]:
        """The simulation counts at which methods are ranked, the whole budget last."""
        return table_budgets(self.n_trials)

    @cached_property
    def rankings(self) -> list[Ranking]:
        """The ranking at each of `budgets`."""
        curves = self._curves(self.budgets)
        return [
            rank_methods({method: [one.quality(at) for one in studies] for method, studies in curves.items()})
            for at in range(len(self.budgets))
        ]

    @property
    def final(self) -> Ranking:
        """The ranking at the whole budget."""
        return self.rankings[-1]

    def _curves(self, at: Sequence[int]) -> dict[str, list[Curve]]:
        return {method: [curve(table, at) for table in tables] for method, tables in self.tables.items()}

    def figure(self) -> str:
        """The SVG of the learning curves."""
        at = budgets(self.n_trials)
        known = known_designs(self.problem, self.goals)
        scores = {one.name: one.score for one in known if one.score is not None and one.violation == 0.0}
        return curves_figure(at, self._curves(at), scores)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The whole comparison as plain JSON; numbers that are not finite are null."""
    final = comparison.final
    return {
        "problem": comparison.problem.name,
        "goals": comparison.goals.texts(),
        "trials": comparison.n_trials,
        "seeds": list(comparison.seeds),
        "winner": final.winner,
        "verdict": final.verdict,
        "pairs": [{**asdict(pair), "is_significant": pair.is_significant} for pair in final.pairs],
        "budgets": [
            {
                "simulations": at,
                "winner": ranking.winner,
                "verdict": ranking.verdict,
                "standings": [_finite(asdict(one)) for one in ranking.standings],
            }
            for at, ranking in zip(comparison.budgets, comparison.rankings, strict=True)
        ],
    }


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}


def show_score(standing: Standing) -> str:
    """Median and quartiles of a standing as text; a negative score is a violation.

    Example:
        >>> show_score(Standing("a", 5, 5, 2.0, 1.5, 2.5, 1.0, 1.0, 1.0))
        '2 (1.5 to 2.5)'
    """
    if not math.isfinite(standing.median):
        return "no answer"
    return f"{standing.median:.4g} ({standing.low:.4g} to {standing.high:.4g})"


def _parted(standing: Standing) -> tuple[str, str]:
    median, _, quartiles = show_score(standing).partition(" (")
    return median, quartiles.rstrip(")")


def comparison_page(comparison: Comparison, command: str) -> str:
    """The HTML of a comparison.

    Args:
        comparison: what to show.
        command: the command line that makes it again.
    """
    final = comparison.final
    methods = list(comparison.tables)
    return render(
        "comparison.html",
        heading=comparison.problem.name,
        verdict=f"{final.verdict.replace('no winner', 'No winner')}.",
        methods=methods,
        n_seeds=len(comparison.seeds),
        n_trials=f"{comparison.n_trials:,}",
        figure=picture(comparison.figure()),
        budgets=[f"{at:,}" for at in comparison.budgets],
        scores=_score_table(comparison),
        standings=[
            {
                "method": one.method,
                "colour": methods.index(one.method) % 8 + 1,
                "feasible": f"{one.n_feasible} of {one.n_seeds}",
                "score": show_score(one),
                "rank": f"{one.rank:.2f}",
                "interval": f"{one.rank_low:g} to {one.rank_high:g}",
                "left": _percent(one.rank_low, len(methods)),
                "width": _percent(one.rank_high, len(methods)) - _percent(one.rank_low, len(methods)),
                "middle": _percent(one.rank, len(methods)),
            }
            for one in final.standings
        ],
        pairs=final.pairs,
        verdicts=[(f"{at:,}", one.verdict) for at, one in zip(comparison.budgets, comparison.rankings, strict=True)],
        goals=comparison.goals.texts(),
        command=command,
    )


def _percent(rank: float, n_methods: int) -> float:
    return 100 * (rank - 1) / max(n_methods - 1, 1)


def _score_table(comparison: Comparison) -> list[tuple[str, list[tuple[str, str]]]]:
    """Per method, best first at the whole budget: median and quartiles at each budget."""
    by_budget = [{one.method: _parted(one) for one in ranking.standings} for ranking in comparison.rankings]
    return [(one.method, [scores[one.method] for scores in by_budget]) for one in comparison.final.standings]
