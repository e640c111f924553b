"""Evaluation by separate `archwright worker` processes, on this host or others, that share nothing but the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from archwright.core import pool_chunk
from archwright.core.errors import SpecError, StoreError
from archwright.core.pool_carry import Direct
from archwright.core.pool_chunk import Carried, Job, evaluate_chunk
from archwright.core.problem import Problem
from archwright.core.store import Store
from archwright.core.store_leases import Answer, Refused

_log = logging.getLogger("archwright")
_QUIET_S = 10.0  # after which a person is told that nobody works
_FASTEST_S, _SLOWEST_S = 0.01, 0.25  # between two looks at the store


class WorkerExecutor(Executor):
    """Hands trials of one study to workers through the store's lease table; runs nothing else.

    Args:
        store: a file or PostgreSQL, open to write.
        study_id: whose trials they are.
        timeout_s: limit of one trial, kept by the worker, or None.
        memory_bytes: limit of one process beyond its size when the problem is loaded, or None.
    """

    in_flight = 512  # a batch is offered whole: nobody knows how many workers there are
    chunk_seconds = 0.0
    whole_batches = False

    def __init__(
        self, store: Store, study_id: int, *, timeout_s: float | None = None, memory_bytes: int | None = None
    ) -> None:
        self.store, self.study_id = store, study_id
        self.timeout_s, self.memory_bytes = timeout_s, memory_bytes
        self._waiting: dict[int, Future[Any]] = {}
        self._answered: set[int] = set()
        self._mutex = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def share(self, problem: Problem) -> Carried:
        """Nothing travels: workers make the problem from the study's spec."""
        return Direct(problem)

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Offer one trial.

        Raises:
            SpecError: the call is no evaluation of one trial.
        """
        return self.submit_within(None, call, *arguments)

    def submit_within(self, timeout_s: float | None, call: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Like `submit`, with a limit that the worker keeps."""
        if call is not evaluate_chunk:
            raise SpecError("pool", "workers", "evaluations of trials and no other calls")
        ((job,),) = arguments[1:]
        future: Future[Any] = Future()
        limit = self.timeout_s if timeout_s is None else timeout_s
        self._offer(job, limit, future)
        return future

    def _offer(self, job: Job, timeout_s: float | None, future: Future[Any]) -> None:
        is_retry = job.number in self._answered
        with self._mutex:
            self.store.leases.enqueue(
                self.study_id, [job], timeout_s=timeout_s, memory_bytes=self.memory_bytes, is_retry=is_retry
            )
            self._waiting[job.number] = future
        if self._thread is None:
            self._thread = threading.Thread(target=self._collect, daemon=True)
            self._thread.start()

    def _collect(self) -> None:
        """Look for answers until told to stop; look less often while none come."""
        pause, told, quiet_since = _FASTEST_S, False, time.monotonic()
        while not self._stop.wait(pause):
            try:
                found = self._take_answers()
            except StoreError as error:
                self._fail(error)
                return
            pause = _FASTEST_S if found else min(_SLOWEST_S, 1.5 * pause)
            if not told and time.monotonic() - quiet_since > _QUIET_S:
                told = True
                self._tell_when_nobody_works()

    def _take_answers(self) -> int:
        with self._mutex:
            if not self._waiting:
                return 0
            answers = [one for one in self.store.leases.collect(self.study_id) if one.number in self._waiting]
            futures = [self._waiting.pop(one.number) for one in answers]
            self._answered.update(one.number for one in answers)
        for answer, future in zip(answers, futures, strict=True):
            _resolve(future, answer)
        return len(answers)

    def _fail(self, error: StoreError) -> None:
        with self._mutex:
            futures, self._waiting = list(self._waiting.values()), {}
        for future in futures:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)

    def _tell_when_nobody_works(self) -> None:
        if self._waiting and not self.store.leases.n_claimed(self.study_id):
            _log.warning("no worker has taken a trial yet; start one: archwright worker %s", self.store.place.name)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop looking for answers, and take back what no worker has claimed."""
        self._stop.set()
        if self._thread is not None and wait:
            self._thread.join()
        with self._mutex:
            numbers, self._waiting = list(self._waiting), {}
        if numbers:
            self.store.leases.withdraw(self.study_id, numbers)


def _resolve(future: Future[Any], answer: Answer) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(answer.outcome, Refused):
        future.set_exception(SpecError("workers", "refused", answer.outcome.reason))
    else:
        future.set_result([pool_chunk.Answer(answer.outcome, answer.seconds)])
