import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from archwright.core.errors import SpecError, StoreError
from archwright.core.store import Store
from archwright.core.store_engine import find_place, me
from archwright.core.store_schema import SCHEMA_VERSION
from archwright.core.trial import Trial

AS_ROOT = os.geteuid() == 0


def one_line(caught):
    message = str(caught.value)
    assert "\n" not in message and "sqlalchemy" not in message.lower() and "sqlite3." not in message
    return message


@pytest.mark.parametrize(
    ("url", "name", "is_memory", "is_postgresql"),
    [
        ("my.db", "my.db", False, False),
        (Path("runs/my.db"), "runs/my.db", False, False),
        ("sqlite:///my.db", "my.db", False, False),
        ("sqlite:////data/my.db", "/data/my.db", False, False),
        (":memory:", ":memory:", True, False),
        ("sqlite://", ":memory:", True, False),
        ("postgresql://ann:secret@host:5/lab", "postgresql://ann:***@host:5/lab", False, True),
        ("postgres://host/lab", "postgresql://host/lab", False, True),
    ],
)
def test_urls_are_understood_and_passwords_kept_out_of_names(url, name, is_memory, is_postgresql):
    place = find_place(url)
    assert (place.name, place.is_memory, place.is_postgresql) == (name, is_memory, is_postgresql)


@pytest.mark.parametrize("url", ["mysql://host/lab", "", "  ", "postgresql://host:notaport/lab", "http://host/x"])
def test_other_urls_are_refused(url):
    with pytest.raises(SpecError, match=r"store: .* allowed: a file path"):
        find_place(url)


def test_a_place_can_be_reopened_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_place("my.db").url == str(tmp_path / "my.db")
    assert find_place("postgresql://ann:secret@host/lab").url == "postgresql+psycopg://ann:secret@host/lab"


def test_me_says_which_process_on_which_host():
    assert me() == f"pid {os.getpid()} on {socket.gethostname()}"


def test_names_of_files_may_hold_anything(tmp_path):
    odd = tmp_path / "50 % of #1?&mode=ro.db"
    Store.open(odd).close()
    assert odd.exists()
    Store.open(odd, read_only=True).close()


def test_a_store_that_is_not_there(tmp_path, store_url):
    for options in ({"read_only": True}, {"create": False}):
        with pytest.raises(StoreError, match=r"there is no such store|no Archwright store") as caught:
            Store.open(store_url, **options)
        one_line(caught)
    assert not (tmp_path / "my.db").exists()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match=r"its folder .* does not exist"):
        Store.open(tmp_path / "nowhere" / "my.db")


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(StoreError, match="this is a folder"):
        Store.open(tmp_path)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be taken for a page\n" * 100)
    for read_only in (False, True):
        with pytest.raises(StoreError, match="not a database") as caught:
            Store.open(tmp_path / "notes.txt", read_only=read_only)
        one_line(caught)


def test_somebody_else_s_database_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE customers (id)")
    other.close()
    with pytest.raises(StoreError, match="no Archwright store"):
        Store.open(tmp_path / "other.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        assert [name for (name,) in other.execute("SELECT name FROM sqlite_master")] == ["customers"]
    other.close()


@pytest.mark.external
@pytest.mark.xdist_group("postgresql")
def test_a_server_s_database_is_shared_unless_names_clash(postgresql):
    url = postgresql.new_database()
    postgresql.execute(url.rsplit("/", 1)[1], "CREATE TABLE customers (id integer)")
    Store.open(url).close()
    url = postgresql.new_database()
    postgresql.execute(url.rsplit("/", 1)[1], "CREATE TABLE trial (id integer)")
    with pytest.raises(StoreError, match="no Archwright store"):
        Store.open(url)


def test_a_store_of_another_version(tmp_path, store_url, request):
    Store.open(store_url).close()
    if store_url.startswith("postgresql"):
        server = request.getfixturevalue("postgresql")
        server.execute(store_url.rsplit("/", 1)[1], "UPDATE archwright_schema SET version = 99")
    else:
        with sqlite3.connect(store_url) as database:
            database.execute("UPDATE archwright_schema SET version = 99")
        database.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=f"has version 99, and this Archwright reads version {SCHEMA_VERSION}"):
            Store.open(store_url, read_only=read_only)


def test_many_may_make_a_store_at_once(store_url):
    errors = []

    def make():
        try:
            Store.open(store_url).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    Store.open(store_url, create=False).close()


def test_a_read_only_store_cannot_be_written(store_url, spec):
    with Store.open(store_url) as store:
        study_id = store.create_study(spec)
    with Store.open(store_url, read_only=True) as view:
        assert view.find_study("first") == (study_id, spec)
        with pytest.raises(StoreError, match="opened read-only"):
            view.create_study(spec)
        with pytest.raises(StoreError, match="opened read-only"), view.lock(study_id):
            pass


def test_a_view_sees_what_a_writer_commits_meanwhile(store_url, spec):
    trial = Trial(0, {"x": 1.0}, "done", {"y": 1.0, "z": 1.0}, 0.0, (1.0,), -1.0, 0.1, 1)
    with Store.open(store_url) as store:
        study_id = store.create_study(spec)
        with Store.open(store_url, read_only=True) as view:
            for n in range(3):
                assert view.count(study_id) == n
                trial.number = n
                store.add_trials(study_id, [trial])


AS_NOBODY = """
import os, sys
from archwright.core.errors import StoreError
from archwright.core.store import Store
Store.open(":memory:").close()  # whatever is imported late is imported before the rights are gone
os.setgid(65534)
os.setuid(65534)
for read_only in (True, False):
    try:
        with Store.open(sys.argv[1], read_only=read_only) as store:
            print(len(store.studies()))
    except StoreError as error:
        print(error)
"""


@pytest.mark.skipif(not AS_ROOT, reason="only root can become a user who may not write")
@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_store_that_may_not_be_written_can_still_be_read(spec, mode):
    folder = Path(tempfile.mkdtemp())  # unlike the folders of pytest, one that others can enter
    try:
        with Store.open(folder / "my.db") as store:
            store.create_study(spec)
        (folder / "my.db").chmod(0o444)
        folder.chmod(mode)
        command = [sys.executable, "-c", AS_NOBODY, str(folder / "my.db")]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    finally:
        shutil.rmtree(folder)
    assert found[0] == "1"
    assert found[1].endswith("it is read-only; everything stored before is safe")


@pytest.mark.external
def test_a_server_that_does_not_answer():
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://ann:secret@127.0.0.1:{free.getsockname()[1]}/lab"
        with pytest.raises(StoreError, match="the server cannot be reached") as caught:
            Store.open(url)
    assert "secret" not in one_line(caught)


@pytest.mark.external
@pytest.mark.xdist_group("postgresql")
def test_a_database_that_is_not_on_the_server(postgresql):
    with pytest.raises(StoreError, match=r"no such database|cannot be reached.*does not exist") as caught:
        Store.open(postgresql.url("nowhere"))
    one_line(caught)
