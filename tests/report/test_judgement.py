import pytest

from archwright.core.goal import Goals
from archwright.core.problem import Reference
from archwright.report.judgement import KnownDesign, known_designs, metric_rows


def rows_of(beam, metrics, known=()):
    return {row.metric: row for row in metric_rows(metrics, beam.metrics, Goals(beam.goals), known)}


def test_references_are_simulated_where_their_design_is_known(beam):
    human, rumour = known_designs(beam, Goals(beam.goals))
    assert human.is_simulated and human.metrics["mass_g"] == 2.0, "simulated, not the published 2.1"
    assert human.score == pytest.approx(2 / 2 + 2e-3 / 2e-3) and human.violation == 0.0
    assert not rumour.is_simulated and rumour.score is None and rumour.metrics == {"mass_g": 0.5}


def test_a_reference_that_cannot_be_simulated_keeps_its_published_figures(beam):
    beam.references = lambda: [Reference("wide", {"width": 1.95, "height": 2.0, "steel": "soft"}, {"mass_g": 9.0}, "")]
    (wide,) = known_designs(beam, Goals(beam.goals))
    assert not wide.is_simulated and wide.metrics == {"mass_g": 9.0}


def test_a_problem_without_references_has_none(beam):
    class Plain:
        name, version, space, metrics, goals, evaluate = "p", "1", beam.space, beam.metrics, beam.goals, beam.evaluate

    assert known_designs(Plain(), Goals(beam.goals)) == []


def test_rows_say_what_is_met_and_how_it_compares(beam):
    known = known_designs(beam, Goals(beam.goals))
    rows = rows_of(beam, {"stiffness_n": 0.9, "mass_g": 1.0, "power_w": 2.5e-3}, known)
    assert list(rows) == ["stiffness_n", "power_w", "mass_g"], "in the order of the goals"
    assert rows["stiffness_n"].met is False and rows["stiffness_n"].verdict == "missed by 10 %"
    assert rows["power_w"].met is True and rows["power_w"].verdict == "met, 1.25x worse"
    assert rows["power_w"].goals == ("≤ 3 mW", "min")
    assert rows["mass_g"].met is None and rows["mass_g"].verdict == "2.00x better" and rows["mass_g"].ratio == 0.5
    assert rows["mass_g"].known == (2.0, 0.5)


def test_equal_figures_are_called_equal(beam):
    known = known_designs(beam, Goals(beam.goals))
    assert rows_of(beam, known[0].metrics, known)["mass_g"].verdict == "equal"


def test_more_is_better_where_the_goal_says_max():
    goals = Goals.read(["max gain"])
    known = [KnownDesign(Reference("r", None, {"gain": 2.0}, ""), {"gain": 2.0}, False, None, None)]
    (row,) = metric_rows({"gain": 3.0}, {"gain": ""}, goals, known)
    assert row.verdict == "1.50x better"
    (row,) = metric_rows({"gain": -1.0}, {"gain": ""}, goals, known)
    assert row.verdict == "", "times better means nothing across zero"


def test_without_a_design_there_are_goals_and_no_verdicts(beam):
    row = rows_of(beam, {})["power_w"]
    assert row.ours is None and row.met is None and row.verdict == "" and row.goals == ("≤ 3 mW", "min")


def test_a_bound_of_zero_is_missed_by_an_amount():
    (row,) = metric_rows({"slack": -0.25}, {"slack": ""}, Goals.read(["slack >= 0"]))
    assert row.verdict == "missed by 0.25"


def test_two_roundings_have_no_ratio():
    known = [KnownDesign(Reference("r", None, {}, ""), {"peaking_db": -4e-15}, False, None, None)]
    (row,) = metric_rows({"peaking_db": -8e-15}, {"peaking_db": "dB"}, Goals.read(["min peaking_db"]), known)
    assert row.ratio is None and row.verdict == ""
