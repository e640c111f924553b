"""What a reproduction may spend, and how it runs its studies: stored, resumable, several at a time.

A plan is a study that has not run yet. Plans are run in processes of their own where more than one job is allowed; each
opens the store by its address, so a reproduction that is killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np

from archwright.core.problem import Problem
from archwright.core.space import Design
from archwright.core.store import Store
from archwright.core.study import Study
from archwright.core.trial import Trial

Value = TypeVar("Value")
BRIEF = "scores, violations and attempts"


@dataclass(frozen=True)
class Plan:
    """A study to run.

    Args:
        label: what makes it differ from the other studies of its system, seed and problem apart.
        problem: a catalogue name, with options in brackets where it has any, or a problem.
        method: a catalogue name.
        trials: simulations.
        seed: of the study.
        options: of the method.
        goals: texts; the problem's own by default.
        batch: designs asked at a time; what the method prefers by default.
        starts: designs that every method is told of first; they count as simulations.
        pool: where trials are evaluated, as for `Study.run`; `inline` keeps what a problem has loaded.
        keeps_designs: store every trial. Else only the curve of a whole study is stored, which takes a hundredth of
            the room: for comparisons of thousands of studies. One that is cut short begins anew.
    """

    label: str
    problem: str | Problem
    method: str
    trials: int
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    goals: tuple[str, ...] | None = None
    batch: int | None = None
    starts: Sequence[Design] = ()
    pool: str | None = None
    keeps_designs: bool = True

    @property
    def name(self) -> str:
        """Name of its study in the store."""
        problem = self.problem if isinstance(self.problem, str) else self.problem.name
        return f"{self.label} {problem} seed {self.seed}"


@dataclass(frozen=True)
class Scope:
    """Budget and store of one reproduction.

    Args:
        store: address of the store that keeps its studies.
        is_full: the paper's whole protocol, not the quick form.
        jobs: studies at a time.
        on_progress: told what runs now, how many plans are done, and of how many.
    """

    store: str
    is_full: bool = False
    jobs: int = 1
    on_progress: Callable[[str, int, int], None] = lambda what, done, of: None

    def choose(self, *, quick: Value, full: Value) -> Value:
        """One of two values, by the form of this reproduction."""
        return full if self.is_full else quick

    def say(self, what: str) -> None:
        """Tell what runs now, where no plan does."""
        self.on_progress(what, 0, 1)

    def run(self, plans: Sequence[Plan]) -> list[list[Trial]]:
        """Run what is not stored yet; the table of every plan, cut after its simulations."""
        for done, plan in enumerate(self.each(run_plan, plans)):
            self.on_progress(plan.name, done + 1, len(plans))
        with Store.open(self.store) as store:
            return [table_of(store, plan) for plan in plans]

    def each(self, task: Callable[[str, Value], None], items: Sequence[Value]) -> Iterator[Value]:
        """Call `task` with the store's address and every item, in processes where more than one job is allowed.

        Yields:
            Each item when it is done.
        """
        if self.jobs == 1:
            for item in items:
                task(self.store, item)
                yield item
            return
        from pebble import ProcessPool

        pool = ProcessPool(self.jobs, context=get_context("spawn"), initializer=signal, initargs=(SIGINT, SIG_IGN))
        running = {pool.schedule(task, (self.store, item)): item for item in items}
        try:
            for one in as_completed(running):
                one.result()
                yield running[one]
        finally:
            pool.stop()  # a study that is cut short goes on at the next call
            pool.join()

    def run_methods(self, plans: Mapping[str, Sequence[Plan]]) -> dict[str, list[list[Trial]]]:
        """The same for plans by method: all run together."""
        tables = iter(self.run([plan for each in plans.values() for plan in each]))
        return {method: [next(tables) for _ in each] for method, each in plans.items()}


def run_plan(store: str, plan: Plan) -> None:
    """Run a plan, or what is left of it."""
    with Store.open(store) as opened:
        study = Study.open(
            opened, plan.name, plan.problem, plan.method, plan.goals, seed=plan.seed, options=plan.options,
            batch=plan.batch,
        )  # fmt: skip
        if not plan.keeps_designs:
            _run_brief(opened, study.id, plan)
            return
        if plan.starts and not study.table():
            study.add(plan.starts, source="known before the search")
        if simulations(study.table()) < plan.trials:
            study.run(trials=plan.trials, pool=plan.pool)


def _run_brief(store: Store, study: int, plan: Plan) -> None:
    """Run a plan in a store that is thrown away, and keep what its curve shows."""
    if simulations(_brief_table(store.artifact(study, BRIEF))) >= plan.trials:
        return
    with TemporaryDirectory() as folder:
        aside, whole = str(Path(folder) / "trials.db"), replace(plan, keeps_designs=True)
        run_plan(aside, whole)
        with Store.open(aside) as opened:
            rows = [(one.score, one.violation, one.attempts) for one in table_of(opened, whole)]
    store.save_artifact(study, BRIEF, np.array(rows, dtype=float).tobytes())


def _brief_table(blob: bytes | None) -> list[Trial]:
    rows = np.frombuffer(blob or b"", dtype=float).reshape(-1, 3).tolist()
    return [
        Trial(number, None, "done", {}, violation, (), score, 0.0, int(attempts))
        for number, (score, violation, attempts) in enumerate(rows)
    ]


def table_of(store: Store, plan: Plan) -> list[Trial]:
    """The stored table of a plan, cut after its simulations; a longer study of the same name does not show."""
    found = store.find_study(plan.name)
    if found is None:
        return []
    trials = store.trials(found[0]) if plan.keeps_designs else _brief_table(store.artifact(found[0], BRIEF))
    return first_simulations(trials, plan.trials)


def simulations(trials: Sequence[Trial]) -> int:
    """How many trials cost an evaluation."""
    return sum(trial.attempts > 0 for trial in trials)


def first_simulations(trials: Sequence[Trial], n: int) -> list[Trial]:
    """`trials` up to the `n`-th that cost an evaluation."""
    left = iter(range(n))
    return list(takewhile(lambda trial: trial.attempts == 0 or next(left, None) is not None, trials))


def simulations_to(trials: Sequence[Trial], score: float) -> int | None:
    """Simulations until the first feasible trial with at least `score`; None when there is none.

    Example:
        >>> table = [Trial(i, {}, "done", {}, 0.0, (), s, 0.1, 1) for i, s in enumerate([1.0, 2.5, 2.1])]
        >>> simulations_to(table, 2.0), simulations_to(table, 3.0)
        (2, None)
    """
    spent = 0
    for trial in trials:
        spent += trial.attempts > 0
        if trial.is_feasible and trial.score >= score:
            return spent
    return None


def best_score(trials: Sequence[Trial]) -> float:
    """The best score of a feasible trial; minus infinity when none is."""
    return max((trial.score for trial in trials if trial.is_feasible), default=float("-inf"))
