import numpy as np
import pytest

from archwright.accelerators.requests import Array
from archwright.accelerators.traffic import Mesh, traffic_of
from archwright.accelerators.traffic import packets as of
from archwright.accelerators.traffic.packets import PACKET_BYTES, flits_of, link_flits, packets_of
from archwright.accelerators.workloads import Layer
from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, from_events, mesh

CONV = Layer("conv", 24, 20, 14, 15, 3, 3, padding=2)
MESH = Mesh(4, 3)


@pytest.fixture(params=["dla", "shi", "eye"])
def traffic(request):
    return traffic_of(CONV, Array(request.param, 24, 4), MESH)


@pytest.mark.parametrize("flit_bytes", [1, 7, 16, 64, 100])
def test_flits_are_counted_packet_by_packet(flit_bytes):
    def slowly(n_bytes):
        cut = [min(PACKET_BYTES, n_bytes - start) for start in range(0, n_bytes, PACKET_BYTES)]
        return sum(1 + -(-one // flit_bytes) for one in cut)

    sizes = np.arange(300)
    assert flits_of(sizes, flit_bytes).tolist() == [slowly(int(one)) for one in sizes]


def test_a_whole_layer_sends_every_byte(traffic):
    packets = packets_of(traffic, traffic.cycles, 1)
    between = np.zeros((12, 12), np.int64)
    np.add.at(between, (packets[:, of.SOURCE], packets[:, of.DESTINATION]), packets[:, of.FLITS] - 1)
    assert np.array_equal(between, traffic.between_nodes)
    assert np.array_equal(packets, packets_of(traffic, 10 * traffic.cycles, 1))
    assert packets[-1, of.CYCLE] < traffic.cycles


def test_packets_set_out_in_order_and_evenly(traffic):
    whole = packets_of(traffic, traffic.cycles)
    assert (np.diff(whole[:, of.CYCLE]) >= 0).all()
    half = packets_of(traffic, traffic.cycles // 2)
    assert np.array_equal(half, whole[whole[:, of.CYCLE] < traffic.cycles // 2])
    n_flows = np.count_nonzero(traffic.between_nodes)
    assert abs(len(half) - len(whole) / 2) < n_flows
    # No more than a packet of every flow sets out at once, and seldom more than a few.
    assert np.bincount(whole[:, of.CYCLE]).max() <= 8


def test_links_carry_what_crosses_them(traffic):
    found = link_flits(traffic)
    x, y = np.arange(12) % 4, np.arange(12) // 4
    hops = abs(x[:, None] - x) + abs(y[:, None] - y)
    assert (hops[found > 0] == 1).all()
    assert found.sum() == (flits_of(traffic.between_nodes) * hops).sum()
    left = x < 2
    crossing = flits_of(traffic.between_nodes)[np.ix_(left, ~left)].sum()
    assert found[np.ix_(left, ~left)].sum() == crossing


@pytest.mark.parametrize("number", [0, -1, 1.5])
def test_numbers_are_checked(traffic, number):
    with pytest.raises(SpecError, match="n_cycles"):
        packets_of(traffic, number)
    with pytest.raises(SpecError, match="flit_bytes"):
        packets_of(traffic, 10, number)


def test_a_network_carries_them_over_the_links_that_were_counted(traffic):
    """The network routes each flit by itself; its counters of links are those of the paths."""
    packets = packets_of(traffic, traffic.cycles)
    topology = mesh(4, 3)
    found = Network(topology, "xy").run(traffic.cycles + 2_000, from_events("layer", 12, packets), 0.0)
    assert found.packets_delivered == len(packets) and found.in_network == found.queued_packets == 0
    carried = np.zeros((12, 12), np.int64)
    for (start, end, _), (port, _) in zip(topology.links, topology.ports, strict=True):
        carried[start, end] = found.link_flits[start, port]
    assert np.array_equal(carried, link_flits(traffic))
