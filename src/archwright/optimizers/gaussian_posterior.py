"""What Bayesian optimization asks of fitted Gaussian processes: other data, and gradients of what they predict.

The processes and their equations are those of `archwright.learning.gaussian_processes` (Rasmussen and Williams, 2006);
the gradient of mean and deviation in the point is the derivative of their equations 2.25 and 2.26.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from archwright.core.space import Keys
from archwright.learning.gaussian_processes import GaussianProcesses, covariance

Column = np.ndarray[Any, np.dtype[np.float64]]

LEAST_VARIANCE = 1e-12
"""Variance of a standardised output below which rounding decides."""


class Prediction(NamedTuple):
    """What the processes say of one point, and how it changes with the point.

    Args:
        mean: (m,) of every output.
        deviation: (m,) standard deviation, without noise.
        mean_slope: (m, d).
        deviation_slope: (m, d).
    """

    mean: Column
    deviation: Column
    mean_slope: Keys
    deviation_slope: Keys


def predict_with_slope(model: GaussianProcesses, point: Column) -> Prediction:
    """Mean and deviation of every output at one `(d,)` point, with their gradients."""
    from scipy.linalg.lapack import dpotrs  # half the time of `cho_solve`, which checks its arguments

    rows = []
    for i, length in enumerate(model.lengths):
        cross = covariance(model.kernel, model.inputs / length, point[None, :] / length)
        slope = -cross.slope * (point - model.inputs) / length**2  # of the covariance with every input, (n, d)
        solved = dpotrs(model.factors[i], cross.value[:, 0], lower=1)[0]
        variance = 1.0 - float(cross.value[:, 0] @ solved)
        mean = model.means[i] + float(model.weights[i] @ cross.value[:, 0])
        deviation = max(variance, LEAST_VARIANCE) ** 0.5
        falls = -(solved @ slope) / deviation if variance > LEAST_VARIANCE else np.zeros(len(point))
        rows.append((mean, deviation, model.weights[i] @ slope, falls))
    means, deviations, mean_slopes, deviation_slopes = (np.array(part) for part in zip(*rows, strict=True))
    unit = model.scales[:, None]
    return Prediction(
        means * model.scales + model.centres, deviations * model.scales, mean_slopes * unit, deviation_slopes * unit
    )


def condition(model: GaussianProcesses, inputs: Keys, outputs: Keys) -> GaussianProcesses:
    """The same processes, given other data.

    Args:
        model: its kernels, noises and means are kept.
        inputs: (n, d).
        outputs: (n, m).
    """
    from scipy.linalg import cho_solve, cholesky

    factors, weights = [], []
    for i, length in enumerate(model.lengths):
        kernel = covariance(model.kernel, inputs / length, inputs / length).value
        factors.append(cholesky(kernel + model.noises[i] * np.eye(len(inputs)), lower=True, check_finite=False))
        standard = (outputs[:, i] - model.centres[i]) / model.scales[i] - model.means[i]
        weights.append(cho_solve((factors[-1], True), standard, check_finite=False))
    return replace(model, inputs=inputs, factors=np.array(factors), weights=np.array(weights))
