"""What the dashboard reads from a store: every answer opens it read-only, so a running study is never disturbed."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from archwright.core.errors import SpecError, check_name
from archwright.core.problem import Problem
from archwright.core.store import Store, StudySpec
from archwright.core.study import best_of, front_of
from archwright.core.trial import Trial
from archwright.report.history import tally
from archwright.report.study_page import study_page
from archwright.report.subject import Subject

Summary = dict[str, Any]
KEPT_SECONDS = 60.0


@dataclass(frozen=True)
class _Kept:
    """Something computed from a study.

    Args:
        trials: how many it had.
        until: monotonic seconds; later it is computed again, since a retry changes trials without adding any.
        value: what was computed.
    """

    trials: int
    until: float
    value: Any


class Readings:
    """The studies of one store, each computed again only when it has grown.

    Args:
        store: file path or URL.
        find_problem: the problem behind `StudySpec.problem`.
    """

    def __init__(self, store: str, find_problem: Callable[[str], Problem]) -> None:
        self.store, self._find_problem = store, find_problem
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()

    def studies(self) -> list[Summary]:
        """A summary of every study, newest first."""
        with Store.open(self.store, read_only=True, create=False) as store:
            return [
                self._current(store, study_id, spec, "summary", partial(summary, spec))
                for study_id, spec in reversed(store.studies())
            ]

    def summary(self, name: str) -> Summary:
        """A summary of one study.

        Raises:
            SpecError: there is no such study.
        """
        found: Summary = self._of_study(name, "summary", summary)
        return found

    def page(self, name: str) -> str:
        """The live report of one study as HTML.

        Raises:
            SpecError: there is no such study, or its problem is not there any more.
        """

        def write(spec: StudySpec, trials: list[Trial]) -> str:
            subject = Subject(spec, self._find_problem(spec.problem), trials)
            return study_page(subject, template="live.html", n_trials=len(trials), home="/")

        return str(self._of_study(name, "page", write))

    def best(self, name: str) -> Summary:
        """The best design of one study.

        Raises:
            SpecError: there is no such study.
        """
        found: Summary = self._of_study(name, "best", lambda _, trials: {"best": trial_json(best_of(trials))})
        return found

    def front(self, name: str) -> Summary:
        """The feasible designs of one study that no other dominates.

        Raises:
            SpecError: there is no such study.
        """

        def list_front(_: StudySpec, trials: list[Trial]) -> Summary:
            return {"front": [trial_json(trial) for trial in front_of(trials)]}

        found: Summary = self._of_study(name, "front", list_front)
        return found

    def _of_study(self, name: str, what: str, compute: Callable[[StudySpec, list[Trial]], Any]) -> Any:
        with Store.open(self.store, read_only=True, create=False) as store:
            found = store.find_study(name)
            if found is None:
                names = [spec.name for _, spec in store.studies()]
                raise SpecError("study", name, "a store with studies") if not names else _unknown(name, names)
            study_id, spec = found
            return self._current(store, study_id, spec, what, partial(compute, spec))

    def _current(
        self, store: Store, study_id: int, spec: StudySpec, what: str, compute: Callable[[list[Trial]], Any]
    ) -> Any:
        with self._lock:
            n_trials = store.count(study_id)
            kept = self._kept.get((spec.name, what))
            if kept is None or kept.trials != n_trials or kept.until < time.monotonic():
                trials = store.trials(study_id)
                kept = _Kept(len(trials), time.monotonic() + KEPT_SECONDS, compute(trials))
                self._kept[spec.name, what] = kept
            return kept.value


def _unknown(name: str, names: list[str]) -> SpecError:
    try:
        check_name("study", name, names)
    except SpecError as error:
        return error
    return SpecError("study", name, "a study that is still there")


def summary(spec: StudySpec, trials: list[Trial]) -> Summary:
    """One study in a line, as plain JSON."""
    best, counts = best_of(trials), tally(trials)
    return {
        "name": spec.name,
        "problem": spec.problem,
        "optimizer": spec.optimizer,
        "seed": spec.seed,
        "goals": list(spec.goals),
        "trials": counts.trials,
        "simulations": counts.simulations,
        "feasible": counts.feasible,
        "infeasible": counts.infeasible,
        "failed": counts.failed,
        "seconds": counts.seconds,
        "goals_met": best is not None and best.is_feasible,
        "score": None if best is None else _finite(best.score),
        "begun_at": spec.provenance.get("created_at", ""),
    }


def trial_json(trial: Trial | None) -> Summary | None:
    """A trial as plain JSON, None for none."""
    if trial is None:
        return None
    return {
        "number": trial.number,
        "design": trial.design,
        "state": trial.state,
        "metrics": dict(trial.metrics),
        "violation": _finite(trial.violation),
        "score": _finite(trial.score),
        "seconds": trial.seconds,
        "attempts": trial.attempts,
        "reason": trial.reason,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
