import numpy as np
import pytest

from archwright.learning.gaussian_processes import fit_gaussian_processes
from archwright.optimizers.gaussian_posterior import condition, predict_with_slope
from archwright.testing.functions import Branin

RNG = np.random.default_rng(0)
KEYS = RNG.random((40, 2))


def values(keys):
    x = keys * [15.0, 15.0] - [5.0, 0.0]
    return np.column_stack([Branin().values(x)[:, 0], np.sin(3 * x[:, 0])])


MODEL = fit_gaussian_processes(KEYS, values(KEYS), kernel="matern52")


def sklearn_model(output):
    """Scikit-learn's process with the same kernel, noise and constant mean."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern

    kernel = Matern(length_scale=MODEL.lengths[output], nu=2.5)
    target = (values(KEYS)[:, output] - MODEL.centres[output]) / MODEL.scales[output] - MODEL.means[output]
    return GaussianProcessRegressor(kernel, alpha=MODEL.noises[output], optimizer=None).fit(KEYS, target)


@pytest.mark.parametrize("output", [0, 1])
def test_guesses_agree_with_scikit_learn(output):
    points = np.random.default_rng(1).random((50, 2))
    means, deviations = sklearn_model(output).predict(points, return_std=True)
    unit, centre = MODEL.scales[output], MODEL.centres[output]
    ours = [predict_with_slope(MODEL, point) for point in points]
    np.testing.assert_allclose(
        [one.mean[output] for one in ours], (means + MODEL.means[output]) * unit + centre, rtol=1e-6
    )
    np.testing.assert_allclose([one.deviation[output] for one in ours], deviations * unit, rtol=1e-6)


def test_slopes_agree_with_differences():
    step = 1e-6
    for point in np.random.default_rng(2).random((20, 2)):
        seen = predict_with_slope(MODEL, point)
        for axis in range(2):
            ahead, behind = (predict_with_slope(MODEL, point + sign * step * np.eye(2)[axis]) for sign in (1, -1))
            np.testing.assert_allclose(
                seen.mean_slope[:, axis], (ahead.mean - behind.mean) / (2 * step), rtol=1e-4, atol=1e-4
            )
            differences = (ahead.deviation - behind.deviation) / (2 * step)
            np.testing.assert_allclose(seen.deviation_slope[:, axis], differences, rtol=1e-3, atol=1e-3)


def test_one_point_is_predicted_as_among_many():
    points = np.random.default_rng(3).random((5, 2))
    means, variances = MODEL.predict(points)
    for i, point in enumerate(points):
        seen = predict_with_slope(MODEL, point)
        np.testing.assert_allclose(seen.mean, means[i], rtol=1e-9)
        np.testing.assert_allclose(seen.deviation**2, variances[i], rtol=1e-6)


def test_same_data_give_the_same_guesses_and_more_data_less_doubt():
    points = np.random.default_rng(4).random((30, 2))
    again = condition(MODEL, KEYS, values(KEYS))
    np.testing.assert_allclose(again.predict(points)[0], MODEL.predict(points)[0], rtol=1e-8)
    more = condition(MODEL, np.concatenate([KEYS, points]), values(np.concatenate([KEYS, points])))
    assert (more.predict(points)[1] < MODEL.predict(points)[1]).all()
    np.testing.assert_allclose(more.predict(points)[0], values(points), atol=0.05 * values(points).std())
