import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.learning.gaussian_processes import fit_gaussian_processes
from archwright.learning.posterior_samples import sample_posterior


def fitted(kernel, noise=0.0):
    rng = np.random.default_rng(0)
    x = rng.random((14, 2))
    y = np.column_stack([np.sin(5 * x[:, 0]) + x[:, 1], 100 * x[:, 0] * x[:, 1]])
    return fit_gaussian_processes(x, y + noise * rng.standard_normal(y.shape), kernel=kernel)


@pytest.mark.parametrize("kernel", ["rbf", "matern52"])
def test_many_samples_have_the_moments_of_the_posterior(kernel):
    model = fitted(kernel)
    points = np.random.default_rng(1).random((20, 2))
    rng = np.random.default_rng(2)
    drawn = np.array([sample_posterior(model, rng, n_features=300)(points) for _ in range(400)])
    mean, variance = model.predict(points)
    deviation = np.sqrt(variance)
    off = np.abs(drawn.mean(axis=0) - mean) / deviation
    assert off.max() < 4.5 / np.sqrt(400)
    ratio = drawn.std(axis=0) / deviation
    large = deviation > 0.05 * model.scales
    assert large.sum() > 5 and np.abs(ratio[large] - 1.0).max() < 0.2


@pytest.mark.parametrize("kernel", ["rbf", "matern52"])
def test_samples_pass_through_exact_data_and_differ_elsewhere(kernel):
    model = fitted(kernel)
    first, second = (sample_posterior(model, np.random.default_rng(seed)) for seed in (0, 1))
    at_data = (first(model.inputs) - second(model.inputs)) / model.scales
    away = (first(np.array([[0.0, 1.0]])) - second(np.array([[0.0, 1.0]]))) / model.scales
    assert np.abs(at_data).max() < 5 * np.sqrt(2 * model.noises.max() + 1e-6)
    assert np.abs(away).max() > 1e-4


def test_a_sample_is_one_function():
    sample = sample_posterior(fitted("matern52"), np.random.default_rng(0))
    points = np.random.default_rng(1).random((6, 2))
    np.testing.assert_allclose(sample(points), np.concatenate([sample(one[None, :]) for one in points]), rtol=1e-9)


@pytest.mark.parametrize("n_features", [0, 2.5, True])
def test_features_are_a_whole_number(n_features):
    with pytest.raises(SpecError, match="n_features"):
        sample_posterior(fitted("rbf"), np.random.default_rng(0), n_features=n_features)
