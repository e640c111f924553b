"""What a design promises, in logarithms, with the derivatives by mean and standard deviation.

For a normal guess N(mean, deviation^2) of a quantity to be minimized:

    log EI = log E[max(best - f, 0)] = log deviation + log(phi(z) + z Phi(z)),  z = (best - mean) / deviation     (1)
    log P(f <= 0) = log Phi(-mean / deviation)                                                             (2)
    E[max(f, 0)] and Var[max(f, 0)], the moments of what is missed of a constraint                         (3)

(1) is Jones, Schonlau, Welch, "Efficient Global Optimization of Expensive Black-Box Functions", 1998, in the safe form
of Ament and others, "Unexpected Improvements to Expected Improvement", NeurIPS 2023: far from the best value EI itself
is 0 in floating point and has no slope. (2) is the feasibility weight of Gardner and others, "Bayesian Optimization
with Inequality Constraints", ICML 2014.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

Column = np.ndarray[Any, np.dtype[np.float64]]

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


FAR_BELOW = -200.0
"""Deviations below the cut from which truncation is computed by its expansion."""


class Promise(NamedTuple):
    """A value and its derivatives.

    Args:
        value: (n,).
        by_mean: (n,).
        by_deviation: (n,).
    """

    value: Column
    by_mean: Column
    by_deviation: Column


def log_expected_improvement(mean: Column, deviation: Column, best: float) -> Promise:
    """Equation (1).

    Args:
        mean: (n,).
        deviation: (n,) > 0.
        best: the value to improve on.

    Example:
        >>> promise = log_expected_improvement(np.array([0.0]), np.array([1.0]), 0.0)
        >>> bool(np.isclose(np.exp(promise.value[0]), 1 / np.sqrt(2 * np.pi)))
        True
    """
    from scipy.special import log_ndtr

    z = (best - mean) / deviation
    log_density = -0.5 * z**2 - LOG_SQRT_2PI
    log_gain = _log_gain(z, log_density)
    return Promise(
        np.log(deviation) + log_gain,
        -np.exp(log_ndtr(z) - log_gain) / deviation,
        np.exp(log_density - log_gain) / deviation,
    )


def _log_gain(z: Column, log_density: Column) -> Column:
    """log(phi(z) + z Phi(z)); left of -1 by the scaled complementary error function, far left by its expansion."""
    from scipy.special import erfcx, ndtr

    right = np.log(np.exp(log_density) + z * ndtr(z), out=np.zeros_like(z), where=z > -1.0)
    middle = np.clip(z, -1e5, -1.0)
    # 1 - |z| sqrt(pi / 2) erfcx(|z| / sqrt 2), which tends to 1 / z^2.
    rest = 1.0 + middle * math.sqrt(math.pi / 2.0) * erfcx(-middle / math.sqrt(2.0))
    left = log_density + np.where(z > -1e3, np.log(np.maximum(rest, 1e-300)), -2.0 * np.log(np.maximum(-z, 1.0)))
    return np.where(z > -1.0, right, left)


def log_probability_met(mean: Column, deviation: Column) -> Promise:
    """Equation (2): that a constraint's shortfall with this guess is at most 0.

    Example:
        >>> float(np.exp(log_probability_met(np.array([0.0]), np.array([2.0])).value[0]).round(12))
        0.5
    """
    from scipy.special import log_ndtr

    u = -mean / deviation
    value = log_ndtr(u)
    slope = np.exp(-0.5 * u**2 - LOG_SQRT_2PI - value)
    return Promise(value, -slope / deviation, -slope * u / deviation)


def missed_moments(mean: Column, deviation: Column) -> tuple[Promise, Promise]:
    """Mean and variance (3) of max(f, 0).

    Example:
        >>> first, second = missed_moments(np.array([0.0]), np.array([1.0]))
        >>> bool(np.isclose(first.value[0], 1 / np.sqrt(2 * np.pi)))
        True
    """
    from scipy.special import ndtr

    u = mean / deviation
    density, below = np.exp(-0.5 * u**2 - LOG_SQRT_2PI), ndtr(u)
    first = mean * below + deviation * density
    second = (mean**2 + deviation**2) * below + mean * deviation * density
    average = Promise(first, below, density)
    variance = np.maximum(second - first**2, 1e-12 * deviation**2)
    return average, Promise(variance, 2.0 * first * (1.0 - below), 2.0 * (deviation * below - first * density))


def max_value_entropy(mean: Column, deviation: Column, least: float | Column) -> Promise:
    """What is learned of `f` by hearing that it is nowhere below `least`: H(f) - H(f | f >= least), in nats.

    With `g = (mean - least) / deviation` it is `g phi(g) / (2 Phi(g)) - log Phi(g)`: max-value entropy search, Wang and
    Jegelka, ICML 2017, equation 6, which PAC-MOO uses for each output.

    Args:
        mean: (n,), or (n, c) for several outputs at once.
        deviation: likewise, > 0.
        least: the smallest value of a sampled function over the front of the sampled problem; one, or (c,).

    Example:
        >>> promise = max_value_entropy(np.array([0.0]), np.array([1.0]), 0.0)
        >>> bool(np.isclose(promise.value[0], np.log(2.0)))
        True
    """
    from scipy.special import log_ndtr

    g = (mean - least) / deviation
    near = np.maximum(g, FAR_BELOW)
    log_below = log_ndtr(near)
    ratio = np.exp(-0.5 * near**2 - LOG_SQRT_2PI - log_below)
    far = np.minimum(g, FAR_BELOW)  # there both terms grow like g^2 / 2 and cancel; what is left has an expansion
    value = np.where(g < FAR_BELOW, np.log(-far) + LOG_SQRT_2PI - 0.5 + 2.0 / far**2, 0.5 * near * ratio - log_below)
    slope = np.where(g < FAR_BELOW, 1.0 / far - 4.0 / far**3, -0.5 * ratio * (1.0 + near * (near + ratio)))
    return Promise(value, slope / deviation, -slope * g / deviation)


def log_probability_improved(mean: Column, deviation: Column, best: float) -> Promise:
    """That the quantity comes out below `best`, as a logarithm (Kushner 1964).

    Example:
        >>> float(np.exp(log_probability_improved(np.array([1.0]), np.array([2.0]), 1.0).value[0]).round(12))
        0.5
    """
    return log_probability_met(mean - best, deviation)
