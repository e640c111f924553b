import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal

from archwright.core.errors import SpecError
from archwright.learning.gaussian_processes import (
    KERNELS,
    _Fit,
    covariance,
    fit_gaussian_processes,
    log_prior,
)


def data(n=40, d=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    smooth = np.sin(5 * x[:, 0]) + x[:, 1]
    return x, np.stack([smooth, 100 + 30 * x[:, 2] ** 2 + rng.normal(0, 1.0, n)], axis=1)


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_against_their_formulas(kernel):
    a, b = np.random.default_rng(0).normal(size=(2, 7, 3))
    r = cdist(a, b)
    root = np.sqrt(5) * r
    expected = {"rbf": np.exp(-(r**2) / 2), "matern52": (1 + root + root**2 / 3) * np.exp(-root)}[kernel]
    found = covariance(kernel, a, b)
    np.testing.assert_allclose(found.value, expected, atol=1e-12)
    stretched = covariance(kernel, a * (1 + 1e-6), b * (1 + 1e-6)).value
    np.testing.assert_allclose((found.value - stretched) / 1e-6, found.slope * r**2, atol=1e-4)


@pytest.mark.parametrize("kernel", KERNELS)
def test_gradients_against_finite_differences(kernel):
    x, y = data()
    fit = _Fit(kernel, x, (y[:, 0] - y[:, 0].mean()) / y[:, 0].std())
    logs = np.array([0.1, 0.5, 0.9, -3.0])
    np.testing.assert_allclose(fit.loss(logs)[1], approx_fprime(logs, lambda q: fit.loss(q)[0], 1e-6), rtol=1e-3)
    np.testing.assert_allclose(log_prior(logs)[1], approx_fprime(logs, lambda q: log_prior(q)[0], 1e-6), rtol=1e-4)


@pytest.mark.parametrize("kernel", KERNELS)
def test_likelihood_mean_and_prediction_against_plain_formulas(kernel):
    x, y = data()
    model = fit_gaussian_processes(x, y, kernel=kernel)
    points = np.random.default_rng(1).random((5, 3))
    means, variances = model.predict(points)
    for i in range(2):
        standard = (y[:, i] - y[:, i].mean()) / y[:, i].std()
        k = covariance(kernel, x / model.lengths[i], x / model.lengths[i]).value + model.noises[i] * np.eye(len(x))
        exact = multivariate_normal(np.full(len(x), model.means[i]), k).logpdf(standard)
        assert model.log_likelihoods[i] == pytest.approx(exact, rel=1e-6)
        worse = multivariate_normal(np.full(len(x), model.means[i] + 0.05), k).logpdf(standard)
        assert worse < exact
        cross = covariance(kernel, points / model.lengths[i], x / model.lengths[i]).value
        mean = model.means[i] + cross @ np.linalg.solve(k, standard - model.means[i])
        variance = 1.0 - np.einsum("ij,ji->i", cross, np.linalg.solve(k, cross.T))
        np.testing.assert_allclose(means[:, i], mean * y[:, i].std() + y[:, i].mean(), rtol=1e-6)
        np.testing.assert_allclose(variances[:, i], variance * y[:, i].std() ** 2, rtol=1e-4, atol=1e-8)


@pytest.mark.filterwarnings("ignore")  # gpytorch uses a deprecated part of torch; botorch wants the other deviation
def test_the_fit_agrees_with_botorch():
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.mlls import ExactMarginalLogLikelihood

    x, y = data()
    ours = fit_gaussian_processes(x, y, noise_floor=1e-4)
    for i in range(2):
        standard = torch.tensor((y[:, i : i + 1] - y[:, i].mean()) / y[:, i].std())
        model = SingleTaskGP(torch.tensor(x), standard, outcome_transform=None)
        mll = fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        model.train()
        theirs = len(x) * mll(model(*model.train_inputs), model.train_targets).item()
        assert ours.log_posteriors[i] > theirs - 0.1


def test_an_input_that_does_not_matter_gets_a_long_scale():
    x, y = data(60)
    lengths = fit_gaussian_processes(x, y).lengths
    assert lengths[0, 2] > 10 * lengths[0, 0] and lengths[1, 0] > 3 * lengths[1, 2]


def test_a_fit_can_begin_from_an_earlier_one():
    x, y = data()
    first = fit_gaussian_processes(x[:30], y[:30])
    warm, cold = fit_gaussian_processes(x, y, start=first), fit_gaussian_processes(x, y)
    np.testing.assert_allclose(warm.log_posteriors, cold.log_posteriors, atol=0.5)


def test_equal_outputs_and_repeated_points_are_no_trouble():
    x = np.repeat(np.random.default_rng(0).random((5, 2)), 4, axis=0)
    model = fit_gaussian_processes(x, np.full((20, 1), 3.0))
    mean, variance = model.predict(np.array([[0.5, 0.5]]))
    assert mean[0, 0] == pytest.approx(3.0) and np.isfinite(variance).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": "rbff"}, "did you mean 'rbf'"), ({"inputs": np.ones((1, 2)), "outputs": np.ones((1, 1))}, "n >= 2"),
        ({"outputs": np.ones((3, 1))}, "shapes"), ({"outputs": np.full((40, 1), np.nan)}, "not finite"),
        ({"noise_floor": 0.0}, "noise_floor"),
    ],
)  # fmt: skip
def test_input_that_makes_no_sense_is_refused(change, message):
    x, y = data()
    with pytest.raises(SpecError, match=message):
        fit_gaussian_processes(**{"inputs": x, "outputs": y, **change})
