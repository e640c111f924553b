from archwright.accelerators.workloads.matrix_products import gnmt, ncf, transformer


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
