import pytest

from archwright.accelerators.workloads.mobile_networks import mnasnet, mobilenet_v2, shufflenet_v2


@pytest.mark.parametrize(
    ("network", "n_layers", "parameters", "macs"),
    [
        (mobilenet_v2, 52, 3_504_872, 299_494_272),
        (mnasnet, 52, 4_383_312, 313_135_872),
        (shufflenet_v2, 56, 2_278_604, 143_883_992),
    ],
)
def test_counts_are_the_published_ones(network, n_layers, parameters, macs):
    """Parameters of the whole networks, as the model zoos state them; 300, 315 and 146 million multiplications."""
    layers = network()
    assert len(layers) == len({layer.name for layer in layers}) == n_layers
    normalisation, classifier = sum(2 * layer.filters for layer in layers), (layers[-1].filters + 1) * 1000
    assert sum(layer.weights for layer in layers) + normalisation + classifier == parameters
    assert sum(layer.macs for layer in layers) == macs


def test_depthwise_layers_are_seen():
    assert [sum(layer.is_depthwise for layer in net()) for net in (mobilenet_v2, mnasnet, shufflenet_v2)] == [
        17,
        17,
        19,
    ]
