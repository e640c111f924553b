import numpy as np
import pytest

from archwright.accelerators.workloads.matrix_products import gnmt, ncf, products_with_a_vector, transformer
from archwright.core.errors import SpecError


def test_the_transformer_s_weights_are_those_of_one_encoder_and_one_decoder_layer():
    weights = sum(layer.weights for layer in transformer() if layer.groups == 1)
    assert weights == 4 * 512**2 + 2 * 512 * 2048 + 8 * 512**2 + 2 * 512 * 2048


def test_attention_multiplies_every_pair_of_tokens():
    scores = next(layer for layer in transformer() if layer.name == "encoder.self.scores")
    assert scores.macs == 128 * 128 * 512


def test_gnmt_has_eight_layers_on_either_side():
    names = [layer.name for layer in gnmt()]
    assert len([name for name in names if name.startswith("decoder")]) == 8
    assert len([name for name in names if name.startswith("encoder")]) == 9


def test_every_layer_is_a_product():
    assert {layer.kind for layers in (transformer(), gnmt(), ncf()) for layer in layers} == {"matrix product"}


def test_matrices_meet_one_vector():
    (layer,) = products_with_a_vector({"fc": np.ones((10, 20)), "bias": np.ones(10), "conv": np.ones((4, 3, 3, 3))})
    assert (layer.name, layer.filters, layer.channels, layer.macs) == ("fc", 10, 20, 200)
    with pytest.raises(SpecError, match="at least one is a matrix"):
        products_with_a_vector({"bias": np.ones(10)})
