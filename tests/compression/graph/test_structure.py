import numpy as np
import pytest
import torch

from archwright.compression.graph import Group, trace
from archwright.core.errors import SpecError
from archwright.models.lenet import LeNet5, LeNet300

# He et al., "AMC", 2018: input channels of the released MobileNet-V1 at half the operations, and what they take.
PUBLISHED = [24, 48, 96, 80, 192, 200, 328, 352, 368, 360, 328, 400, 736, 752]


@pytest.fixture
def mobilenet(traced):
    return traced("mobilenet_v1")


def test_mobilenet_takes_what_is_published(mobilenet):
    dense = mobilenet.cost()
    assert (dense.macs, dense.parameters) == (568_740_352, 4_231_976)
    names = [group.name for group in mobilenet.groups]
    found = mobilenet.cost(dict(zip(names, PUBLISHED, strict=True)))
    assert (found.macs, found.parameters) == (293_870_000, 2_408_232)
    assert mobilenet.cost({group.name: group.size * 3 // 4 for group in mobilenet.groups}).macs == 325_400_448


def test_layers_add_up(mobilenet):
    kept = dict(zip([group.name for group in mobilenet.groups], PUBLISHED, strict=True))
    for preserved in ({}, kept):
        assert mobilenet.layer_macs(preserved).sum() == mobilenet.cost(preserved).macs
    assert sum(layer.macs for layer in mobilenet.layers) == mobilenet.cost().macs


# Weights of Han et al., "Deep Compression", 2016, tables 4 and 5.
@pytest.mark.parametrize(
    ("name", "weights", "macs"),
    [("alexnet", 60_954_656, 724_406_816), ("vgg16", 138_344_128, 15_470_264_320)],
)
def test_published_networks_have_their_weights(traced, name, weights, macs):
    graph = traced(name)
    biases = sum(layer.n_outputs for layer in graph.layers)
    assert (graph.cost().parameters - biases, graph.cost().macs) == (weights, macs)


@pytest.mark.parametrize(
    ("build", "weights", "macs"), [(LeNet300, 266_200, 266_200), (LeNet5, 430_500, 2_293_000)], ids=["300-100", "5"]
)
def test_lenets_have_their_weights(build, weights, macs):
    with torch.device("meta"):
        graph = trace(build(), torch.zeros(1, 1, 28, 28))
    assert graph.cost().parameters - sum(layer.n_outputs for layer in graph.layers) == weights
    assert graph.cost().macs == macs


def cut(model, slices):
    """The model with what stays of its tensors, cut by nothing but the slices."""
    for name, cuts in slices.items():
        *path, last = name.split(".")
        holder = model.get_submodule(".".join(path))
        tensor = getattr(holder, last)
        for axis, indices in cuts:
            tensor = tensor.index_select(axis, torch.from_numpy(indices))
        if isinstance(getattr(holder, last), torch.nn.Parameter):
            tensor = torch.nn.Parameter(tensor.detach())
        setattr(holder, last, tensor)
        if isinstance(holder, torch.nn.Conv2d) and holder.groups > 1 and holder.weight.shape[1] == 1:
            holder.groups = len(holder.weight)
    return model


@pytest.mark.parametrize("name", ["residual", "dense", "inverted"])
def test_slices_leave_a_network_that_runs_and_takes_what_was_counted(net, name):
    model, example = net(name, "cpu")
    graph, rng = trace(model, example), np.random.default_rng(0)
    kept = {
        group.name: sorted(rng.choice(group.size, rng.integers(1, group.size + 1), replace=False).tolist())
        for group in graph.groups
    }
    counted = graph.cost({group: len(units) for group, units in kept.items()})
    smaller = cut(model, graph.slices(kept))
    assert smaller(example).shape == (1, 10)
    assert sum(one.numel() for one in smaller.parameters()) == counted.parameters
    assert trace(smaller, example).cost() == counted


def test_channels_that_are_kept_compute_what_they_did(net):
    model, example = net("dense", "cpu")
    graph, rng = trace(model, example), np.random.default_rng(1)
    kept = {
        group.name: sorted(rng.choice(group.size, group.size - 1, replace=False).tolist()) for group in graph.groups
    }
    example = torch.from_numpy(rng.standard_normal(tuple(example.shape), dtype=np.float32))
    whole = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for name, cuts in graph.slices(kept).items():  # zero weights of what goes instead of cutting
        for axis, indices in cuts:
            gone = np.setdiff1d(np.arange(whole[name].shape[axis]), indices)
            whole[name].index_fill_(axis, torch.from_numpy(gone), 0.0)
    with torch.no_grad():
        model.load_state_dict(whole)
        wanted = model(example)
        torch.testing.assert_close(cut(model, graph.slices(kept))(example), wanted)


def test_what_cannot_be_kept_is_refused(traced):
    graph = traced("residual")
    assert graph.groups[0] == Group("stem.0", 8)
    with pytest.raises(SpecError, match=r"preserved.stem.0: 9 is not possible; allowed: 1 to 8"):
        graph.cost({"stem.0": 9})
    with pytest.raises(SpecError, match=r"did you mean 'stem\.0'"):
        graph.cost({"stem0": 1})
    with pytest.raises(SpecError, match=r"kept.stem.0: \[8\]"):
        graph.slices({"stem.0": [8]})
