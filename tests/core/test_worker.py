import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from archwright.core.errors import Failed, SpecError, StoreError
from archwright.core.pool import InlineExecutor, Job, evaluate
from archwright.core.pool_workers import WorkerExecutor
from archwright.core.store import Store
from archwright.core.study import Study
from archwright.core.worker import work
from archwright.testing.misbehaving import Misbehaving, Unsteady, load

WORK = r"""
import os, sys
from archwright.core.study import Study
from archwright.core.worker import work
from archwright.testing.misbehaving import load

def load_file(path):
    problem = load(path)
    if typical_seconds:
        problem.typical_seconds = typical_seconds
    return problem

if __name__ == "__main__":
    url, lease_s, typical_seconds, n = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    children = []
    for _ in range(n - 1):
        children.append(os.fork())
        if not children[-1]:
            children = []
            break
    n_answered = work(url, lease_s=lease_s, poll_s=0.05, load_file=load_file)
    os.write(1, b"%d\n" % n_answered)  # one write, as all eight share the pipe
    sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


N = 1000


def jobs(numbers, **more):
    return [Job(n, {"x": n / 1000, **more}, (0, n, 1)) for n in numbers]


sqlite_only = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # what has nothing to do with the store


@pytest.fixture
def toml(tmp_path):
    return tmp_path / "misbehaving.toml"


@pytest.fixture
def spec(spec, toml):
    return dataclasses.replace(spec, problem=str(toml))


@pytest.fixture
def store(store_url):
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def study_id(store, spec):
    return store.create_study(spec)


@pytest.fixture
def start(tmp_path, store):
    """Starts workers as processes of their own."""
    script = tmp_path / "worker.py"
    script.write_text(WORK)
    running = []

    def start_some(n=1, *, lease_s=30.0, typical_seconds=0.0):
        command = [sys.executable, script, store.place.url, str(lease_s), str(typical_seconds), str(n)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0))
        return running[-1]

    yield start_some
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def evaluations(toml):
    return Counter(toml.with_suffix(".log").read_text().split())


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_eight_workers_on_one_store_never_evaluate_a_trial_twice(store, study_id, start, toml):
    workers = start(8, typical_seconds=9e-4)  # inline: eight pools of processes take long to start
    work_to_do = jobs(range(N))
    with WorkerExecutor(store, study_id) as executor:
        parts = list(evaluate(executor, Misbehaving(), work_to_do))
    finished = {one.number: one.outcome["y"] for part in parts for one in part}
    assert finished == {n: (n / 1000) ** 2 for n in range(N)}
    assert evaluations(toml) == Counter(repr(n / 1000) for n in range(N))
    os.killpg(workers.pid, signal.SIGTERM)
    answered = [int(line) for line in workers.communicate()[0].split()]
    assert len(answered) <= 8 and sum(answered) == N and sum(n > 0 for n in answered) > 1
    assert workers.returncode == 0 or len(answered) < 8  # one that was still starting could not answer


def study_table(store, problem, **options):
    study = Study.open(
        store, "through-workers", problem, "random", seed=3, batch=40, source=options.pop("source", None)
    )
    study.run(trials=200, **options)
    return [dataclasses.replace(trial, seconds=0.0) for trial in study.table()]


@sqlite_only
def test_a_study_whose_workers_are_killed_has_the_same_table(store, start, toml):
    doomed = start(3, lease_s=1.0, typical_seconds=9e-4)

    def kill_and_replace():
        wait_for(lambda: toml.with_suffix(".log").exists())
        os.killpg(doomed.pid, signal.SIGKILL)
        start(2, lease_s=1.0, typical_seconds=9e-4)

    killer = threading.Thread(target=kill_and_replace)
    killer.start()
    table = study_table(store, Misbehaving(), pool="workers", source=str(toml))
    killer.join()
    with Store.open(":memory:") as other:
        assert table == study_table(other, Misbehaving(), pool="inline")


@sqlite_only
def test_a_worker_that_dies_lets_go_of_its_trial(store, study_id, start, toml):
    store.leases.enqueue(study_id, jobs([0], act="hang"))
    doomed = start(lease_s=1.0)
    wait_for(toml.with_suffix(".log").exists)
    time.sleep(2.0)
    assert store.leases.claim("b", 1, 60.0) == []  # alive, it renews
    doomed.kill()
    wait_for(lambda: store.leases.claim("b", 1, 60.0))


@sqlite_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_worker_cleanly_and_frees_its_trial(store, study_id, start, toml, number):
    store.leases.enqueue(study_id, jobs([0], act="hang"))
    worker = start(lease_s=600.0)
    wait_for(toml.with_suffix(".log").exists)
    worker.send_signal(number)
    assert worker.wait(20) == 0
    assert len(store.leases.claim("b", 1, 60.0)) == 1


@sqlite_only
def test_a_trial_that_misbehaves_costs_only_itself(store, study_id):
    names = ["hang", "kill", "failed", "infeasible"]
    store.leases.enqueue(
        study_id, [Job(n, {"x": 0.5, "act": act}, (0, n, 1)) for n, act in enumerate(names)], timeout_s=1.0
    )
    store.leases.enqueue(study_id, jobs([4]))
    assert work(store.place.url, once=True, load_file=load) == 5
    outcomes = [answer.outcome for answer in store.leases.collect(study_id)]
    assert [str(one) for one in outcomes[:4]] == [
        "timed out after 1 s", "process died (signal 9)", "no convergence", "too narrow",
    ]  # fmt: skip
    assert outcomes[4] == {"y": 0.004**2, "z": 1.0}


@sqlite_only
def test_a_trial_s_generator_is_the_same_on_a_worker(store, spec, tmp_path):
    study_id = store.create_study(dataclasses.replace(spec, problem=str(tmp_path / "unsteady.toml")))
    store.leases.enqueue(study_id, jobs(range(4)))
    work(store.place.url, once=True, load_file=load)
    here = {one.number: one.outcome for (one,) in evaluate_each(InlineExecutor(), Unsteady(), jobs(range(4)))}
    assert {answer.number: answer.outcome for answer in store.leases.collect(study_id)} == here


def evaluate_each(executor, problem, work_to_do):
    return [part for job in work_to_do for part in evaluate(executor, problem, [job])]


@sqlite_only
def test_a_worker_that_cannot_make_the_problem_says_so_to_the_study(store, study_id):
    store.leases.enqueue(study_id, jobs([0]))
    work(store.place.url, name="w1", once=True)  # without a loader of files
    (answer,) = store.leases.collect(study_id)
    assert answer.outcome.reason.startswith("what worker w1 can evaluate: problem: ")


@sqlite_only
def test_a_problem_of_another_version_is_not_evaluated(store, study_id):
    def other(path):
        problem = load(path)
        problem.version = "2"
        return problem

    store.leases.enqueue(study_id, jobs([0]))
    work(store.place.url, once=True, load_file=other)
    (answer,) = store.leases.collect(study_id)
    assert "problem_version: '2' is not possible; allowed: '1', as the study has it" in answer.outcome.reason


@sqlite_only
def test_a_missing_simulator_says_so_to_the_study(store, study_id):
    store.leases.enqueue(study_id, jobs([0], act="missing"))
    work(store.place.url, once=True, load_file=load)
    (answer,) = store.leases.collect(study_id)
    assert "spectre is not installed; to get it: ask your vendor" in answer.outcome.reason


def test_one_worker_serves_many_studies(store, study_id, spec):
    other = store.create_study(dataclasses.replace(spec, name="second"))
    store.leases.enqueue(study_id, jobs([0, 2]))
    store.leases.enqueue(other, jobs([1]))
    assert work(store.place.url, once=True, load_file=load) == 3
    assert [len(store.leases.collect(one)) for one in (study_id, other)] == [2, 1]


@sqlite_only
def test_in_a_thread_it_leaves_signals_alone(store, study_id):
    before = signal.getsignal(signal.SIGINT)
    store.leases.enqueue(study_id, jobs([0]))
    thread = threading.Thread(target=work, args=(store.place.url,), kwargs={"once": True, "load_file": load})
    thread.start()
    thread.join()
    assert len(store.leases.collect(study_id)) == 1
    assert signal.getsignal(signal.SIGINT) is before


@sqlite_only
def test_cheap_trials_are_claimed_together(store, study_id):
    claimed = []

    class Quick(Misbehaving):
        typical_seconds = 1e-3

        def evaluate(self, designs, *, rng):
            claimed.append(len(designs))
            return super().evaluate(designs, rng=rng)

    def quick(path):
        made = Quick()
        made.typical_seconds = 1e-4
        return made

    store.leases.enqueue(study_id, jobs(range(130)))
    assert work(store.place.url, once=True, load_file=quick) == 130
    assert claimed == [1, 64, 64, 1]


@sqlite_only
@pytest.mark.parametrize(("field", "value"), [("lease_s", 0.0), ("poll_s", -1.0), ("lease_s", float("nan"))])
def test_arguments_that_make_no_sense_are_refused(store, field, value):
    with pytest.raises(SpecError, match=field):
        work(store.place.url, **{field: value})


def test_a_store_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StoreError, match="there is no such store"):
        work(str(tmp_path / "no.db"))
    assert os.listdir(tmp_path) == []


@sqlite_only
def test_failures_are_for_the_study_to_retry(store, study_id, toml):
    store.leases.enqueue(study_id, jobs([0], act="failed"))
    work(store.place.url, once=True, load_file=load)
    assert store.leases.collect(study_id)[0].outcome == Failed("no convergence")
    assert sum(evaluations(toml).values()) == 1
    assert Path(toml.with_suffix(".log")).exists()
