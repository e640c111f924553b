"""What a report is about: a study's specification, its problem, its trials, and the known designs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.store import StudySpec
from archwright.core.study import best_of
from archwright.core.trial import Trial
from archwright.report.history import History, Tally, history, tally
from archwright.report.judgement import KnownDesign, MetricRow, known_designs, metric_rows


@dataclass(frozen=True)
class Subject:
    """A study as a report reads it; nothing in it changes the study.

    Args:
        spec: of the study.
        problem: what was searched.
        trials: its table, in order of number.
    """

    spec: StudySpec
    problem: Problem
    trials: Sequence[Trial]

    @cached_property
    def goals(self) -> Goals:
        """The study's goals."""
        return Goals.read(self.spec.goals)

    @cached_property
    def best(self) -> Trial | None:
        """The best done trial."""
        return best_of(self.trials)

    @cached_property
    def known(self) -> list[KnownDesign]:
        """The problem's references, simulated where possible."""
        return known_designs(self.problem, self.goals)

    @cached_property
    def course(self) -> History:
        """How the study went."""
        return history(self.trials)

    @cached_property
    def counts(self) -> Tally:
        """What its trials came to."""
        return tally(self.trials)

    @cached_property
    def rows(self) -> list[MetricRow]:
        """The best design's metrics beside goals and references."""
        metrics = {} if self.best is None else self.best.metrics
        return metric_rows(metrics, self.problem.metrics, self.goals, self.known)
