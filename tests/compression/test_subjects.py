import numpy as np
import pytest
import torch

from archwright.compression.export import onnx_bytes
from archwright.compression.subjects import OnnxSubject, TorchSubject
from archwright.core.errors import SpecError
from archwright.learning.seeding import seeded
from archwright.models.fashion_mnist import Labelled
from archwright.models.lenet import LeNet300


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return Labelled(rng.standard_normal((64, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, 64))


@pytest.fixture(scope="module")
def subjects(data):
    model = seeded(LeNet300, np.random.default_rng(1)).eval()
    return TorchSubject(model, data.images), OnnxSubject(onnx_bytes(model, torch.from_numpy(data.images[:1])))


def test_both_kinds_have_the_same_weights_and_do_equally_well(subjects, data):
    ours, theirs = subjects
    assert set(ours.weights) <= set(theirs.weights)
    assert ours.graph.cost().macs == theirs.graph.cost().macs == 266_200
    assert ours.quality(data, {}) == theirs.quality(data, {})
    zero = {"ip3.weight": np.zeros((10, 100), np.float32), "ip3.bias": np.eye(10, dtype=np.float32)[7]}
    assert ours.quality(data, zero) == theirs.quality(data, zero) == float((data.labels == 7).mean())


def test_replaced_weights_leave_the_module_alone(subjects):
    ours, theirs = subjects
    changed = ours.with_weights({"ip3.bias": np.ones(10, np.float32)})
    assert bool((changed.ip3.bias == 1.0).all()) and not bool((ours.model.ip3.bias == 1.0).any())
    assert theirs.onnx({}) is theirs.model


def test_wrong_shapes_are_one_line(data):
    with pytest.raises(SpecError, match=r"model: 'input of shape \(1, 1, 27, 28\)'"):
        TorchSubject(LeNet300(), data.images[:, :, 1:])
