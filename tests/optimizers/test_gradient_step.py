import numpy as np
import pytest

from archwright.core.goal import Goals
from archwright.optimizers.gradient_model import LocalModel
from archwright.optimizers.gradient_step import MARGIN, PENALTY, Rating, best_step


def model_of(u, g, b=None):
    g = np.array(g, dtype=float)
    b = np.zeros((len(g), g.shape[1], g.shape[1])) if b is None else np.array(b, dtype=float)
    return LocalModel(np.zeros(g.shape[1]), np.array(u, dtype=float), g, b)


def rating_of(texts, names, is_log):
    goals = Goals.read(texts)
    return Rating(goals, names, np.array(is_log), np.ones(len(goals.targets)))


RATING = rating_of(
    ["min p ref 2", "max q ref 4", "r >= 10", "s <= 3"], ("p", "q", "r", "s"), [True, False, True, False]
)


def test_loss_is_minus_the_merit_and_its_slopes_are_derivatives():
    u = np.array([np.log(0.5), 6.0, np.log(20.0), 1.0])
    assert RATING.loss(u) == pytest.approx(-(2 / 0.5 + 6 / 4))
    assert RATING.loss(u) == pytest.approx(-RATING.goals.merit({"p": 0.5, "q": 6.0, "r": 20.0, "s": 1.0}))
    numeric = [(RATING.loss(u + h) - RATING.loss(u - h)) / 2e-6 for h in 1e-6 * np.eye(4)]
    np.testing.assert_allclose(RATING.loss_slopes(u), numeric, atol=1e-6)


def test_lines_are_relative_shortfalls_with_half_of_what_goals_forgive():
    rows, offsets = RATING.lines()
    u = np.array([0.0, 0.0, np.log(8.0), 3.6])
    np.testing.assert_allclose(rows @ u + offsets, [np.log(10 / 8) - MARGIN, 0.2 - MARGIN])
    assert RATING.height(u) == pytest.approx(RATING.loss(u) + PENALTY * (np.log(10 / 8) + 0.2 - 2 * MARGIN))


def test_a_step_to_the_vertex_of_a_linear_program():
    # ln p falls with both sizes, ln r too: r = 10 is the active bound.
    model = model_of([0.0, np.log(12.0)], [[-1.0, -1.0], [-0.1, -0.4]])
    rating = rating_of(["min p ref 1", "r >= 10"], ("p", "r"), [True, True])
    step = best_step(model, rating, np.full(2, -1.0), np.full(2, 1.0))
    assert step[0] == pytest.approx(1.0)
    assert step[1] == pytest.approx((np.log(1.2) + MARGIN - 0.1) / 0.4, rel=1e-5)


def test_curvature_of_an_active_constraint_is_followed():
    model = model_of([0.0, 0.0], [[-1.0, -1.0], [0.0, 0.0]], [np.zeros((2, 2)), 2.0 * np.eye(2)])
    rating = rating_of(["min p", "c <= 1"], ("p", "c"), [False, False])
    step = best_step(model, rating, np.full(2, -3.0), np.full(2, 3.0))
    np.testing.assert_allclose(step, np.sqrt((1.0 + MARGIN) / 2), rtol=1e-5)


def test_bounds_that_no_step_meets_are_missed_as_little_as_possible():
    model = model_of([0.0, 0.0], [[1.0, 0.0], [1.0, 1.0]])
    rating = rating_of(["min p", "c >= 5"], ("p", "c"), [False, False])
    step = best_step(model, rating, np.full(2, -0.5), np.full(2, 0.5))
    np.testing.assert_allclose(step, [0.5, 0.5], atol=1e-6)


def test_without_objectives_the_bounds_alone_count():
    model = model_of([0.0], [[1.0]])
    rating = rating_of(["c >= 0.3"], ("c",), [False])
    assert best_step(model, rating, np.array([-1.0]), np.array([1.0]))[0] >= 0.3 * (1.0 - MARGIN) - 1e-9


def test_where_nothing_is_better_no_step_is_taken():
    model = model_of([0.0], [[0.0]], [[[2.0]]])
    rating = rating_of(["min p"], ("p",), [False])
    np.testing.assert_allclose(best_step(model, rating, np.array([-1.0]), np.array([1.0])), 0.0, atol=1e-9)
