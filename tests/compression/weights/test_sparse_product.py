from dataclasses import replace

import numpy as np
import pytest

from archwright.compression.codec.byte_fields import Damage
from archwright.compression.codec.packed import pack_layer, pack_raw
from archwright.compression.plan import LayerPlan
from archwright.compression.weights.sparse_product import multiply, sparse_rows
from archwright.core.errors import SpecError

RNG = np.random.default_rng


@pytest.mark.parametrize("codebook", ["linear", "affine"])
@pytest.mark.parametrize("density", [0.0, 0.09, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(7, 30), (5, 3, 2, 2), (1, 1)])
def test_products_are_those_of_the_dense_layer(codebook, density, shape):
    weights = RNG(0).standard_normal(shape).astype(np.float32)
    packed = pack_layer("w", weights, LayerPlan(density, 5, codebook), rng=RNG(0))
    dense = packed.to_dense().reshape(shape[0], -1)
    layer = sparse_rows(packed)
    for inputs in (RNG(1).standard_normal(dense.shape[1]), RNG(1).standard_normal((dense.shape[1], 9))):
        inputs = inputs.astype(np.float32)
        assert np.allclose(multiply(layer, inputs), dense @ inputs, atol=1e-4)


def test_layers_and_inputs_that_do_not_fit_are_refused():
    packed = pack_layer("w", RNG(0).standard_normal((4, 6)).astype(np.float32), LayerPlan(0.5, 3), rng=RNG(0))
    for inputs in (np.zeros(5, np.float32), np.zeros(6), np.zeros((6, 2, 2), np.float32)):
        with pytest.raises(SpecError, match="inputs"):
            multiply(sparse_rows(packed), inputs)
    for other in (pack_raw("w", np.zeros((4, 6))), replace(packed, shape=()), replace(packed, shape=(1, 70_000))):
        with pytest.raises(SpecError, match="w: "):
            sparse_rows(other)
    with pytest.raises(Damage):
        sparse_rows(replace(packed, codes=packed.codes[:-1]))
