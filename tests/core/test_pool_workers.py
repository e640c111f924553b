import logging
import threading
import time

import pytest

from archwright.core.errors import Failed, Infeasible, SpecError, StoreError
from archwright.core.pool import Job, evaluate
from archwright.core.pool_chunk import evaluate_chunk
from archwright.core.pool_workers import WorkerExecutor
from archwright.core.store import Store
from archwright.core.store_leases import Refused
from archwright.testing.misbehaving import Misbehaving


def jobs(n):
    return [Job(i, {"x": i / 10}, (0, i, 1)) for i in range(n)]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "my.db") as opened:
        yield opened


@pytest.fixture
def study_id(store, spec):
    return store.create_study(spec)


@pytest.fixture
def answering(store):
    """Starts a thread that answers claims by what it is given: claim -> outcome."""
    stop, threads = threading.Event(), []

    def start(answer):
        def serve():
            while not stop.wait(0.01):
                for claim in store.leases.claim("w", 3, 60.0):
                    store.leases.finish("w", {claim.lease_id: (answer(claim), 0.25)})

        threads.append(threading.Thread(target=serve))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def test_trials_go_through_the_store_and_come_back(store, study_id, answering):
    seen = []
    answering(lambda claim: seen.append(claim) or {"y": claim.job.design["x"], "z": 1.0})
    with WorkerExecutor(store, study_id, timeout_s=7.0, memory_bytes=10**9) as executor:
        parts = list(evaluate(executor, Misbehaving(), jobs(20)))
    finished = sorted((one for part in parts for one in part), key=lambda one: one.number)
    assert [one.outcome["y"] for one in finished] == [n / 10 for n in range(20)]
    assert {one.seconds for one in finished} == {0.25}
    assert {(claim.timeout_s, claim.memory_bytes) for claim in seen} == {(7.0, 10**9)}


def test_a_limit_of_the_call_goes_before_that_of_the_executor(store, study_id, answering):
    seen = []
    answering(lambda claim: seen.append(claim.timeout_s) or Infeasible("no"))
    with WorkerExecutor(store, study_id, timeout_s=7.0) as executor:
        list(evaluate(executor, Misbehaving(), jobs(1), timeout_s=2.0))
    assert seen == [2.0]


def test_a_failure_is_offered_again(store, study_id, answering):
    seen = []
    answering(lambda claim: seen.append(claim) or (Failed("no") if len(seen) < 3 else {"y": 1.0, "z": 1.0}))
    with WorkerExecutor(store, study_id) as executor:
        ((finished,),) = evaluate(executor, Misbehaving(), jobs(1), retries=5)
    assert (finished.attempts, finished.outcome) == (3, {"y": 1.0, "z": 1.0})


def test_answers_to_a_killed_run_are_taken_up(store, study_id):
    store.leases.enqueue(study_id, jobs(2))
    claims = store.leases.claim("w", 2, 60.0)
    store.leases.finish("w", {claim.lease_id: (Infeasible("no"), 0.5) for claim in claims})
    with WorkerExecutor(store, study_id) as executor:
        parts = list(evaluate(executor, Misbehaving(), jobs(2)))
    assert sum(len(part) for part in parts) == 2
    assert store.leases.claim("w", 2, 60.0) == []


def test_a_refusal_stops_the_study(store, study_id, answering):
    answering(lambda claim: Refused("what worker w can evaluate: ngspice is not installed"))
    with WorkerExecutor(store, study_id) as executor, pytest.raises(SpecError, match="ngspice is not installed"):
        list(evaluate(executor, Misbehaving(), jobs(3)))


def test_what_nobody_claimed_is_taken_back(store, study_id):
    with WorkerExecutor(store, study_id) as executor:
        for job in jobs(3):
            executor.submit(evaluate_chunk, None, [job])
        while not (claims := store.leases.claim("w", 1, 60.0)):
            time.sleep(0.01)
        (held,) = claims
    assert store.leases.claim("w", 9, 60.0) == []
    assert store.leases.finish("w", {held.lease_id: (Infeasible("no"), 0.5)}) == 1


def test_only_evaluations_can_be_handed_to_workers(store, study_id):
    with WorkerExecutor(store, study_id) as executor, pytest.raises(SpecError, match="no other calls"):
        executor.submit(abs, -1)


def test_a_store_that_fails_ends_the_wait(store, study_id, monkeypatch):
    with WorkerExecutor(store, study_id) as executor:
        future = executor.submit(evaluate_chunk, None, jobs(1))

        def gone(*_):
            raise StoreError("my.db: gone")

        monkeypatch.setattr(store.leases, "collect", gone)
        with pytest.raises(StoreError, match="gone"):
            future.result(20)


def test_a_person_is_told_once_when_nobody_works(store, study_id, monkeypatch, caplog):
    monkeypatch.setattr("archwright.core.pool_workers._QUIET_S", 0.1)
    with WorkerExecutor(store, study_id) as executor, caplog.at_level(logging.WARNING, "archwright"):
        executor.submit(evaluate_chunk, None, jobs(1))
        time.sleep(1.5)
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith(f"start one: archwright worker {store.place.name}")


def test_closing_it_unused_is_fine(store, study_id):
    WorkerExecutor(store, study_id).shutdown()
