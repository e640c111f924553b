import numpy as np
import pytest

from archwright.core.goal import Goals
from archwright.core.trial import Trial, judge
from archwright.systems import pac_moo
from archwright.systems.evidence import Points, Sheet
from archwright.systems.scope import Scope
from archwright.testing.functions import Osy

OSY = Osy(is_widened=True)


def osy_table(n, seed=0, *, is_front=False):
    """Designs of the widened box, judged; those of the front where it is asked for."""
    if is_front:
        return [
            Trial(k, {}, "done", {}, 0.0, tuple(row), 0.0, 0.0, 1) for k, row in enumerate(OSY.front(n)[:, :2].tolist())
        ]
    plan = pac_moo._osy_plan("x", "random", n, seed, {})
    outcomes = OSY.evaluate(plan.starts, rng=np.random.default_rng(0))
    goals = Goals(OSY.goals)
    return [
        judge(k, d, o, goals, seconds=0.0, attempts=1)
        for k, (d, o) in enumerate(zip(plan.starts, outcomes, strict=True))
    ]


def amplifier_trial(number, power_w=1.0e-3, area_um2=200.0, f3db_hz=91e6, violation=0.0):
    metrics = {"power_w": power_w, "area_um2": area_um2, "f3db_hz": f3db_hz}
    return Trial(number, {}, "done", metrics, violation, (power_w, area_um2, -f3db_hz), 0.0, 0.0, 1)


def test_the_acquisition_is_the_entropy_it_stands_for():
    assert pac_moo.entropy().met


def test_starts_are_feasible_and_lie_in_the_original_box():
    plan = pac_moo._osy_plan("x", "random", 8, 3, {})
    narrow = Osy().space
    assert len(plan.starts) == pac_moo.STARTS
    assert all(trial.is_feasible for trial in osy_table(8, 3))
    values = OSY.space.to_array(plan.starts)
    assert all((values[:, k] <= narrow.parameters[axis].high).all() for k, axis in enumerate(narrow.axes))


def test_claims_on_the_front_are_met_and_beside_it_missed():
    good, bad = [osy_table(60, is_front=True)] * 2, [osy_table(6, seed) for seed in range(2)]
    names = ("random", "NSGA-II", "PAC-MOO (.8, .2)", "PAC-MOO (.2, .8)", "qLogNEHVI")
    best = dict(zip(names, (bad, bad, good, bad, good), strict=True))
    assert [claim.met for claim in pac_moo._osy_claims(best, 60)] == [True] * 6
    worst = dict(zip(names, (good, good, bad, good, good), strict=True))
    assert [claim.met for claim in pac_moo._osy_claims(worst, 60)] == [False] * 6


def test_seconds_are_those_of_asking():
    seconds = pac_moo._ask_seconds(OSY, "random", {}, osy_table(6), (2, 4))
    assert len(seconds) == 2 and all(0.0 <= one < 1.0 for one in seconds)


@pytest.mark.parametrize(
    "change", [{"power_w": 1.4e-3}, {"area_um2": 212.0}, {"f3db_hz": 90.0e6}, {"violation": 0.1}], ids=str
)
def test_the_human_design_is_dominated_only_where_nothing_is_worse(change):
    assert pac_moo.dominates_human(amplifier_trial(0))
    assert not pac_moo.dominates_human(amplifier_trial(0, **change))


def test_evaluations_count_from_the_last_start():
    missed = [amplifier_trial(k, violation=1.0) for k in range(10)]
    starts = [amplifier_trial(k, power_w=2e-3) for k in range(24)]
    winner = amplifier_trial(0)
    assert pac_moo._after_starts([*missed, *starts, *missed, winner]) == 11
    assert pac_moo._after_starts([*starts[:12], winner, *starts[:12]]) == 0
    assert pac_moo._after_starts([*starts, *missed]) is None
    assert pac_moo._after_starts([winner, *missed]) is None


@pytest.mark.slow
def test_the_quick_form_meets_its_claims(tmp_path):
    found = list(pac_moo.pac_moo(Scope(str(tmp_path / "p.db"), jobs=2)))
    assert any(isinstance(one, Points) for one in found) and any(isinstance(one, Sheet) for one in found)
    assert [one.name for one in found if getattr(one, "met", None) is False] == []
