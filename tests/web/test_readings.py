import json
import threading

import pytest

from archwright.core.errors import SpecError, StoreError
from archwright.core.store import Store
from archwright.core.study import Study
from archwright.testing.functions import Sphere
from archwright.web import readings as module
from archwright.web.readings import Readings

SUMMARY = {
    "name", "problem", "optimizer", "seed", "goals", "trials", "simulations", "feasible", "infeasible", "failed",
    "seconds", "goals_met", "score", "begun_at",
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "s.db")


@pytest.fixture
def study(path):
    return Study.open(path, "first", Sphere(2), "random", source="sphere").run(trials=32)


@pytest.fixture
def readings(path, study):
    return Readings(path, lambda source: Sphere(2))


def test_summaries_are_plain_json(readings):
    (found,) = json.loads(json.dumps(readings.studies(), allow_nan=False))
    assert set(found) == SUMMARY and found["trials"] == 32 and found["problem"] == "sphere"
    assert readings.summary("first") == found


def test_newest_studies_come_first(readings, path):
    Study.open(path, "second", Sphere(2), "random", source="sphere")
    assert [one["name"] for one in readings.studies()] == ["second", "first"]
    assert readings.summary("second")["score"] is None


def test_a_growing_study_is_read_anew(readings, study):
    before = readings.summary("first")
    study.run(trials=64)
    after = readings.summary("first")
    assert (before["trials"], after["trials"]) == (32, 64)
    assert f"{after['score']:#.4g}" in readings.page("first")


def test_what_has_not_grown_is_kept_for_a_while(readings, monkeypatch):
    assert readings.page("first") is readings.page("first")
    before = readings.summary("first")
    monkeypatch.setattr(module.time, "monotonic", lambda: 1e12)
    assert readings.summary("first") is not before and readings.summary("first") == before


def test_best_and_front(readings, study):
    assert readings.best("first")["best"]["number"] == study.best().number
    assert [one["number"] for one in readings.front("first")["front"]] == [t.number for t in study.front()]


def test_a_study_without_trials_has_no_best(readings, path):
    Study.open(path, "empty", Sphere(2), "random", source="sphere")
    assert readings.best("empty") == {"best": None} and readings.front("empty") == {"front": []}
    assert "no trials yet" in readings.page("empty")


def test_an_unknown_study_is_refused_with_the_nearest(readings):
    with pytest.raises(SpecError, match="did you mean 'first'"):
        readings.summary("frist")


def test_a_store_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="no such store"):
        Readings(str(tmp_path / "no.db"), lambda source: Sphere(2)).studies()


def test_reading_beside_a_run_disturbs_nothing(readings, study, path):
    seen, ended = [], threading.Event()

    def read():
        while not ended.is_set():
            seen.append(readings.summary("first")["trials"])

    thread = threading.Thread(target=read)
    thread.start()
    study.run(trials=2000)
    ended.set()
    thread.join()
    assert seen == sorted(seen) and readings.summary("first")["trials"] == 2000
    with Store.open(path, read_only=True) as store:
        assert [t.number for t in store.trials(1)] == list(range(2000))
