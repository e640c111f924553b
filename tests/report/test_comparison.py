import json

import pytest

from archwright.core.goal import Goals
from archwright.report.comparison import Comparison, comparison_json, comparison_page, show_score
from archwright.report.ranking import Standing

STANDING = {"method", "n_seeds", "n_feasible", "median", "low", "high", "rank", "rank_low", "rank_high"}


@pytest.fixture
def comparison(beam, make_trials):
    tables = {
        "random": [make_trials(60, seed) for seed in range(5)],
        "clever": [make_trials(60, seed, better=0.4) for seed in range(5)],
    }
    return Comparison(beam, Goals(beam.goals), 54, tables, range(5))


def test_methods_are_ranked_at_every_budget(comparison):
    assert comparison.budgets == [18, 54]
    assert len(comparison.rankings) == 2 and comparison.final is comparison.rankings[-1]
    best = {
        method: sorted(max(t.score for t in table if t.is_feasible and t.attempts) for table in tables)
        for method, tables in comparison.tables.items()
    }
    medians = {one.method: one.median for one in comparison.final.standings}
    assert medians == {method: values[2] for method, values in best.items()}


def test_trials_beyond_the_budget_do_not_count(comparison, beam):
    short = Comparison(beam, comparison.goals, 10, comparison.tables, range(5))
    first = comparison.tables["random"][0]
    seen = [t for t in first if t.attempts][:10]
    assert short._curves([10])["random"][0].quality(0)[0] == min(t.violation for t in seen)


def test_json_holds_everything_and_is_json(comparison):
    found = json.loads(json.dumps(comparison_json(comparison), allow_nan=False))
    assert set(found) == {"problem", "goals", "trials", "seeds", "winner", "verdict", "pairs", "budgets"}
    assert found["seeds"] == [0, 1, 2, 3, 4] and found["trials"] == 54
    assert [set(one) for one in found["pairs"]] == [
        {"better", "worse", "p", "p_corrected", "superiority", "is_significant"}
    ]
    assert [set(one) for one in found["budgets"]] == [{"simulations", "winner", "verdict", "standings"}] * 2
    assert all(set(one) == STANDING for at in found["budgets"] for one in at["standings"])


def test_json_of_dead_studies_has_nulls(beam):
    dead = Comparison(beam, Goals(beam.goals), 10, {"a": [[]], "b": [[]]}, [0])
    found = json.loads(json.dumps(comparison_json(dead), allow_nan=False))
    assert found["budgets"][0]["standings"][0]["median"] is None


def test_the_page_shows_curves_standings_pairs_and_the_command(comparison):
    page = comparison_page(comparison, "archwright compare beam --with random,clever")
    for text in ("Learning curves", "Standing at the whole budget", "Two by two", "Score at smaller budgets"):
        assert text in page
    assert "archwright compare beam --with random,clever" in page
    assert comparison.final.verdict[1:] in page
    assert "http" not in page.replace("http://www.w3.org/", "")


def test_the_page_of_one_method_and_one_budget(beam, make_trials):
    page = comparison_page(Comparison(beam, Goals(beam.goals), 8, {"random": [make_trials(9)]}, [0]), "x")
    assert "Two by two" not in page and "Score at smaller budgets" not in page and "only one method" in page


def test_scores_without_an_answer_say_so():
    nothing = -float("inf")
    assert show_score(Standing("a", 5, 0, nothing, nothing, nothing, 1.0, 1.0, 1.0)) == "no answer"
    assert show_score(Standing("a", 5, 5, 2.0, 1.5, 2.5, 1.0, 1.0, 1.0)) == "2 (1.5 to 2.5)"
