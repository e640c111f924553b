import math
from dataclasses import replace

import pytest

from archwright.core.errors import SpecError
from archwright.core.store import Store
from archwright.core.trial import Trial
from archwright.systems.scope import (
    BRIEF,
    Plan,
    Scope,
    best_score,
    first_simulations,
    run_plan,
    simulations,
    simulations_to,
)
from archwright.testing.functions import Sphere

PROBLEM = "two-machine-schedule"


def trial(number, score=1.0, violation=0.0, attempts=1):
    return Trial(number, {}, "done", {}, violation, (), score, 0.1, attempts)


def plans(trials=24, seeds=3):
    return [Plan("random", PROBLEM, "random", trials, seed, batch=8) for seed in range(seeds)]


@pytest.fixture
def store(tmp_path):
    return str(tmp_path / "reproduce.db")


def designs(tables):
    return [[one.design for one in table] for table in tables]


def test_plans_are_run_stored_and_not_run_again(store):
    told = []
    scope = Scope(store, on_progress=lambda *progress: told.append(progress))
    tables = scope.run(plans())
    assert [simulations(table) for table in tables] == [24, 24, 24]
    assert told == [(f"random {PROBLEM} seed {k}", k + 1, 3) for k in range(3)]
    with Store.open(store) as opened:
        stored = {spec.name: opened.count(number) for number, spec in opened.studies()}
    scope.run(plans())
    with Store.open(store) as opened:
        assert {spec.name: opened.count(number) for number, spec in opened.studies()} == stored


def test_several_jobs_give_the_same_tables(store, tmp_path):
    alone = Scope(str(tmp_path / "alone.db")).run(plans(seeds=2))
    together = Scope(store, jobs=2).run(plans(seeds=2))
    assert designs(together) == designs(alone)


def test_an_error_in_a_process_reaches_the_caller(store):
    with pytest.raises(SpecError, match="optimizer"):
        Scope(store, jobs=2).run([Plan("x", PROBLEM, "no-such-method", 8)])


def test_a_longer_study_shows_only_what_was_planned(store):
    scope = Scope(store)
    longer = scope.run(plans(48, 1))[0]
    shorter = scope.run(plans(16, 1))[0]
    assert simulations(shorter) == 16
    assert designs([shorter]) == designs([longer[: len(shorter)]])


def test_a_plan_goes_on_where_it_was(store, tmp_path):
    run_plan(store, plans(8, 1)[0])
    whole = Scope(str(tmp_path / "whole.db")).run(plans(24, 1))
    assert designs(Scope(store).run(plans(24, 1))) == designs(whole)


def test_a_brief_plan_has_the_same_curve_and_keeps_no_trial(store, tmp_path):
    tight = [replace(plan, problem="confuciux[workload=alexnet,budget=iotx]") for plan in plans(24, 2)]
    brief = [replace(plan, keeps_designs=False) for plan in tight]
    whole = Scope(str(tmp_path / "whole.db")).run(tight)
    assert any(not trial.is_feasible for trial in whole[0])
    found = Scope(store).run(brief)
    for one, other in zip(found, whole, strict=True):
        assert [(t.score, t.violation, t.attempts) for t in one] == [(t.score, t.violation, t.attempts) for t in other]
    with Store.open(store) as opened:
        assert [opened.count(number) for number, _ in opened.studies()] == [0, 0]
        before = [opened.artifact(number, BRIEF) for number, _ in opened.studies()]
    assert len(before[0]) == 24 * len(found[0])
    assert [len(table) for table in Scope(store).run([replace(plan, trials=8) for plan in brief])] == [8, 8]
    with Store.open(store) as opened:
        assert [opened.artifact(number, BRIEF) for number, _ in opened.studies()] == before


def test_starts_are_told_once_and_count(store):
    sphere = Sphere(2)
    starts = [{"x1": 0.25, "x2": 0.5}, {"x1": -0.5, "x2": 0.0}]
    plan = Plan("started", sphere, "random", 10, batch=4, starts=starts)
    for _ in range(2):
        (table,) = Scope(store).run([plan])
        assert [trial.design for trial in table[:2]] == starts and simulations(table) == 10
    assert plan.name == f"started {sphere.name} seed 0"


def test_methods_keep_their_tables_apart(store):
    by_method = {
        "random": plans(8, 2),
        "annealing": [Plan("annealing", PROBLEM, "annealing", 16)],
    }
    tables = Scope(store).run_methods(by_method)
    assert {method: [simulations(one) for one in found] for method, found in tables.items()} == {
        "random": [8, 8],
        "annealing": [16],
    }


def test_the_form_chooses():
    assert Scope("x").choose(quick=1, full=2) == 1
    assert Scope("x", is_full=True).choose(quick=1, full=2) == 2


def test_cached_answers_are_no_simulations():
    table = [trial(0), trial(1, attempts=0), trial(2), trial(3, attempts=0), trial(4)]
    assert simulations(table) == 3
    assert [one.number for one in first_simulations(table, 2)] == [0, 1, 2, 3]


def test_simulations_to_a_score_count_feasible_trials_only():
    table = [trial(0, 9.0, violation=0.1), trial(1, 1.0), trial(2, 2.0, attempts=0), trial(3, 3.0)]
    assert [simulations_to(table, score) for score in (1.0, 2.0, 3.0, 4.0)] == [2, 2, 3, None]
    assert best_score(table) == 3.0 and best_score(table[:1]) == -math.inf
