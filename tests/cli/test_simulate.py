import json
from pathlib import Path

import numpy as np
import pytest

from archwright.accelerators.dataflow import DataflowSimulator
from archwright.accelerators.eie import EieSimulator
from archwright.accelerators.workloads import Layer, matrix_product
from archwright.cli.simulate import find_floor, read_matrices, run_workload
from archwright.compression.codec.model_file import write_model
from archwright.compression.codec.packed import pack_codes, pack_raw
from archwright.core.catalog import catalogue


def model(path):
    """A compressed model of one fully-connected layer, a bias and a convolution; the weights of the layer."""
    rng = np.random.default_rng(0)
    mask = rng.random((120, 60)) < 0.1
    codebook = np.linspace(-1.0, 1.1, 15).astype(np.float32)
    codes = rng.integers(0, 15, int(mask.sum())).astype(np.uint8)
    layer = pack_codes("fc", mask, codes, codebook, 4, 4)
    others = [pack_raw("bias", np.ones(120, np.float32)), pack_raw("conv", np.ones((4, 3, 3, 3), np.float32))]
    write_model(path, [layer, *others])
    return mask, codes, codebook


def test_a_published_layer(archwright):
    done = archwright("simulate", "eie", "alex-7")
    assert done.code == 0 and done.err == ""
    head, row = done.out.splitlines()
    assert head.split()[:3] == ["layer", "cycles", "time"]
    assert row.split()[0] == "alex-7" and "12.9" in row


def test_json_names_the_options_and_units(archwright):
    found = json.loads(archwright("simulate", "eie", "alex-7", "--set", "fifo_depth=16", "--json").out)
    assert found["options"] == {"fifo_depth": 16} and found["floor"] == "eie" and found["workload"] == "alex-7"
    assert found["parts"]["alex-7"] == EieSimulator(fifo_depth=16).run("alex-7")["alex-7"]
    assert found["units"]["energy_j"] == "J"


def test_a_compressed_model_goes_straight_in(here, archwright):
    mask, _, _ = model(Path("model.awz"))
    found = json.loads(archwright("simulate", "eie", "model.awz", "--json").out)
    assert found["parts"] == EieSimulator().run_matrices({"fc": mask})
    assert list(found["parts"]) == ["fc"]  # the bias and the convolution are no matrices


def test_an_element_multiplies_what_the_file_holds(here):
    """Codes of the file, one higher as the machine's code 0 is the weight 0, against the decoded weights."""
    from archwright.accelerators.eie import Machine, encode, multiply, to_fixed

    mask, codes, codebook = model(Path("model.awz"))
    shifted = np.zeros(mask.shape, np.uint8)
    shifted[mask] = codes + 1
    table = np.concatenate([[0], to_fixed(codebook, 13)]).astype(np.int16)
    activations = np.random.default_rng(1).integers(-500, 500, 60).astype(np.int16)
    dense = to_fixed(read_matrices("model.awz")["fc"], 13).astype(np.int64)
    product = multiply(encode(shifted, Machine(n_pes=8)), table, activations)
    assert (product == dense @ activations).all()


def network(path):
    """An ONNX file of a convolution with a stride and a fully-connected layer."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    weights = {"conv.weight": np.ones((4, 1, 3, 3)), "fc.weight": np.ones((10, 64))}
    nodes = [
        helper.make_node("Conv", ["x", "conv.weight"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Flatten", ["c"], ["f"]),
        helper.make_node("Gemm", ["f", "fc.weight"], ["y"], transB=1),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])
    held = [numpy_helper.from_array(one.astype(np.float32), name) for name, one in weights.items()]
    onnx.save(helper.make_model(helper.make_graph(nodes, "network", [given], [result], held)), path)


def test_an_onnx_file_runs_layer_by_layer(here, archwright):
    network("network.onnx")
    found = json.loads(archwright("simulate", "dataflow", "network.onnx", "--set", "n_pes=4", "--json").out)
    layers = [Layer("conv", 4, 1, 8, 8, 3, 3, stride=2, padding=1), matrix_product("fc", 1, 64, 10)]
    parts = DataflowSimulator(n_pes=4).run_layers(layers)
    assert found["parts"]["all layers"]["macs"] == parts["all layers"]["macs"] == 16 * 36 + 640
    assert [one["cycles"] for one in found["parts"].values()] == [one["cycles"] for one in parts.values()]
    done = archwright("simulate", "eie", "network.onnx")
    assert done.code == 2 and done.err.count("\n") == 1 and "alex-6" in done.err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("eei", "alex-7"), "did you mean"),
        (("mna", "alex-7"), "a simulator that takes workloads: eie"),
        (("eie", "alex-9"), "did you mean 'alex-"),
        (("eie", "no.npy"), "No such file"),
        (("eie", "no.awz"), "No such file"),
        (("dataflow", "no.onnx"), "No such file"),
        (("dataflow", "resnet-19"), "did you mean 'resnet-18'"),
        (("eie", "damaged.awz"), "an intact .awz file"),
        (("eie", "alex-7", "--set", "pes=3"), "n_pes"),
        (("eie", "alex-7", "--set", "n_pes=0"), "n_pes: 0"),
    ],
)
def test_mistakes_are_one_line(words, named, here, archwright):
    Path("damaged.awz").write_bytes(b"\x89AWZ no model")
    done = archwright("simulate", *words)
    assert done.code == 2 and done.out == ""
    assert done.err.count("\n") == 1 and named in done.err, done.err


def test_every_floor_keeps_the_protocol():
    floors = [name for name, entry in catalogue("simulators").items() if hasattr(entry.load(), "workloads")]
    assert "eie" in floors
    for name in floors:
        made = find_floor(name)()
        assert isinstance(made.workloads, str) and made.metrics and callable(made.run)


def test_a_machine_without_matrices_takes_no_model():
    class Other:
        workloads = "names"

    with pytest.raises(Exception, match="names"):
        run_workload(Other(), "model.awz")
