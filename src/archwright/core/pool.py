"""Evaluating trials on any `concurrent.futures.Executor`: retries, time limits, and answers as soon as they are there.

An executor may say more about itself by being a `Pool`, as those of Archwright do; any other one is taken as it is,
and time limits are then kept by a child process beside each of its workers.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol, cast, runtime_checkable

from archwright.core.errors import Failed, SpecError, check_name
from archwright.core.pool_carry import carry
from archwright.core.pool_chunk import Answer, Carried, Crashed, Job, evaluate_chunk
from archwright.core.pool_inline import InlineExecutor
from archwright.core.pool_processes import ProcessExecutor, run_guarded
from archwright.core.problem import Outcome, Problem, Timed
from archwright.core.store import Store

__all__ = ["Finished", "InlineExecutor", "Job", "Pool", "ProcessExecutor", "evaluate", "open_pool"]

FAST_SECONDS = 1e-3
"""A problem that says it is faster is evaluated inline unless a pool is named."""
KINDS = ("inline", "processes", "workers", "dask://HOST:PORT")


@dataclass(slots=True)
class Finished:
    """A trial's final answer.

    Args:
        number: of the trial.
        outcome: metrics, Infeasible, or Failed after all retries.
        seconds: of evaluation, all attempts together; its share where designs are evaluated in one call.
        attempts: >= 1.
    """

    number: int
    outcome: Outcome
    seconds: float
    attempts: int


@runtime_checkable
class Pool(Protocol):
    """What an executor may say about itself so that it is used well.

    Attributes:
        in_flight: tasks it is given at a time.
        chunk_seconds: work worth giving as one task: cheap trials travel together.
        whole_batches: True to give everything as one task where a problem does not say what it costs.
    """

    in_flight: int
    chunk_seconds: float
    whole_batches: bool

    def share(self, problem: Problem) -> Carried:
        """`problem` as it is given with each task."""
        ...

    def submit_within(self, timeout_s: float | None, call: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Like `submit`; a call that takes longer than `timeout_s` ends as `Crashed`."""
        ...


class _Foreign:
    """Any other executor as a `Pool`."""

    chunk_seconds, whole_batches = 0.02, False

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.in_flight = 2 * (getattr(executor, "_max_workers", None) or os.cpu_count() or 1)

    def share(self, problem: Problem) -> Carried:
        return carry(problem)

    def submit_within(self, timeout_s: float | None, call: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        if timeout_s is None:
            return self.executor.submit(call, *arguments)
        return self.executor.submit(run_guarded, timeout_s, None, call, *arguments)


def evaluate(
    executor: Executor, problem: Problem, jobs: Sequence[Job], *, timeout_s: float | None = None, retries: int = 0
) -> Iterator[list[Finished]]:
    """Evaluate `jobs` and yield what has finished as soon as it has, in any order.

    A trial depends on its design and seed alone, wherever and however often it runs. Infeasible is an answer. Whatever
    else keeps a trial from having metrics is tried again `retries` times, then it is Failed with the reason.

    Args:
        executor: where to evaluate.
        problem: what to evaluate.
        jobs: the trials.
        timeout_s: limit of one trial, > 0; None for the executor's own.
        retries: further attempts, >= 0.

    Raises:
        SpecError: the problem or the executor cannot be used for this.
        SimulatorMissing: a real tool is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> jobs = [Job(0, {"x1": 0.0, "x2": 2.0}, (0, 0, 1))]
        >>> [[done.outcome for done in part] for part in evaluate(InlineExecutor(), Sphere(2), jobs)]
        [[{'f': 4.0}]]
    """
    # Attributes are asked for here, as `isinstance` of a protocol costs 50 us before Python 3.12: half a batch's worth.
    pool = cast(Pool, executor) if hasattr(executor, "submit_within") else _Foreign(executor)
    return _Evaluation(pool, problem, timeout_s, retries).go(jobs)


class _Evaluation:
    """The state of one call of `evaluate`."""

    def __init__(self, pool: Pool, problem: Problem, timeout_s: float | None, retries: int) -> None:
        self.pool, self.problem, self.timeout_s, self.retries = pool, problem, timeout_s, retries
        self.carried = pool.share(problem)
        self.pending: deque[Sequence[Job]] = deque()
        self.running: dict[Future[Any], Sequence[Job]] = {}
        self.spent: dict[int, tuple[int, float]] = {}  # attempts and seconds of trials tried again

    def go(self, jobs: Sequence[Job]) -> Iterator[list[Finished]]:
        size = self._chunk_size(len(jobs))
        self.pending.extend(jobs[i : i + size] for i in range(0, len(jobs), size))
        try:
            while self.pending or self.running:
                self._submit()
                done = wait(self.running, return_when=FIRST_COMPLETED).done
                ready = [one for future in done for one in self._settle(future, self.running.pop(future))]
                if ready:
                    yield ready
        finally:
            for future in self.running:
                future.cancel()

    def _chunk_size(self, n: int) -> int:
        share = max(1, ceil(n / self.pool.in_flight))
        typical_seconds = getattr(self.problem, "typical_seconds", None)
        if typical_seconds is not None:
            return min(share, max(1, int(self.pool.chunk_seconds / max(typical_seconds, 1e-9))))
        return share if self.pool.whole_batches else 1

    def _submit(self) -> None:
        while self.pending and len(self.running) < self.pool.in_flight:
            chunk = self.pending.popleft()
            try:
                future = self.pool.submit_within(self.timeout_s, evaluate_chunk, self.carried, chunk)
            except BrokenExecutor as error:
                raise _broken(error) from error
            self.running[future] = chunk

    def _settle(self, future: Future[Any], chunk: Sequence[Job]) -> Iterator[Finished]:
        try:
            answers = future.result()
        except Crashed as crash:
            answers = crash
        except (BrokenExecutor, CancelledError) as error:
            raise _broken(error) from error
        if isinstance(answers, Crashed):
            if len(chunk) > 1:  # find out whose fault it is
                self.pending.extendleft([job] for job in reversed(chunk))
                return
            answers = [Answer(Failed(answers.reason), answers.seconds)]
        for job, (outcome, seconds) in zip(chunk, answers, strict=True):
            attempts, before = self.spent.get(job.number, (0, 0.0))
            if isinstance(outcome, Failed) and attempts < self.retries:
                self.spent[job.number] = (attempts + 1, before + seconds)
                self.pending.append([job])
            else:
                yield Finished(job.number, outcome, before + seconds, attempts + 1)


def _broken(error: BaseException) -> SpecError:
    what = f"{type(error).__name__} {error}".strip()
    return SpecError("pool", what, "an executor that stays alive; 'processes' survives any crash")


def open_pool(
    kind: str | None,
    *,
    problem: Problem,
    jobs: int = 1,
    timeout_s: float | None = None,
    memory_bytes: int | None = None,
    store: Store | None = None,
    study_id: int | None = None,
) -> Executor:
    """The executor called `kind`; close it after use (it is a context manager).

    Args:
        kind: `inline`, `processes`, `dask://HOST:PORT`, `workers`, or None: inline for a problem that says it takes
            under a millisecond and no limit is asked for, else processes.
        problem: what will be evaluated.
        jobs: processes at a time.
        timeout_s: limit of one trial, or None.
        memory_bytes: limit of one process beyond its start size, or None.
        store: where `workers` find their trials.
        study_id: whose trials these are.

    Raises:
        SpecError: an argument makes no sense.
    """
    _check_limits(jobs, timeout_s, memory_bytes)
    if kind is None:
        is_fast = isinstance(problem, Timed) and problem.typical_seconds < FAST_SECONDS
        kind = "inline" if is_fast and timeout_s is None and memory_bytes is None else "processes"
    if kind.startswith("dask://"):
        from archwright.core.pool_dask import DaskExecutor

        return DaskExecutor(kind.replace("dask://", "tcp://"), timeout_s=timeout_s, memory_bytes=memory_bytes)
    check_name("pool", kind, KINDS)
    if kind == "workers":
        return _open_workers(store, study_id, timeout_s, memory_bytes)
    if kind == "processes":
        return ProcessExecutor(jobs, timeout_s=timeout_s, memory_bytes=memory_bytes)
    if timeout_s is not None or memory_bytes is not None:
        raise SpecError("pool", kind, "'processes', as an inline evaluation cannot be limited in time or memory")
    return InlineExecutor()


def _open_workers(
    store: Store | None, study_id: int | None, timeout_s: float | None, memory_bytes: int | None
) -> Executor:
    from archwright.core.pool_workers import WorkerExecutor

    if store is None or study_id is None or store.place.is_memory:
        raise SpecError("pool", "workers", "with a store that other processes can open: a file or PostgreSQL")
    return WorkerExecutor(store, study_id, timeout_s=timeout_s, memory_bytes=memory_bytes)


def _check_limits(jobs: int, timeout_s: float | None, memory_bytes: int | None) -> None:
    if jobs < 1:
        raise SpecError("jobs", jobs, "a whole number above 0")
    if timeout_s is not None and not timeout_s > 0:
        raise SpecError("timeout_s", timeout_s, "a number of seconds above 0")
    if memory_bytes is not None and memory_bytes < 1:
        raise SpecError("memory_bytes", memory_bytes, "a number of bytes above 0")
