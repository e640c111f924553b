"""Compress a trained network without training it: even grids by `noise_shares`, and maybe a look at inputs.

Networks whose data are not at hand cannot be retrained, so nothing is pruned. Matrices and filters become codes on even
grids that are entropy coded; everything else, biases and scales, becomes float16.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.compression.affine import to_codes
from archwright.compression.feedback_rounding import round_with_feedback
from archwright.compression.noise_shares import grid_with_noise, noise_shares
from archwright.compression.packed import PackedTensor, pack_codes, pack_raw
from archwright.compression.plan import CompressionPlan, LayerPlan

Array = np.ndarray[Any, np.dtype[Any]]


def round_model(
    weights: Mapping[str, Array], noise: float, grams: Mapping[str, Array] | None = None
) -> list[PackedTensor]:
    """Pack a trained network.

    Args:
        weights: float32 by name; those with two axes or more are rounded.
        noise: to signal, summed over the layers, > 0; at 0.01 outputs are next to the same, at 1 they are not.
        grams: (n_in, n_in) mean of x x^T over inputs x, by name; layers without one are rounded to the nearest.

    Raises:
        SpecError: the noise is not above 0.

    Example:
        >>> weights = {"w": np.eye(8, dtype=np.float32), "b": np.zeros(8, np.float32)}
        >>> [(one.name, one.values.dtype.name if one.bits == 0 else "codes") for one in round_model(weights, 0.1)]
        [('w', 'codes'), ('b', 'float16')]
    """
    shares = noise_shares({name: one.size for name, one in weights.items() if one.ndim > 1}, noise)
    known = grams or {}
    return [
        _rounded(name, one, shares[name], known.get(name)) if name in shares else pack_raw(name, one.astype(np.float16))
        for name, one in weights.items()
    ]


def _rounded(name: str, weights: Array, noise: float, gram: Array | None) -> PackedTensor:
    grid = grid_with_noise(weights, noise)
    codes = to_codes(weights, grid) if gram is None else round_with_feedback(weights, grid, gram)
    return pack_codes(name, np.ones(weights.shape, np.bool_), codes.ravel(), grid, grid.bits, 1)


def clustered_plan(weights: Mapping[str, Array], bits: int) -> CompressionPlan:
    """The paper's second stage alone: k-means with as many bits in every layer, all weights kept.

    Args:
        weights: by name; those with two axes or more are clustered.
        bits: of a code.

    Example:
        >>> clustered_plan({"w": np.eye(3), "b": np.ones(3)}, 5).layers["w"].bits
        5
    """
    return CompressionPlan({name: LayerPlan(1.0, bits, "linear") for name, one in weights.items() if one.ndim > 1})
