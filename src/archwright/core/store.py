"""Where studies live: SQLite (write-ahead log, one transaction per batch) or PostgreSQL by URL.

A trial is stored once and for all in one commit. Reading never disturbs a run, and a run is exclusive: see `lock`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from sqlalchemy import Connection, Delete, Engine, Insert, and_, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from archwright.core.errors import StoreError
from archwright.core.goal import Goals
from archwright.core.store_engine import Place, find_place, me, open_engine
from archwright.core.store_faults import plain_faults
from archwright.core.store_leases import Leases
from archwright.core.store_lock import advisory_lock, file_lock, refuse
from archwright.core.store_rows import StudySpec, read_spec, read_trials, write_spec, write_trials
from archwright.core.store_schema import artifact, curve, lease, study, trial
from archwright.core.trial import Trial

__all__ = ["Store", "StudySpec"]

Array = np.ndarray[Any, np.dtype[np.float64]]


class Store:
    """An open store; `Store.open` makes one.

    Attributes:
        place: where it is.
        leases: the trials handed out to worker processes.

    Example:
        >>> with Store.open(":memory:") as store:
        ...     store.studies()
        []
    """

    def __init__(self, place: Place, engine: Engine, is_read_only: bool) -> None:
        self.place, self.is_read_only = place, is_read_only
        self._engine, self._writer = engine, engine.execution_options(is_write=True)
        self._dispose = weakref.finalize(self, engine.dispose)
        self._alone = threading.RLock() if place.is_memory else nullcontext()  # one connection for all threads
        self._goals: dict[int, Goals] = {}
        self._locked: set[int] = set()
        self.leases = Leases(self._read, self._write, place.is_postgresql)

    @classmethod
    def open(cls, url: str | Path, *, read_only: bool = False, create: bool = True) -> Store:
        """Open the store at `url`.

        Args:
            url: a file path, `sqlite:///PATH`, `:memory:` or `postgresql://USER@HOST/DATABASE`.
            read_only: only look; safe while another process writes.
            create: make the store where there is none.

        Raises:
            SpecError: `url` is no store's URL.
            StoreError: it cannot be opened, is no store, or is one of another version.
        """
        place = find_place(url)
        return cls(place, open_engine(place, read_only=read_only, create=create), read_only)

    def close(self) -> None:
        """Close every connection; what was committed is on disk."""
        self._dispose()

    def __enter__(self) -> Store:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with plain_faults(self.place.name), self._alone, self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if self.is_read_only:
            raise StoreError(f"{self.place.name}: it was opened read-only")
        with plain_faults(self.place.name), self._alone, self._writer.begin() as connection:
            yield connection

    def create_study(self, spec: StudySpec) -> int:
        """Store a new study; returns its id.

        Raises:
            StoreError: the name is taken.
        """
        with self._write() as connection:
            try:
                made = connection.execute(study.insert(), write_spec(spec))
            except IntegrityError as error:
                raise StoreError(f"{self.place.name}: there is a study named {spec.name!r} already") from error
            (study_id,) = made.inserted_primary_key or (0,)
        return int(study_id)

    def find_study(self, name: str) -> tuple[int, StudySpec] | None:
        """The study called `name` with its id, or None."""
        with self._read() as connection:
            row = connection.execute(select(study).where(study.c.name == name)).mappings().one_or_none()
        return None if row is None else (int(row["id"]), read_spec(row))

    def spec(self, study_id: int) -> StudySpec:
        """The spec of a study.

        Raises:
            StoreError: there is none with this id.
        """
        with self._read() as connection:
            row = connection.execute(select(study).where(study.c.id == study_id)).mappings().one_or_none()
        if row is None:
            raise StoreError(f"{self.place.name}: there is no study {study_id}")
        return read_spec(row)

    def studies(self) -> list[tuple[int, StudySpec]]:
        """Every study with its id, oldest first."""
        with self._read() as connection:
            rows = connection.execute(select(study).order_by(study.c.id)).mappings().all()
        return [(int(row["id"]), read_spec(row)) for row in rows]

    def add_trials(self, study_id: int, trials: Sequence[Trial]) -> None:
        """Store new trials in one transaction: all of them or none.

        Raises:
            StoreError: a number is stored already, a hint is not plain JSON, or the store cannot be written.
        """
        if not trials:
            return
        rows = write_trials(study_id, trials)
        numbers = [trial.number for trial in trials]
        with self._write() as connection:
            try:
                self._insertion.run(connection, rows)
            except IntegrityError as error:
                raise self._clash(study_id, numbers) from error
            self._clearance.run(connection, [(study_id, min(numbers), max(numbers))])

    @cached_property
    def _insertion(self) -> _Prepared:
        return _Prepared(trial.insert(), trial.c.keys(), self._writer)

    @cached_property
    def _clearance(self) -> _Prepared:
        """Deletes the leases of committed trials."""
        mine = lease.c.study_id == bindparam("the_study")
        near = lease.c.number.between(bindparam("lowest"), bindparam("highest"))
        is_stored = and_(trial.c.study_id == lease.c.study_id, trial.c.number == lease.c.number)
        statement = delete(lease).where(mine, near, select(trial.c.number).where(is_stored).exists())
        return _Prepared(statement, ["the_study", "lowest", "highest"], self._writer)

    def _clash(self, study_id: int, numbers: Sequence[int]) -> StoreError:
        listed = f"{min(numbers)}" if len(numbers) == 1 else f"{min(numbers)} to {max(numbers)}"
        return StoreError(f"{self.place.name}: of trials {listed} at least one is stored already in study {study_id}")

    def replace_trial(self, study_id: int, fresh: Trial) -> None:
        """Put `fresh` in the place of the stored trial of that number.

        Raises:
            StoreError: there is no such trial.
        """
        row = dict(zip(trial.c.keys(), *write_trials(study_id, [fresh]), strict=True))
        with self._write() as connection:
            same = (trial.c.study_id == study_id, trial.c.number == fresh.number)
            if connection.execute(update(trial).where(*same).values(**row)).rowcount != 1:
                raise StoreError(f"{self.place.name}: there is no trial {fresh.number} in study {study_id}")

    def trials(
        self, study_id: int, start: int = 0, stop: int | None = None, *, goals: Goals | None = None
    ) -> list[Trial]:
        """Trials with `start <= number < stop`, in order of number, judged by the study's goals.

        Args:
            study_id: whose trials.
            start: the first number.
            stop: the number after the last; None for all.
            goals: judge by these in place of the study's own.

        Raises:
            StoreError: there is no such study.
        """
        columns = trial.c
        wanted = select(
            columns.number, columns.design, columns.state, columns.metrics, columns.seconds, columns.attempts,
            columns.reason, columns.hint,
        ).where(columns.study_id == study_id, columns.number >= start)  # fmt: skip
        if stop is not None:
            wanted = wanted.where(columns.number < stop)
        with self._read() as connection:
            rows = connection.execute(wanted.order_by(columns.number)).all()
        return read_trials(rows, goals or self._goals_of(study_id))

    def _goals_of(self, study_id: int) -> Goals:
        if study_id not in self._goals:
            self._goals[study_id] = Goals.read(self.spec(study_id).goals)
        return self._goals[study_id]

    def count(self, study_id: int) -> int:
        """How many trials a study has."""
        with self._read() as connection:
            return int(connection.scalar(select(func.count()).where(trial.c.study_id == study_id)) or 0)

    @contextmanager
    def lock(self, study_id: int) -> Iterator[None]:
        """Hold the exclusive right to run a study; it ends with the process, however that ends.

        Raises:
            SpecError: another holder runs it; the message says which process on which host.
        """
        name = self.spec(study_id).name
        if self.is_read_only:
            raise StoreError(f"{self.place.name}: it was opened read-only")
        if self.place.path is not None:
            with file_lock(Path(f"{self.place.path}.{study_id}.lock"), name):
                yield
        elif self.place.is_postgresql:
            with plain_faults(self.place.name), advisory_lock(self._engine, study_id, name):
                yield
        else:
            with self._memory_lock(study_id, name):
                yield

    @contextmanager
    def _memory_lock(self, study_id: int, name: str) -> Iterator[None]:
        if study_id in self._locked:
            raise refuse(name, me())
        self._locked.add(study_id)
        try:
            yield
        finally:
            self._locked.discard(study_id)

    def save_artifact(self, study_id: int, name: str, blob: bytes) -> None:
        """Store `blob` under `name`, in the place of what was there."""
        with self._write() as connection:
            connection.execute(delete(artifact).where(artifact.c.study_id == study_id, artifact.c.name == name))
            connection.execute(artifact.insert(), {"study_id": study_id, "name": name, "blob": blob})

    def artifact(self, study_id: int, name: str) -> bytes | None:
        """The blob stored under `name`, or None."""
        wanted = select(artifact.c.blob).where(artifact.c.study_id == study_id, artifact.c.name == name)
        with self._read() as connection:
            blob = connection.scalar(wanted)
        return None if blob is None else bytes(blob)

    def save_curve(self, study_id: int, number: int, name: str, x: Array, y: Array) -> None:
        """Store a curve of a trial, in the place of what was there.

        Args:
            study_id: whose trial it is.
            number: of the trial.
            name: of the curve, e.g. `bode`.
            x: (n,) floats.
            y: (n,) floats.
        """
        row = {"study_id": study_id, "number": number, "name": name, "x": _pack(x), "y": _pack(y)}
        with self._write() as connection:
            same = (curve.c.study_id == study_id, curve.c.number == number, curve.c.name == name)
            connection.execute(delete(curve).where(*same))
            connection.execute(curve.insert(), row)

    def curves(self, study_id: int, number: int) -> dict[str, tuple[Array, Array]]:
        """The curves (x, y) of a trial, by name."""
        wanted = select(curve).where(curve.c.study_id == study_id, curve.c.number == number).order_by(curve.c.name)
        with self._read() as connection:
            rows = connection.execute(wanted).all()
        return {row.name: (_unpack(row.x), _unpack(row.y)) for row in rows}


class _Prepared:
    """A statement compiled once: what SQLAlchemy spends on one anew would be most of a commit's time."""

    def __init__(self, statement: Insert | Delete, names: Sequence[str], engine: Engine) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self.sql, self.names, self.is_positional = str(compiled), names, compiled.positional
        assert compiled.positiontup in (None, list(names))

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute it with the values of each row, in the order of the names."""
        values: Any = rows if self.is_positional else [dict(zip(self.names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(self.sql, values)


def _pack(values: Array) -> bytes:
    return np.ascontiguousarray(values, dtype="<f8").tobytes()


def _unpack(blob: bytes) -> Array:
    return np.frombuffer(blob, dtype="<f8").astype(np.float64)
