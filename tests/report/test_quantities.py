import pytest

from archwright.core.goal import goal
from archwright.report.quantities import axis_unit, label, pretty, show, show_goal, show_score

UNITS = {"power_w": "W", "gain_ohm": "ohm"}


@pytest.mark.parametrize(
    ("metric", "unit", "shown"),
    [
        ("power_w", "W", "power"),
        ("f3db_hz", "Hz", "f3db"),
        ("area_um2", "um2", "area"),
        ("gain_db", "", "gain db"),
        ("w", "W", "w"),
        ("makespan", "", "makespan"),
        ("noise_v2_per_hz", "V2/Hz", "noise"),
        ("noise_a_rthz", "A/sqrtHz", "noise"),
    ],
)
def test_labels_drop_the_unit_only_when_it_repeats(metric, unit, shown):
    assert label(metric, unit) == shown


def test_a_missing_figure_is_a_dash():
    assert show(None, "W") == "-"
    assert show(20235.97, "ohm") == "20.236 kohm"


@pytest.mark.parametrize(
    ("plain", "printed"),
    [("≥ 20.236 kohm", "≥ 20.236 kΩ"), ("3 um2", "3 µm²"), ("5 uW", "5 µW"), ("2 us", "2 µs"), ("unusual", "unusual")],
)
def test_units_are_printed_as_in_books(plain, printed):
    assert pretty(plain) == printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [("power_w <= 3 mW", "≤ 3 mW"), ("gain_ohm >= 20 kohm log", "≥ 20 kohm"), ("max gain_ohm ref 3", "max")],
)
def test_goals_are_short(text, shown):
    assert show_goal(goal(text, UNITS), UNITS) == shown


@pytest.mark.parametrize(
    ("value", "unit", "factor", "shown"),
    [
        (9e7, "Hz", 1e-6, "MHz"),
        (1.8e-3, "W", 1e3, "mW"),
        (112.0, "um2", 1.0, "um2"),
        (0.0, "W", 1.0, "W"),
        (5.0, "", 1.0, ""),
    ],
)
def test_axes_have_short_numbers(value, unit, factor, shown):
    assert axis_unit(value, unit) == (pytest.approx(factor), shown)


def test_rounding_is_shown_as_zero_and_small_quantities_are_kept():
    assert show(-5.8e-15, "dB") == "0 dB" and show(3e-12, "") == "0"
    assert show(1.9021e-12, "A/sqrtHz") == "1.9021 pA/sqrtHz" and show(1e-15, "F") == "1 fF"


@pytest.mark.parametrize(("score", "shown"), [(2.0, "2.000"), (2.64617, "2.646"), (-0.5, "-0.5000"), (4152.0, "4152")])
def test_scores_keep_four_digits(score, shown):
    assert show_score(score) == shown
