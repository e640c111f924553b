import numpy as np
import pytest

from archwright.learning.advantages import discounted_returns, generalised_advantages, standardised


def slow_returns(rewards, discount):
    return [[sum(discount**k * row[t + k] for k in range(len(row) - t)) for t in range(len(row))] for row in rewards]


@pytest.mark.parametrize("discount", [0.0, 0.9, 1.0])
def test_returns_are_discounted_sums(discount):
    rewards = np.random.default_rng(0).normal(size=(3, 6))
    np.testing.assert_allclose(discounted_returns(rewards, discount), slow_returns(rewards, discount))


def test_advantages_are_weighted_sums_of_surprises():
    rng = np.random.default_rng(1)
    rewards, values = rng.normal(size=(2, 5)), rng.normal(size=(2, 5))
    following = np.hstack([values[:, 1:], np.zeros((2, 1))])
    surprises = rewards + 0.9 * following - values
    found = generalised_advantages(rewards, values, 0.9, 0.5)
    np.testing.assert_allclose(found, slow_returns(surprises, 0.45))


def test_with_a_trace_of_one_an_advantage_is_the_return_less_the_value():
    rng = np.random.default_rng(2)
    rewards, values = rng.normal(size=(2, 5)), rng.normal(size=(2, 5))
    expected = discounted_returns(rewards, 0.8) - values
    np.testing.assert_allclose(generalised_advantages(rewards, values, 0.8, 1.0), expected)


def test_only_marked_values_are_standardised():
    values = np.random.default_rng(3).normal(5.0, 2.0, (4, 6))
    which = np.arange(6)[None, :] < np.array([[6], [2], [4], [1]])
    found = standardised(values, which)
    assert found[which].mean() == pytest.approx(0.0, abs=1e-12) and found[which].std() == pytest.approx(1.0)
    assert (found[~which] == 0.0).all()
    assert (standardised(np.full((2, 2), 3.0), np.ones((2, 2), bool)) == 0.0).all()
    assert (standardised(values, np.zeros((4, 6), bool)) == 0.0).all()
