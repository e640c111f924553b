"""A worker: claims trials of any study in a store, evaluates them, and stores the answers.

Any number of workers may serve one store. A claim is renewed while it is worked on; a worker that dies lets go of it.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from archwright.core.catalog import make_problem
from archwright.core.errors import SimulatorMissing, SpecError, StoreError
from archwright.core.pool import Job, evaluate, open_pool
from archwright.core.problem import Outcome, Problem, Timed
from archwright.core.store import Store
from archwright.core.store_engine import me
from archwright.core.store_leases import Claim, Refused

_log = logging.getLogger("archwright")
CLAIM_SECONDS = 0.1
"""Work that is claimed at a time, where the problem says what a trial costs."""
MAX_CLAIMED = 64

Maker = Callable[[str], Problem]


def work(
    store_url: str,
    *,
    name: str | None = None,
    lease_s: float = 30.0,
    poll_s: float = 0.2,
    once: bool = False,
    load_file: Maker | None = None,
) -> int:
    """Evaluate trials until SIGINT or SIGTERM; unfinished ones are given back at once.

    Args:
        store_url: a file path or a database URL.
        name: of this worker, unique; by default from process and host.
        lease_s: how long a claim holds without being renewed, > 0.
        poll_s: pause between two looks at an empty store, > 0.
        once: stop when there is nothing left to claim.
        load_file: makes a problem from the text that its study stores (a name, a TOML file's path); by default
            `make_problem`.

    Returns:
        How many trials it answered.

    Raises:
        SpecError: an argument makes no sense.
        StoreError: the store cannot be opened or written.
    """
    for field, value in (("lease_s", lease_s), ("poll_s", poll_s)):
        if not value > 0:
            raise SpecError(field, value, "a number of seconds above 0")
    with Store.open(store_url, create=False) as store:
        worker = _Worker(store, name or f"{me()} {uuid4().hex[:8]}", lease_s, load_file)
        with _stopping_on_signals(worker), worker.keeping_claims():
            try:
                worker.serve(poll_s, once)
            finally:
                worker.close()
    return worker.n_answered


class _Stop(BaseException):
    """A signal came while a trial was evaluated."""


class _Worker:
    def __init__(self, store: Store, name: str, lease_s: float, load_file: Maker | None) -> None:
        self.store, self.name, self.lease_s, self.load_file = store, name, lease_s, load_file
        self.n_answered = 0
        self.n_claim = 1
        self.held: set[int] = set()
        self.stop = threading.Event()
        self.is_evaluating = False
        self._problems: dict[int, Problem] = {}
        self._pools: dict[tuple[int, bool, int | None], Executor] = {}

    def serve(self, poll_s: float, once: bool) -> None:
        """Claim and evaluate until told to stop."""
        while not self.stop.is_set():
            claims = self.store.leases.claim(self.name, self.n_claim, self.lease_s)
            self.held = {claim.lease_id for claim in claims}
            for group in _alike(claims):
                self._answer(group)
            self.held = set()
            if not claims and once:
                return
            if not claims:
                self.stop.wait(poll_s)

    def _answer(self, claims: Sequence[Claim]) -> None:
        try:
            problem = self._problem(claims[0].study_id)
            self.n_claim = _worth_claiming(problem)
            self._evaluate(problem, claims)
        except (SpecError, SimulatorMissing) as error:
            _log.warning("%s", error)
            refused = (Refused(f"what worker {self.name} can evaluate: {error}"), 0.0)
            self.store.leases.finish(self.name, {claim.lease_id: refused for claim in claims})

    def _evaluate(self, problem: Problem, claims: Sequence[Claim]) -> None:
        lease_ids = {claim.job.number: claim.lease_id for claim in claims}
        jobs: list[Job] = [claim.job for claim in claims]
        parts = evaluate(self._pool(problem, claims[0]), problem, jobs, timeout_s=claims[0].timeout_s)
        while (part := self._next(parts)) is not None:
            answers: dict[int, tuple[Outcome | Refused, float]] = {
                lease_ids[done.number]: (done.outcome, done.seconds) for done in part
            }
            self.n_answered += self.store.leases.finish(self.name, answers)
            self.held = self.held - set(answers)

    def _next(self, parts: Iterator[Any]) -> Any:
        """The next answers; only here may a signal cut in, so that no answer is lost on its way to the store."""
        self.is_evaluating = True
        try:
            if self.stop.is_set():
                raise _Stop
            return next(parts, None)
        finally:
            self.is_evaluating = False

    def _problem(self, study_id: int) -> Problem:
        if study_id not in self._problems:
            spec = self.store.spec(study_id)
            made = (self.load_file or make_problem)(spec.problem)
            if made.version != spec.problem_version:
                raise SpecError("problem_version", made.version, f"{spec.problem_version!r}, as the study has it")
            self._problems[study_id] = made
        return self._problems[study_id]

    def _pool(self, problem: Problem, claim: Claim) -> Executor:
        key = (claim.study_id, claim.timeout_s is not None, claim.memory_bytes)
        if key not in self._pools:
            self._pools[key] = open_pool(
                None, problem=problem, timeout_s=claim.timeout_s, memory_bytes=claim.memory_bytes
            )
        return self._pools[key]

    @contextmanager
    def keeping_claims(self) -> Iterator[None]:
        """Renew what is held, beside the evaluation."""
        done = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _renew_until(self, done: threading.Event) -> None:
        while not done.wait(self.lease_s / 3):
            with suppress(StoreError):  # unreachable for a moment; if it lasts, another worker takes over
                self.store.leases.renew(self.name, list(self.held), self.lease_s)

    def close(self) -> None:
        """Give back what is held, and stop the processes."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)
        with suppress(StoreError):
            self.store.leases.release(self.name)


def _worth_claiming(problem: Problem) -> int:
    if not isinstance(problem, Timed):
        return 1
    return min(MAX_CLAIMED, max(1, int(CLAIM_SECONDS / max(problem.typical_seconds, 1e-9))))


def _alike(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims that can be evaluated together: of one study, under the same limits."""
    groups: dict[tuple[int, float | None, int | None], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.study_id, claim.timeout_s, claim.memory_bytes), []).append(claim)
    return list(groups.values())


@contextmanager
def _stopping_on_signals(worker: _Worker) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        worker.stop.set()
        if worker.is_evaluating:
            raise _Stop

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(_Stop):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
