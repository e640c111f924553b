"""What goes wrong in a database, said in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from archwright.core.errors import StoreError

BUSY_SECONDS = 60.0
"""How long a writer waits for another process's transaction."""

_SAFE = "everything stored before is safe"
_SQLITE = {
    sqlite3.SQLITE_FULL: f"the disk is full; {_SAFE}",
    sqlite3.SQLITE_IOERR: f"the disk refuses to read or write it (full, over a size limit, or broken); {_SAFE}",
    sqlite3.SQLITE_READONLY: f"it is read-only; {_SAFE}",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; does its folder exist, and may you write there?",
    sqlite3.SQLITE_NOTADB: "this file is not a database",
    sqlite3.SQLITE_CORRUPT: "this database is damaged",
    sqlite3.SQLITE_BUSY: f"another process has been writing for over {BUSY_SECONDS:.0f} s; {_SAFE}",
    sqlite3.SQLITE_PERM: "you may not read or write it",
}
_POSTGRESQL = {
    "53100": f"the server's disk is full; {_SAFE}",
    "25006": "it is read-only",
    "42501": "you may not read or write it",
    "3D000": "there is no such database on the server",
    "28P01": "the server refuses this user and password",
    "28000": "the server refuses this user",
}


@contextmanager
def plain_faults(where: str) -> Iterator[None]:
    """Turn whatever the database driver raises into a StoreError of one line that begins with `where`."""
    try:
        yield
    except exc.DBAPIError as error:
        raise StoreError(f"{where}: {explain(error.orig)}") from error
    except exc.SQLAlchemyError as error:
        raise StoreError(f"{where}: {_first_line(error)}") from error


def explain(error: BaseException | None) -> str:
    """What a driver's error means for the person at the store.

    Example:
        >>> explain(ConnectionRefusedError("connection refused"))
        'connection refused'
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, _first_line(error))
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    is_lost = type(error).__name__ == "OperationalError" and (state is None or state.startswith(("08", "57P")))
    return f"the server cannot be reached ({_first_line(error)})" if is_lost else _first_line(error)


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
