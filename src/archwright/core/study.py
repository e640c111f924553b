"""A study: one optimizer on one problem under given goals, every trial stored, resumable at any moment."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from archwright.core.batches import imported_hint, split_batches
from archwright.core.catalog import call_with_options, find, make_problem
from archwright.core.errors import SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.optimizer import Batched, Optimizer
from archwright.core.pareto import non_dominated
from archwright.core.pool import Job, evaluate, open_pool
from archwright.core.problem import Problem
from archwright.core.run import Budget, Evaluation, Progress, Run, teach
from archwright.core.space import Design, check_design
from archwright.core.store import Store, StudySpec
from archwright.core.trial import Hint, Trial, judge

DEFAULT_BATCH = 32


class Study:
    """One optimizer on one problem, stored. `Study.open` makes it, or finds it again under its name.

    Attributes:
        store: where it lives.
        spec: everything that defines it.
        problem: what is searched.
        goals: what is wanted.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> study = Study.open(":memory:", "first", Sphere(2), "random", seed=0)
        >>> study.run(trials=64).best().number < 64
        True
    """

    def __init__(
        self, store: Store, study_id: int, spec: StudySpec, problem: Problem, make_optimizer: Callable[[], Optimizer]
    ) -> None:
        self.store, self.id, self.spec, self.problem = store, study_id, spec, problem
        self.goals = Goals.read(spec.goals)
        self._make_optimizer = make_optimizer

    @classmethod
    def open(
        cls,
        store: Store | str | Path,
        name: str,
        problem: Problem | str,
        optimizer: str | Callable[..., Optimizer],
        goals: Iterable[Goal | str] | None = None,
        *,
        seed: int = 0,
        batch: int | None = None,
        options: Mapping[str, Any] | None = None,
        source: str | None = None,
    ) -> Study:
        """Open a study to run it: a new one, or the one stored under `name`, to be continued.

        Args:
            store: an open store, a file path, or a database URL.
            name: of the study, unique in its store.
            problem: an object or a catalogue name.
            optimizer: a catalogue name, or a class like those in `archwright.optimizers`.
            goals: texts or goals; the problem's own by default.
            seed: >= 0; with the rest of the arguments it fixes the whole table.
            batch: designs asked at a time; by default what the optimizer prefers, else 32.
            options: keyword options of the optimizer.
            source: how workers find the problem again, where that is not its catalogue name (a TOML file's path).

        Raises:
            SpecError: an argument makes no sense, or the stored study differs from what is asked for.
            StoreError: the store cannot be opened.
        """
        made = make_problem(problem) if isinstance(problem, str) else problem
        ready = Goals.read(made.goals if goals is None else goals, made.metrics)
        _check_numbers(seed, batch)
        method, method_name = _method(optimizer)

        def make_optimizer() -> Optimizer:
            found: Optimizer = call_with_options(f"optimizer {method_name}", method, options or {}, made, ready)
            return found

        first = make_optimizer()
        preferred = first.batch if isinstance(first, Batched) else DEFAULT_BATCH
        spec = StudySpec(
            name=name,
            problem=source or (problem if isinstance(problem, str) else made.name),
            problem_version=made.version,
            optimizer=method_name,
            options=dict(options or {}),
            goals=tuple(ready.texts()),
            seed=int(seed),
            batch=preferred if batch is None else int(batch),
            units=dict(made.metrics),
            provenance=provenance(),
        )
        opened = store if isinstance(store, Store) else Store.open(store)
        study_id, stored = _find_or_create(opened, spec, free=("batch",) if batch is None else ())
        return cls(opened, study_id, stored, made, make_optimizer)

    def run(
        self,
        *,
        trials: int | None = None,
        seconds: float | None = None,
        pool: Executor | str | None = None,
        jobs: int = 1,
        timeout_s: float | None = None,
        memory_bytes: int | None = None,
        retries: int = 0,
        reuse: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Study:
        """Run until the budget is spent; calling it again continues.

        Args:
            trials: simulations that the study shall have in all, those stored already included; cached answers are
                not counted. A finite space that is exhausted ends the run early.
            seconds: wall-clock limit of this run.
            pool: any `concurrent.futures.Executor`, or `inline`, `processes`, `dask://host:port`, `workers`; by default
                inline for problems under a millisecond, else processes.
            jobs: processes at a time.
            timeout_s: limit of one trial; a trial over it has failed, and costs nothing but itself.
            memory_bytes: limit of one process's memory.
            retries: further attempts for a failed trial.
            reuse: take answers from other studies of this problem in the same store; they count like cached ones. The
                table then depends on what else the store holds.
            on_progress: called after every commit.

        Returns:
            Itself.

        Raises:
            SpecError: the budget or an option makes no sense, or another process runs this study.
            StoreError: the store cannot be written; everything committed before is safe.
        """
        budget = Budget(trials, seconds)
        if retries < 0:
            raise SpecError("retries", retries, "a whole number, 0 or above")
        with ExitStack() as stack:
            stack.enter_context(self.store.lock(self.id))
            executor = pool if isinstance(pool, Executor) else self._pool(pool, jobs, timeout_s, memory_bytes, stack)
            evaluation = Evaluation(executor, timeout_s, retries, reuse)
            optimizer = self._make_optimizer()
            Run(self.store, self.id, self.spec, self.problem, optimizer, evaluation, budget, on_progress).go()
        return self

    def _pool(
        self, kind: str | None, jobs: int, timeout_s: float | None, memory_bytes: int | None, stack: ExitStack
    ) -> Executor:
        opened = open_pool(
            kind, problem=self.problem, jobs=jobs, timeout_s=timeout_s, memory_bytes=memory_bytes,
            store=self.store, study_id=self.id,
        )  # fmt: skip
        return stack.enter_context(opened)

    def add(self, designs: Sequence[Design], *, source: str) -> list[Trial]:
        """Evaluate and store designs from elsewhere; the optimizer is told of them like of its own.

        Args:
            designs: of the problem's space.
            source: where they come from; kept in each trial's hint.

        Raises:
            SpecError: a design is not of the space, or the study stands in the middle of a batch.
        """
        for design in designs:
            check_design(self.problem.space, design)
        with self.store.lock(self.id):
            batches = split_batches(self.table(), self.spec.batch)
            if batches.cut:
                done, whole = batches.first + len(batches.cut), batches.first + self.spec.batch
                raise SpecError("import", f"after {done} trials", f"an import after a whole batch: run {whole} first")
            asked = {batches.first + i: (design, imported_hint(source)) for i, design in enumerate(designs)}
            added = self._evaluate_now(asked, jobs=1, timeout_s=None, retries=0)
            self.store.add_trials(self.id, added)
        return added

    def retry(self, *, jobs: int = 1, timeout_s: float | None = None, retries: int = 0) -> list[Trial]:
        """Evaluate every failed trial again and put the new answer in its place.

        Returns:
            The trials that were tried again, attempts added up.
        """
        with self.store.lock(self.id):
            failed = {t.number: t for t in self.table() if t.state == "failed"}
            asked = {number: (trial.design, trial.hint) for number, trial in failed.items()}
            again = self._evaluate_now(asked, jobs=jobs, timeout_s=timeout_s, retries=retries)
            for trial in again:
                trial.attempts += failed[trial.number].attempts
                self.store.replace_trial(self.id, trial)
        return again

    def _evaluate_now(
        self, asked: Mapping[int, tuple[Design, Hint]], *, jobs: int, timeout_s: float | None, retries: int
    ) -> list[Trial]:
        work = [Job(number, design, (self.spec.seed, number, 1)) for number, (design, _) in asked.items()]
        trials = []
        with ExitStack() as stack:
            executor = self._pool(None, jobs, timeout_s, None, stack)
            for part in evaluate(executor, self.problem, work, timeout_s=timeout_s, retries=retries):
                for one in part:
                    design, hint = asked[one.number]
                    seconds, attempts = one.seconds, one.attempts
                    judged = judge(
                        one.number, design, one.outcome, self.goals, seconds=seconds, attempts=attempts, hint=hint
                    )
                    trials.append(judged)
        return sorted(trials, key=lambda trial: trial.number)

    def table(self) -> list[Trial]:
        """Every stored trial, in order of number."""
        return self.store.trials(self.id)

    def optimizer(self) -> Optimizer:
        """The optimizer as this study has taught it by now: told every complete batch stored, or its stored state.

        Example:
            >>> from archwright.testing.functions import Sphere
            >>> study = Study.open(":memory:", "first", Sphere(2), "evolution_strategy").run(trials=60)
            >>> study.optimizer().sigma < 0.2
            True
        """
        made = self._make_optimizer()
        teach(made, self.store, self.id, split_batches(self.table(), self.spec.batch))
        return made

    def best(self) -> Trial | None:
        """The best done trial: the smallest violation, then the largest score; None when nothing is done."""
        return best_of(self.table())

    def front(self) -> list[Trial]:
        """The feasible trials that no other dominates in the objectives, best score first."""
        return front_of(self.table())


def best_of(trials: Iterable[Trial]) -> Trial | None:
    """The best done trial of `trials`, the earliest among equals; None when there is none."""
    return min((t for t in trials if t.state == "done"), key=lambda t: (*t.rank_key, t.number), default=None)


def front_of(trials: Iterable[Trial]) -> list[Trial]:
    """The feasible trials that no other dominates, best score first; cached repeats are left out."""
    feasible = sorted((t for t in trials if t.is_feasible and t.attempts > 0), key=lambda t: (*t.rank_key, t.number))
    if not feasible or not feasible[0].objectives:
        return feasible
    on_front = non_dominated(np.array([t.objectives for t in feasible]))
    return [trial for trial, is_on_front in zip(feasible, on_front.tolist(), strict=True) if is_on_front]


def provenance() -> dict[str, str]:
    """What made the figures: versions, platform, time."""
    packages = ("archwright", "numpy", "scipy", "numba", "sqlalchemy")
    return {
        **{name: version(name) for name in packages},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _method(optimizer: str | Callable[..., Optimizer]) -> tuple[Callable[..., Any], str]:
    if isinstance(optimizer, str):
        return find("optimizers", optimizer).load(), optimizer
    return optimizer, f"{optimizer.__module__}:{optimizer.__qualname__}"


def _check_numbers(seed: int, batch: int | None) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise SpecError("seed", seed, "a whole number, 0 or above")
    if batch is not None and batch < 1:
        raise SpecError("batch", batch, "a whole number above 0")


def _find_or_create(store: Store, spec: StudySpec, *, free: tuple[str, ...]) -> tuple[int, StudySpec]:
    """The stored study of this name, held to `spec` except in what is free; or a new one."""
    found = store.find_study(spec.name)
    if found is None:
        return store.create_study(spec), spec
    _check_same(found[1], spec, free)
    return found


def _check_same(stored: StudySpec, asked: StudySpec, free: tuple[str, ...]) -> None:
    """Refuse to continue a study as something else than it is."""
    for name in ("problem", "problem_version", "optimizer", "options", "goals", "seed", "batch"):
        was, now = getattr(stored, name), getattr(asked, name)
        if was != now and name not in free:
            raise SpecError(f"study {stored.name!r}, {name}", now, f"{was!r}, as stored; or another study name")
