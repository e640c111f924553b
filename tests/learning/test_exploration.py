import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from archwright.core.errors import SpecError
from archwright.learning.exploration import NoiseSchedule, truncated_normal


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 0.3), (0.95, 0.2), (-1.0, 2.0), (0.5, 0.01)])
def test_draws_follow_the_truncated_normal_distribution(mean, sigma):
    draws = truncated_normal(np.full(4000, mean), sigma, np.random.default_rng(0))
    assert draws.min() >= -1.0 and draws.max() <= 1.0
    exact = truncnorm((-1 - mean) / sigma, (1 - mean) / sigma, mean, sigma)
    assert kstest(draws, exact.cdf).pvalue > 1e-3


def test_noise_far_below_the_range_stays_at_the_mean_also_on_the_bounds():
    mean = np.array([-1.0, 0.0, 1.0, 3.0])
    draws = truncated_normal(mean, 1e-9, np.random.default_rng(0))
    np.testing.assert_allclose(draws, [-1.0, 0.0, 1.0, 1.0], atol=1e-7)


def test_each_row_may_have_its_own_spread_and_other_bounds():
    draws = truncated_normal(
        np.full((2, 2000), 0.5), np.array([[0.01], [0.1]]), np.random.default_rng(0), low=0.0, high=1.0
    )
    assert draws[0].std() == pytest.approx(0.01, rel=0.1) and draws[1].std() == pytest.approx(0.1, rel=0.1)


def test_the_same_generator_draws_the_same():
    mean = np.zeros((3, 2))
    first, second = (truncated_normal(mean, 0.3, np.random.default_rng(4)) for _ in range(2))
    assert (first == second).all()


def test_noise_starts_after_the_warm_up_halves_and_keeps_a_floor():
    schedule = NoiseSchedule(warm_up=10, start=0.8, end=0.1, half_life=20)
    assert [schedule.is_random(at) for at in (0, 9, 10)] == [True, True, False]
    assert [schedule.sigma(at) for at in (0, 10, 30, 50, 70, 500)] == [0.8, 0.8, 0.4, 0.2, 0.1, 0.1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"warm_up": 0}, "warm_up"), ({"warm_up": 2.5}, "warm_up"), ({"start": 0.0}, "noise_start"),
        ({"end": -0.1}, "noise_end"), ({"half_life": float("inf")}, "noise_half_life"),
    ],
)  # fmt: skip
def test_schedules_that_make_no_sense_are_refused(change, field):
    with pytest.raises(SpecError, match=field):
        NoiseSchedule(**{"warm_up": 1, "start": 0.5, "end": 0.1, "half_life": 10, **change})
