import numpy as np
import pytest

from archwright.accelerators.dataflow import usage_of
from archwright.accelerators.requests import Array
from archwright.accelerators.traffic.flows import INPUTS, OUTPUTS, SUMS, WEIGHTS, n_working, shared, traffic_of
from archwright.accelerators.traffic.mesh import Mesh
from archwright.accelerators.workloads import Layer
from archwright.core.errors import SpecError

CONV = Layer("conv", 24, 20, 14, 15, 3, 3, padding=2)
LAYERS = [CONV, Layer("depthwise", 40, 40, 9, 9, 3, 3, groups=40), Layer("grouped", 12, 8, 6, 6, 3, 3, groups=4)]
MESHES = [Mesh(4, 4), Mesh(3, 5, "corners"), Mesh(8, 2, "sides"), Mesh(1, 1)]


@pytest.mark.parametrize("mesh", MESHES, ids=lambda mesh: f"{mesh.columns}x{mesh.rows}")
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize(("dataflow", "n_pes"), [("dla", 16), ("dla", 100), ("shi", 10), ("eye", 64), ("eye", 2)])
def test_totals_are_those_of_the_closed_form(mesh, layer, dataflow, n_pes):
    usage = usage_of([layer], [n_pes], [4], dataflow)
    found = traffic_of(layer, Array(dataflow, n_pes, 4), mesh).words
    assert found[INPUTS].sum() == usage.inputs_read and found[OUTPUTS].sum() == usage.outputs_written
    if dataflow == "dla" or layer.is_depthwise:
        assert found[WEIGHTS].sum() == usage.weights_read


@pytest.mark.parametrize("mesh", MESHES, ids=lambda mesh: f"{mesh.columns}x{mesh.rows}")
@pytest.mark.parametrize("dataflow", ["shi", "eye"])
def test_weights_reach_every_node_that_works_once(mesh, dataflow):
    array = Array(dataflow, 12, 4)
    weights = int(usage_of([CONV], [12], [4], dataflow).weights_read[0, 0])
    nodes = np.unique(mesh.nodes_of_elements(12)[: n_working(CONV, array)])
    trees, copies = (traffic_of(CONV, array, mesh, one).words[WEIGHTS] for one in ("trees", "copies"))
    assert copies.sum() == weights * len(nodes) and (copies[:, nodes].sum(axis=0) == weights).all()
    assert copies.sum(axis=1).nonzero()[0].tolist() == mesh.port_nodes.tolist()
    # Over a tree a node gets every word once too, nodes in between as well; only neighbours talk.
    assert (trees[:, nodes].sum(axis=0) == weights).all() and (trees.sum(axis=0) <= weights).all()
    sources, destinations = np.nonzero(trees - np.diag(np.diag(trees)))
    assert (
        abs(sources % mesh.columns - destinations % mesh.columns)
        + abs(sources // mesh.columns - destinations // mesh.columns)
        == 1
    ).all()


def test_words_come_from_all_ports_evenly():
    mesh = Mesh(4, 4, "sides")
    sent = traffic_of(CONV, Array("dla", 16, 4), mesh).words[INPUTS].sum(axis=1)
    assert sent.nonzero()[0].tolist() == mesh.port_nodes.tolist()
    assert sent[mesh.port_nodes].max() - sent[mesh.port_nodes].min() <= 16


def test_a_weight_stationary_array_passes_sums_to_its_last_element():
    mesh = Mesh(3, 2)
    words = traffic_of(CONV, Array("dla", 12, 4), mesh).words
    outputs = int(usage_of([CONV], [12], [4], "dla").outputs_written[0, 0])
    passed = {(a, b): int(words[SUMS, a, b]) for a, b in np.argwhere(words[SUMS])}
    assert passed == dict.fromkeys([(0, 1), (1, 2), (2, 5), (5, 4), (4, 3)], outputs)
    assert words[OUTPUTS].sum(axis=1).nonzero()[0].tolist() == [3]


def test_elements_without_work_get_nothing():
    """Three channels keep three of 16 elements busy."""
    words = traffic_of(Layer("first", 8, 3, 12, 12, 3, 3), Array("dla", 16, 4), Mesh(4, 4)).words
    assert words[INPUTS].sum(axis=0).nonzero()[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("dataflow", "layer", "n_pes", "wanted"),
    [
        ("dla", CONV, 64, 20), ("dla", CONV, 8, 8), ("shi", CONV, 64, 14), ("eye", CONV, 10, 9), ("eye", CONV, 2, 2),
        ("eye", CONV, 300, 3 * 14 * 7), ("dla", LAYERS[1], 64, 10), ("shi", LAYERS[1], 8, 8),
    ],
)  # fmt: skip
def test_elements_that_work(dataflow, layer, n_pes, wanted):
    assert n_working(layer, Array(dataflow, n_pes, 4)) == wanted <= n_pes


def test_shares_are_whole_and_add_up():
    found = shared(1_000_003, np.array([3, 0, 5, 1]))
    assert (
        found.sum() == 1_000_003 and found[1] == 0 and abs(found / 1_000_003 - np.array([3, 0, 5, 1]) / 9).max() < 1e-5
    )


def test_what_stays_at_a_node_is_no_traffic_of_the_mesh():
    found = traffic_of(CONV, Array("dla", 16, 4), Mesh(4, 4))
    own = sum(int(np.trace(one)) for one in found.words)
    assert 0 < own == found.words.sum() - found.between_nodes.sum()


def test_an_unknown_way_to_all_is_refused():
    with pytest.raises(SpecError, match="multicast: 'broadcast'"):
        traffic_of(CONV, Array(), Mesh(), "broadcast")
