import numpy as np
import pytest
import torch

from archwright.compression.amc.operators import FEATURES, OPERATORS, operator_of
from archwright.compression.weights.retrain import accuracy
from archwright.core.errors import SpecError


@pytest.fixture(params=OPERATORS)
def operator(request):
    return operator_of(request.param, "drawn", 300, 0)


def whole(operator):
    return dict(operator.sizes)


def test_the_whole_network_is_as_accurate_as_it_was(operator):
    dense = operator.subject.score(operator.subject.model)
    assert abs(operator.accuracy(whole(operator)) - dense) < 0.03  # statistics are estimated anew


def test_little_that_stays_is_worse(operator):
    dense = operator.accuracy(whole(operator))
    little = {name: max(1, size // 8) for name, size in operator.sizes.items()}
    assert operator.accuracy(little) < dense - 0.1


def test_features_are_shares_of_the_largest(operator):
    assert operator.features.shape == (len(operator.sizes), len(FEATURES))
    assert operator.features.min() >= 0.0 and (operator.features.max(axis=0) == 1.0).all()


def test_costs_of_channels_are_those_of_the_network():
    operator = operator_of("channels", "drawn", 300, 0)
    widths = np.array([[8, 16, 16, 24], [4, 8, 16, 12]])
    narrow = operator.network(dict(zip(operator.sizes, widths[1].tolist(), strict=True)))
    parameters = [sum(one.numel() for one in model.parameters()) for model in (operator.subject.model, narrow)]
    assert operator.costs("parameters")(widths)[:, 0].tolist() == parameters
    assert operator.costs("macs")(widths)[0, 0] == operator.subject.graph.cost().macs
    with pytest.raises(SpecError, match="budget"):
        operator.costs("energy_uj")


def test_plain_channels_keep_weights_and_statistics():
    operator = operator_of("plain_channels", "drawn", 300, 0)
    narrow = operator.network({"features.0.0": 4})
    kept = operator.pruner.kept({"features.0.0": 4})["features.0.0"]
    for layer in operator.pruner.layers[:1]:
        expected = operator.subject.model.get_parameter(layer.weight)[:, kept]
        assert torch.equal(narrow.get_parameter(layer.weight), expected)
    means = [name for name in narrow.state_dict() if name.endswith("running_mean")]
    whole_state = operator.subject.model.state_dict()
    assert torch.equal(narrow.get_buffer(means[0]), whole_state[means[0]][kept])
    mended = operator_of("channels", "drawn", 300, 0)
    half = {name: size // 2 for name, size in operator.sizes.items()}
    assert operator.accuracy(half) < mended.accuracy(half)


def test_weights_are_thinned_layer_by_layer():
    operator = operator_of("weights", "drawn", 300, 0)
    design = {name: 20 + 10 * k for k, name in enumerate(operator.sizes)}
    model = operator.network(design)
    kept = [int((model.get_parameter(layer.weight) != 0).sum()) for layer in operator.layers]
    sizes = [model.get_parameter(layer.weight).numel() for layer in operator.layers]
    assert kept == [round(size * share / 100) for size, share in zip(sizes, design.values(), strict=True)]
    counted = operator.costs("parameters")(np.array([list(design.values())]))[0, 0]
    assert counted == pytest.approx(sum(kept), abs=len(sizes))
    assert operator.costs("macs")(np.array([[100] * len(sizes)]))[0, 0] == operator.subject.graph.cost().macs


def test_the_subject_is_never_changed(operator):
    model = operator.subject.model
    before = {name: one.clone() for name, one in model.state_dict().items()}
    operator.accuracy({name: max(1, size // 2) for name, size in operator.sizes.items()})
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_scores_come_from_validation_images_only():
    subject = operator_of("channels", "drawn", 300, 0).subject
    data = subject.trained.data
    assert len(subject.validation.labels) == 300
    assert np.array_equal(subject.validation.images, data.validation.images[:300])
    assert subject.score(subject.model) == accuracy(subject.model, subject.validation)
