"""Networks of matrix products, from their papers, with stated batches and lengths.

Vaswani et al., NeurIPS 2017 (Transformer, base); Wu et al., 2016 (GNMT: encoder and decoder of 8 layers of 1,024
units, the first encoder layer in both directions, a vocabulary of 32,000 word pieces); He et al., WWW 2017 (NCF: NeuMF
with a tower of 256, 256, 128 and 64 units, as in MLPerf).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.accelerators.workloads.layer import Layer, matrix_product
from archwright.core.errors import SpecError

TOKENS = 128
"""Length of the sentences of the Transformer."""
SENTENCES = 128
"""Sentences that GNMT translates side by side; the products are those of one step."""
PAIRS = 2048
"""Pairs of user and item that NCF rates side by side."""


def transformer() -> list[Layer]:
    """The encoder and decoder layer of the base Transformer on 128 tokens; the network has six of each."""
    width, inner, heads = 512, 2048, 8
    layers = []
    for part in ("encoder.self", "decoder.self", "decoder.cross"):
        layers += [
            *(matrix_product(f"{part}.{name}", TOKENS, width, width) for name in ("queries", "keys", "values")),
            matrix_product(f"{part}.scores", TOKENS, width // heads, TOKENS, groups=heads),
            matrix_product(f"{part}.mix", TOKENS, TOKENS, width // heads, groups=heads),
            matrix_product(f"{part}.output", TOKENS, width, width),
        ]
    for part in ("encoder", "decoder"):
        layers.append(matrix_product(f"{part}.widen", TOKENS, width, inner))
        layers.append(matrix_product(f"{part}.narrow", TOKENS, inner, width))
    return layers


def gnmt() -> list[Layer]:
    """One step of GNMT's encoder and decoder on 128 sentences: the gates of every layer, attention and softmax."""
    units, gates = 1024, 4 * 1024
    layers = [matrix_product(f"encoder1.{way}", SENTENCES, 2 * units, gates) for way in ("forward", "backward")]
    layers.append(matrix_product("encoder2", SENTENCES, 3 * units, gates))
    layers += [matrix_product(f"encoder{i}", SENTENCES, 2 * units, gates) for i in range(3, 9)]
    layers += [matrix_product(f"decoder{i}", SENTENCES, 3 * units, gates) for i in range(1, 9)]
    return [
        *layers,
        matrix_product("attention", SENTENCES, units, units),
        matrix_product("softmax", SENTENCES, units, 32_000),
    ]


def ncf() -> list[Layer]:
    """NeuMF's tower and output on 2,048 pairs."""
    return [
        matrix_product("tower1", PAIRS, 256, 256),
        matrix_product("tower2", PAIRS, 256, 128),
        matrix_product("tower3", PAIRS, 128, 64),
        matrix_product("output", PAIRS, 128, 1),
    ]


def products_with_a_vector(matrices: Mapping[str, np.ndarray[Any, Any]]) -> list[Layer]:
    """Weight matrices by name as layers, each multiplied by one vector.

    Args:
        matrices: (n_rows, n_columns), outputs by inputs; other shapes are passed over.

    Raises:
        SpecError: there is no matrix.

    Example:
        >>> [layer.macs for layer in products_with_a_vector({"fc": np.ones((10, 20)), "bias": np.ones(10)})]
        [200]
    """
    layers = [matrix_product(name, 1, *one.shape[::-1]) for name, one in matrices.items() if one.ndim == 2]
    if not layers:
        raise SpecError("workload", sorted(matrices), "tensors of which at least one is a matrix")
    return layers
