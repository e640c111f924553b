import numpy as np
import pytest
import torch
from torch import nn

from archwright.compression.codec.model_file import load_model, write_model
from archwright.compression.codec.packed import pack_raw
from archwright.compression.export import (
    OnnxRun,
    onnx_bytes,
    onnx_weights,
    read_safetensors,
    with_onnx_weights,
    write_safetensors,
)
from archwright.compression.graph import read_onnx, trace
from archwright.core.errors import SpecError
from archwright.learning.seeding import seeded


def build():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3)
    )


@pytest.fixture(scope="module")
def net():
    made = seeded(build, np.random.default_rng(0)).eval()
    made[1].reset_running_stats()
    return made


@pytest.fixture(scope="module")
def exported(net):
    return onnx_bytes(net, torch.zeros(1, 1, 8, 8))


def images(n):
    return np.random.default_rng(n).standard_normal((n, 1, 8, 8)).astype(np.float32)


def test_an_exported_network_computes_the_same(net, exported):
    run = OnnxRun(exported)
    for n in (1, 2, 7):
        np.testing.assert_allclose(run(images(n)), net(torch.from_numpy(images(n))).detach(), atol=1e-5)


def test_an_exported_network_has_the_same_layers_and_groups(net, exported, tmp_path):
    (tmp_path / "net.onnx").write_bytes(exported)
    ours, theirs = trace(net, torch.zeros(1, 1, 8, 8)), read_onnx(tmp_path / "net.onnx")
    assert theirs.cost().macs == ours.cost().macs and theirs.groups == ours.groups


def test_weights_of_an_onnx_model_can_be_replaced(exported):
    found = onnx_weights(exported)
    changed = with_onnx_weights(exported, {"5.bias": found["5.bias"] + 1.0})
    np.testing.assert_allclose(OnnxRun(changed)(images(2)), OnnxRun(exported)(images(2)) + 1.0, atol=1e-5)
    with pytest.raises(SpecError, match=r"weights: '5.bias \(4,\)' is not possible.*shape \(3,\)"):
        with_onnx_weights(exported, {"5.bias": np.zeros(4, np.float32)})


def test_all_three_files_give_the_same_tensors_back(exported, tmp_path):
    weights = {name: one for name, one in onnx_weights(exported).items() if one.dtype == np.float32}
    weights["count"] = np.array(4)  # of no axis, as batch normalisations keep it
    write_model(tmp_path / "m.awz", [pack_raw(name, one) for name, one in weights.items()])
    n_bytes = write_safetensors(tmp_path / "m.safetensors", weights)
    assert n_bytes == (tmp_path / "m.safetensors").stat().st_size
    for back in (load_model(tmp_path / "m.awz"), read_safetensors(tmp_path / "m.safetensors")):
        assert set(back) == set(weights)
        assert all(np.array_equal(back[name], one) and back[name].shape == one.shape for name, one in weights.items())


def test_bad_input_is_one_line(exported, tmp_path):
    with pytest.raises(SpecError, match=r"data: \(2, 3, 8, 8\) is not possible; allowed: inputs of shape") as error:
        OnnxRun(exported)(np.zeros((2, 3, 8, 8), np.float32))
    assert "\n" not in str(error.value)
    with pytest.raises(SpecError, match="a model that ONNX Runtime runs"):
        OnnxRun(b"no model")
    (tmp_path / "m.safetensors").write_bytes(b"none")
    with pytest.raises(SpecError, match="a safetensors file"):
        read_safetensors(tmp_path / "m.safetensors")
