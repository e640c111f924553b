"""Gaussian processes for a few hundred points: several outputs over the same inputs, fitted and asked together.

Each output has its own length scale per input, its own noise and its own mean; inputs are scaled to [0, 1] by the
caller, outputs are standardised here. Hyperparameters maximise the posterior (marginal likelihood times priors); the
mean is in closed form inside it. Distances and gradients are matrix products: the sum over pairs of points of
w_ij (x_i - x_j)^2 is twice x' diag(w 1) x - x' w x, so no array of n x n x d exists.

Papers: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, equations 2.30 and 5.9; the priors of
Hvarfner, Hellsten, Nardi, "Vanilla Bayesian Optimization Performs Great in High Dimensions", ICML 2024, section 5:
length scales log-normal around exp(sqrt 2) sqrt(d), noise log-normal around exp(-4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import SpecError, check_name

Floats = np.ndarray[Any, np.dtype[np.float64]]

KERNELS = ("rbf", "matern52")
LENGTH_RANGE = (0.025, 1e4)
LARGEST_NOISE = 1.0
LENGTH_SPREAD = math.sqrt(3.0)
NOISE_PRIOR = (-4.0, 1.0)
"""Mean and standard deviation of the logarithm of the noise variance."""


class Covariance(NamedTuple):
    """A kernel matrix and its slope.

    Args:
        value: k.
        slope: -2 times the derivative of k with respect to the squared scaled distance.
    """

    value: Floats
    slope: Floats


def covariance(kernel: str, first: Floats, second: Floats) -> Covariance:
    """Kernel between points scaled by their length scales; unit variance.

    Args:
        kernel: `rbf` or `matern52`.
        first: (n, d).
        second: (m, d).

    Returns:
        Two (n, m) arrays.

    Source: Rasmussen and Williams, 2006, equations 4.9 and 4.17.
    """
    squared = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * first @ second.T
    np.maximum(squared, 0.0, out=squared)
    if kernel == "rbf":
        value = np.exp(-0.5 * squared)
        return Covariance(value, value)
    root = np.sqrt(5.0 * squared)
    decay = np.exp(-root)
    return Covariance((1.0 + root + root**2 / 3.0) * decay, 5.0 / 3.0 * (1.0 + root) * decay)


@dataclass(frozen=True)
class GaussianProcesses:
    """Fitted processes, one per output.

    Args:
        kernel: `rbf` or `matern52`.
        inputs: (n, d).
        lengths: (m, d) length scales.
        noises: (m,) noise variances, of standardised outputs.
        means: (m,) constant means, of standardised outputs.
        factors: (m, n, n) lower Cholesky factors of kernel plus noise.
        weights: (m, n) inverse times the centred outputs.
        centres: (m,) and scales: (m,) that standardise the outputs.
        log_likelihoods: (m,) log marginal likelihood of the standardised outputs.
        log_posteriors: (m,) the same plus the log priors: what was maximised.
    """

    kernel: str
    inputs: Floats
    lengths: Floats
    noises: Floats
    means: Floats
    factors: Floats
    weights: Floats
    centres: Floats
    scales: Floats
    log_likelihoods: Floats
    log_posteriors: Floats

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of every output, without noise, at `(k, d)` points.

        Returns:
            Two (k, m) arrays in the outputs' own units.

        Source: Rasmussen and Williams, 2006, equations 2.25 and 2.26.
        """
        from scipy.linalg import solve_triangular

        means, variances = [], []
        for i, length in enumerate(self.lengths):
            cross = covariance(self.kernel, self.inputs / length, points / length).value
            means.append(self.means[i] + self.weights[i] @ cross)
            reduced = solve_triangular(self.factors[i], cross, lower=True, check_finite=False)
            variances.append(np.maximum(1.0 - (reduced**2).sum(axis=0), 1e-12))
        return np.array(means).T * self.scales + self.centres, np.array(variances).T * self.scales**2


def fit_gaussian_processes(
    inputs: Floats,
    outputs: Floats,
    *,
    kernel: str = "rbf",
    noise_floor: float = 1e-6,
    start: GaussianProcesses | None = None,
) -> GaussianProcesses:
    """Fit one process per output.

    Args:
        inputs: (n, d) in [0, 1], n >= 2.
        outputs: (n, m) finite numbers.
        kernel: `rbf` or `matern52`.
        noise_floor: the smallest noise variance of a standardised output, > 0.
        start: an earlier fit of the same outputs to begin from, which saves most of the steps.

    Returns:
        The fitted processes.

    Raises:
        SpecError: another kernel, a noise floor out of (0, 1], too few points, shapes that do not match, numbers that
            are not finite.

    Example:
        >>> x = np.linspace(0.0, 1.0, 9)[:, None]
        >>> model = fit_gaussian_processes(x, np.hstack([np.sin(6 * x), x**2]))
        >>> mean, variance = model.predict(np.array([[0.3]]))
        >>> bool(np.abs(mean - [[np.sin(1.8), 0.09]]).max() < 0.02)
        True
    """
    check_name("kernel", kernel, KERNELS)
    if not 0 < noise_floor <= LARGEST_NOISE:
        raise SpecError("noise_floor", noise_floor, "a number above 0, at most 1")
    inputs, outputs = np.asarray(inputs, dtype=float), np.asarray(outputs, dtype=float)
    if inputs.ndim != 2 or outputs.ndim != 2 or len(inputs) != len(outputs) or len(inputs) < 2:
        raise SpecError("points", (inputs.shape, outputs.shape), "shapes (n, d) and (n, m) with n >= 2")
    if not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
        raise SpecError("points", "not finite", "finite numbers")
    centres, spread = outputs.mean(axis=0), outputs.std(axis=0)
    scales = np.where(spread > 0, spread, 1.0)
    standard = ((outputs - centres) / scales).T
    d = inputs.shape[1]
    usual = np.append(np.full(d, math.sqrt(2.0) + 0.5 * math.log(d)), NOISE_PRIOR[0])
    parts = []
    for i, y in enumerate(standard):
        first = usual if start is None else np.log([*start.lengths[i], start.noises[i]])
        parts.append(_fit_one(_Fit(kernel, inputs, np.ascontiguousarray(y)), first, noise_floor))
    lengths, noises, means, factors, weights, likelihoods, posteriors = (np.array(p) for p in zip(*parts, strict=True))
    return GaussianProcesses(
        kernel, inputs, lengths, noises, means, factors, weights, centres, scales, likelihoods, posteriors
    )


class _Fit(NamedTuple):
    """What one output's posterior is computed from."""

    kernel: str
    inputs: Floats
    y: Floats

    def solved(self, logs: Floats) -> tuple[Covariance, Floats, float, Floats, float]:
        """Kernel, Cholesky factor, mean, weights and log likelihood at the logarithms of lengths and noise."""
        from scipy.linalg import cho_solve, cholesky

        n = len(self.y)
        scaled = self.inputs / np.exp(logs[:-1])
        k = covariance(self.kernel, scaled, scaled)
        noisy = k.value + math.exp(logs[-1]) * np.eye(n)
        factor = cholesky(noisy, lower=True, overwrite_a=True, check_finite=False)
        both = cho_solve((factor, True), np.stack([self.y, np.ones(n)], axis=1), check_finite=False)
        mean = float(both[:, 0].sum() / both[:, 1].sum())
        weights = both[:, 0] - mean * both[:, 1]
        fit = (self.y - mean) @ weights
        likelihood = -0.5 * fit - np.log(np.diag(factor)).sum() - 0.5 * n * math.log(2.0 * math.pi)
        return k, factor, mean, weights, float(likelihood)

    def loss(self, logs: Floats) -> tuple[float, Floats]:
        """Minus the log posterior and its gradient; the closed-form mean adds nothing to the gradient."""
        from scipy.linalg.lapack import dpotri

        k, factor, _, weights, likelihood = self.solved(logs)
        lower, _ = dpotri(factor, lower=1)
        inverse = np.tril(lower) + np.tril(lower, -1).T
        pull = np.outer(weights, weights) - inverse
        noise_slope = 0.5 * math.exp(logs[-1]) * np.trace(pull)
        pull *= k.slope
        scaled = self.inputs / np.exp(logs[:-1])
        spread = (pull.sum(axis=1) @ scaled**2) - (scaled * (pull @ scaled)).sum(axis=0)
        prior, prior_slope = log_prior(logs)
        slope = np.append(spread, noise_slope) + prior_slope
        return -(likelihood + prior), -slope


def log_prior(logs: Floats) -> tuple[float, Floats]:
    """Log density of the priors at `(d + 1,)` logarithms of lengths and noise, and its gradient.

    The density is that of the numbers themselves, so the log-normal's `-log x` belongs to it.
    """
    d = len(logs) - 1
    centre = np.append(np.full(d, math.sqrt(2.0) + 0.5 * math.log(d)), NOISE_PRIOR[0])
    spread = np.append(np.full(d, LENGTH_SPREAD), NOISE_PRIOR[1])
    away = (logs - centre) / spread
    value = -0.5 * (away**2).sum() - logs.sum() - np.log(spread).sum() - 0.5 * (d + 1) * math.log(2.0 * math.pi)
    return float(value), -away / spread - 1.0


def _fit_one(fit: _Fit, start: Floats, noise_floor: float) -> tuple[Floats, float, float, Floats, Floats, float, float]:
    from scipy.optimize import minimize

    ranges = [LENGTH_RANGE] * (len(start) - 1) + [(noise_floor, LARGEST_NOISE)]
    bounds = [(math.log(low), math.log(high)) for low, high in ranges]
    found = minimize(fit.loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
    _, factor, mean, weights, likelihood = fit.solved(found.x)
    lengths = np.exp(found.x[:-1])
    return lengths, float(np.exp(found.x[-1])), mean, np.tril(factor), weights, likelihood, -float(found.fun)
