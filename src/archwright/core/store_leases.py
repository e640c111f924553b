"""Trials handed out to worker processes: each is claimed by exactly one worker, for a limited time.

A worker that dies stops renewing; its claim runs out and another worker takes over. A finished row stays until its
trial is committed, so that neither a killed worker nor a killed study loses an answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, delete, or_, select, text, update

from archwright.core.errors import Failed
from archwright.core.pool_chunk import Job
from archwright.core.problem import Outcome
from archwright.core.store_rows import plain_json, plain_text, read_outcome, write_outcome
from archwright.core.store_schema import lease

MAX_CLAIMS = 3
"""Workers that may die on one trial before it counts as failed."""

Transaction = Callable[[], AbstractContextManager[Connection]]


class Claim(NamedTuple):
    """A trial that this worker shall evaluate.

    Args:
        lease_id: names it in `renew` and `finish`.
        study_id: whose trial it is.
        job: what to evaluate.
        timeout_s: limit of the evaluation, or None.
        memory_bytes: limit of its memory, or None.
    """

    lease_id: int
    study_id: int
    job: Job
    timeout_s: float | None
    memory_bytes: int | None


@dataclass(frozen=True)
class Refused:
    """The worker could not even try: a simulator is missing, or the problem cannot be made there."""

    reason: str


class Answer(NamedTuple):
    """What a worker made of a trial."""

    number: int
    outcome: Outcome | Refused
    seconds: float


class Leases:
    """The lease table of a store.

    Args:
        read: opens a transaction to read.
        write: opens a transaction to write.
        is_postgresql: True where the server's clock is shared by all hosts.
    """

    def __init__(self, read: Transaction, write: Transaction, is_postgresql: bool) -> None:
        self._read, self._write, self._is_postgresql = read, write, is_postgresql

    def _now(self, connection: Connection) -> float:
        if not self._is_postgresql:
            return time.time()
        return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)

    def enqueue(
        self,
        study_id: int,
        jobs: Sequence[Job],
        *,
        timeout_s: float | None = None,
        memory_bytes: int | None = None,
        is_retry: bool = False,
    ) -> None:
        """Offer `jobs` to workers.

        One that is offered already (by a run that was killed) keeps its claim or its answer, unless the design is
        another one or `is_retry` asks for a fresh answer.
        """
        rows = [
            {
                "study_id": study_id, "number": job.number, "design": plain_json(job.design, "design", job.number),
                "seed": json.dumps(list(job.seed)), "timeout_s": timeout_s, "memory_bytes": memory_bytes, "claims": 0,
            }
            for job in jobs
        ]  # fmt: skip
        with self._write() as connection:
            mine = and_(lease.c.study_id == study_id, lease.c.number.in_([job.number for job in jobs]))
            kept: set[Any] = set()
            if not is_retry:
                found = connection.execute(select(lease.c.number, lease.c.design, lease.c.seed).where(mine))
                asked = {(row["number"], row["design"], row["seed"]) for row in rows}
                kept = {row.number for row in found if tuple(row) in asked}
            connection.execute(delete(lease).where(mine, lease.c.number.not_in(kept)))
            fresh = [row for row in rows if row["number"] not in kept]
            if fresh:
                connection.execute(lease.insert(), fresh)

    def claim(self, worker: str, n: int, lease_s: float) -> list[Claim]:
        """Up to `n` trials for `worker` alone, for `lease_s` seconds.

        Args:
            worker: its name, unique among workers.
            n: >= 1.
            lease_s: > 0; renew before it is over.
        """
        with self._read() as connection:  # a look costs no lock
            if connection.execute(_open(self._now(connection), 1)).first() is None:
                return []
        with self._write() as connection:
            now = self._now(connection)
            rows = connection.execute(_open(now, n).with_for_update(skip_locked=True)).all()
            dead = [row.id for row in rows if row.claims >= MAX_CLAIMS]
            taken = [row for row in rows if row.claims < MAX_CLAIMS]
            if dead:
                reason = write_outcome(Failed(f"{MAX_CLAIMS} workers died while they evaluated it"))
                connection.execute(update(lease).where(lease.c.id.in_(dead)).values(outcome=reason, seconds=0.0))
            ids = [row.id for row in taken]
            held = {"worker": worker, "expires_at": now + lease_s, "claims": lease.c.claims + 1}
            connection.execute(update(lease).where(lease.c.id.in_(ids)).values(**held))
        return [_claim(row) for row in taken]

    def renew(self, worker: str, lease_ids: Iterable[int], lease_s: float) -> None:
        """Hold the claims for another `lease_s` seconds."""
        with self._write() as connection:
            held = _held(worker, list(lease_ids))
            connection.execute(update(lease).where(held).values(expires_at=self._now(connection) + lease_s))

    def finish(self, worker: str, answers: Mapping[int, tuple[Outcome | Refused, float]]) -> int:
        """Store answers, by lease id as (outcome, seconds).

        Returns:
            How many counted: an answer to a claim that ran out and went to another worker does not.
        """
        counted = 0
        with self._write() as connection:
            for lease_id, (outcome, seconds) in answers.items():
                held = _held(worker, [lease_id])
                values = {"outcome": _write(outcome), "seconds": seconds}
                counted += connection.execute(update(lease).where(held).values(**values)).rowcount
        return counted

    def release(self, worker: str) -> None:
        """Give back everything that `worker` holds unfinished, for others to take at once."""
        with self._write() as connection:
            mine = and_(lease.c.worker == worker, lease.c.outcome.is_(None))
            free = {"worker": None, "expires_at": None, "claims": lease.c.claims - 1}
            connection.execute(update(lease).where(mine).values(**free))

    def collect(self, study_id: int, numbers: Iterable[int] | None = None) -> list[Answer]:
        """The answers whose trials are not committed yet, in order of number.

        Args:
            study_id: whose trials.
            numbers: only these trials, at most some thousands; None for all.
        """
        wanted = select(lease.c.number, lease.c.outcome, lease.c.seconds).where(
            lease.c.study_id == study_id, lease.c.outcome.is_not(None)
        )
        if numbers is not None:
            wanted = wanted.where(lease.c.number.in_(list(numbers)))
        with self._read() as connection:
            rows = connection.execute(wanted.order_by(lease.c.number)).all()
        return [Answer(row.number, _read(row.outcome), row.seconds) for row in rows]

    def withdraw(self, study_id: int, numbers: Iterable[int]) -> None:
        """Take back what nobody has claimed."""
        with self._write() as connection:
            unclaimed = and_(lease.c.study_id == study_id, lease.c.worker.is_(None), lease.c.outcome.is_(None))
            connection.execute(delete(lease).where(unclaimed, lease.c.number.in_(list(numbers))))

    def n_claimed(self, study_id: int) -> int:
        """How many of a study's trials are held or answered by workers."""
        with self._read() as connection:
            mine = select(lease.c.id).where(lease.c.study_id == study_id, lease.c.worker.is_not(None))
            return len(connection.execute(mine).all())


def _open(now: float, n: int) -> Select[Any]:
    free = or_(lease.c.expires_at.is_(None), lease.c.expires_at < now)
    return select(lease).where(lease.c.outcome.is_(None), free).order_by(lease.c.id).limit(n)


def _held(worker: str, lease_ids: list[int]) -> Any:
    return and_(lease.c.id.in_(lease_ids), lease.c.worker == worker, lease.c.outcome.is_(None))


def _claim(row: Any) -> Claim:
    job = Job(row.number, json.loads(row.design), tuple(json.loads(row.seed)))
    return Claim(row.id, row.study_id, job, row.timeout_s, row.memory_bytes)


def _write(outcome: Outcome | Refused) -> str:
    if isinstance(outcome, Refused):
        return json.dumps({"refused": plain_text(outcome.reason)})
    return write_outcome(outcome)


def _read(text: str) -> Outcome | Refused:
    refused = json.loads(text).get("refused")
    return read_outcome(text) if refused is None else Refused(refused)
