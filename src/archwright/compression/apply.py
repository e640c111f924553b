"""Apply a plan to the weights of a model, and get weights back from what is packed; nothing is changed in place.

A layer with a rank is stored as two factors from its singular value decomposition, each compressed as the plan says; a
convolution counts as a matrix with a row per output channel. Low rank and sparsity together: Denil et al., "Predicting
Parameters in Deep Learning", 2013.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from archwright.compression.codec.byte_fields import Damage
from archwright.compression.codec.packed import PackedTensor, pack_layer, pack_raw
from archwright.compression.plan import CompressionPlan

Array = np.ndarray[Any, np.dtype[Any]]

LEFT, RIGHT = "/left", "/right"
"""What is added to a tensor's name for its factors."""


def apply_plan(weights: Mapping[str, Array], plan: CompressionPlan, *, rng: np.random.Generator) -> list[PackedTensor]:
    """Pack a model.

    Args:
        weights: by name; what the plan does not name is stored as it is.
        plan: for some of them.
        rng: for random centroids.

    Returns:
        Packed tensors in the order of `weights`; two for a layer with a rank.

    Raises:
        SpecError: the plan does not fit the model, or a layer holds other than finite float32.

    Example:
        >>> from archwright.compression.plan import LayerPlan
        >>> weights = {"w": np.eye(4, dtype=np.float32), "b": np.zeros(4, np.float32)}
        >>> plan = CompressionPlan({"w": LayerPlan(density=0.25, bits=1)})
        >>> packed = apply_plan(weights, plan, rng=np.random.default_rng(0))
        >>> [(one.name, one.n_stored) for one in packed]
        [('w', 4), ('b', 4)]
    """
    plan.check({name: one.shape for name, one in weights.items()})
    packed = []
    for name, tensor in weights.items():
        layer = plan.layers.get(name)
        if layer is None:
            packed.append(pack_raw(name, tensor))
        elif layer.rank:
            left, right = low_rank(tensor, layer.rank)
            packed += [pack_layer(name + end, one, layer, rng=rng) for end, one in ((LEFT, left), (RIGHT, right))]
        else:
            packed.append(pack_layer(name, tensor, layer, rng=rng))
    return packed


def unpack(tensors: Iterable[PackedTensor]) -> dict[str, Array]:
    """Dense weights by name; factors are multiplied.

    Args:
        tensors: of `apply_plan` or `model_file.read_model`.

    Raises:
        Damage: a tensor's parts do not fit each other, or a factor lacks the other.

    Example:
        >>> unpack([pack_raw("b", np.ones(2))])
        {'b': array([1., 1.])}
    """
    weights: dict[str, Array] = {}
    for tensor in tensors:
        weights[tensor.name] = tensor.to_dense()
        stem = tensor.name.removesuffix(RIGHT)
        if stem != tensor.name:
            weights[stem] = _product(stem, weights.pop(stem + LEFT, None), weights.pop(tensor.name))
    return weights


def _product(name: str, left: Array | None, right: Array) -> Array:
    if left is None or left.ndim != 2 or right.ndim < 1 or left.shape[1] != right.shape[0]:
        raise Damage(f"{name!r}: its factors do not fit each other")
    product: Array = np.tensordot(left, right, axes=1)
    return product


def low_rank(weights: Array, rank: int) -> tuple[Array, Array]:
    """Two factors whose product is the nearest of that rank.

    Args:
        weights: (out, ...) float32.
        rank: 1 to the smaller side of (out, rest).

    Returns:
        (out, rank) and (rank, ...), of like magnitude.

    Example:
        >>> left, right = low_rank(np.array([[2.0, 4.0], [1.0, 2.0]], np.float32), 1)
        >>> (left @ right).round(4).tolist()
        [[2.0, 4.0], [1.0, 2.0]]
    """
    rows, values, columns = np.linalg.svd(weights.reshape(len(weights), -1), full_matrices=False)
    roots = np.sqrt(values[:rank])
    left = (rows[:, :rank] * roots).astype(np.float32)
    right = (columns[:rank] * roots[:, None]).astype(np.float32)
    return left, right.reshape(rank, *weights.shape[1:])
