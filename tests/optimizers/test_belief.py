from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import Failed
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import judge
from archwright.optimizers.belief import fit_belief, log_less_missed, scalarised
from archwright.optimizers.observations import observe

SPACE = Record(x=Real(0.0, 1.0), y=Real(0.0, 1.0))
PLAIN, BOUND, FAR = ["min loss"], ["min loss", "gain >= 1"], ["min loss", "gain >= 3", "loss <= -1"]


def outcome(design, has_failures):
    x, y = design["x"], design["y"]
    if has_failures and x > 0.8:
        return Failed("crash")
    return {"loss": (x - 0.3) ** 2 + (y - 0.6) ** 2, "gain": 1.2 * (x + y)}


def belief_of(goals, *, n=60, fitted=60, has_failures=False):
    goals = Goals.read(goals)
    designs = SPACE.decode_many(np.random.default_rng(0).random((n, 2)))
    trials = [judge(i, d, outcome(d, has_failures), goals, seconds=0.0, attempts=1) for i, d in enumerate(designs)]
    return fit_belief(observe(SPACE, goals, trials), goals, fitted, np.random.default_rng(0))


@pytest.mark.parametrize("goals", [PLAIN, BOUND, FAR, ["gain >= 1"], ["min loss", "max gain"]], ids=str)
@pytest.mark.parametrize("has_failures", [False, True])
def test_gradient_agrees_with_differences_and_one_point_with_many(goals, has_failures):
    belief = belief_of(goals, has_failures=has_failures)
    step = 1e-5
    for point in np.random.default_rng(1).random((10, 2)):
        value, slope = belief.promise_with_slope(point)
        assert belief.promises(point[None, :])[0] == pytest.approx(value, rel=1e-6, abs=1e-6)
        ahead, behind = (belief.promises(point + sign * step * np.eye(2)) for sign in (1, -1))
        np.testing.assert_allclose(slope, (ahead - behind) / (2 * step), rtol=2e-2, atol=2e-2 * (1 + abs(value)))


def where_it_promises_most(belief):
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 41), np.linspace(0, 1, 41)), axis=-1).reshape(-1, 2)
    return grid[np.argmax(belief.promises(grid))]


def test_promises_most_near_the_constrained_optimum():
    np.testing.assert_allclose(where_it_promises_most(belief_of(PLAIN)), [0.3, 0.6], atol=0.08)
    np.testing.assert_allclose(where_it_promises_most(belief_of(["min loss", "gain >= 1.5"])), [0.475, 0.775], atol=0.1)


def test_while_nothing_is_feasible_it_looks_for_less_violation():
    belief = belief_of(["min loss", "gain >= 2.6"])
    assert belief.objective is None and belief.least_missed > 0
    assert where_it_promises_most(belief).min() > 0.9  # the corner with the most gain


def test_places_without_answers_promise_less():
    belief = belief_of(PLAIN, n=25, has_failures=True)
    assert belief_of(PLAIN).answer is None
    points = np.array([[0.95, 0.6], [0.5, 0.6]])
    factor = belief.promises(points) - replace(belief, answer=None).promises(points)
    assert factor[0] < -1.0 and factor[1] > -0.1


@pytest.mark.parametrize("goals", [PLAIN, BOUND, FAR], ids=str)
def test_a_believed_point_promises_less_than_before(goals):
    belief = belief_of(goals, n=20)
    point = where_it_promises_most(belief)[None, :]
    after = belief.believing(point)
    assert after.promises(point)[0] < belief.promises(point)[0] - 0.1
    assert after.best <= belief.best and after.least_missed <= belief.least_missed
    for before, now in ((belief.objective, after.objective), (belief.slacks, after.slacks)):
        if before is not None:
            np.testing.assert_allclose(
                now.model.predict(point)[0], before.model.predict(point)[0], rtol=1e-2, atol=1e-2
            )


def test_kernels_fitted_to_a_part_still_guess_from_all():
    belief = belief_of(PLAIN, n=80, fitted=25)
    assert len(belief.objective.model.inputs) == 80
    np.testing.assert_allclose(where_it_promises_most(belief), [0.3, 0.6], atol=0.08)


def test_sum_of_one_slack_is_that_slack():
    from archwright.optimizers.acquisition import log_expected_improvement

    # Far above zero max(slack, 0) is the slack itself.
    mean, deviation = np.array([[9.0], [10.0]]), np.array([[0.5], [1.0]])
    ours = log_less_missed(mean, deviation, 8.0)
    plain = log_expected_improvement(mean[:, 0], deviation[:, 0], 8.0)
    np.testing.assert_allclose(ours.value, plain.value, rtol=1e-6)
    np.testing.assert_allclose(ours.by_mean[:, 0], plain.by_mean, rtol=1e-6)


def test_scalarised_objectives_prefer_what_dominates():
    rng = np.random.default_rng(0)
    objectives = rng.random((50, 3)) * [1.0, 1e6, 1e-9]
    better = objectives * 0.9
    for _ in range(10):
        state = rng.bit_generator.state
        values = scalarised(np.concatenate([objectives, better]), np.ones(100, dtype=bool), rng)
        assert (values[50:] < values[:50]).all()
        assert rng.bit_generator.state != state
    assert scalarised(objectives[:, :1], np.ones(50, dtype=bool), rng).tolist() == objectives[:, 0].tolist()
