"""What a step was worth: returns, and advantages over what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def discounted_returns(rewards: Floats, discount: float) -> Floats:
    """Sum of the rewards from each step on, later ones discounted: `G_t = r_t + discount G_(t+1)`.

    Args:
        rewards: (n, n_steps); 0 after the end of an episode.
        discount: 0 to 1.

    Example:
        >>> discounted_returns(np.array([[1.0, 0.0, 4.0]]), 0.5).tolist()
        [[2.0, 2.0, 4.0]]

    Source: Williams, "Simple Statistical Gradient-Following Algorithms", Machine Learning 1992.
    """
    return generalised_advantages(rewards, np.zeros_like(rewards), discount, 1.0)


def generalised_advantages(rewards: Floats, values: Floats, discount: float, trace: float) -> Floats:
    """How much better each step was than its value said, averaged over horizons.

        delta_t = r_t + discount V_(t+1) - V_t,   A_t = delta_t + discount trace A_(t+1)

    Args:
        rewards: (n, n_steps); 0 after the end of an episode.
        values: (n, n_steps) expected returns; 0 after the end of an episode.
        discount: 0 to 1.
        trace: lambda, 0 (one step ahead) to 1 (whole returns).

    Example:
        >>> generalised_advantages(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]), 1.0, 0.0).tolist()
        [[0.0, 0.5]]

    Source: Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation", ICLR 2016.
    """
    advantages = np.zeros_like(rewards)
    later, value = np.zeros(len(rewards)), np.zeros(len(rewards))
    for step in range(rewards.shape[1] - 1, -1, -1):
        later = rewards[:, step] + discount * value - values[:, step] + discount * trace * later
        value = values[:, step]
        advantages[:, step] = later
    return advantages


def standardised(values: Floats, which: Mask) -> Floats:
    """`values` with mean 0 and deviation 1 over those that `which` marks; the others become 0.

    Example:
        >>> standardised(np.array([1.0, 3.0, 9.0]), np.array([True, True, False])).tolist()
        [-1.0, 1.0, 0.0]
    """
    if not which.any():
        return np.zeros_like(values)
    mean, deviation = values[which].mean(), values[which].std()
    return np.where(which, (values - mean) / (deviation if deviation > 0 else 1.0), 0.0)
