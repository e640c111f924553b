"""Compress a trained network without training it: even grids by `noise_shares`, and maybe a look at inputs.

Networks whose data are not at hand cannot be retrained, so nothing is pruned. Matrices and filters become codes on even
grids that are entropy coded; everything else, biases and scales, becomes float16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.compression.codec.packed import PackedTensor, pack_codes, pack_raw
from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.compression.weights.affine import AffineGrid
from archwright.compression.weights.feedback_rounding import nearest_codes, round_with_feedback
from archwright.compression.weights.noise_shares import BITS, levels_with_noise, noise_shares

if TYPE_CHECKING:
    from torch import Tensor, nn

Array = np.ndarray[Any, np.dtype[Any]]

POINTS = 200
"""Places of an image at which the inputs of its convolutions are looked at."""


def round_model(
    weights: Mapping[str, Array], noise: float, grams: Mapping[str, Array] | None = None
) -> list[PackedTensor]:
    """Pack a trained network.

    Args:
        weights: float32 by name; those with two axes or more are rounded.
        noise: to signal, summed over the layers, > 0; at 0.01 outputs are next to the same, at 1 they are not.
        grams: of inputs, by name, from `input_grams`; layers without one are rounded to the nearest.

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
    levels = levels_with_noise(weights, noise)
    codebook = levels.codebook if isinstance(levels, AffineGrid) else levels
    codes = nearest_codes(weights, codebook) if gram is None else round_with_feedback(weights, codebook, gram)
    return pack_codes(name, np.ones(weights.shape, np.bool_), codes.ravel(), levels, BITS, 1)


def input_grams(model: nn.Module, batches: Iterable[Tensor], *, rng: np.random.Generator) -> dict[str, Array]:
    """The mean of x x^T over inputs x of every linear layer, and of every convolution of one group.

    Args:
        model: in evaluation mode.
        batches: inputs of it.
        rng: draws the places of images that are looked at.

    Returns:
        (n_in, n_in) by name of the weights; for a convolution n_in counts the entries of its kernel too.

    Example:
        >>> import torch
        >>> layer = torch.nn.Sequential(torch.nn.Linear(2, 3)).eval()
        >>> input_grams(layer, [torch.tensor([[1.0, 2.0]])], rng=np.random.default_rng(0))["0.weight"].tolist()
        [[1.0, 2.0], [2.0, 4.0]]
    """
    from torch import nn

    from archwright.compression.amc.reconstruction import collect_moments

    names = [
        name
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear) or (isinstance(layer, nn.Conv2d) and layer.groups == 1)
    ]
    moments = collect_moments(model, names, batches, points=POINTS, rng=rng)
    return {f"{name}.weight": one.covariance + np.outer(one.mean, one.mean) for name, one in moments.items()}


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
