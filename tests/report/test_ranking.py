import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from archwright.report.ranking import LEVEL, holm, least_p, rank_methods


def scores(*values):
    """Feasible studies with these scores."""
    return [(0.0, -value) for value in values]


def test_a_clear_winner_is_named():
    ranking = rank_methods({"slow": scores(1.0, 1.1, 0.9, 1.05, 0.95), "fast": scores(2.0, 2.1, 1.9, 2.05, 1.95)})
    assert ranking.winner == "fast"
    assert ranking.verdict == "fast wins: it beats every other method beyond the noise of 5 seeds"
    assert [one.method for one in ranking.standings] == ["fast", "slow"]
    first, second = ranking.standings
    assert (first.median, first.low, first.high) == (2.0, 1.95, 2.05)
    assert (first.rank_low, first.rank_high) == (1.0, 1.0) and (second.rank_low, second.rank_high) == (2.0, 2.0)
    (pair,) = ranking.pairs
    assert pair.superiority == 1.0 and pair.is_significant
    assert pair.p == pytest.approx(mannwhitneyu([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).pvalue)


def test_inside_the_noise_there_is_no_winner():
    ranking = rank_methods({"a": scores(1.0, 2.0, 3.0, 4.0, 5.0), "b": scores(1.5, 2.5, 2.9, 3.5, 4.5)})
    assert ranking.winner is None
    assert ranking.verdict == "no winner: a and b differ less than the noise of 5 seeds"


def test_the_best_must_beat_every_other_and_the_verdict_names_those_it_does_not():
    rng = np.random.default_rng(0)
    ranking = rank_methods(
        {
            "a": scores(*(3.0 + 0.1 * rng.random(8))),
            "b": scores(*(3.0 + 0.1 * rng.random(8))),
            "c": scores(*(1.0 + 0.1 * rng.random(8))),
        }
    )
    assert ranking.winner is None
    assert "c" not in ranking.verdict.split(":")[1].split("differ")[0]
    assert [pair.is_significant for pair in ranking.pairs] == [False, True, True]


def test_noise_alone_seldom_wins():
    rng = np.random.default_rng(1)
    wins = sum(rank_methods({m: scores(*rng.random(5)) for m in "abc"}).winner is not None for _ in range(60))
    assert wins <= 60 * LEVEL * 2


def test_too_few_seeds_are_told_how_many_would_do():
    ranking = rank_methods({"a": scores(3.0, 3.1), "b": scores(1.0, 1.1)})
    assert ranking.winner is None and "4 seeds could tell 2 methods apart" in ranking.verdict
    assert least_p(3, 2) >= LEVEL > least_p(4, 2)


def test_equal_results_are_ties_and_rounding_wins_nothing():
    exact = scores(*[2.6464] * 8)
    rounded = scores(*[2.6464 * (1 - 1e-9 * i) for i in range(8)])
    ranking = rank_methods({"a": rounded, "b": exact})
    assert ranking.winner is None
    assert ranking.pairs[0].p == 1.0 and ranking.pairs[0].superiority == 0.5
    assert {one.rank for one in ranking.standings} == {1.5}


def test_meeting_the_goals_beats_any_score():
    met, missed = [(0.0, 500.0 + i) for i in range(5)], [(0.1 + 0.01 * i, 0.1 + 0.01 * i) for i in range(5)]
    ranking = rank_methods({"missed": missed, "met": met})
    assert ranking.winner == "met"
    assert [one.n_feasible for one in ranking.standings] == [5, 0]
    assert ranking.standings[0].median == -502.0 and ranking.standings[1].median == pytest.approx(-0.12)


def test_quartiles_are_studies_that_were_run():
    (one,) = rank_methods({"a": scores(1.0, 2.0, 3.0, 4.0)}).standings
    assert {one.low, one.median, one.high} <= {1.0, 2.0, 3.0, 4.0}
    assert one.low <= one.median <= one.high


def test_studies_without_any_answer_come_last():
    nothing = [(float("inf"), float("inf"))] * 5
    ranking = rank_methods({"dead": nothing, "alive": scores(1.0, 1.1, 1.2, 1.3, 1.4)})
    assert ranking.winner == "alive" and ranking.standings[1].median == -float("inf")


def test_one_method_and_one_seed_have_no_winner():
    assert rank_methods({"a": scores(1.0)}).verdict == "no winner: there is only one method"
    assert rank_methods({"a": scores(1.0), "b": scores(2.0)}).winner is None


def test_the_ranking_is_the_same_every_time():
    rng = np.random.default_rng(2)
    results = {m: scores(*rng.random(5)) for m in "abc"}
    assert rank_methods(results) == rank_methods(results)


@pytest.mark.parametrize(
    ("given", "corrected"),
    [([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]), ([0.5, 0.9], [1.0, 1.0]), ([], []), ([0.2], [0.2])],
)
def test_holms_correction(given, corrected):
    assert holm(given) == pytest.approx(corrected)
