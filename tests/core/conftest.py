"""A PostgreSQL server of its own for the tests of stores, and what these tests share."""

import os
import pwd
import socket
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest

from archwright.core.store import StudySpec

KEEP = 'read end; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'


class Server:
    """A PostgreSQL cluster on loopback in a temporary folder; root runs it as the user postgres."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="archwright-postgresql-"))
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # Waits for the end of its input, which comes however these tests end, and then clears up.
        command = ["sh", "-c", KEEP, programs / "pg_ctl", self.folder]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        self.keeper = subprocess.Popen(command, stdin=subprocess.PIPE, user=self.user, **silent)

    def run(self, program, *arguments):
        command = [self.programs / program, "-D", self.folder / "data", *arguments]
        subprocess.run(command, check=True, capture_output=True, user=self.user, cwd=self.folder, timeout=60)

    def start(self):
        settings = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.run("pg_ctl", "-w", "-l", self.folder / "log", "-o", settings, "start")

    def stop(self):
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def clear_up(self):
        self.keeper.communicate(timeout=60)

    def url(self, database):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, database, *statements):
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            return [connection.execute(one) for one in statements][-1]

    def new_database(self):
        name = f"t{uuid4().hex}"
        self.execute("postgres", f"CREATE DATABASE {name}")
        return self.url(name)


@pytest.fixture(scope="session")
def postgresql():
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'archwright[farm]'")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = Server(programs[-1].parent)
    try:
        server.run("initdb", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        server.start()
    except (OSError, subprocess.SubprocessError) as error:
        server.clear_up()
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield server
    server.clear_up()


BOTH = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.external, pytest.mark.xdist_group("postgresql")]),
]


@pytest.fixture(params=BOTH)
def store_url(request, tmp_path):
    """The URL of a new store, on each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "my.db")
    return request.getfixturevalue("postgresql").new_database()


@pytest.fixture
def spec():
    return StudySpec(
        name="first",
        problem="misbehaving",
        problem_version="1",
        optimizer="random",
        options={"width": 0.3},
        goals=("min y", "z >= 0.5"),
        seed=0,
        batch=8,
        units={"y": "", "z": ""},
        provenance={"python": "3.11", "created_at": "2026-01-01T00:00:00+00:00"},
    )
