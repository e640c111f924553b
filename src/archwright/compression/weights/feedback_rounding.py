"""Rounding that looks at inputs: what one weight is rounded off by, the weights that follow it make up for.

Source: Frantar, Ashkboos, Hoefler, Alistarh, "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers", ICLR 2023, after Hassibi, Stork, "Second Order Derivatives for Network Pruning: Optimal Brain Surgeon",
1993. With G the mean of x x^T over inputs x, a layer's squared error is e G e^T for weights that are off by e; weights
are rounded column by column, and each column's error is spread over the open ones by the Cholesky factor of G^-1.

What differs: columns are taken by falling power of their input; the codes are entropy coded afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Codes = np.ndarray[Any, np.dtype[np.uint8]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]
Weights = np.ndarray[Any, np.dtype[np.float32]]

BLOCK = 64
"""Columns between two updates of all that follow."""


def nearest_codes(weights: Weights | Doubles, codebook: Weights) -> Codes:
    """The nearest entry of a codebook for every weight.

    Args:
        weights: any shape.
        codebook: (k,) ascending, at most 256.

    Example:
        >>> nearest_codes(np.array([-3.0, 0.4, 0.6]), np.array([-1.0, 0.0, 1.0], np.float32))
        array([0, 1, 2], dtype=uint8)
    """
    middles = (codebook[1:].astype(np.float64) + codebook[:-1]) / 2.0
    return np.searchsorted(middles, weights).astype(np.uint8)


def round_with_feedback(weights: Weights, codebook: Weights, gram: Doubles, *, damping: float = 0.01) -> Codes:
    """Codes of a layer's weights that keep its outputs, rather than its weights.

    Args:
        weights: (n_out, n_in), or with axes of length 1 behind.
        codebook: (k,) ascending, what they are rounded to.
        gram: (n_in, n_in), the mean of x x^T over inputs x of the layer.
        damping: is added to the diagonal of the Gram matrix, as a share of its mean.

    Returns:
        Codes in the shape of the weights.

    Example:
        >>> gram = np.array([[1.0, 0.99], [0.99, 1.0]])  # both inputs are nearly equal, so only the sum counts
        >>> round_with_feedback(np.array([[0.4, 0.4]], np.float32), np.arange(2, dtype=np.float32), gram).tolist()
        [[0, 1]]
    """
    order = np.argsort(-np.diag(gram), kind="stable")
    damped = gram + np.eye(len(gram)) * max(damping * float(np.mean(np.diag(gram))), 1e-12)
    factor = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    left = weights.reshape(len(weights), -1).T[order].astype(np.float64)  # a row per input: what is rounded together
    codes = np.empty(left.shape, np.uint8)
    for start in range(0, len(gram), BLOCK):
        stop = min(start + BLOCK, len(gram))
        codes[start:stop], errors = _round_block(left[start:stop], codebook, factor[start:stop, start:stop])
        left[stop:] -= factor[start:stop, stop:].T @ errors
    out = np.empty_like(codes)
    out[order] = codes
    return np.ascontiguousarray(out.T).reshape(weights.shape)


def _round_block(left: Doubles, codebook: Weights, factor: Doubles) -> tuple[Codes, Doubles]:
    """Codes of some inputs' weights, which are changed on the way, and what each was off by."""
    codes, errors = np.empty(left.shape, np.uint8), np.empty(left.shape)
    for row in range(len(left)):
        codes[row] = nearest_codes(left[row], codebook)
        errors[row] = (left[row] - codebook[codes[row]]) / factor[row, row]
        left[row + 1 :] -= np.outer(factor[row, row + 1 :], errors[row])
    return codes, errors
