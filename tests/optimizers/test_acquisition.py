import numpy as np
import pytest
from scipy.integrate import quad

from archwright.optimizers.acquisition import (
    log_expected_improvement,
    log_probability_improved,
    log_probability_met,
    max_value_entropy,
    missed_moments,
)

RNG = np.random.default_rng(0)
MEAN, DEVIATION = RNG.normal(0.0, 5.0, 500), RNG.uniform(0.2, 3.0, 500)


def log_gain_by_quadrature(z):
    """log E[max(z + normal, 0)]; with t = exp(-z^2 / 2) taken out, so that no value is too small."""
    if z > 0:
        return np.log(z + np.exp(log_gain_by_quadrature(-z)))
    integral = quad(lambda t: t * np.exp(-0.5 * t * t + t * z), 0.0, np.inf, epsabs=0.0, epsrel=1e-12)[0]
    return np.log(integral) - 0.5 * z * z - 0.5 * np.log(2 * np.pi)


@pytest.mark.parametrize("z", [6.0, 1.0, 0.0, -0.99, -1.01, -4.0, -20.0, -100.0])
def test_log_improvement_agrees_with_the_integral_also_where_it_underflows(z):
    ours = log_expected_improvement(np.array([1.0 - 3.0 * z]), np.array([3.0]), 1.0).value[0]
    assert ours == pytest.approx(log_gain_by_quadrature(z) + np.log(3.0), rel=1e-10, abs=1e-12)


def test_log_improvement_falls_steadily_for_ever():
    z = -np.logspace(-2, 7, 400)
    promise = log_expected_improvement(-z, np.ones_like(z), 0.0)
    assert np.isfinite(promise.value).all() and (np.diff(promise.value) < 0).all()
    assert (promise.by_mean < 0).all() and (promise.by_deviation > 0).all()


@pytest.mark.parametrize(
    "function",
    [
        lambda mean, deviation: log_expected_improvement(mean, deviation, -1.0),
        log_probability_met,
        lambda mean, deviation: missed_moments(mean, deviation)[0],
        lambda mean, deviation: missed_moments(mean, deviation)[1],
    ],
    ids=["improvement", "met", "missed mean", "missed variance"],
)
def test_derivatives_agree_with_differences(function):
    step = 1e-6
    promise = function(MEAN, DEVIATION)
    by_mean = (function(MEAN + step, DEVIATION).value - function(MEAN - step, DEVIATION).value) / (2 * step)
    by_deviation = (function(MEAN, DEVIATION + step).value - function(MEAN, DEVIATION - step).value) / (2 * step)
    np.testing.assert_allclose(promise.by_mean, by_mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(promise.by_deviation, by_deviation, rtol=1e-6, atol=1e-6)


def test_moments_and_probability_agree_with_samples():
    draws = np.random.default_rng(1).standard_normal(400_000)
    for mean, deviation in ((0.0, 1.0), (1.5, 0.5), (-0.5, 2.0)):
        missed = np.maximum(mean + deviation * draws, 0.0)
        average, variance = missed_moments(np.array([mean]), np.array([deviation]))
        assert average.value[0] == pytest.approx(missed.mean(), rel=0.01)
        assert variance.value[0] == pytest.approx(missed.var(), rel=0.01)
        met = log_probability_met(np.array([mean]), np.array([deviation])).value[0]
        assert np.exp(met) == pytest.approx(np.mean(missed == 0.0), abs=0.003)


def entropy(log_density, low, high):
    """Of a density given by its logarithm up to a constant, by quadrature."""
    grid, step = np.linspace(low, high, 400_001, retstep=True)
    logs = log_density(grid)
    weights = np.full(len(grid), step)
    weights[[0, -1]] /= 2
    mass = (weights * np.exp(logs - logs.max())).sum()
    return -(weights * np.exp(logs - logs.max()) / mass * (logs - logs.max() - np.log(mass))).sum()


@pytest.mark.parametrize("mean", [-9.0, -2.0, -0.3, 0.0, 0.7, 3.0, 8.0])
@pytest.mark.parametrize("deviation", [0.5, 1.0, 2.0])
def test_max_value_entropy_is_the_entropy_that_truncation_takes_away(mean, deviation):
    least = 1.0

    def log_density(f):
        return -0.5 * ((f - mean) / deviation) ** 2

    whole = entropy(log_density, mean - 12 * deviation, mean + 12 * deviation)
    # Far below the cut the rest falls like an exponential; the grid covers what of it counts.
    top = max(mean + 12 * deviation, least + min(12 * deviation, 60 * deviation**2 / max(least - mean, 0.1)))
    left = entropy(log_density, least, top)
    ours = max_value_entropy(np.array([mean]), np.array([deviation]), least).value[0]
    assert ours == pytest.approx(whole - left, abs=1e-6)


def test_max_value_entropy_has_its_derivatives_and_no_end():
    step = 1e-6
    promise = max_value_entropy(MEAN, DEVIATION, 1.0)
    up = max_value_entropy(MEAN + step, DEVIATION, 1.0).value - max_value_entropy(MEAN - step, DEVIATION, 1.0).value
    wide = max_value_entropy(MEAN, DEVIATION + step, 1.0).value - max_value_entropy(MEAN, DEVIATION - step, 1.0).value
    np.testing.assert_allclose(promise.by_mean, up / (2 * step), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(promise.by_deviation, wide / (2 * step), rtol=1e-4, atol=1e-7)
    far = max_value_entropy(np.array([-1e3, -1e6, 1e6]), np.ones(3), 0.0).value
    assert far[0] == pytest.approx(np.log(1e3) + 0.5 * np.log(2 * np.pi) - 0.5, abs=1e-5)
    assert far[1] > far[0] and far[2] == 0.0
    below, above = max_value_entropy(np.array([-200.0 - 1e-9, -200.0 + 1e-9]), np.ones(2), 0.0).value
    assert below == pytest.approx(above, abs=1e-7)


def test_probability_of_improvement():
    promise = log_probability_improved(np.array([3.0, 1.0]), np.array([2.0, 2.0]), 1.0)
    np.testing.assert_allclose(np.exp(promise.value), [0.158655253931457, 0.5], rtol=1e-12)
