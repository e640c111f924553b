import dataclasses
import math
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible, SpecError, StoreError
from archwright.core.goal import Goals
from archwright.core.store import Store
from archwright.core.trial import judge
from archwright.testing import check_store

GOALS = Goals.read(["min y", "z >= 0.5"])


def make_trials(start, stop, n_keys=3, seed=0):
    rng = np.random.default_rng([seed, start])
    trials = []
    for number in range(start, stop):
        keys = rng.random(n_keys).tolist()
        outcome = {"y": keys[0], "z": keys[-1]}
        outcome = Infeasible("odd") if number % 7 == 3 else Failed("down") if number % 11 == 5 else outcome
        design = {f"x{i}": key for i, key in enumerate(keys)}
        trials.append(judge(number, design, outcome, GOALS, seconds=keys[0], attempts=1, hint={"keys": keys}))
    return trials


@pytest.fixture
def store(store_url):
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def study_id(store, spec):
    return store.create_study(spec)


def test_studies_are_found_by_name_and_survive_closing(store_url, spec):
    second = dataclasses.replace(spec, name="second", seed=7)
    with Store.open(store_url) as store:
        ids = [store.create_study(spec), store.create_study(second)]
        assert store.find_study("third") is None
    with Store.open(store_url, create=False) as store:
        assert store.studies() == list(zip(ids, (spec, second), strict=True))
        assert store.find_study("second") == (ids[1], second)
        assert store.spec(ids[0]) == spec


def test_a_name_is_given_once(store, spec):
    store.create_study(spec)
    with pytest.raises(StoreError, match="there is a study named 'first' already"):
        store.create_study(spec)


def test_a_study_that_is_not_there(store):
    for ask in (store.spec, store.trials):
        with pytest.raises(StoreError, match="there is no study 5"):
            ask(5)
    assert store.count(5) == 0


def test_trials_read_back_in_order_of_number(store, study_id):
    trials = make_trials(0, 30)
    store.add_trials(study_id, trials[20:])
    store.add_trials(study_id, [*trials[10:20], *trials[:10]])
    store.add_trials(study_id, [])
    assert store.trials(study_id) == trials
    assert store.trials(study_id, 5, 8) == trials[5:8]
    assert store.trials(study_id, start=28) == trials[28:]
    assert store.count(study_id) == 30


def test_trials_can_be_judged_by_other_goals(store, study_id):
    store.add_trials(study_id, make_trials(0, 3))
    others = Goals.read(["max y"])
    assert [trial.objectives for trial in store.trials(study_id, goals=others)] == [
        (-trial.metrics["y"],) for trial in store.trials(study_id)
    ]


def test_studies_do_not_see_each_other_s_trials(store, study_id, spec):
    other = store.create_study(dataclasses.replace(spec, name="second"))
    store.add_trials(study_id, make_trials(0, 5))
    store.add_trials(other, make_trials(0, 2, seed=1))
    assert (store.count(study_id), store.count(other)) == (5, 2)
    assert store.trials(other) == make_trials(0, 2, seed=1)


def test_a_number_stored_twice_is_refused_and_nothing_of_its_batch_is_stored(store, study_id):
    store.add_trials(study_id, make_trials(0, 5))
    with pytest.raises(StoreError, match="of trials 4 to 8 at least one is stored already"):
        store.add_trials(study_id, make_trials(4, 9))
    with pytest.raises(StoreError, match="of trials 2 at least one is stored already"):
        store.add_trials(study_id, make_trials(2, 3))
    assert store.trials(study_id) == make_trials(0, 5)


def test_a_trial_can_be_replaced(store, study_id):
    trials = make_trials(0, 6)
    assert trials[5].state == "failed"
    store.add_trials(study_id, trials)
    again = judge(5, trials[5].design, {"y": 1.0, "z": 1.0}, GOALS, seconds=2.0, attempts=2)
    store.replace_trial(study_id, again)
    assert store.trials(study_id) == [*trials[:5], again]
    with pytest.raises(StoreError, match="there is no trial 9"):
        store.replace_trial(study_id, dataclasses.replace(again, number=9))


def test_the_newest_artifact_of_a_name_is_kept(store, study_id):
    assert store.artifact(study_id, "optimizer") is None
    for blob in (b"\x00old\xff", bytes(range(256)) * 5000):
        store.save_artifact(study_id, "optimizer", blob)
        assert store.artifact(study_id, "optimizer") == blob
    store.save_artifact(study_id, "other", b"")
    assert store.artifact(study_id, "other") == b""
    assert store.artifact(study_id + 1, "optimizer") is None


def test_curves_read_back_exactly(store, study_id):
    x, y = np.logspace(0, 9, 50), np.array([1.0, math.inf, -0.0])
    store.save_curve(study_id, 3, "bode", x, np.sin(x))
    store.save_curve(study_id, 3, "bode", x, np.cos(x))
    store.save_curve(study_id, 3, "odd", np.arange(3), y)
    curves = store.curves(study_id, 3)
    assert list(curves) == ["bode", "odd"] and store.curves(study_id, 4) == {}
    np.testing.assert_array_equal(curves["bode"], [x, np.cos(x)])
    np.testing.assert_array_equal(np.signbit(curves["odd"][1]), np.signbit(y))
    assert curves["odd"][0].dtype == np.float64


def test_a_store_in_memory_serves_many_threads(spec):
    with Store.open(":memory:") as store:
        study_id = store.create_study(spec)
        threads = [
            threading.Thread(target=lambda n=n: [store.add_trials(study_id, [t]) for t in make_trials(n, n + 25)])
            for n in range(0, 100, 25)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [trial.number for trial in store.trials(study_id)] == list(range(100))


def test_a_study_may_have_more_trials_than_a_statement_has_variables(tmp_path, spec):
    with Store.open(tmp_path / "my.db") as store:
        study_id = store.create_study(spec)
        store.add_trials(study_id, make_trials(0, 33_000, n_keys=1))
        assert store.count(study_id) == 33_000


def test_ten_thousand_trials_are_written_and_read_within_a_second_each(tmp_path, spec):
    trials = make_trials(0, 10_000, n_keys=10)
    with Store.open(tmp_path / "my.db") as store:
        study_id = store.create_study(spec)
        started = time.process_time()
        for start in range(0, 10_000, 100):
            store.add_trials(study_id, trials[start : start + 100])
        written = time.process_time()
        assert store.trials(study_id) == trials
        read = time.process_time()
    assert written - started < 1.0 and read - written < 1.0


WRITE_FOR_EVER = """
import sys
sys.path.insert(0, sys.argv[3])
from test_store import make_trials
from archwright.core.store import Store
store = Store.open(sys.argv[1])
for start in range(0, 10**9, 16):
    store.add_trials(int(sys.argv[2]), make_trials(start, start + 16))
    print(start + 16, flush=True)
"""


def test_what_was_stored_before_a_kill_is_whole(store, study_id):
    command = [sys.executable, "-c", WRITE_FOR_EVER, store.place.url, str(study_id), os.path.dirname(__file__)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        for _ in range(20):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in writer.stdout.read().split())])
    stored = store.trials(study_id)
    assert len(stored) >= told and len(stored) % 16 == 0
    assert stored == [trial for start in range(0, len(stored), 16) for trial in make_trials(start, start + 16)]


def fill_until_it_fails(store, study_id):
    """Batches stored before the first error, and its message."""
    for start in range(0, 10**6, 50):
        try:
            store.add_trials(study_id, make_trials(start, start + 50))
        except StoreError as error:
            return start, str(error)
    raise AssertionError("it never got full")


def check_that_nothing_is_lost(url, n):
    with Store.open(url, read_only=True) as view:
        ((study_id, _),) = view.studies()
        assert len(view.trials(study_id)) == n > 0


def test_a_database_at_its_size_limit_loses_no_stored_trial(tmp_path, spec):
    path = tmp_path / "my.db"
    with Store.open(path) as store:
        study_id = store.create_study(spec)
        with store._read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=60")
        n, message = fill_until_it_fails(store, study_id)
    assert message == f"{path}: the disk is full; everything stored before is safe"
    check_that_nothing_is_lost(path, n)
    with Store.open(path) as store:  # space was made
        store.add_trials(study_id, make_trials(n, n + 50))
    check_that_nothing_is_lost(path, n + 50)


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.external
def test_a_full_disk_loses_no_stored_trial(small_disk, spec):
    path = small_disk / "my.db"
    with Store.open(path) as store:
        study_id = store.create_study(spec)
        n, message = fill_until_it_fails(store, study_id)
        assert message == f"{path}: the disk is full; everything stored before is safe"
        assert store.count(study_id) == n
        check_that_nothing_is_lost(path, n)
    check_that_nothing_is_lost(path, n)


FILE_SIZE_LIMIT = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from test_store import fill_until_it_fails
from archwright.core.store import Store
with Store.open(sys.argv[1]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    print(*fill_until_it_fails(store, 1))
"""


def test_a_limit_on_file_sizes_loses_no_stored_trial(tmp_path, spec):
    path = tmp_path / "my.db"
    with Store.open(path) as store:
        store.create_study(spec)
    command = [sys.executable, "-c", FILE_SIZE_LIMIT, str(path), os.path.dirname(__file__)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    n, _, message = out.strip().partition(" ")
    assert message.startswith(f"{path}: the disk ") and message.endswith("everything stored before is safe")
    check_that_nothing_is_lost(path, int(n))


def test_a_damaged_file_is_one_line(tmp_path, spec):
    path = tmp_path / "my.db"
    with Store.open(path) as store:
        study_id = store.create_study(spec)
        store.add_trials(study_id, make_trials(0, 500))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    content = bytearray(path.read_bytes())
    content[4096 * 5 : -4096] = bytes(len(content) - 4096 * 6)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"my\.db: .*(damaged|malformed)"), Store.open(path, read_only=True) as view:
        view.trials(study_id)


@pytest.mark.external
@pytest.mark.xdist_group("postgresql")
def test_a_server_that_goes_away_is_one_line_and_what_was_stored_is_there_when_it_is_back(postgresql, spec):
    url = postgresql.new_database()
    with Store.open(url) as store:
        study_id = store.create_study(spec)
        store.add_trials(study_id, make_trials(0, 20))
        postgresql.stop()
        try:
            for ask in (lambda: store.add_trials(study_id, make_trials(20, 40)), lambda: Store.open(url)):
                with pytest.raises(StoreError, match="the server cannot be reached") as caught:
                    ask()
                assert "\n" not in str(caught.value)
        finally:
            postgresql.start()
        store.add_trials(study_id, make_trials(20, 40))
        assert store.count(study_id) == 40


def test_a_url_of_nothing_we_know(tmp_path):
    with pytest.raises(SpecError, match="store"):
        Store.open("mysql://host/lab")


def test_the_limits_of_this_process_were_left_alone():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.external
@pytest.mark.xdist_group("postgresql")
def test_postgresql_keeps_all_laws_of_a_store(postgresql):
    urls = []

    def make():
        urls.append(postgresql.new_database())
        return Store.open(urls[-1])

    check_store(make, reopen=lambda store: Store.open(urls[-1]))
