"""Magnitude pruning: which weights stay.

Sources: Han et al., "Learning both Weights and Connections for Efficient Neural Networks", 2015 (threshold, iterative,
dropout rule); Zhu, Gupta, "To prune, or not to prune", 2017, equation 1 (gradual).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Weights = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def density_mask(weights: Weights, density: float) -> Mask:
    """The `density` share of weights that is largest in magnitude; of equals, the first ones.

    Args:
        weights: any shape.
        density: 0 to 1.

    Returns:
        A mask of the same shape with `round(density * size)` true entries.

    Raises:
        SpecError: the density is out of range.

    Example:
        >>> density_mask(np.array([0.1, -3.0, 2.0, 0.0], np.float32), 0.5)
        array([False,  True,  True, False])
    """
    _check_density(density)
    kept = round(density * weights.size)
    mask = np.zeros(weights.size, np.bool_)
    if kept == 0:
        return mask.reshape(weights.shape)
    magnitudes = np.abs(weights).ravel()
    threshold = np.partition(magnitudes, weights.size - kept)[weights.size - kept]
    np.greater(magnitudes, threshold, out=mask)
    mask[np.flatnonzero(magnitudes == threshold)[: kept - int(mask.sum())]] = True
    return mask.reshape(weights.shape)


def deviation_mask(weights: Weights, q: float) -> Mask:
    """Weights beyond `q` standard deviations, the paper's threshold.

    Args:
        weights: any shape.
        q: >= 0.

    Raises:
        SpecError: q is negative.

    Example:
        >>> deviation_mask(np.array([0.1, -3.0, 2.0, 0.0], np.float32), 1.0)
        array([False,  True,  True, False])
    """
    if not q >= 0.0:
        raise SpecError("q", q, "0 or more standard deviations")
    mask: Mask = np.abs(weights) > q * float(weights.std()) if weights.size else np.zeros(weights.shape, np.bool_)
    return mask


def iterative_densities(density: float, rounds: int) -> list[float]:
    """Densities of rounds of pruning and retraining, each the same factor below the one before.

    Args:
        density: of the last round, above 0.
        rounds: 1 or more.

    Example:
        >>> [round(one, 2) for one in iterative_densities(0.125, 3)]
        [0.5, 0.25, 0.12]
    """
    _check_density(density)
    return [density ** ((k + 1) / rounds) for k in range(rounds)]


def gradual_density(progress: float, density: float, start: float = 1.0) -> float:
    """Density of automated gradual pruning: falls fast at first, then ever slower, along a cubic.

    Args:
        progress: share of the pruning steps that are done; beyond 0 to 1 it counts as 0 or 1.
        density: at the end.
        start: at the beginning.

    Example:
        >>> [round(gradual_density(x, 0.1), 3) for x in (0.0, 0.5, 1.0)]
        [1.0, 0.213, 0.1]
    """
    left = 1.0 - min(max(progress, 0.0), 1.0)
    return density + (start - density) * left**3


def sensitivity(
    weights: Mapping[str, Weights],
    score: Callable[[Mapping[str, Weights]], float],
    densities: Sequence[float],
) -> dict[str, list[float]]:
    """What the network scores when one layer alone is pruned.

    Args:
        weights: by layer; not changed.
        score: of a network with these weights.
        densities: to try, each on every layer.

    Returns:
        By layer, a score per density.

    Example:
        >>> sensitivity({"a": np.array([1.0, 2.0])}, lambda w: float(w["a"].sum()), [1.0, 0.5])
        {'a': [3.0, 2.0]}
    """
    return {
        name: [score({**weights, name: layer * density_mask(layer, density)}) for density in densities]
        for name, layer in weights.items()
    }


def dropout_after_pruning(dropout: float, density: float) -> float:
    """Dropout for retraining a pruned layer, which needs less of it: D sqrt(C_pruned / C), C its connections.

    Args:
        dropout: of the dense network, 0 to 1.
        density: share of connections left, 0 to 1.

    Example:
        >>> round(dropout_after_pruning(0.5, 0.09), 3)
        0.15
    """
    _check_density(density)
    return dropout * math.sqrt(density)


def _check_density(density: float) -> None:
    if not 0.0 <= density <= 1.0:
        raise SpecError("density", density, "0 to 1")
