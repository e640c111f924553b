from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from archwright.compression.amc.channel_pruning import ChannelPruner, importances, reading_layers, with_tensors
from archwright.compression.graph import trace
from archwright.core.errors import SpecError
from archwright.models.small_networks import MobileNet, SmallResNet, SmallVgg


def network(kind):
    torch.manual_seed(0)
    small = {
        "vgg": lambda: SmallVgg(((8, 2), (12, 2), (12, 2))),
        "resnet": lambda: SmallResNet(((8, 1), (12, 2)), stem=8),
        "mobilenet": lambda: MobileNet(((12, 1), (16, 2)), stem=8),
    }
    return small[kind]().eval()


IMAGES = torch.rand(60, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@cache
def pruner(kind):
    model = network(kind)
    graph = trace(model, IMAGES[:1])
    return ChannelPruner(model, graph, [IMAGES], rng=np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["vgg", "resnet", "mobilenet"])
def test_a_pruned_network_runs_and_is_as_large_as_counted(kind):
    found = pruner(kind)
    widths = {group.name: max(1, group.size // 2) for group in found.graph.groups}
    narrow = found.pruned(widths)
    assert narrow(IMAGES[:2]).shape == (2, 10)
    assert sum(one.numel() for one in narrow.parameters()) == found.graph.cost(widths).parameters
    assert trace(narrow, IMAGES[:1]).cost().macs == found.graph.cost(widths).macs
    assert torch.equal(found.model(IMAGES[:2]), network(kind)(IMAGES[:2]))  # the whole one is as it was


@pytest.mark.parametrize("kind", ["vgg", "resnet", "mobilenet"])
def test_all_widths_give_the_same_network(kind):
    found = pruner(kind)
    whole = found.pruned({group.name: group.size for group in found.graph.groups})
    assert torch.equal(whole(IMAGES), found.model(IMAGES))


def convolved(model):
    """What the second convolution puts out about its means, which the normalisation after it takes out."""
    maps = model.features[1][0](model.features[0](IMAGES)).detach()
    return maps - maps.mean((0, 2, 3), keepdim=True)


def test_fitted_layers_are_nearer_to_the_whole_network_than_sliced_ones():
    found = pruner("vgg")
    widths = {group.name: group.size * 3 // 4 for group in found.graph.groups[:1]}
    slices = found.graph.slices({name: units.tolist() for name, units in found.kept(widths).items()})
    sliced = {}
    for name, cuts in slices.items():
        tensor = found.weights[name]
        for cut in cuts:
            tensor = tensor.index_select(cut.axis, torch.from_numpy(cut.indices))
        sliced[name] = tensor
    wanted = convolved(found.model)
    errors = [
        float((convolved(model) - wanted).square().sum())
        for model in (found.pruned(widths), with_tensors(found.model, sliced))
    ]
    assert errors[0] < 0.9 * errors[1]


def test_the_units_with_the_largest_weights_stay():
    found = pruner("vgg")
    name = found.graph.groups[0].name
    reads = found.weights["features.1.0.weight"].abs().sum((0, 2, 3)).numpy()
    assert importances(found.graph, found.weights)[name] == pytest.approx(reads)
    assert found.kept({name: 3})[name].tolist() == sorted(np.argsort(-reads)[:3].tolist())


def test_layers_around_a_shortcut_share_their_channels():
    found = pruner("resnet")
    names = [group.name for group in found.graph.groups]
    narrow = found.pruned({names[0]: 4})
    first = narrow.blocks[0]
    assert narrow.stem[0].out_channels == first.first[0].in_channels == first.second.out_channels == 4
    assert narrow.blocks[1].shortcut[0].in_channels == 4


def test_a_depthwise_layer_is_as_wide_as_what_it_reads():
    found = pruner("mobilenet")
    narrow = found.pruned({found.graph.groups[0].name: 4})
    depthwise, thin = narrow.pairs[0][0][0], narrow.pairs[0][1][0]
    assert (depthwise.groups, depthwise.in_channels, depthwise.out_channels, thin.in_channels) == (4, 4, 4, 4)
    assert all(layer.n_groups == 1 for layer in reading_layers(found.graph))


def test_a_bias_takes_up_what_the_mean_lost():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).eval()
    inputs = torch.rand(200, 3, generator=torch.Generator().manual_seed(0)) + 2.0
    found = ChannelPruner(model, trace(model, inputs[:1]), [inputs], rng=np.random.default_rng(0))
    narrow = found.pruned({"0": 3})
    assert torch.allclose(narrow(inputs).mean(0), model(inputs).mean(0), atol=1e-4)


@pytest.mark.parametrize("widths", [{"nothing": 3}, {"features.0.0": 0}, {"features.0.0": 9}])
def test_widths_that_cannot_be_are_one_clear_line(widths):
    with pytest.raises(SpecError, match=r"group|features\.0\.0"):
        pruner("vgg").pruned(widths)
