from itertools import pairwise

import pytest

from archwright.accelerators.workloads.plain_networks import INCEPTIONS, alexnet, googlenet, squeezenet, vgg_16


@pytest.mark.parametrize(
    ("network", "n_layers", "macs"),
    [(alexnet, 5, 655_566_528), (vgg_16, 13, 15_346_630_656), (googlenet, 59, 1_583_777_792)],
)
def test_counts_are_the_published_ones(network, n_layers, macs):
    """AlexNet in one column and VGG-16: the well-known counts of their convolutions."""
    layers = network()
    assert len(layers) == len({layer.name for layer in layers}) == n_layers
    assert sum(layer.macs for layer in layers) == macs


def test_squeezenet_has_the_published_number_of_weights():
    """Iandola et al., table 1: 1,248,424 parameters, of which 2,928 are biases."""
    layers = squeezenet()
    assert len(layers) == 26
    assert sum(layer.weights + layer.filters for layer in layers) == 1_248_424


def test_inceptions_follow_each_other():
    for before, after in pairwise(INCEPTIONS):
        assert before.ones + before.threes[1] + before.fives[1] + before.pooled == after.channels
