import numpy as np
import pytest

from archwright.accelerators.dataflow import DataflowSimulator
from archwright.accelerators.requests import Array
from archwright.accelerators.traffic import Mesh, TrafficSimulator, traffic_of
from archwright.accelerators.traffic.packets import link_flits, packets_of
from archwright.accelerators.workloads import read_layers
from archwright.core.errors import SpecError


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("name,K,C,Y,X,R,S,padding\nfirst,16,8,12,12,3,3,2\nsecond,8,16,12,12,1,1,0\n")
    return path


def test_layers_have_every_metric(table):
    machine = TrafficSimulator(n_pes=16, tile=2, dataflow="shi", columns=4, rows=3, ports="corners", flit_bytes=4)
    found = machine.run(table)
    one = traffic_of(read_layers(table)[0], Array("shi", 16, 2), Mesh(4, 3, "corners"))
    assert found["first"].keys() == TrafficSimulator.metrics.keys()
    assert found["first"]["mesh_bytes"] == one.between_nodes.sum()
    assert found["first"]["hottest_link_load"] == link_flits(one, 4).max() / one.cycles
    kinds = ["input_bytes", "weight_bytes", "output_bytes", "sum_bytes"]
    assert [found["first"][name] for name in kinds] == one.words.sum(axis=(1, 2)).tolist()
    total = found["all layers"]
    for name in ("cycles", "mesh_bytes", *kinds):
        assert total[name] == found["first"][name] + found["second"][name]
    assert total["hottest_link_load"] == max(found[name]["hottest_link_load"] for name in ("first", "second"))
    closed = DataflowSimulator(n_pes=16, tile=2, dataflow="shi").run(table)
    assert total["cycles"] == closed["all layers"]["cycles"]


def test_a_bus_that_binds_cools_the_links(table):
    """Where the bus binds, the same bytes take longer, and links are as much cooler."""
    free, bound = (TrafficSimulator(n_pes=16, bandwidth=one).run(table)["first"] for one in (1e9, 0.1))
    assert bound["cycles"] > free["cycles"] and bound["mesh_bytes"] == free["mesh_bytes"]
    assert bound["hottest_link_load"] * bound["cycles"] == pytest.approx(free["hottest_link_load"] * free["cycles"])


def test_packets_of_layers_follow_each_other(table, tmp_path):
    file = tmp_path / "packets.csv"
    TrafficSimulator(packets=str(file), n_cycles=300, columns=4, rows=4).run(table)
    found = np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.int64)
    first, second = (packets_of(traffic_of(one, Array(), Mesh(4, 4)), 300) for one in read_layers(table))
    second[:, 0] += 300
    assert np.array_equal(found, np.concatenate([first, second]))
    assert file.read_text().startswith("cycle,source,destination,flits\n")


@pytest.mark.parametrize("name", ["packets.txt", "missing/packets.csv"])
def test_a_file_that_cannot_be_is_refused(table, tmp_path, name):
    with pytest.raises(SpecError, match=r"packets: .* a file that"):
        TrafficSimulator(packets=str(tmp_path / name)).run(table)
