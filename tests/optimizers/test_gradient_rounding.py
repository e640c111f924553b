from itertools import product

import numpy as np

from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.optimizers.gradient_model import Coordinates, LocalModel
from archwright.optimizers.gradient_rounding import candidates
from archwright.optimizers.gradient_step import Rating, best_step

RATING = Rating(Goals.read(["min p"]), ("p",), np.array([False]), np.ones(1))


def bowl(center, curvature):
    """A quadratic around the origin of the steps whose minimum lies at `center`."""
    b = np.array(curvature, dtype=float)
    z = np.zeros(len(center))
    return LocalModel(z, np.zeros(1), -(b @ center)[None], b[None])


def test_without_a_grid_there_is_one_candidate_the_continuous_solution():
    coordinates = Coordinates(Record(a=Real(-1.0, 1.0), b=Real(-1.0, 1.0)))
    z = LocalModel(np.full(2, 0.5), np.zeros(1), np.array([[1.0, -2.0]]), np.zeros((1, 2, 2)))
    found = candidates(z, RATING, coordinates, 0.1)
    assert len(found) == 1
    np.testing.assert_allclose(found[0], [0.4, 0.6])


def test_the_best_grid_point_of_a_skewed_bowl_is_among_the_candidates():
    # steps of 0.2 between 0 and 1 in each of three sizes; the fourth is continuous
    space = Record(
        a=Real(-1.0, 1.0, step=0.4), b=Real(-1.0, 1.0, step=0.4), c=Real(-1.0, 1.0, step=0.4), d=Real(-1.0, 1.0)
    )
    coordinates = Coordinates(space)
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(10):
        root = rng.normal(size=(4, 4))
        model = bowl(rng.uniform(0.2, 0.8, 4), root @ root.T + 0.1 * np.eye(4))
        found = candidates(model, RATING, coordinates, 2.0)
        assert all(np.allclose(z[:3] * 5, np.round(z[:3] * 5)) for z in found)
        heights = [RATING.height(model.at(z)) for z in found]
        assert heights == sorted(heights)
        best = np.inf
        for point in product(np.linspace(0.0, 1.0, 6), repeat=3):
            low, high = np.array([*point, 0.0]), np.array([*point, 1.0])
            best = min(best, RATING.height(model.at(best_step(model, RATING, low, high))))
        hits += heights[0] <= best + 1e-6
    assert hits >= 7


def test_a_radius_below_the_grid_still_reaches_the_neighbours():
    coordinates = Coordinates(Record(a=Real(-1.0, 1.0, step=0.5)))
    model = LocalModel(np.array([0.5]), np.zeros(1), np.array([[-1.0]]), np.zeros((1, 1, 1)))
    np.testing.assert_allclose(candidates(model, RATING, coordinates, 1e-3)[0], [0.75])
