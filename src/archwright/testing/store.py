"""The laws of a store: what goes in comes out, once, exactly, and to one runner at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from archwright.core.errors import Error, Failed, Infeasible, SpecError, StoreError
from archwright.core.goal import Goals
from archwright.core.pool_chunk import Job
from archwright.core.store import Store, StudySpec
from archwright.core.trial import Trial, judge

MakeStore = Callable[[], Store]

SPEC = StudySpec(
    name="first",
    problem="sphere",
    problem_version="1",
    optimizer="random",
    options={"width": 0.1, "layers": [1, 2], "name": None},
    goals=("min power_w", "gain_db >= 60.0"),
    seed=2**63 + 1,
    batch=4,
    units={"power_w": "W", "gain_db": "dB"},
    provenance={"python": "3.11", "word": "größer"},
)

NUMBERS = (0.1, -0.0, 1e-308, 5e-324, 1.7976931348623157e308, 2**53 + 1, 1 / 3, math.pi)
"""Numbers that come back changed from a store that rounds."""


def check_store(make_store: MakeStore, *, reopen: Callable[[Store], Store] | None = None) -> None:
    """Hold a store to everything that studies and workers rely on.

    Args:
        make_store: gives a new, empty, open store at every call.
        reopen: opens the place of a given store a second time; None for a store that lives in memory.

    Raises:
        AssertionError: a law is broken; the message says which.

    Example:
        >>> check_store(lambda: Store.open(":memory:"))
    """
    for law in (_check_studies, _check_trials, _check_numbers, _check_replacing, _check_blobs, _check_curves):
        with make_store() as store:
            law(store)
    for check in (_check_lock, _check_leases, _check_lost_leases, _check_commit_of_leases):
        with make_store() as store:
            check(store)
    if reopen is not None:
        with make_store() as store, _opened(reopen(store)) as again:
            _check_second_view(store, again)


@contextmanager
def _opened(store: Store) -> Iterator[Store]:
    with store:
        yield store


def trials_of_every_kind(numbers: Sequence[int], goals: Goals) -> list[Trial]:
    """Trials done, infeasible and failed in turn, with hints, awkward numbers and words.

    Example:
        >>> [trial.state for trial in trials_of_every_kind(range(3), Goals.read(["min power_w"]))]
        ['done', 'infeasible', 'failed']
    """
    found = []
    for number in numbers:
        value = NUMBERS[number % len(NUMBERS)]
        metrics = {"power_w": value, "gain_db": 61.0 if number % 2 else 59.0}
        outcome = (metrics, Infeasible("zu groß: 'x' \n\\ %s"), Failed("hang"))[number % 3]
        design = {"w_um": value, "load": ["a", "ö"], "on": True, "none": None, "count": number}
        hint = None if number % 4 == 0 else {"keys": list(NUMBERS[:5]), "slot": number, "deep": {"a": [True, None]}}
        found.append(judge(number, design, outcome, goals, seconds=value % 1.0, attempts=number % 3, hint=hint))
    return found


def _study(store: Store, name: str = "first") -> tuple[int, Goals]:
    spec = replace(SPEC, name=name)
    return store.create_study(spec), Goals.read(spec.goals)


def _refused(act: Callable[[], Any], error: type[Error], why: str) -> None:
    try:
        act()
    except error as raised:
        assert str(raised), f"{error.__name__} says nothing"
        return
    raise AssertionError(why)


def _check_studies(store: Store) -> None:
    assert store.studies() == [], "a new store must hold no study; make_store must give an empty one"
    assert store.find_study("first") is None, "find_study must give None for an unknown name"
    first, _ = _study(store)
    second, _ = _study(store, "second")
    assert first != second, "two studies share an id"
    found = store.find_study("first")
    assert found == (first, SPEC), f"find_study gives {found!r}, not the id and the spec that were stored"
    assert store.spec(second) == replace(SPEC, name="second"), "spec(id) gives another spec than was stored"
    assert [one for one, _ in store.studies()] == [first, second], "studies() must list all, oldest first"
    _refused(lambda: _study(store), StoreError, "a second study of the same name is accepted; names are unique")
    _refused(lambda: store.spec(second + 1000), StoreError, "spec() of an unknown id must raise StoreError")


def _check_trials(store: Store) -> None:
    study, goals = _study(store)
    other, _ = _study(store, "second")
    trials = trials_of_every_kind(range(24), goals)
    store.add_trials(study, trials[:10])
    store.add_trials(study, [])
    store.add_trials(study, trials[10:])
    assert store.trials(study) == trials, "trials come back otherwise than they were stored; store every field exactly"
    assert store.count(study) == 24 and store.count(other) == 0, "count() is not the number of the study's trials"
    assert store.trials(other) == [], "a study shows the trials of another"
    assert store.trials(study, 5, 12) == trials[5:12], "trials(study, start, stop) must give start <= number < stop"
    again = [replace(trials[3]), *trials_of_every_kind([30], goals)]
    _refused(lambda: store.add_trials(study, again), StoreError, "a number is stored twice; trials are stored once")
    assert store.count(study) == 24, "a refused batch leaves a part behind; store all of a batch or nothing"
    store.add_trials(other, trials[:1])
    assert store.count(other) == 1, "two studies must be able to have trials of the same number"


def _check_numbers(store: Store) -> None:
    study, goals = _study(store)
    trials = trials_of_every_kind(range(3 * len(NUMBERS)), goals)
    store.add_trials(study, trials[::-1])
    for stored, found in zip(trials, store.trials(study), strict=True):
        assert found.number == stored.number, "trials must come back in order of number, however they were stored"
        for name, value in stored.metrics.items():
            is_exact = float(found.metrics[name]).hex() == float(value).hex()
            assert is_exact, f"{name} = {value!r} comes back as {found.metrics[name]!r}; store all 17 digits"
        for name in ("violation", "score", "seconds"):
            is_same = getattr(found, name) == getattr(stored, name)
            assert is_same, f"{name} = {getattr(stored, name)!r} comes back as {getattr(found, name)!r}"
        is_same = found.design == stored.design and list(found.design) == list(stored.design)
        assert is_same, f"the design {stored.design!r} comes back as {found.design!r}"
    judged = store.trials(study, goals=Goals.read(["max gain_db"]))
    scores = {trial.score for trial in judged if trial.state == "done"}
    assert scores == {59.0, 61.0}, "trials(goals=...) must judge the stored metrics by those goals"


def _check_replacing(store: Store) -> None:
    study, goals = _study(store)
    trials = trials_of_every_kind(range(4), goals)
    store.add_trials(study, trials)
    fresh = replace(trials_of_every_kind([3], goals)[0], number=2, attempts=5)
    store.replace_trial(study, fresh)
    expected = [*trials[:2], fresh, trials[3]]
    assert store.trials(study) == expected, "replace_trial must change the trial of that number and no other"
    missing = replace(fresh, number=99)
    _refused(lambda: store.replace_trial(study, missing), StoreError, "replace_trial adds a trial; it must refuse")


def _check_blobs(store: Store) -> None:
    study, _ = _study(store)
    other, _ = _study(store, "second")
    blob = bytes(range(256)) * 64
    assert store.artifact(study, "weights") is None, "artifact() must give None for an unknown name"
    for content in (b"", blob, blob[::-1]):
        store.save_artifact(study, "weights", content)
        assert store.artifact(study, "weights") == content, "a blob comes back otherwise than it was stored"
    assert store.artifact(other, "weights") is None, "a study shows the artifact of another"


def _check_curves(store: Store) -> None:
    study, goals = _study(store)
    store.add_trials(study, trials_of_every_kind(range(2), goals))
    x, y = np.logspace(0, 9, 50), np.array([*NUMBERS, math.inf, -math.inf] * 5)
    assert store.curves(study, 0) == {}, "a trial without curves must have none"
    store.save_curve(study, 0, "noise", y, x)
    store.save_curve(study, 0, "bode", x, x)
    store.save_curve(study, 0, "bode", x, y)
    found = store.curves(study, 0)
    assert sorted(found) == ["bode", "noise"], f"curves() gives {sorted(found)}, not the two that were stored"
    is_same = np.array_equal(found["bode"][0], x) and np.array_equal(found["bode"][1], y)
    assert is_same, "a curve comes back otherwise than it was stored last"
    assert store.curves(study, 1) == {}, "a trial shows the curves of another"


def _check_lock(store: Store) -> None:
    study, _ = _study(store)
    other, _ = _study(store, "second")

    def lock_again() -> None:
        with store.lock(study):
            pass

    with store.lock(study):
        _refused(lock_again, SpecError, "two runners hold the lock of one study; one must be refused")
        with store.lock(other):
            pass
    lock_again()


def _jobs(numbers: Sequence[int]) -> list[Job]:
    return [Job(number, {"x": number / 7}, (2**40, number)) for number in numbers]


def _check_leases(store: Store) -> None:
    study, _ = _study(store)
    leases, jobs = store.leases, _jobs(range(6))
    assert leases.claim("a", 4, 60.0) == [], "a worker gets a trial from an empty store"
    leases.enqueue(study, jobs, timeout_s=2.5, memory_bytes=10**10)
    first, second = leases.claim("a", 2, 60.0), leases.claim("b", 9, 60.0)
    assert [one.job for one in [*first, *second]] == jobs, (
        "workers must get every job once, in order, as it was offered"
    )
    is_same = all((one.timeout_s, one.memory_bytes, one.study_id) == (2.5, 10**10, study) for one in first)
    assert is_same, "a claim must carry the study and the limits of its job"
    assert leases.claim("c", 9, 60.0) == [], "a trial is handed to two workers"
    assert leases.n_claimed(study) == 6, "n_claimed must count what workers hold"
    answers = {one.lease_id: ({"power_w": 1 / 3, "gain_db": 60.0}, 0.25) for one in first}
    assert leases.finish("b", dict(answers)) == 0, "a worker answers for another; only the holder of a claim may"
    assert leases.finish("a", dict(answers)) == 2, "finish must say how many answers counted"
    leases.finish("b", {second[0].lease_id: (Infeasible("does not exist"), 0.5)})
    found = [(one.number, one.outcome, one.seconds) for one in leases.collect(study)]
    metrics = {"power_w": 1 / 3, "gain_db": 60.0}
    expected = [(0, metrics, 0.25), (1, metrics, 0.25), (2, Infeasible("does not exist"), 0.5)]
    assert found == expected, f"collect gives {found!r}, not the answers that workers gave"


def _check_lost_leases(store: Store) -> None:
    study, _ = _study(store)
    leases = store.leases
    leases.enqueue(study, _jobs(range(3)))
    (lost, kept) = leases.claim("a", 2, 0.01)
    leases.renew("a", [kept.lease_id], 60.0)
    time.sleep(0.05)
    taken = leases.claim("b", 9, 60.0)
    assert [one.job.number for one in taken] == [0, 2], (
        "a claim that ran out must go to another worker, a renewed one not"
    )
    late = leases.finish("a", {lost.lease_id: (Failed("late"), 0.1)})
    assert late == 0, "an answer to a claim that went to another worker counts; it must not"
    leases.release("b")
    assert [one.job.number for one in leases.claim("c", 1, 60.0)] == [0], "what a worker releases must be free at once"
    leases.withdraw(study, [0, 1, 2])
    assert leases.claim("d", 9, 60.0) == [], "withdraw must take back what nobody holds"
    assert leases.finish("a", {kept.lease_id: (Failed("hang"), 0.1)}) == 1, "withdraw takes a trial from its worker"


def _check_commit_of_leases(store: Store) -> None:
    study, goals = _study(store)
    leases = store.leases
    leases.enqueue(study, _jobs(range(2)))
    claims = leases.claim("a", 2, 60.0)
    leases.finish("a", {one.lease_id: ({"power_w": 1.0, "gain_db": 60.0}, 0.1) for one in claims})
    leases.enqueue(study, _jobs(range(2)))
    assert len(leases.collect(study)) == 2, "offering a trial again loses its answer"
    store.add_trials(study, trials_of_every_kind([0], goals))
    left = [one.number for one in leases.collect(study)]
    assert left == [1], f"after trial 0 is stored, the answers of {left} wait; add_trials must clear what it stores"


def _check_second_view(store: Store, again: Store) -> None:
    study, goals = _study(store)
    trials = trials_of_every_kind(range(9), goals)
    store.add_trials(study, trials)
    is_seen = again.find_study("first") is not None and again.trials(study) == trials
    assert is_seen, "a second view of the store does not see what is committed"

    def lock_again() -> None:
        with again.lock(study):
            pass

    with store.lock(study):
        _refused(lock_again, SpecError, "two processes hold the lock of one study; one must be refused")
        assert again.count(study) == 9, "a locked study cannot be read; reading must always be possible"
    lock_again()
    store.leases.enqueue(study, _jobs(range(20, 24)))
    mine, theirs = store.leases.claim("a", 2, 60.0), again.leases.claim("b", 4, 60.0)
    numbers = [one.job.number for one in [*mine, *theirs]]
    assert numbers == [20, 21, 22, 23], f"two workers on two views of the store claim {numbers}; each trial goes to one"
