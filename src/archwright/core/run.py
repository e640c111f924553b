"""One run of a study: the loop ask, evaluate, commit, tell.

How a study survives `kill -9` and still ends in the identical table:

- A batch is always asked whole, with `default_rng([seed, number of its first trial])`, even when the budget lets only
  a part of it be evaluated.
- What has finished is committed at once. On resume the complete batches are told again in order, the cut-off batch is
  asked again (the same designs come out), and only its missing trials are evaluated.
- Each trial's evaluation has a generator of its own, `default_rng([seed, number, 1])`, wherever it runs.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from archwright.core.batches import Batches, split_batches
from archwright.core.cache import EvaluationCache, store_lookup
from archwright.core.errors import SpecError, StoreError
from archwright.core.goal import Goals
from archwright.core.optimizer import Optimizer, Resumable
from archwright.core.pool import Finished, Job, evaluate
from archwright.core.problem import Problem
from archwright.core.store import Store, StudySpec
from archwright.core.trial import Proposal, Trial, judge

STALLED_AFTER = 1000
"""Cached answers in a row after which a finite space counts as exhausted."""
SAVE_EVERY = 1024
"""Trials between two stored states of an optimizer that is `Resumable`."""
STATE_ARTIFACT = "optimizer-state"


@dataclass(frozen=True)
class Progress:
    """Where a running study stands.

    Args:
        trials: rows stored.
        simulations: trials that cost an evaluation; cached answers are not counted.
        seconds: wall-clock seconds of this run.
        best: the best trial so far, or None.
    """

    trials: int
    simulations: int
    seconds: float
    best: Trial | None


@dataclass(frozen=True)
class Budget:
    """When to stop: simulations of the whole study, seconds of this run, or whichever comes first.

    Raises:
        SpecError: neither is given, or one is zero or negative.
    """

    trials: int | None
    seconds: float | None

    def __post_init__(self) -> None:
        """Refuse budgets that make no sense."""
        if self.trials is None and self.seconds is None:
            raise SpecError("budget", None, "a number of trials, of seconds, or both")
        if self.trials is not None and (self.trials < 1 or self.trials != int(self.trials)):
            raise SpecError("trials", self.trials, "a whole number above 0")
        if self.seconds is not None and not self.seconds > 0:
            raise SpecError("seconds", self.seconds, "a number above 0")


@dataclass(frozen=True)
class Evaluation:
    """How trials are evaluated: the executor, what is granted to each trial, and whose answers may be taken over."""

    executor: Executor
    timeout_s: float | None = None
    retries: int = 0
    reuse: bool = False


class Run:
    """The state of one run; `go` runs it until the budget is spent."""

    def __init__(
        self,
        store: Store,
        study_id: int,
        spec: StudySpec,
        problem: Problem,
        optimizer: Optimizer,
        evaluation: Evaluation,
        budget: Budget,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.store, self.study_id, self.spec = store, study_id, spec
        self.problem, self.optimizer, self.evaluation = problem, optimizer, evaluation
        self.budget, self.on_progress = budget, on_progress
        self.goals = Goals.read(spec.goals)
        self.cache = EvaluationCache(problem, spec.seed)
        self.others = EvaluationCache(problem, spec.seed)  # without reuse a table depends on nothing else in the store
        if evaluation.reuse:
            self.others = store_lookup(store, problem, spec.seed, self.goals, known_as=spec.problem)
        self.first = 0  # number of the first trial of the batch in work
        self.rows: dict[int, Trial] = {}  # stored trials of that batch
        self.n_trials = self.simulations = self.cached_in_a_row = 0
        self.best: Trial | None = None
        self.told_since_save = 0
        self.started = time.perf_counter()

    def go(self) -> None:
        """Take up the stored table, then ask, evaluate, commit and tell until the budget is spent."""
        self._take_up()
        self._report()
        while not self._is_spent():
            self._work_on_batch()

    def _take_up(self) -> None:
        trials = self.store.trials(self.study_id)
        batches = teach(self.optimizer, self.store, self.study_id, split_batches(trials, self.spec.batch))
        self.first = batches.first
        self.rows = {trial.number: trial for trial in batches.cut}
        self._count(trials)

    def _count(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.n_trials += 1
            if trial.attempts == 0:
                self.cached_in_a_row += 1
                continue
            self.simulations += 1
            self.cached_in_a_row = 0
            self.cache.put(trial)
            is_better = self.best is None or trial.rank_key < self.best.rank_key
            if trial.state == "done" and is_better:
                self.best = trial

    def _is_spent(self) -> bool:
        if self.budget.trials is not None and self.simulations >= self.budget.trials:
            return True
        return self._is_late() or self.cached_in_a_row >= STALLED_AFTER

    def _is_late(self) -> bool:
        return self.budget.seconds is not None and time.perf_counter() - self.started >= self.budget.seconds

    def _work_on_batch(self) -> None:
        batch = self.spec.batch
        proposals = self.optimizer.ask(batch, np.random.default_rng([self.spec.seed, self.first]))
        if len(proposals) != batch:
            raise StoreError(f"{self.spec.optimizer} was asked for {batch} designs and gave {len(proposals)}")
        self._check_resumed(proposals)
        answered, twins, fresh = self._sort_out(proposals)
        self._commit(answered)
        for part in self._evaluate(fresh):
            ready = [self._judge(finished, proposals) for finished in part]
            by_number = {trial.number: trial for trial in ready}
            again = [n for n, source in twins.items() if source in by_number]
            ready += [_twin(by_number[twins[n]], n, proposals[n - self.first]) for n in again]
            self._commit(ready)
            if self._is_late():
                break
        if len(self.rows) == batch:
            self._tell()

    def _check_resumed(self, proposals: Sequence[Proposal]) -> None:
        for number, trial in self.rows.items():
            if proposals[number - self.first].design != trial.design:
                raise StoreError(
                    f"trial {number} cannot be resumed: {self.spec.optimizer} now asks for another design than the "
                    "one stored; this study was made by another version"
                )

    def _sort_out(self, proposals: Sequence[Proposal]) -> tuple[list[Trial], dict[int, int], list[Job]]:
        """Split proposals into answers from the cache, twins of a design in this batch, and jobs within the budget."""
        answered: list[Trial] = []
        twins: dict[int, int] = {}
        fresh: list[Job] = []
        asked = {self.cache.key(trial.design): number for number, trial in self.rows.items() if trial.attempts}
        left = float("inf") if self.budget.trials is None else self.budget.trials - self.simulations
        for number, proposal in enumerate(proposals, start=self.first):
            if number in self.rows:
                continue
            key = self.cache.key(proposal.design)
            source = self.cache.get(key) or self.others.get(key)
            if source is not None:
                answered.append(_twin(source, number, proposal))
            elif key in asked and asked[key] in self.rows:
                answered.append(_twin(self.rows[asked[key]], number, proposal))
            elif key in asked:
                twins[number] = asked[key]
            elif len(fresh) >= left:
                break
            else:
                asked[key] = number
                fresh.append(Job(number, proposal.design, (self.spec.seed, number, 1)))
        return answered, twins, fresh

    def _evaluate(self, fresh: list[Job]) -> Iterator[list[Finished]]:
        if not fresh:
            return iter(())
        how = self.evaluation
        return evaluate(how.executor, self.problem, fresh, timeout_s=how.timeout_s, retries=how.retries)

    def _judge(self, finished: Finished, proposals: Sequence[Proposal]) -> Trial:
        design, hint = proposals[finished.number - self.first]
        return judge(
            finished.number, design, finished.outcome, self.goals,
            seconds=finished.seconds, attempts=finished.attempts, hint=hint,
        )  # fmt: skip

    def _commit(self, trials: list[Trial]) -> None:
        if not trials:
            return
        trials.sort(key=lambda trial: trial.number)
        self.store.add_trials(self.study_id, trials)
        for trial in trials:
            self.rows[trial.number] = trial
        self._count(trials)
        self._report()

    def _tell(self) -> None:
        self.optimizer.tell([self.rows[number] for number in sorted(self.rows)])
        self.first += len(self.rows)
        self.told_since_save += len(self.rows)
        self.rows = {}
        if self.told_since_save >= SAVE_EVERY and isinstance(self.optimizer, Resumable):
            blob = struct.pack("<q", self.first) + self.optimizer.save()
            self.store.save_artifact(self.study_id, STATE_ARTIFACT, blob)
            self.told_since_save = 0

    def _report(self) -> None:
        if self.on_progress is not None:
            seconds = time.perf_counter() - self.started
            self.on_progress(Progress(self.n_trials, self.simulations, seconds, self.best))


def teach(optimizer: Optimizer, store: Store, study_id: int, batches: Batches) -> Batches:
    """Tell a new optimizer what its study holds: its stored state if it has one, then the complete batches since."""
    skip = _load_state(optimizer, store, study_id)
    for group in batches.complete:
        if group[0].number >= skip:
            optimizer.tell(group)
    return batches


def _load_state(optimizer: Optimizer, store: Store, study_id: int) -> int:
    """Load the optimizer's stored state, if it has one; returns how many trials it had been told."""
    if not isinstance(optimizer, Resumable):
        return 0
    blob = store.artifact(study_id, STATE_ARTIFACT)
    if blob is None:
        return 0
    optimizer.load(blob[8:])
    return int(struct.unpack("<q", blob[:8])[0])


def _twin(source: Trial, number: int, proposal: Proposal) -> Trial:
    """The trial of a design that was answered before: same outcome, no simulation."""
    return replace(source, number=number, design=proposal.design, seconds=0.0, attempts=0, hint=proposal.hint)
