import numpy as np
import pytest

from archwright.accelerators.dataflow import DataflowSimulator, costs_of
from archwright.accelerators.workloads import Layer, read_layers
from archwright.core.errors import SpecError


def test_a_layer_has_every_metric():
    layer = read_layers("alexnet")[1]
    found = DataflowSimulator(n_pes=32, tile=6, dataflow="shi").run("alexnet")[layer.name]
    costs = costs_of([layer], [32], [6], "shi")
    assert found.keys() == DataflowSimulator.metrics.keys()
    assert found["cycles"] == costs.cycles[0, 0] and found["energy_j"] == costs.energy_j[0, 0]
    assert found["area_mm2"] == pytest.approx(1e-6 * costs.area_um2[0, 0]) and found["power_w"] == costs.power_w[0, 0]
    assert found["utilisation"] == layer.macs / (32 * costs.cycles[0, 0]) < 1.0
    assert found["macs_per_word"] == layer.macs / costs.moved[0, 0]


def test_several_layers_share_the_buffers_of_the_neediest():
    found = DataflowSimulator().run("mobilenet-v2")
    total, layers = found.pop("all layers"), list(found.values())
    assert len(layers) == 52
    assert total["cycles"] == sum(one["cycles"] for one in layers)
    assert total["macs"] == 299_494_272.0
    for name in ("element_bytes", "shared_bytes"):
        assert total[name] == max(one[name] for one in layers)
    assert max(one["area_mm2"] for one in layers) <= total["area_mm2"] < sum(one["area_mm2"] for one in layers)


def test_matrices_are_products_with_one_vector():
    found = DataflowSimulator(n_pes=8, tile=2).run_matrices({"fc": np.eye(10, 20), "bias": np.ones(10)})
    assert list(found) == ["fc"] and found["fc"]["macs"] == 200.0
    assert found["fc"]["cycles"] == 1 + 5 * 3 * (2 + 1)
    with pytest.raises(SpecError, match="at least one is a matrix"):
        DataflowSimulator().run_matrices({"bias": np.ones(10)})


def test_compatible_layers_have_no_stride():
    layer = Layer("conv", 8, 8, 9, 9, 3, 3, stride=2)
    strided, plain = (DataflowSimulator(compatible=one).run_layers([layer])["conv"]["macs"] for one in (False, True))
    assert (strided, plain) == (16 * 576.0, 49 * 576.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_pes": 0}, "n_pes: 0 is not possible; allowed: a whole number >= 1"),
        ({"tile": 1.5}, "tile: 1.5"),
        ({"dataflow": "tpu"}, "dataflow: 'tpu'"),
        ({"bandwidth": -1}, "bandwidth: -1"),
    ],
)
def test_the_machine_is_checked(options, message):
    with pytest.raises(SpecError, match=message):
        DataflowSimulator(**options)
