import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest

from archwright.core.errors import SpecError, StoreError
from archwright.core.store import Store
from archwright.core.store_engine import me
from archwright.core.store_lock import file_lock
from archwright.core.study import Study
from archwright.testing.misbehaving import Misbehaving

HOLD = """
import sys, time
from archwright.core.store import Store
store = Store.open(sys.argv[1])
with store.lock(int(sys.argv[2])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def study(store_url, spec):
    spec = dataclasses.replace(spec, options={})
    with Store.open(store_url) as store:
        yield store, store.create_study(spec)


@pytest.fixture
def holder(study):
    """Another process that runs the study."""
    store, study_id = study
    url = store.place.url
    with subprocess.Popen([sys.executable, "-c", HOLD, url, str(study_id)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_runs_the_study(study, holder):
    store, study_id = study
    with pytest.raises(SpecError) as caught, store.lock(study_id):
        pass
    host = me().split(" on ")[1]
    assert str(caught.value) == (
        f"study: 'first' is not possible; allowed: one process at a time; pid {holder.pid} on {host} is running it"
    )


def test_a_study_that_another_process_runs_cannot_be_run(study, holder):
    store, _ = study
    opened = Study.open(store, "first", Misbehaving(), "random", ["min y", "z >= 0.5"], batch=8)
    with pytest.raises(SpecError, match=f"pid {holder.pid} on .* is running it"):
        opened.run(trials=8)
    assert opened.table() == []  # but it can be looked at


def test_a_killed_process_holds_nothing(study, holder):
    store, study_id = study
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    for _ in range(50):  # a server may take a moment to notice
        try:
            with store.lock(study_id):
                return
        except SpecError:
            time.sleep(0.1)
    pytest.fail("the lock outlived its process")


def test_another_study_may_run_meanwhile(study, holder, spec):
    store, _ = study
    other = store.create_study(dataclasses.replace(spec, name="second"))
    with store.lock(other):
        pass


@pytest.mark.parametrize("url", [":memory:", "file"])
def test_one_process_cannot_hold_it_twice(url, tmp_path, spec):
    with Store.open(tmp_path / "my.db" if url == "file" else url) as store:
        study_id = store.create_study(spec)
        refused = pytest.raises(SpecError, match=f"pid {os.getpid()} on .* is running it")
        with store.lock(study_id), refused, store.lock(study_id):
            pass
        with store.lock(study_id):
            pass


def test_the_right_ends_with_an_error_too(study):
    store, study_id = study
    with pytest.raises(ZeroDivisionError), store.lock(study_id):
        raise ZeroDivisionError
    with store.lock(study_id):
        pass


def test_no_file_is_left_behind(tmp_path):
    path = tmp_path / "my.db.1.lock"
    with file_lock(path, "first"):
        assert path.read_text() == me()
    assert list(tmp_path.iterdir()) == []


def test_a_file_left_by_a_kill_means_nothing(tmp_path):
    path = tmp_path / "my.db.1.lock"
    path.write_text("pid 1 on a host that is long gone")
    with file_lock(path, "first"):
        assert path.read_text() == me()


def test_a_lock_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(StoreError, match="the study cannot be locked"), file_lock(tmp_path / "no" / "x.lock", "first"):
        pass


TAKE_TURNS = """
import sys
from pathlib import Path
from archwright.core.errors import SpecError
from archwright.core.store_lock import file_lock
from archwright.core.study import Study
from archwright.testing.misbehaving import Misbehaving
for _ in range(100):
    try:
        with file_lock(Path(sys.argv[1]) / "x.lock", "first"):
            mark = Path(sys.argv[1]) / "mark"
            mark.touch(exist_ok=False)
            mark.unlink()
    except SpecError:
        pass
"""


def test_taking_turns_never_gives_it_to_two(tmp_path):
    runs = [subprocess.Popen([sys.executable, "-c", TAKE_TURNS, str(tmp_path)]) for _ in range(3)]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
