import numpy as np
import pytest
from scipy.integrate import quad

from archwright.optimizers.acquisition import log_expected_improvement, log_probability_met, missed_moments

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
