import numpy as np
import onnx
import onnx.parser
import pytest
import torch

from archwright.compression.export import onnx_weights, write_safetensors
from archwright.compression.graph import read_onnx
from archwright.compression.user_files import read_data, read_network
from archwright.core.errors import SpecError
from archwright.models.lenet import LeNet300

LENET = "archwright.models.lenet:LeNet300"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_weights_make_the_module_that_is_named(here):
    model = LeNet300()
    torch.save(model.state_dict(), here / "a.pt")
    torch.save({"state_dict": model.state_dict(), "epoch": 3}, here / "b.pth")
    write_safetensors(here / "c.safetensors", {name: one.numpy() for name, one in model.state_dict().items()})
    for name in ("a.pt", "b.pth", "c.safetensors"):
        found = read_network(here / name, LENET)
        assert torch.equal(found.ip2.weight, model.ip2.weight) and not found.training


def test_onnx_is_read_with_the_weights_beside_it(here):
    body = '<ir_version: 8, opset_import: ["" : 17]> net (float[1, 8] x) => (float[1, 300] y) { y = MatMul(x, w) }'
    model, weights = onnx.parser.parse_model(body), np.arange(2400, dtype=np.float32).reshape(8, 300)
    model.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
    onnx.save(model, here / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=0)
    assert (here / "m.data").exists()
    found = read_network(here / "m.onnx")
    assert np.array_equal(onnx_weights(found)["w"], weights) and read_onnx(here / "m.onnx").cost().macs == 2400


@pytest.mark.parametrize(
    ("name", "builder", "line"),
    [
        ("none.pt", LENET, "No such file"),
        ("none.onnx", None, "No such file"),
        ("broken.onnx", None, "an ONNX model; "),
        ("m.txt", None, "ends in .onnx, .pt, .pth, .safetensors"),
        ("m.pt", None, "--network: 'none' is not possible"),
        ("m.pt", "archwright.models.lenet:LeNet9", "--network: 'archwright.models.lenet:LeNet9'"),
        ("m.pt", "nothing.here:Net", "No module named"),
        ("m.pt", "archwright.models.lenet:torch", "called without arguments"),
        ("m.pt", "builtins:dict", "what builds a torch module"),
        ("m.pt", "archwright.models.lenet:LeNet5", "weights of LeNet5; "),
        ("module.pt", LENET, "export to ONNX"),
        ("broken.pt", LENET, "export to ONNX"),
        ("broken.safetensors", LENET, "a safetensors file"),
    ],
)
def test_bad_networks_are_one_line(here, name, builder, line):
    torch.save(LeNet300().state_dict(), here / "m.pt")
    torch.save(LeNet300(), here / "module.pt")
    for broken in ("broken.pt", "broken.onnx", "broken.safetensors", "m.txt"):
        (here / broken).write_bytes(b"broken")
    with pytest.raises(SpecError) as error:
        read_network(here / name, builder)
    assert line in str(error.value) and "\n" not in str(error.value)


def test_a_file_is_cut_into_parts(here):
    images, labels = np.arange(400, dtype=np.float64).reshape(100, 4), np.arange(100)
    np.savez(here / "d.npz", images=images, labels=labels)
    data = read_data("d.npz", seed=3)
    assert [len(part.labels) for part in data] == [70, 10, 20] and data.train.images.dtype == np.float32
    assert sorted(np.concatenate([part.labels for part in data]).tolist()) == labels.tolist()
    assert all((part.images[:, 0] == 4 * part.labels).all() for part in data)
    np.savez(here / "t.npz", images=images, labels=labels, test_images=images[:12], test_labels=labels[:12])
    assert [len(part.labels) for part in read_data("t.npz")] == [90, 10, 12]
    assert len(read_data("drawn-images").train.labels) == 3_000


@pytest.mark.parametrize(
    ("arrays", "line"),
    [
        ({}, "a file with an array 'images'; it has none"),
        ({"images": np.zeros((20, 2))}, "a file with an array 'labels'; it has images"),
        ({"images": np.zeros((20, 2)), "labels": np.zeros(20)}, "a whole number per image"),
        ({"images": np.zeros((20, 2)), "labels": np.zeros(19, int)}, "a whole number per image"),
    ],
)
def test_bad_data_are_one_line(here, arrays, line):
    np.savez(here / "d.npz", **arrays)
    with pytest.raises(SpecError) as error:
        read_data("d.npz")
    assert line in str(error.value)


def test_unknown_data_are_one_line(here):
    with pytest.raises(SpecError, match="--data: 'cifar' is not possible"):
        read_data("cifar")
    with pytest.raises(SpecError, match=r"--data: 'none.npz' is not possible"):
        read_data("none.npz")
