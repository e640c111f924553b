import numpy as np
import pytest

from archwright.core.trial import Trial
from archwright.report.curves import Curve, bands, budgets, curve, curves_figure, table_budgets


def trial(number, violation, score):
    return Trial(number, {}, "done", {}, violation, (), score, 0.1, 1)


TABLE = [trial(0, 0.5, -0.5), trial(1, 0.0, 1.0), trial(2, 0.0, 0.5), trial(3, 0.0, 3.0)]


def test_budgets_are_log_spaced_and_end_at_the_whole():
    assert budgets(1000, 4) == [1, 10, 100, 1000]
    assert budgets(3) == [1, 2, 3]


@pytest.mark.parametrize(
    ("trials", "shown"), [(3000, [30, 100, 300, 1000, 3000]), (100, [10, 33, 100]), (12, [12]), (1, [1])]
)
def test_a_table_shows_few_budgets(trials, shown):
    assert table_budgets(trials) == shown


def test_a_curve_is_the_best_so_far_and_stays_when_the_study_ends():
    found = curve(TABLE, [1, 2, 3, 4, 9])
    assert found.violation.tolist() == [0.5, 0, 0, 0, 0]
    np.testing.assert_equal(found.score, [np.nan, 1.0, 1.0, 3.0, 3.0])
    assert found.quality(0) == (0.5, 0.5) and found.quality(3) == (0.0, -3.0)


def test_an_empty_study_has_an_empty_curve():
    found = curve([], [1, 5])
    assert found.quality(1) == (np.inf, np.inf)


def test_bands_are_quartiles_over_seeds_and_wait_for_the_slow_ones():
    curves = [
        Curve(np.zeros(2), np.array([late, value]))
        for late, value in zip([np.nan, np.nan, 1, 2, 3], range(5), strict=True)
    ]
    low, middle, high = bands(curves)
    np.testing.assert_equal(low, [np.nan, 1.0])
    np.testing.assert_equal(middle, [1.0, 2.0])
    np.testing.assert_equal(high, [2.0, 3.0])


def test_the_figure_has_a_colour_per_method(is_drawn):
    at = budgets(4)
    curves = {name: [curve(TABLE, at)] for name in ("a", "b")}
    svg = is_drawn(curves_figure(at, curves, {"human": 2.0}), "curves")
    assert "var(--series-1)" in svg and "var(--series-2)" in svg and "var(--series-3)" not in svg
    assert "human 2" in svg


def test_methods_that_never_met_a_goal_can_be_drawn(is_drawn):
    at = budgets(4)
    is_drawn(curves_figure(at, {"a": [curve(TABLE[:1], at)]}, {}), "curves")


def test_colours_come_round_again():
    at = budgets(4)
    svg = curves_figure(at, {f"m{i}": [curve(TABLE, at)] for i in range(10)}, {})
    assert "var(--series-8)" in svg
