"""Evaluation by separate `archwright worker` processes, on this host or others, that share nothing but the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

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


class _Offer(NamedTuple):
    """A trial on its way into the store."""

    job: Job
    timeout_s: float | None
    future: Future[Any]


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
        self._fresh: list[_Offer] = []
        self._waiting: dict[int, Future[Any]] = {}
        self._answered: set[int] = set()
        self._mutex = threading.Lock()
        self._wake, self._is_closed = threading.Event(), False
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
        offer = _Offer(job, self.timeout_s if timeout_s is None else timeout_s, Future())
        with self._mutex:
            self._fresh.append(offer)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, daemon=True)
            self._thread.start()
        self._wake.set()
        return offer.future

    def _serve(self) -> None:
        """Offer what is fresh and look for answers until told to stop; look less often while none come."""
        pause, told, quiet_since = _FASTEST_S, False, time.monotonic()
        while not self._is_closed:
            try:
                n_moved = self._offer() + self._take_answers()
            except StoreError as error:
                self._fail(error)
                return
            pause = _FASTEST_S if n_moved else min(_SLOWEST_S, 1.5 * pause)
            if not told and time.monotonic() - quiet_since > _QUIET_S:
                told = True
                self._tell_when_nobody_works()
            self._wake.wait(pause)
            self._wake.clear()

    def _offer(self) -> int:
        """Lay everything fresh into the store, in as few transactions as there are kinds of it."""
        with self._mutex:
            fresh, self._fresh = self._fresh, []
            self._waiting.update({offer.job.number: offer.future for offer in fresh})
        kinds: dict[tuple[float | None, bool], list[Job]] = {}
        for offer in fresh:
            kinds.setdefault((offer.timeout_s, offer.job.number in self._answered), []).append(offer.job)
        for (timeout_s, is_retry), jobs in kinds.items():
            self.store.leases.enqueue(
                self.study_id, jobs, timeout_s=timeout_s, memory_bytes=self.memory_bytes, is_retry=is_retry
            )
        return len(fresh)

    def _take_answers(self) -> int:
        answers = self.store.leases.collect(self.study_id, self._waiting) if self._waiting else []
        for answer in answers:
            self._answered.add(answer.number)
            with self._mutex:
                future = self._waiting.pop(answer.number)
            _resolve(future, answer)
        return len(answers)

    def _fail(self, error: StoreError) -> None:
        with self._mutex:
            futures = [*self._waiting.values(), *(offer.future for offer in self._fresh)]
            self._waiting, self._fresh = {}, []
        for future in futures:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)

    def _tell_when_nobody_works(self) -> None:
        if self._waiting and not self.store.leases.n_claimed(self.study_id):
            _log.warning("no worker has taken a trial yet; start one: archwright worker %s", self.store.place.name)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop looking for answers, and take back what no worker has claimed."""
        self._is_closed = True
        self._wake.set()
        if self._thread is not None and wait:
            self._thread.join()
        if self._waiting:
            self.store.leases.withdraw(self.study_id, self._waiting)
        self._waiting = {}


def _resolve(future: Future[Any], answer: Answer) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(answer.outcome, Refused):
        future.set_exception(SpecError("workers", "refused", answer.outcome.reason))
    else:
        future.set_result([pool_chunk.Answer(answer.outcome, answer.seconds)])
