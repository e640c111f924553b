"""A network that resumes, switches its routing, and counts."""

import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.interconnect.noc import Network, from_events, mesh, traffic


def test_an_empty_network_takes_four_cycles_per_router_and_two():
    for dest, hops in ((0, 1), (3, 4), (15, 7)):
        found = Network(mesh(4, 4)).drain(from_events("one", 16, [(5, 0, dest, 1)]))
        assert (found.latency_cycles, found.hops, found.packets_delivered) == (4 * hops + 2, hops, 1)


def test_packets_under_way_keep_their_routing_when_another_is_used():
    network = Network(mesh(4, 4), ["xy", "west-first-adaptive", "yx"], seed=1)
    one = traffic("uniform", 16)
    for name in ("west-first-adaptive", "yx", "xy", "yx"):
        network.use(name)
        assert network.active == name
        found = network.run(600, one, 0.3)
        assert found.packets_delivered > 2500
    yx = Network(mesh(4, 4), ["xy", "yx"], seed=1)
    yx.use("yx")
    counted = yx.drain(from_events("one", 16, [(0, 0, 15, 1)])).link_flits
    assert counted[0, yx.topology.port_to[0, 4]] == 1 and counted[0, yx.topology.port_to[0, 1]] == 0


def test_counts_are_of_the_last_run():
    network, one = Network(mesh(4, 4), seed=1), traffic("uniform", 16)
    first, second = network.run(2000, one, 0.2), network.run(1000, one, 0.2)
    assert (first.cycles, second.cycles, network.now) == (2000, 1000, 3000)
    assert first.packets_created == pytest.approx(2 * second.packets_created, rel=0.1)
    assert first.link_flits[:, -1].sum() == pytest.approx(first.flits_delivered, abs=50)
    assert first.histogram.sum() == first.packets_delivered
    assert first.percentile_cycles(0.5) <= first.percentile_cycles(0.99)


def test_queues_grow_beyond_the_first_table():
    network = Network(mesh(4, 4), seed=1)
    found = network.run(6000, traffic("transpose", 16, columns=4), 1.0)
    assert found.queued_packets > 4096
    assert found.queued_packets + found.in_network + found.packets_delivered == found.packets_created


def test_a_fresh_network_starts_anew():
    network, one = Network(mesh(4, 4), seed=1), traffic("uniform", 16)
    expected = network.run(500, one, 0.2)
    again = network.fresh(1).run(500, one, 0.2)
    assert again.packets_delivered == expected.packets_delivered
    assert np.array_equal(again.link_flits, expected.link_flits)


def test_what_cannot_be_is_refused():
    network = Network(mesh(4, 4))
    with pytest.raises(SpecError, match="for 16 nodes, not 9"):
        network.run(10, traffic("uniform", 9), 0.1)
    with pytest.raises(SpecError, match="cycles: 0"):
        network.run(0, traffic("uniform", 16), 0.1)
    with pytest.raises(SpecError, match="one of xy"):
        network.use("yx")
    with pytest.raises(Failed, match="under way"):
        network.drain(from_events("many", 16, [(0, 0, 15, 1)] * 50), most_cycles=5)
