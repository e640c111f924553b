import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.core.cache import EvaluationCache, store_lookup
from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goals
from archwright.core.store import Store
from archwright.core.trial import judge
from archwright.testing.misbehaving import Misbehaving, Unsteady

GOALS = Goals.read(["min y"])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def trial(number, design, outcome):
    return judge(number, design, outcome, GOALS, seconds=0.1, attempts=1)


@given(st.dictionaries(st.text(), PLAIN, min_size=2))
def test_the_order_of_parameters_does_not_matter(design):
    cache = EvaluationCache(Misbehaving(), 0)
    assert cache.key(design) == cache.key(dict(reversed(design.items())))


@given(PLAIN, PLAIN)
def test_designs_that_differ_have_keys_that_differ(first, second):
    cache = EvaluationCache(Misbehaving(), 0)
    assert (cache.key(first) == cache.key(second)) == (repr(sorted_deep(first)) == repr(sorted_deep(second)))


def sorted_deep(value):
    if isinstance(value, dict):
        return {key: sorted_deep(value[key]) for key in sorted(value)}
    return [sorted_deep(one) for one in value] if isinstance(value, list) else value


def test_a_design_changed_after_it_was_asked_is_another_object_s_key():
    cache = EvaluationCache(Misbehaving(), 0)
    keys = [cache.key({"x": n / 3}) for n in range(10_000)]  # memory of these objects is used again
    assert len(set(keys)) == 10_000
    assert keys == [EvaluationCache(Misbehaving(), 0).key({"x": n / 3}) for n in range(10_000)]


def test_name_and_version_are_part_of_the_key_and_the_seed_where_metrics_vary():
    def key(kind, seed=0, **changed):
        problem = kind()
        for name, value in changed.items():
            setattr(problem, name, value)
        return EvaluationCache(problem, seed).key({"x": 0.5})

    assert key(Misbehaving, 0) == key(Misbehaving, 1)
    assert len({key(Misbehaving), key(Misbehaving, name="other"), key(Misbehaving, version="2")}) == 3
    assert len({key(Unsteady, 0), key(Unsteady, 1)}) == 2


def test_answers_are_found_again_and_failures_are_not_kept():
    cache = EvaluationCache(Misbehaving(), 0)
    answers = [
        trial(0, {"x": 0.0}, {"y": 1.0}),
        trial(1, {"x": 1.0}, Infeasible("no")),
        trial(2, {"x": 2.0}, Failed("?")),
    ]
    for one in answers:
        cache.put(one)
    assert [cache.get(cache.key(one.design)) for one in answers] == [answers[0], answers[1], None]
    assert len(cache) == 2


def test_the_first_answer_stays():
    cache = EvaluationCache(Misbehaving(), 0)
    for number in range(2):
        cache.put(trial(number, {"x": 0.0}, {"y": 1.0}))
    assert cache.get(cache.key({"x": 0.0})).number == 0


@pytest.fixture
def store(tmp_path, spec):
    """Studies of: the problem, the problem in another version, the same with another seed, another problem."""
    changes = [{}, {"problem_version": "2"}, {"seed": 1}, {"problem": "other"}]
    with Store.open(tmp_path / "my.db") as opened:
        for n, change in enumerate(changes):
            study_id = opened.create_study(dataclasses.replace(spec, name=str(n), **change))
            opened.add_trials(study_id, [trial(0, {"x": float(n)}, {"y": 1.0, "z": 2.0})])
        yield opened


def test_a_store_is_searched_for_the_same_problem_and_version(store):
    cache = store_lookup(store, Misbehaving(), 0, Goals.read(["max z"]))
    found = [cache.get(cache.key({"x": float(n)})) for n in range(4)]
    assert [one is not None for one in found] == [True, False, True, False]
    assert found[0].objectives == (-2.0,) and found[0].score == 2.0


def test_a_problem_known_by_another_name_is_found_under_it(store):
    problem = Misbehaving()
    elsewhere = store_lookup(store, problem, 0, GOALS, known_as="problem.toml")
    assert len(elsewhere) == 0
    assert len(store_lookup(store, problem, 0, GOALS, known_as=problem.name)) > 0


def test_where_metrics_vary_only_the_same_seed_counts(store):
    problem = Unsteady()
    cache = store_lookup(store, problem, 0, GOALS)
    assert [cache.get(cache.key({"x": float(n)})) is not None for n in range(4)] == [True, False, False, False]
