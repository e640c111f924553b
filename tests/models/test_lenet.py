import pytest
import torch

from archwright.models.lenet import LeNet5, LeNet300


@pytest.mark.parametrize(
    ("network", "weights", "biases"),
    [(LeNet300, [784 * 300, 300 * 100, 100 * 10], 410), (LeNet5, [20 * 25, 50 * 20 * 25, 800 * 500, 500 * 10], 580)],
)
def test_sizes_are_those_of_the_paper(network, weights, biases):
    sizes = {name: one.numel() for name, one in network().named_parameters()}
    assert [size for name, size in sizes.items() if name.endswith("weight")] == weights
    assert sum(size for name, size in sizes.items() if name.endswith("bias")) == biases


@pytest.mark.parametrize("network", [LeNet300, LeNet5])
def test_ten_logits_per_image(network):
    assert network()(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
