"""Opening a store's database: which one a URL means, how it is connected, and that its tables are ours."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool, StaticPool

from archwright.core.errors import SimulatorMissing, SpecError, StoreError
from archwright.core.store_faults import BUSY_SECONDS, plain_faults
from archwright.core.store_schema import SCHEMA_VERSION, metadata, schema

_ALLOWED = "a file path, sqlite:///PATH, :memory: or postgresql://USER@HOST/DATABASE"
_CREATION_KEY = 0x61726368  # the advisory lock under which tables are created


@dataclass(frozen=True)
class Place:
    """Where a store lives.

    Args:
        url: what reopens it from another process.
        name: how it is called in messages; without passwords.
        path: the SQLite file, or None.
        is_postgresql: True for a server.
    """

    url: str
    name: str
    path: Path | None
    is_postgresql: bool

    @property
    def is_memory(self) -> bool:
        """True when it dies with this process."""
        return self.path is None and not self.is_postgresql


def me() -> str:
    """This process, as others are told who holds something: `pid 4711 on host`."""
    return f"pid {os.getpid()} on {socket.gethostname()}"


def find_place(url: str | Path) -> Place:
    """What `url` means.

    Raises:
        SpecError: it is no store's URL.

    Example:
        >>> find_place("sqlite:///runs/my.db").name
        'runs/my.db'
    """
    given = str(url)
    if given in (":memory:", "sqlite://", "sqlite:///:memory:"):
        return Place(":memory:", ":memory:", None, False)
    if given.startswith(("postgresql:", "postgresql+psycopg:", "postgres:")):
        return _find_server(given)
    path = given.removeprefix("sqlite:///")
    if "://" in path or not path.strip():
        raise SpecError("store", given, _ALLOWED)
    return Place(str(Path(path).absolute()), path, Path(path), False)


def _find_server(given: str) -> Place:
    try:
        url = make_url(given).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise SpecError("store", given.split("@")[-1], _ALLOWED) from error
    name = url.set(drivername="postgresql").render_as_string(hide_password=True)
    return Place(url.render_as_string(hide_password=False), name, None, True)


def open_engine(place: Place, *, read_only: bool, create: bool) -> Engine:
    """A connected engine whose tables are there and of our version.

    Raises:
        StoreError: it cannot be opened, is no store, or is one of another version.
    """
    if place.is_postgresql:
        engine = _server_engine(place, read_only)
    else:
        _check_file(place, read_only or not create)
        engine = _file_engine(place, "ro" if read_only else "rwc" if create else "rw")
    with plain_faults(place.name):
        try:
            _prepare(engine, place, read_only, create)
        except Exception:
            engine.dispose()
            raise
    return engine


def _check_file(place: Place, must_exist: bool) -> None:
    if place.path is None:
        return
    if place.path.is_dir():
        raise StoreError(f"{place.name}: this is a folder, not a store")
    if must_exist and not place.path.exists():
        raise StoreError(f"{place.name}: there is no such store")
    if not place.path.parent.is_dir():
        raise StoreError(f"{place.name}: its folder {place.path.parent} does not exist")


def _file_engine(place: Place, mode: str) -> Engine:
    if place.path is None:
        return _with_transactions(create_engine("sqlite://", creator=_connector("", mode), poolclass=StaticPool))
    target = f"file:{quote(str(place.path.absolute()))}?mode={mode}"
    if mode == "ro" and not _can_be_shared(target):
        target += "&immutable=1"
    return _with_transactions(create_engine("sqlite://", creator=_connector(target, mode), poolclass=QueuePool))


def _can_be_shared(target: str) -> bool:
    """False for a store in a read-only folder or on a full disk, where SQLite cannot place its shared index.

    Nobody writes there, so it can be read as it stands; unless a log of unmerged transactions lies beside it.
    """
    connection = sqlite3.connect(target, uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        log = Path(target.removeprefix("file:").partition("?")[0] + "-wal")
        has_log = log.exists() and log.stat().st_size > 0
        return has_log or error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    finally:
        connection.close()
    return True


def _connector(target: str, mode: str) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            target or ":memory:", uri=bool(target), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        if mode != "ro":
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")  # safe against kill -9; a power cut may cost the last batch
            connection.execute("PRAGMA foreign_keys=ON")
        return connection

    return connect


def _with_transactions(engine: Engine) -> Engine:
    # A writer takes its lock at once: a read that later turns into a write would fail instead of waiting.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_write = connection.get_execution_options().get("is_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")

    return engine


def _server_engine(place: Place, read_only: bool) -> Engine:
    arguments: dict[str, Any] = {"application_name": f"archwright {me()}"[:63], "connect_timeout": 10}
    if read_only:
        arguments["options"] = "-c default_transaction_read_only=on"
    try:
        return create_engine(place.url, connect_args=arguments)
    except ModuleNotFoundError as error:
        raise SimulatorMissing("psycopg", "pip install 'archwright[farm]'") from error


def _prepare(engine: Engine, place: Place, read_only: bool, create: bool) -> None:
    with engine.execution_options(is_write=not read_only).begin() as connection:
        if place.is_postgresql and not read_only:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_KEY})
        tables = set(inspect(connection).get_table_names())
        if schema.name in tables:
            _check_version(connection, place)
            if not read_only:  # a store that cannot be written says so now, not after the first simulation
                connection.execute(update(schema).values(version=schema.c.version))
            return
        taken = tables & set(metadata.tables) if place.is_postgresql else tables
        if taken or read_only or not create:
            raise StoreError(f"{place.name}: this database is no Archwright store")
        metadata.create_all(connection)
        connection.execute(schema.insert(), {"version": SCHEMA_VERSION})


def _check_version(connection: Connection, place: Place) -> None:
    found = connection.execute(select(schema.c.version)).scalar_one_or_none()
    if found != SCHEMA_VERSION:
        raise StoreError(
            f"{place.name}: this store has version {found}, and this Archwright reads version {SCHEMA_VERSION}; "
            "open it with the Archwright that wrote it and export it"
        )
