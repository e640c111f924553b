import numpy as np
import pytest

from archwright.core.record import Record
from archwright.core.space import Real
from archwright.optimizers.climbing import climb, first_new, nearby, rounded

SPACE = Record(n=Real(0.0, 4.0, step=1.0), kind=["a", "b"])


def test_rounded_keys_are_equal_for_equal_designs():
    keys = rounded(SPACE, np.array([[0.26, 0.1], [0.24, 0.4], [0.26, 0.6]]))
    assert (keys[0] == keys[1]).all() and not (keys[0] == keys[2]).all()
    assert rounded(SPACE, np.empty((0, 2))).shape == (0, 2)


def test_the_first_design_that_is_new_is_taken_and_later_groups_only_then():
    asked = []

    def groups():
        for keys in ([[0.25, 0.25]], np.empty((0, 2)), [[0.25, 0.25], [0.5, 0.75]], [[1.0, 0.25]]):
            asked.append(len(keys))
            yield np.array(keys)

    taken = {np.array([0.25, 0.25]).tobytes()}
    assert first_new(SPACE, groups(), taken).tolist() == [0.5, 0.75]
    assert asked == [1, 0, 2]


def test_an_exhausted_space_gives_any_design():
    taken = {np.array([0.25, 0.25]).tobytes()}
    assert first_new(SPACE, [np.array([[0.25, 0.25]])], taken).tolist() == [0.25, 0.25]


def test_candidates_lie_near_their_centres_and_inside():
    centres = np.array([[0.5] * 40, [0.0] * 40])
    near = nearby(centres, 500, np.random.default_rng(0))
    moved = np.minimum((near != centres[0]).sum(axis=1), (near != centres[1]).sum(axis=1))
    assert near.shape == (500, 40) and near.min() >= 0.0 and near.max() <= 1.0
    assert 5 < moved.mean() < 21 and np.abs(near[:, 0] - 0.5).min() < 1e-3


def test_a_climb_ends_at_the_top_within_the_bounds():
    value, keys = climb(lambda x: (-float(((x - 1.5) ** 2).sum()), 2.0 * (1.5 - x)), np.array([0.1, 0.9]))
    assert keys.tolist() == [1.0, 1.0] and value == pytest.approx(-0.5)
