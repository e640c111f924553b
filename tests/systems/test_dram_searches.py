"""Searches on a table: what they ask for is stored once, ends at the optimum, and is judged against it."""

import numpy as np
import pytest

from archwright.core.store import Store
from archwright.memory.dram.exhaustive import stored_table
from archwright.memory.dram.simulation import METRICS
from archwright.systems import dram_searches as searches
from archwright.systems.dram_searches import FRONT, Outcome, Search, outcome_of, run_searches
from archwright.systems.scope import Scope


@pytest.fixture(autouse=True)
def made_up_tables(monkeypatch):
    """A table by lot in the place of a trace's: the time of row 0 alone is near the optimum."""
    table = np.random.default_rng(0).uniform(20e-6, 40e-6, (166_464, len(METRICS)))
    names = list(METRICS)
    table[:, names.index("postponed_refreshes")] = 8.0
    table[:, names.index("power_w")] = 1.0 + np.arange(len(table)) % 50
    monkeypatch.setattr(searches, "stored_table", lambda problem: table)
    for cached in (searches.tabled, searches.rewards_of):
        cached.cache_clear()
    yield
    for cached in (searches.tabled, searches.rewards_of):
        cached.cache_clear()
    assert stored_table is not searches.stored_table


def test_a_search_is_stored_and_the_same_again(tmp_path):
    scope = Scope(str(tmp_path / "one.db"))
    plans = [Search("random", "cloud-1", "time_reward", seed, 40) for seed in (0, 1)]
    first, other = run_searches(scope, plans)
    assert len(first) == len(other) == 40 and not np.array_equal(first, other)
    again = run_searches(Scope(str(tmp_path / "two.db")), plans)
    assert np.array_equal(again[0], first)
    told = []
    kept = run_searches(Scope(scope.store, on_progress=lambda what, done, of: told.append((done, of))), plans)
    assert np.array_equal(kept[1], other) and told == [(1, 2), (2, 2)]


def test_a_search_ends_with_the_batch_that_finds_the_optimum(tmp_path):
    """One design in fifty has the best power."""
    search, scope = Search("random", "cloud-1", "power_reward", 0, 4000), Scope(str(tmp_path / "s.db"))
    (rows,) = run_searches(scope, [search])
    with Store.open(scope.store) as store:
        batch = store.find_study(search.name)[1].batch
    values = searches.rewards_of("cloud-1", "power_reward")
    first = int(np.argmax(values[rows] == values.max()))
    assert len(rows) == (first // batch + 1) * batch < 4000


def test_a_front_is_looked_for_to_the_end(tmp_path):
    search = Search("NSGA-II", "cloud-1", FRONT, 0, 300)
    assert search.goals[:2] == ("min power_w", "min time_s")
    (rows,) = run_searches(Scope(str(tmp_path / "s.db")), [search])
    assert len(rows) == 300


@pytest.mark.parametrize("method", [name for name in searches.METHODS if name != "Bayesian"])
def test_every_method_searches(method, tmp_path):
    (rows,) = run_searches(Scope(str(tmp_path / "s.db")), [Search(method, "cloud-1", "time_reward", 0, 40)])
    assert len(rows) == 40 and rows.min() >= 0 and rows.max() < 166_464


def test_an_outcome_counts_designs_with_and_without_repeats():
    values = np.array([1.0, 3.0, 4.0, -np.inf])
    assert outcome_of(np.array([0, 0, 3, 1, 2, 2]), values) == Outcome(1.0, 5, 4)
    assert outcome_of(np.array([0, 1]), values) == Outcome(0.75, None, None)
    assert outcome_of(np.array([3]), values) == Outcome(0.0, None, None)
