import pytest

from archwright.accelerators.workloads.residual_networks import (
    densenet_161,
    resnet_18,
    resnet_50,
    resnext_50,
    wide_resnet_50,
)


@pytest.mark.parametrize(
    ("network", "n_layers", "parameters", "gmacs"),
    [
        (resnet_18, 20, 11_689_512, 1.81),
        (resnet_50, 53, 25_557_032, 4.09),
        (resnext_50, 53, 25_028_904, 4.23),
        (wide_resnet_50, 53, 68_883_240, 11.40),
    ],
)
def test_counts_are_the_published_ones(network, n_layers, parameters, gmacs):
    """Parameters of the whole network and billions of multiplications, as the model zoos state them."""
    layers = network()
    assert len(layers) == len({layer.name for layer in layers}) == n_layers
    normalisation, classifier = sum(2 * layer.filters for layer in layers), (layers[-1].filters + 1) * 1000
    assert sum(layer.weights for layer in layers) + normalisation + classifier == parameters
    assert sum(layer.macs for layer in layers) / 1e9 == pytest.approx(gmacs, abs=0.006)


def test_densenet_s_counts_are_the_published_ones():
    """Here the normalisation comes before the convolutions."""
    layers = densenet_161()
    assert len(layers) == len({layer.name for layer in layers}) == 160
    normalisation = 2 * (96 + sum(layer.channels for layer in layers[1:]) + 2208)
    assert sum(layer.weights for layer in layers) + normalisation + 2209 * 1000 == 28_681_000
    assert sum(layer.macs for layer in layers) / 1e9 == pytest.approx(7.73, abs=0.006)


@pytest.mark.parametrize("network", [resnet_18, resnet_50, densenet_161])
def test_the_last_layers_work_on_seven_by_seven(network):
    assert network()[-1].rows == 7
