import pytest

from archwright.cli.verdicts import say_verdict, verdict_json
from archwright.core.errors import Infeasible
from archwright.core.goal import Goals
from archwright.core.problem import Reference
from archwright.core.trial import judge
from archwright.report.judgement import KnownDesign

UNITS = {"cost_w": "W", "height_m": "m"}
GOALS = Goals.read(["cost_w <= 3 mW", "max height_m ref 0.5"], UNITS)
KNOWN = KnownDesign(Reference("human", None, {"height_m": 0.5}, ""), {"height_m": 0.5}, False, 1.0, 0.0)


def judged(outcome):
    return judge(7, {"x": 1.0}, outcome, GOALS, seconds=0.1, attempts=1)


def test_json_of_a_design_that_meets_its_goals():
    found = verdict_json(judged({"cost_w": 1e-3, "height_m": 1.0}), GOALS)
    assert set(found) == {"design", "state", "metrics", "score", "violation", "goals", "goals_met", "reason"}
    assert found["goals"] == [{"goal": "cost_w <= 0.003", "met": True}] and found["goals_met"] is True
    assert found["score"] == 2.0 and found["violation"] == 0.0


def test_json_of_a_design_that_does_not():
    found = verdict_json(judged({"cost_w": 6e-3, "height_m": 1.0}), GOALS)
    assert found["goals"][0]["met"] is False and found["goals_met"] is False
    found = verdict_json(judged(Infeasible("too steep")), GOALS)
    assert (found["state"], found["reason"], found["metrics"]) == ("infeasible", "too steep", {})
    assert found["goals"][0]["met"] is False


@pytest.mark.parametrize(
    ("outcome", "texts"),
    [
        (
            {"cost_w": 1e-3, "height_m": 1.0},
            ["1 mW", "≤ 3 mW", "2.00x better", "goals met, score 2.000 (human 1.000)"],
        ),
        ({"cost_w": 6e-3, "height_m": 1.0}, ["missed by 100 %", "goals missed, violation 0.5"]),
        (Infeasible("too steep"), ["infeasible: too steep"]),
    ],
)
def test_a_verdict_for_people(outcome, texts, capsys):
    say_verdict(judged(outcome), UNITS, GOALS, [KNOWN])
    out = capsys.readouterr().out
    assert all(text in out for text in texts), out
