import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.core.errors import SpecError
from archwright.core.goal import TOLERANCE, Goal, Goals, goal

UNITS = {"gain_ohm": "ohm", "f3db_hz": "Hz", "power_w": "W", "area_um2": "um2", "loss": ""}
THREE_STAGE = Goals.read(
    [
        "gain_ohm >= 20.236 kohm log",
        "f3db_hz >= 90.107 MHz log",
        "power_w <= 3 mW",
        "min power_w ref 1.3694 mW",
        "min area_um2 ref 211.2 um2",
    ],
    UNITS,
)
HUMAN = {"gain_ohm": 20235.97, "f3db_hz": 90.107e6, "power_w": 1.3694e-3, "area_um2": 211.2}


class TestTheThreeStageRating:
    """The published rule (Park's rater) on the published human design; infeasible cases computed by hand."""

    def test_the_human_design_scores_two(self):
        assert THREE_STAGE.violation(HUMAN) == 0.0
        assert THREE_STAGE.score(HUMAN) == 2.0

    def test_the_simulated_human_design(self):
        simulated = {"gain_ohm": 20235.96854, "f3db_hz": 90.90031e6, "power_w": 1.369437e-3, "area_um2": 211.2}
        assert THREE_STAGE.score(simulated) == pytest.approx(1.3694 / 1.369437 + 1.0, rel=1e-12)

    def test_the_best_known_design(self):
        best = {"gain_ohm": 20237.5, "f3db_hz": 90.157e6, "power_w": 1.8034e-3, "area_um2": 111.96}
        assert THREE_STAGE.score(best) == pytest.approx(1.3694 / 1.8034 + 211.2 / 111.96, rel=1e-12)
        assert THREE_STAGE.score(best) == pytest.approx(2.6457, abs=5e-5)

    def test_half_the_gain(self):
        # log10(10118) / log10(20236) - 1 = 4.0050946 / 4.3061247 - 1
        metrics = {**HUMAN, "gain_ohm": 10118.0}
        assert THREE_STAGE.score(metrics) == pytest.approx(math.log10(10118) / math.log10(20236) - 1, rel=1e-12)
        assert THREE_STAGE.score(metrics) == pytest.approx(-0.0699075, abs=1e-6)

    def test_a_third_of_the_bandwidth(self):
        metrics = {**HUMAN, "f3db_hz": 30e6}
        assert THREE_STAGE.score(metrics) == pytest.approx(math.log10(30e6) / math.log10(90.107e6) - 1, rel=1e-12)
        assert THREE_STAGE.score(metrics) == pytest.approx(-0.0600441, abs=1e-6)

    def test_twice_the_power(self):
        # 3 / 6 - 1
        assert THREE_STAGE.score({**HUMAN, "power_w": 6e-3}) == pytest.approx(-0.5, rel=1e-12)

    def test_shortfalls_add_and_objectives_do_not_count_while_infeasible(self):
        metrics = {"gain_ohm": 10118.0, "f3db_hz": 30e6, "power_w": 6e-3, "area_um2": 1e-6}
        wanted = 2 - math.log10(10118) / math.log10(20236) - math.log10(30e6) / math.log10(90.107e6) + 0.5
        assert THREE_STAGE.violation(metrics) == pytest.approx(wanted, rel=1e-12)
        assert THREE_STAGE.score(metrics) == -THREE_STAGE.violation(metrics)
        assert THREE_STAGE.shortfalls(metrics)[2] == pytest.approx(0.5)

    def test_a_dead_amplifier_has_a_finite_violation(self):
        dead = {"gain_ohm": 0.0, "f3db_hz": 1.0, "power_w": 1e-3, "area_um2": 1.0}
        violation = THREE_STAGE.violation(dead)
        assert 0 < violation < 10 and math.isfinite(violation)

    def test_objectives_are_signed_so_that_smaller_is_better(self):
        assert THREE_STAGE.objectives(HUMAN) == (1.3694e-3, 211.2)
        assert Goals.read(["max gain_ohm", "min power_w"]).objectives(HUMAN) == (-20235.97, 1.3694e-3)

    def test_constraints_and_targets(self):
        assert [one.metric for one in THREE_STAGE.constraints] == ["gain_ohm", "f3db_hz", "power_w"]
        assert [one.metric for one in THREE_STAGE.targets] == ["power_w", "area_um2"]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("min power_w", Goal("power_w", "min")),
            ("  max   gain_ohm ", Goal("gain_ohm", "max")),
            ("min power_w ref 1.25 mW", Goal("power_w", "min", 1.25e-3)),
            ("min power_w ref 1.5 log", Goal("power_w", "min", 1.5, "log")),
            ("max gain_ohm log", Goal("gain_ohm", "max", None, "log")),
            ("power_w<=3mW", Goal("power_w", "<=", 3e-3)),
            ("f3db_hz >= 90 MHz log", Goal("f3db_hz", ">=", 90e6, "log")),
            ("loss >= -1.5e-3", Goal("loss", ">=", -1.5e-3)),
            ("loss <= 5 %", Goal("loss", "<=", 0.05)),
        ],
    )
    def test_texts(self, text, wanted):
        assert goal(text, UNITS) == wanted

    @pytest.mark.parametrize(
        "text", ["", "power_w", "minimise power_w", "min", "power_w = 3", "power_w < 3", "min power_w >= 3", "3 >= "]
    )
    def test_other_texts_are_refused(self, text):
        with pytest.raises(SpecError, match="goal"):
            goal(text, UNITS)

    def test_an_unknown_metric_is_answered_with_the_nearest(self):
        with pytest.raises(SpecError, match="did you mean 'power_w'"):
            goal("min powr_w", UNITS)

    @pytest.mark.parametrize("text", ["power_w <= 3 MHz", "min power_w ref 1 um2", "loss >= 3 dB"])
    def test_a_unit_of_another_kind_is_refused_by_the_goal_s_name(self, text):
        with pytest.raises(SpecError, match="same kind") as caught:
            goal(text, UNITS)
        assert text in caught.value.field

    def test_an_unknown_unit_is_refused(self):
        with pytest.raises(SpecError):
            goal("power_w <= 3 q", UNITS)

    def test_a_ready_goal_on_a_foreign_metric_is_refused(self):
        with pytest.raises(SpecError, match="did you mean 'power_w'"):
            Goals.read([Goal("power", "min")], UNITS)

    def test_no_goal_is_refused(self):
        with pytest.raises(SpecError, match="at least one goal"):
            Goals.read([])

    def test_ready_goals_and_texts_mix(self):
        assert Goals.read([Goal("loss", "min"), "loss <= 1"]).goals == (Goal("loss", "min"), Goal("loss", "<=", 1.0))


FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALES = st.sampled_from(["linear", "log"])
GOALS = st.one_of(
    st.builds(Goal, st.sampled_from(sorted(UNITS)), st.sampled_from([">=", "<="]), FINITE, SCALES),
    st.builds(Goal, st.sampled_from(sorted(UNITS)), st.sampled_from(["min", "max"]), st.none() | FINITE, SCALES),
)


@given(st.lists(GOALS, min_size=1, max_size=6))
def test_goals_read_their_own_texts_back(goals):
    before = Goals(tuple(goals))
    assert Goals.read(before.texts()) == before
    assert Goals.read(before.texts(), UNITS) == before
    assert pickle.loads(pickle.dumps(before)) == before


def test_numbers_of_numpy_and_whole_numbers_are_written_plainly():
    goals = Goals((Goal("loss", "<=", np.float64(0.1)), Goal("loss", "min", np.float32(0.5)), Goal("loss", ">=", 3)))
    assert goals.texts() == ["loss <= 0.1", "min loss ref 0.5", "loss >= 3.0"]
    assert Goals.read(goals.texts()) == goals


@pytest.mark.parametrize(
    ("texts", "is_scalar"),
    [
        (["loss >= 1"], True),
        (["min loss"], True),
        (["min loss", "max gain_db"], False),
        (["min loss ref 2", "max gain_db"], False),
        (["min loss ref 2", "max gain_db ref 60"], True),
    ],
)
def test_references_make_one_score_of_several_objectives(texts, is_scalar):
    assert Goals.read(texts).is_scalar == is_scalar


class TestShortfall:
    @pytest.mark.parametrize(
        ("text", "metric", "wanted"),
        [
            ("loss >= 100", 50.0, 0.5),
            ("loss >= 100", 0.0, 1.0),
            ("loss >= 100", 100.0 * (1 - 0.999 * TOLERANCE), 0.0),
            ("loss >= 100", 99.98, 0.0002),
            ("loss >= 100", 1e9, 0.0),
            ("loss <= 100", 200.0, 0.5),
            ("loss <= 100", 400.0, 0.75),
            ("loss <= 100", 100.0 * (1 + 0.999 * TOLERANCE), 0.0),
            ("loss <= 100", 100.02, 0.02 / 100.02),
            ("loss <= 0", 2.0, 2.0),
            ("loss >= 0", -2.0, 2.0),
            ("loss <= -10", -5.0, 0.5),
            ("loss >= -10", -15.0, 0.5),
            ("loss >= 1000 log", 10.0, 1 - 1 / 3),
            ("loss <= 1000 log", 10000.0, 1 - 3 / 4),
            ("loss <= 1e-9 log", 1e-6, 3 / 9),
            ("loss >= 1e-6 log", 1e-9, 3 / 6),
            ("loss <= 1 log", 100.0, 2.0),
            ("loss <= -10 log", -5.0, 0.5),
        ],
    )
    def test_by_hand(self, text, metric, wanted):
        assert goal(text).shortfall(metric) == pytest.approx(wanted, rel=1e-9, abs=1e-15)

    @given(GOALS.filter(lambda one: one.is_constraint), st.floats(-1e12, 1e12))
    def test_is_zero_or_positive_and_finite(self, one, metric):
        shortfall = one.shortfall(metric)
        assert shortfall >= 0.0 and not math.isnan(shortfall)

    @given(st.floats(1e-6, 1e6), st.floats(0, 1e9), st.floats(0, 1e9), st.sampled_from([">=", "<="]), SCALES)
    def test_never_falls_as_the_metric_gets_worse(self, bound, first, second, sense, scale):
        one = Goal("loss", sense, bound, scale)
        better, worse = sorted((first, second), reverse=sense == ">=")
        assert one.shortfall(better) <= one.shortfall(worse) + 1e-12


class TestMerit:
    @pytest.mark.parametrize(
        ("text", "metric", "wanted"),
        [
            ("min loss", 3.0, -3.0),
            ("max loss", 3.0, 3.0),
            ("min loss ref 6", 3.0, 2.0),
            ("max loss ref 6", 3.0, 0.5),
            ("max loss ref 1000 log", 10.0, 1 / 3),
            ("min loss ref 1000 log", 10.0, 1 + 2 / 3),
            ("min loss ref 1e-9 log", 1e-10, 1 + 1 / 9),
            ("max loss ref -90", -81.0, 1.1),
            ("min loss ref -90", -99.0, 1.1),
            ("min loss ref 0", -2.0, 3.0),
        ],
    )
    def test_by_hand(self, text, metric, wanted):
        assert goal(text).merit(metric) == pytest.approx(wanted, rel=1e-12)

    def test_a_metric_of_zero_has_a_finite_merit(self):
        assert math.isfinite(goal("min loss ref 2").merit(0.0))
        assert math.isfinite(goal("max loss ref 2 log").merit(0.0))

    @given(
        st.none() | st.floats(-1e3, 1e3).filter(lambda one: one == 0 or abs(one) > 1e-3),
        st.floats(-1e3, 1e3),
        st.floats(0, 1e3),
        st.sampled_from(["min", "max"]),
        SCALES,
    )
    def test_better_metrics_never_have_smaller_merit(self, reference, metric, step, sense, scale):
        one = Goal("loss", sense, reference, scale)
        better = metric + step if sense == "max" else metric - step
        assert one.merit(better) >= one.merit(metric) or one.merit(better) == pytest.approx(one.merit(metric))

    def test_the_reference_itself_counts_one(self):
        for text in ("min loss ref 3", "max loss ref 3", "min loss ref -3", "max loss ref 3 log", "min loss ref 0"):
            one = goal(text)
            assert one.merit(one.value) == 1.0


def test_a_missing_metric_is_not_passed_over():
    with pytest.raises(KeyError):
        THREE_STAGE.score({"gain_ohm": 1.0})


def test_judge_agrees_with_its_parts():
    for metrics in (HUMAN, {**HUMAN, "power_w": 1.0}):
        parts = THREE_STAGE.violation(metrics), THREE_STAGE.objectives(metrics), THREE_STAGE.score(metrics)
        assert THREE_STAGE.judge(metrics) == parts


def test_constraints_alone_score_zero_when_met():
    assert Goals.read(["loss <= 1"]).score({"loss": 0.5}) == 0.0
