import pytest

from archwright.compression.plan import CompressionPlan
from archwright.compression.three_stages.published_networks import ALEXNET, LENET_5, LENET_300_100, NETWORKS, VGG16


@pytest.mark.parametrize(
    ("network", "weights", "kept", "rate"),
    [
        (ALEXNET, 60_954_656, 6_796_192, 8.97),
        (VGG16, 138_344_128, 10_532_392, 13.14),
        (LENET_300_100, 266_200, 21_776, 12.22),
        (LENET_5, 430_500, 36_280, 11.87),
    ],
)
def test_weights_and_survivors_are_exact(network, weights, kept, rate):
    assert (network.n_weights, network.n_kept) == (weights, kept)
    assert network.pruning_rate == pytest.approx(rate, abs=5e-3)
    assert network.pruning_rate == pytest.approx(network.pruned, rel=0.03)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_published_quantised_rate_lies_at_or_between_ours(name):
    """Fillers of independent positions are an upper bound of what clustered ones need; no fillers are the lower."""
    network = NETWORKS[name]
    low, high = network.quantised_rate(is_padded=True), network.quantised_rate(is_padded=False)
    assert low * 0.96 < network.quantised < high


@pytest.mark.parametrize("network", [LENET_300_100, LENET_5, VGG16])
def test_with_fillers_the_published_quantised_rate_comes_out(network):
    assert network.quantised_rate(is_padded=True) == pytest.approx(network.quantised, rel=0.04)


def test_alexnet_s_totals():
    assert ALEXNET.quantised_rate(is_padded=False) == pytest.approx(30.6, abs=0.05)
    assert ALEXNET.quantised_rate(is_padded=True) == pytest.approx(25.5, abs=0.05)
    assert ALEXNET.printed_rate() == pytest.approx(35.0, rel=0.02)
    assert ALEXNET.coded_rate() == pytest.approx(39.6, abs=0.05)  # without fillers, tables and codebooks


def test_alexnet_s_first_layer_by_hand():
    conv1 = ALEXNET.layers[0]
    assert conv1.density * (conv1.coded_bits + conv1.coded_index_bits) / 32 == pytest.approx(0.197, abs=5e-4)


def test_a_published_network_is_a_plan():
    plan = VGG16.to_plan()
    assert CompressionPlan.from_json(plan.to_json()) == plan and len(plan.layers) == 16
