import numpy as np
import pytest

from archwright.core.errors import Failed
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.trial import judge
from archwright.optimizers.metric_beliefs import fit_metric_belief, measure, roles_of
from archwright.optimizers.pac_moo_acquisition import (
    Feasibility,
    filled_volume,
    front_rows,
    information,
    refined,
    sampled_best,
)
from archwright.testing.functions import Bnh

PROBLEM = Bnh()
GOALS = Goals(PROBLEM.goals)
EVEN = np.array([0.5, 0.5])


def belief(n=40, fails=False):
    designs = PROBLEM.space.decode_many(np.random.default_rng(0).random((n, 2)))
    outcomes = PROBLEM.evaluate(designs, rng=np.random.default_rng(0))
    trials = [
        judge(i, d, Failed("x") if fails and d["x1"] > 4 else o, GOALS, seconds=0.0, attempts=1)
        for i, (d, o) in enumerate(zip(designs, outcomes, strict=True))
    ]
    roles = roles_of(GOALS)
    return fit_metric_belief(measure(PROBLEM.space, roles, trials), roles, kernel="matern52", fitted=100)


@pytest.mark.parametrize("fails", [False, True])
def test_feasibility_has_its_gradient(fails):
    promise = Feasibility(belief(16, fails))
    for point in np.random.default_rng(1).random((5, 2)):
        value, slope = promise.value_with_slope(point)
        assert value == pytest.approx(promise.values(point[None, :])[0], abs=1e-9)
        ahead, behind = promise.values(point + 1e-6 * np.eye(2)), promise.values(point - 1e-6 * np.eye(2))
        np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-3, atol=1e-5)


def test_feasibility_is_expected_where_it_is():
    points = np.random.default_rng(1).random((200, 2))
    outcomes = PROBLEM.evaluate(PROBLEM.space.decode_many(points), rng=np.random.default_rng(0))
    met = np.array([GOALS.violation(one) == 0.0 for one in outcomes])
    assert (Feasibility(belief()).is_expected(points) == met).mean() > 0.97 and 0 < met.sum() < 200
    assert not Feasibility(belief(fails=True)).is_expected(np.array([[0.95, 0.5]]))[0]


def test_the_sampled_front_is_the_front_when_all_is_known():
    best = sampled_best(belief(60), 2, np.random.default_rng(0))
    assert best.least.shape == (2, 4)
    outcomes = PROBLEM.evaluate(PROBLEM.space.decode_many(best.keys), rng=np.random.default_rng(0))
    points = np.array([GOALS.objectives(one) for one in outcomes if GOALS.violation(one) < 1e-3])
    assert hypervolume(points, Bnh.reference_point) > 0.98 * Bnh.hypervolume
    np.testing.assert_allclose(best.least[:, :2], [[0.0, 4.0]] * 2, atol=0.8)  # the least of both on the front


def test_functions_are_drawn_from_the_generator_alone():
    one = belief(16)
    first, second = (sampled_best(one, 1, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.keys, second.keys)
    assert not np.array_equal(first.least, sampled_best(one, 1, np.random.default_rng(4)).least)


def test_the_front_of_the_data_meets_the_constraints():
    one = belief()
    rows = front_rows(one)
    assert len(rows) > 2 and (one.gaps(one.outputs[rows]) <= 1e-2).all()
    met = (one.gaps(one.outputs) <= 0.0).all(axis=1)
    for row in rows:
        beaten = (one.objectives(one.outputs[met]) < one.objectives(one.outputs[[row]])).all(axis=1)
        assert not beaten.any()


def test_preferences_decide_what_is_worth_knowing():
    one = belief(12)
    points = np.array([[0.0, 0.0], [1.0, 1.0]])  # the ends of the front: least f1, least f2
    least = one.objectives(one.predict(points)[0]).min(axis=0)
    least = np.concatenate([least, np.full(2, -1e3)])[None, :]  # of the constraints there is nothing to learn
    first, second = (information(one, points, least, np.array(p), 0.5) for p in ([0.9, 0.1], [0.1, 0.9]))
    assert first[0] > first[1] and second[1] > second[0]
    both = [information(one, points, least, np.array(p), 1.0) for p in ([1.0, 0.0], [0.0, 1.0])]
    np.testing.assert_allclose(information(one, points, least, EVEN, 1.0), 0.5 * (both[0] + both[1]))


def test_filled_volume_is_the_weighted_gain():
    one = belief()
    points = np.random.default_rng(2).random((30, 2))
    gain = filled_volume(one, points, EVEN, np.random.default_rng(0))
    offered = one.objectives(one.predict(points)[0])
    front = one.objectives(one.outputs[front_rows(one)])
    beaten = np.array([(front <= row).all(axis=1).any() for row in offered])
    assert (gain[beaten] == 0.0).all() and gain.max() > 0.0 and gain.max() < 1.0
    ends = offered[np.argmin(offered, axis=0)]
    assert ends.shape == (2, 2)
    leaning = [filled_volume(one, points, np.array(p), np.random.default_rng(0)) for p in ([1.0, 0.0], [0.0, 1.0])]
    best = [offered[int(np.argmax(one_way))] for one_way in leaning]
    assert best[0][0] <= best[1][0] and best[1][1] <= best[0][1]


def test_any_number_of_objectives_can_be_filled():
    from dataclasses import replace

    one = belief()
    roles = one.roles._replace(targets=np.arange(4), senses=np.array([1.0, 1.0, -1.0, -1.0]))
    gain = filled_volume(
        replace(one, roles=roles), np.random.default_rng(0).random((9, 2)), np.full(4, 0.25), np.random.default_rng(0)
    )
    assert gain.shape == (9,) and (gain >= 0).all()


@pytest.mark.parametrize("objective", [0, 1])
def test_a_design_is_refined_in_one_objective_without_loss(objective):
    one = belief()
    rng = np.random.default_rng(5)
    points = rng.random((200, 2))
    points = points[Feasibility(one).is_expected(points)][:12]
    gains = []
    for point in points:
        end = refined(one, point, objective)
        before, after = (one.objectives(one.predict(x[None, :])[0])[0] for x in (point, end))
        assert Feasibility(one).is_expected(end[None, :])[0]
        assert (after <= before + 1e-9).all()
        gains.append(before[objective] - after[objective])
    assert np.median(gains) > 1.0  # the objectives of this problem reach from 0 to 140 and 4 to 50


def test_what_cannot_be_refined_stays():
    one = belief(60)
    corner = np.array([0.0, 0.0])  # the least f1 of all
    np.testing.assert_allclose(refined(one, corner, 0), corner, atol=1e-6)


def test_an_end_of_the_front_must_better_what_is_known():
    point = np.array([0.4, 0.4])
    one = belief()
    end = refined(one, point, 1, holds_others=False)
    f1, f2 = (one.objectives(one.predict(x[None, :])[0])[0] for x in (point, end))
    known = one.objectives(one.outputs[front_rows(one)])[:, 1].min()
    assert f2[1] < known and f2[0] > f1[0]  # the least f2 lies beyond all data, and costs f1
    everything = one.believing(np.array([[1.0, 1.0]]))  # its place, once known
    np.testing.assert_array_equal(refined(everything, point, 1, holds_others=False), point)
