"""Affine integers: weights on an even grid of at most 256 levels that has an exact zero.

Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
2018, equation 1: weight = scale (code - zero).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Codes = np.ndarray[Any, np.dtype[np.uint8]]
Weights = np.ndarray[Any, np.dtype[np.float32]]


class AffineGrid(NamedTuple):
    """An even grid of weights.

    Args:
        scale: distance of two levels, > 0.
        zero: the code of weight 0.
        bits: 1 to 8.
    """

    scale: float
    zero: int
    bits: int

    @property
    def codebook(self) -> Weights:
        """The weight of every code, (2^bits,) float32."""
        levels = np.arange(1 << self.bits, dtype=np.int64) - self.zero
        weights: Weights = levels.astype(np.float32) * np.float32(self.scale)
        return weights


def affine_grid(weights: Weights, bits: int = 8) -> AffineGrid:
    """The grid from the least to the largest weight, 0 among its levels.

    Args:
        weights: any shape, finite.
        bits: 1 to 8.

    Example:
        >>> affine_grid(np.array([-1.0, 0.5, 2.0], np.float32), 2)
        AffineGrid(scale=1.0, zero=1, bits=2)
    """
    low = min(float(weights.min(initial=0.0)), 0.0)
    high = max(float(weights.max(initial=0.0)), 0.0)
    scale = float(np.float32((high - low) / ((1 << bits) - 1))) or 1.0
    return AffineGrid(scale, round(-low / scale), bits)


def to_codes(weights: Weights, grid: AffineGrid) -> Codes:
    """The nearest level of every weight.

    Example:
        >>> to_codes(np.array([-1.0, 0.4, 9.0], np.float32), AffineGrid(1.0, 1, 2))
        array([0, 1, 3], dtype=uint8)
    """
    levels = np.rint(weights / np.float32(grid.scale)) + grid.zero
    codes: Codes = np.clip(levels, 0, (1 << grid.bits) - 1).astype(np.uint8)
    return codes
