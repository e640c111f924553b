import threading
import time

import pytest

from archwright.core.errors import Failed, Infeasible
from archwright.core.pool_chunk import Job
from archwright.core.store import Store
from archwright.core.store_leases import MAX_CLAIMS, Answer, Refused
from archwright.core.trial import Trial

DONE = {"y": 0.1 + 0.2, "z": 1.0}


def jobs(*numbers):
    return [Job(n, {"x": n / 7}, (0, n, 1)) for n in numbers]


@pytest.fixture
def store(store_url):
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def study_id(store, spec):
    return store.create_study(spec)


def test_a_job_goes_to_one_worker_and_its_answer_comes_back(store, study_id):
    store.leases.enqueue(study_id, jobs(3, 4), timeout_s=2.5, memory_bytes=2**40)
    (first,) = store.leases.claim("a", 1, 60.0)
    (second,) = store.leases.claim("b", 5, 60.0)
    assert (first.job, second.job) == tuple(jobs(3, 4))
    assert (first.study_id, first.timeout_s, first.memory_bytes) == (study_id, 2.5, 2**40)
    assert store.leases.claim("c", 5, 60.0) == [] == store.leases.collect(study_id)
    assert store.leases.n_claimed(study_id) == 2
    assert store.leases.finish("a", {first.lease_id: (DONE, 0.25)}) == 1
    assert store.leases.finish("b", {second.lease_id: (Infeasible("no"), 0.5)}) == 1
    assert store.leases.collect(study_id) == [Answer(3, DONE, 0.25), Answer(4, Infeasible("no"), 0.5)]
    assert store.leases.collect(study_id, [4, 9]) == [Answer(4, Infeasible("no"), 0.5)]


def test_answers_stay_until_their_trials_are_committed(store, study_id):
    store.leases.enqueue(study_id, jobs(0, 1, 2))
    claims = store.leases.claim("a", 2, 60.0)
    store.leases.finish("a", {claim.lease_id: (DONE, 0.1) for claim in claims})
    assert [answer.number for answer in store.leases.collect(study_id)] == [0, 1]
    store.add_trials(study_id, [Trial(1, {"x": 1 / 7}, "done", DONE, 0.0, (0.3,), -0.3, 0.1, 1)])
    assert [answer.number for answer in store.leases.collect(study_id)] == [0]
    assert [claim.job.number for claim in store.leases.claim("b", 9, 60.0)] == [2]


def test_a_claim_that_ran_out_is_taken_over_and_its_late_answer_does_not_count(store, study_id):
    store.leases.enqueue(study_id, jobs(0))
    (late,) = store.leases.claim("a", 1, 0.05)
    time.sleep(0.1)
    (taken,) = store.leases.claim("b", 1, 60.0)
    assert taken == late
    assert store.leases.finish("a", {late.lease_id: (Failed("late"), 1.0)}) == 0
    assert store.leases.finish("b", {taken.lease_id: (DONE, 1.0)}) == 1
    assert store.leases.finish("b", {taken.lease_id: (Failed("again"), 1.0)}) == 0
    assert store.leases.collect(study_id) == [Answer(0, DONE, 1.0)]


def test_a_renewed_claim_holds(store, study_id):
    store.leases.enqueue(study_id, jobs(0))
    (held,) = store.leases.claim("a", 1, 0.2)
    store.leases.renew("a", [held.lease_id], 60.0)
    store.leases.renew("b", [held.lease_id], 0.0)  # not b's to renew
    time.sleep(0.3)
    assert store.leases.claim("b", 1, 60.0) == []


def test_a_released_claim_is_free_at_once_and_does_not_count_as_a_death(store, study_id):
    store.leases.enqueue(study_id, jobs(0))
    for _ in range(MAX_CLAIMS + 1):
        (claim,) = store.leases.claim("a", 1, 60.0)
        store.leases.release("a")
    assert store.leases.n_claimed(study_id) == 0
    assert store.leases.claim("b", 1, 60.0) == [claim]


def test_a_trial_that_kills_its_workers_has_failed_in_the_end(store, study_id):
    store.leases.enqueue(study_id, jobs(0))
    for n in range(MAX_CLAIMS):
        assert len(store.leases.claim(f"w{n}", 1, 0.01)) == 1
        time.sleep(0.03)
    assert store.leases.claim("last", 1, 60.0) == []
    (answer,) = store.leases.collect(study_id)
    assert answer.outcome == Failed("3 workers died while they evaluated it")


def test_offering_again_keeps_claims_and_answers(store, study_id):
    store.leases.enqueue(study_id, jobs(0, 1, 2))
    claims = store.leases.claim("a", 2, 60.0)
    store.leases.finish("a", {claims[0].lease_id: (DONE, 0.1)})
    store.leases.enqueue(study_id, jobs(0, 1, 2, 3))
    assert [answer.number for answer in store.leases.collect(study_id)] == [0]
    assert [claim.job.number for claim in store.leases.claim("b", 9, 60.0)] == [2, 3]


def test_another_design_or_a_retry_starts_afresh(store, study_id):
    store.leases.enqueue(study_id, jobs(0, 1))
    store.leases.finish("a", {claim.lease_id: (Failed("no"), 0.1) for claim in store.leases.claim("a", 2, 60.0)})
    store.leases.enqueue(study_id, [Job(0, {"x": 0.5}, (0, 0, 1))])
    assert [answer.number for answer in store.leases.collect(study_id)] == [1]
    store.leases.enqueue(study_id, jobs(1), is_retry=True)
    assert store.leases.collect(study_id) == []
    assert [claim.job.design["x"] for claim in store.leases.claim("a", 9, 60.0)] == [0.5, 1 / 7]


def test_what_nobody_has_claimed_can_be_withdrawn(store, study_id):
    store.leases.enqueue(study_id, jobs(0, 1, 2))
    (held,) = store.leases.claim("a", 1, 60.0)
    store.leases.withdraw(study_id, [0, 1])
    assert [claim.job.number for claim in store.leases.claim("b", 9, 60.0)] == [2]
    assert store.leases.finish("a", {held.lease_id: (DONE, 0.1)}) == 1


def test_a_refusal_comes_back_as_one(store, study_id):
    store.leases.enqueue(study_id, jobs(0))
    (claim,) = store.leases.claim("a", 1, 60.0)
    store.leases.finish("a", {claim.lease_id: (Refused("no ngspice here"), 0.0)})
    assert store.leases.collect(study_id) == [Answer(0, Refused("no ngspice here"), 0.0)]


def test_many_workers_never_share_a_trial(store, study_id):
    store.leases.enqueue(study_id, jobs(*range(200)))
    taken, errors = [], []

    def serve(name):
        try:
            with Store.open(store.place.url) as own:
                while claims := own.leases.claim(name, 3, 60.0):
                    taken.extend(claim.job.number for claim in claims)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=serve, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(taken) == len(set(taken))
    if not store.place.is_postgresql:  # there a worker may see every free row locked, and comes back later
        assert sorted(taken) == list(range(200))
