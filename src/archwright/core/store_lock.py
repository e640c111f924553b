"""The exclusive right to run a study; the system takes it back from a process that dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text

from archwright.core.errors import SpecError, StoreError
from archwright.core.store_engine import me

_TRY = text("SELECT pg_try_advisory_lock(CAST(:space AS integer), CAST(:study_id AS integer))")
_HOLDER = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
    "WHERE locktype = 'advisory' AND granted "
    "AND CAST(classid AS bigint) = :space AND CAST(objid AS bigint) = :study_id "
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def refuse(name: str, holder: str) -> SpecError:
    """The error for whoever comes second."""
    return SpecError("study", name, f"one process at a time; {holder} is running it")


@contextmanager
def file_lock(path: Path, name: str) -> Iterator[None]:
    """Hold the lock file `path`; the kernel drops the lock with the process, so a left-over file means nothing.

    Args:
        path: of the lock file; its folder exists.
        name: of the study, for the message.

    Raises:
        SpecError: another holder runs the study; the message says which process on which host.
        StoreError: the file cannot be written.
    """
    try:
        file = _take(path, name)
    except OSError as error:
        raise StoreError(f"{path}: the study cannot be locked ({error.strerror})") from error
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)
        os.close(file)


def _take(path: Path, name: str) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 200).decode(errors="replace")
            os.close(file)
            raise refuse(name, holder or "another process") from error
        if _is_same_file(file, path):
            with suppress(OSError):  # a full disk must not keep anyone from running: the lock itself holds
                os.truncate(file, 0)
                os.pwrite(file, me().encode(), 0)
            return file
        os.close(file)  # its last holder has just deleted it


def _is_same_file(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


@contextmanager
def advisory_lock(engine: Engine, study_id: int, name: str) -> Iterator[None]:
    """Hold a PostgreSQL advisory lock on a connection of its own; the server drops it with the connection.

    Raises:
        SpecError: another holder runs the study; the message says which process on which host.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # closing it then really closes it
        space = zlib.crc32(str(connection.scalar(text("SELECT current_schema()"))).encode()) & 0x7FFFFFFF
        keys = {"space": space, "study_id": study_id}
        if not connection.scalar(_TRY, keys):
            holder = connection.scalar(_HOLDER, keys)
            raise refuse(name, str(holder or "another process").removeprefix("archwright "))
        yield
