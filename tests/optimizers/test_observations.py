import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goal, Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import judge
from archwright.optimizers.observations import observe, signed_log, slack, tamed

SPACE = Record(x=Real(0.0, 4.0, step=1.0), kind=["a", "b"])
GOALS = Goals.read(["min loss", "gain >= 2"])


def trial(number, outcome, goals=GOALS):
    design = {"x": float(number % 5), "kind": "ab"[number % 2]}
    return judge(number, design, outcome, goals, seconds=0.0, attempts=1, hint={"keys": [0.3, 0.3]})


def test_keys_are_those_of_the_design_and_metrics_count_without_feasibility():
    trials = [
        trial(1, {"loss": 7.0, "gain": 1.0}),
        trial(2, {"loss": 5.0, "gain": 3.0}),
        trial(3, Failed("x")),
        trial(4, Infeasible("y")),
    ]
    seen = observe(SPACE, GOALS, trials)
    assert seen.keys.tolist() == [[0.25, 0.75], [0.5, 0.25], [0.75, 0.75], [1.0, 0.25]]
    assert seen.is_done.tolist() == [True, True, False, False]
    assert seen.objectives.tolist() == [[7.0], [5.0], [0.0], [0.0]]
    assert seen.slacks.tolist() == [[0.5], [-0.5], [0.0], [0.0]]
    assert seen.order().tolist() == [1, 0, 2, 3]
    assert observe(SPACE, GOALS, []).keys.shape == (0, 2)


def test_references_make_one_objective_of_several():
    goals = Goals.read(["min loss ref 4", "max gain ref 2"])
    seen = observe(SPACE, goals, [trial(0, {"loss": 8.0, "gain": 3.0}, goals)])
    assert seen.objectives.tolist() == [[-2.0]]
    plain = Goals.read(["min loss", "max gain"])
    assert observe(SPACE, plain, [trial(0, {"loss": 8.0, "gain": 3.0}, plain)]).objectives.tolist() == [[8.0, -3.0]]


@pytest.mark.parametrize(
    "constraint",
    [
        Goal("g", ">=", 50.0),
        Goal("g", "<=", 50.0),
        Goal("g", ">=", -3.0),
        Goal("g", "<=", 0.0),
        Goal("g", ">=", 1e6, "log"),
        Goal("g", "<=", 1e6, "log"),
    ],
    ids=str,
)
def test_slack_is_the_shortfall_outside_and_goes_on_smoothly_inside(constraint):
    bound = constraint.value
    unit = abs(bound) or 1.0
    towards = 1.0 if constraint.sense == ">=" else -1.0
    values = [slack(constraint, bound + towards * step * unit) for step in np.linspace(-0.5, 0.9, 57)]
    assert (np.diff(values) < 0).all()
    outside = bound - towards * 0.3 * unit
    assert slack(constraint, outside) == constraint.shortfall(outside) > 0
    near = slack(constraint, bound - towards * 1e-3 * unit) / slack(constraint, bound + towards * 1e-3 * unit)
    assert near == pytest.approx(-1.0, rel=0.01)


def test_half_of_what_is_kept_is_the_best_and_half_the_latest():
    losses = [9.0, 1.0, 8.0, 2.0, 7.0, 6.0, 5.0, 3.0]
    seen = observe(SPACE, GOALS, [trial(i, {"loss": loss, "gain": 2.0}) for i, loss in enumerate(losses)])
    assert seen.best_and_latest(4).tolist() == [1, 3, 6, 7]
    assert seen.best_and_latest(3).tolist() == [1, 6, 7]
    assert seen.best_and_latest(8).tolist() == seen.best_and_latest(99).tolist() == list(range(8))
    joined = seen.rows(np.array([0])).joined(seen.rows(np.array([2])))
    assert joined.scores.tolist() == [-9.0, -8.0]


def test_tamed_values_keep_their_order_and_the_shape_of_the_better_half():
    values = np.random.default_rng(0).lognormal(0.0, 5.0, 200)
    ours = tamed(values)
    assert spearmanr(values, ours).statistic == pytest.approx(1.0)
    better = values < np.median(values)
    assert np.corrcoef(values[better], ours[better])[0, 1] == pytest.approx(1.0)
    assert ours.max() < 40.0
    np.testing.assert_allclose(tamed(1e-15 * values + 3e-12), ours, rtol=1e-6, atol=1e-9)
    assert tamed(np.full(5, 3.0)).tolist() == [0.0] * 5
    assert tamed(np.array([1.0, 1.0, 1.0, 9.0])).max() > 0


def test_signed_log_keeps_the_sign():
    np.testing.assert_allclose(signed_log(np.array([-1.0, 0.0, math.e - 1])), [-math.log(2.0), 0.0, 1.0])
