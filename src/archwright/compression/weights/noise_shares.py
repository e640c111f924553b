"""How coarsely each layer of a trained network may be rounded, with no data at hand.

Weights on an even grid of step d that are coded by their frequencies cost h - log2 d bits each, and add noise of d^2/12
to their power p. Of all steps with a given sum of noise to signal over the layers, the fewest bits come from equal
slopes: the share of a layer grows with its number of weights,

    d_l^2 / (12 p_l) = noise n_l / (n_1 + ... + n_L).

Source: the even grid behind an entropy coder is within a quarter bit of the best quantiser there is (Gish, Pierce,
"Asymptotically Efficient Quantizing", 1968); equal slopes: Shoham, Gersho, "Efficient Bit Allocation for an Arbitrary
Set of Quantizers", 1988. That noise to signal counts alike in every layer is our assumption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.compression.weights.affine import AffineGrid
from archwright.compression.weights.sharing import share_weights
from archwright.core.errors import SpecError

Weights = np.ndarray[Any, np.dtype[np.float32]]
BITS = 8
"""Of a code: what the entropy coder makes of it counts, not its width."""


def noise_shares(n_weights: Mapping[str, int], noise: float) -> dict[str, float]:
    """Noise to signal of every layer.

    Args:
        n_weights: of every layer.
        noise: their sum, > 0.

    Raises:
        SpecError: the noise is not above 0.

    Example:
        >>> noise_shares({"small": 100, "large": 300}, 0.04)
        {'small': 0.01, 'large': 0.03}
    """
    if not noise > 0.0:
        raise SpecError("noise", noise, "a number above 0")
    total = sum(n_weights.values())
    return {name: noise * n / total for name, n in n_weights.items()}


def levels_with_noise(weights: Weights, noise: float) -> AffineGrid | Weights:
    """What weights are rounded to so that they get this noise to signal.

    Args:
        weights: of a layer, any shape.
        noise: over the power of the weights, > 0.

    Returns:
        An even grid; or, where its 256 levels would not cover the range so finely, the centroids of k-means.

    Example:
        >>> weights = np.random.default_rng(0).standard_normal(10_000).astype(np.float32)
        >>> grid = levels_with_noise(weights, 0.01)
        >>> round(grid.scale, 2)
        0.35
    """
    low, high = min(float(weights.min(initial=0.0)), 0.0), max(float(weights.max(initial=0.0)), 0.0)
    power = float(np.mean(np.square(weights, dtype=np.float64))) if weights.size else 0.0
    step = float(np.float32(math.sqrt(12.0 * noise * power))) or 1.0
    if (high - low) / step > (1 << BITS) - 2:
        return share_weights(weights.ravel(), BITS, "linear", rng=np.random.default_rng(0)).codebook
    return AffineGrid(step, round(-low / step), BITS)
