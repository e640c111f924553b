import numpy as np
import pytest

from archwright.core.errors import Failed
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import judge
from archwright.report.conflicts import Conflict, find_conflict

SPACE = Record(width=Real(0.0, 1.0), height=Real(0.0, 1.0), gap=Real(0.0, 1.0))
UNITS = {"gain": "", "power_w": "W", "area": "", "noise": ""}


def metrics(width, height, gap):
    """Gain costs power; area and noise can be had at any gain."""
    return {"gain": 10.0 * width, "power_w": 0.1 + width + 0.2 * height, "area": height, "noise": 1.0 - gap * height}


def conflict(texts, n=120, fails=lambda design: False):
    goals = Goals.read(texts)
    designs = SPACE.decode_many(np.random.default_rng(0).random((n, 3)))
    outcomes = [Failed("none") if fails(design) else metrics(**design) for design in designs]
    pairs = enumerate(zip(designs, outcomes, strict=True))
    trials = [judge(i, d, o, goals, seconds=0.0, attempts=1) for i, (d, o) in pairs]
    return find_conflict(SPACE, goals, trials, rng=np.random.default_rng(1))


def named(found):
    return None if found is None else [str(one) for one in found.goals]


@pytest.mark.parametrize("others", [[], ["area <= 0.9", "noise <= 0.95"]])
def test_a_contradictory_pair_is_named_and_nothing_else(others):
    found = conflict([*others, "gain >= 7", "power_w <= 0.5", "min area"])
    assert named(found) == ["gain >= 7.0", "power_w <= 0.5"]
    assert found.trials == 120 and 0 < found.met[0] < 60 and 0 < found.met[1] < 60 and found.chance < 0.01
    line = found.line(UNITS)
    assert "\n" not in line and "gain ≥ 7" in line and "power_w ≤ 500 mW" in line and "of 120 trials" in line


def test_of_three_goals_the_two_that_conflict_are_named():
    # Little noise needs height, little area forbids it; gain is another matter.
    found = conflict(["noise <= 0.35", "area <= 0.6", "gain >= 1"])
    assert named(found) == ["noise <= 0.35", "area <= 0.6"]


def test_a_single_goal_out_of_reach():
    found = conflict(["gain >= 14", "area <= 0.5"])
    assert named(found) == ["gain >= 14.0"] and found.met == (0,)
    assert "out of reach" in found.line(UNITS)


def test_a_metric_bounded_from_both_sides_the_wrong_way_needs_no_trials():
    found = conflict(["gain >= 7", "gain <= 6", "area <= 0.5"], n=3)
    assert named(found) == ["gain >= 7.0", "gain <= 6.0"] and found.chance == 0.0
    assert "chance of both: none" in found.line(UNITS)
    assert conflict(["gain >= 7", "gain <= 7.0001"], n=3) is None


def test_goals_that_can_be_met_are_no_conflict_even_if_no_trial_did():
    # A thousandth of the box: no trial of these is there, but the model sees it.
    assert conflict(["gain >= 9", "noise <= 0.2", "power_w <= 1.25", "area >= 0.85"], n=40) is None
    assert conflict(["gain >= 3", "power_w <= 0.9"]) is None
    assert conflict(["min gain", "max area"]) is None


def test_few_trials_say_nothing():
    assert conflict(["gain >= 7", "power_w <= 0.5"], n=20) is None
    assert conflict(["gain >= 7", "power_w <= 0.5"], n=120, fails=lambda design: True) is None


def test_trials_without_an_answer_are_left_out():
    found = conflict(["gain >= 7", "power_w <= 0.5"], fails=lambda design: design["gap"] > 0.7)
    assert named(found) == ["gain >= 7.0", "power_w <= 0.5"] and found.trials < 120


def test_a_small_chance_is_said_in_words():
    goals = Goals.read(["gain >= 7", "power_w <= 0.5", "area <= 1"]).goals
    assert Conflict(goals, (1, 2, 3), 40, 1e-7).line(UNITS).endswith("chance of all 3: below 0.1 %")
