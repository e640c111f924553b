"""Routing by tables on any graph."""

import networkx
import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, Topology, find_routing, mesh, torus, traffic
from archwright.interconnect.noc.deadlock import find_cycle
from archwright.interconnect.noc.graph_routing import ROUTINGS


def drawn(seed, n=12, both_ways=False):
    graph = networkx.gnp_random_graph(n, 0.15, seed=seed, directed=True)
    networkx.add_cycle(graph, range(n))
    pairs = {*graph.edges, *((b, a) for a, b in graph.edges if both_ways)}
    return Topology(f"drawn-{seed}", n, [(a, b, 1 + (a * b) % 3) for a, b in sorted(pairs)])


@pytest.mark.parametrize("seed", range(4))
def test_shortest_ways_are_shortest_and_free_of_deadlock(seed):
    topology = drawn(seed)
    routing = find_routing("shortest", topology, 4)
    assert find_cycle(topology, [routing], 4) is None
    network = Network(topology, routing, n_vcs=4, seed=seed)
    found = network.run(3000, traffic("uniform", 12), 0.02)
    assert found.packets_delivered > 300
    mean = topology.distances.mean() + 6  # four cycles in the last router and two more
    assert found.network_latency_cycles == pytest.approx(mean, rel=0.08)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["up-down", "adaptive", "table", "q-routing"])
def test_graphs_with_links_both_ways_carry_every_routing(seed, name):
    topology = drawn(seed, both_ways=True)
    found = Network(topology, name, n_vcs=3, seed=seed).run(2500, traffic("uniform", 12), 0.6)
    assert found.flits_delivered > 0.9 * found.flits_injected > 1000


def test_up_down_never_goes_up_again():
    topology = drawn(1, both_ways=True)
    routing = find_routing("up-down", topology, 1)
    assert find_cycle(topology, [routing], 1) is None
    assert all(np.count_nonzero(routing.wants[0, 0, at]) == 11 for at in range(12))


def test_one_way_rings_need_a_layer_for_every_two_nodes():
    ring = Topology("ring", 6, [(i, (i + 1) % 6, 1) for i in range(6)])
    assert len(find_routing("shortest", ring, 4).wants) == 3
    with pytest.raises(SpecError, match="more virtual channels"):
        find_routing("shortest", ring, 2)
    with pytest.raises(SpecError, match="0-1 has no opposite"):
        find_routing("adaptive", ring, 2)


def test_every_routing_has_a_place():
    assert len(set(ROUTINGS)) == len(ROUTINGS) >= 18
    for name in ROUTINGS:
        assert find_routing(name, mesh(4, 4), 4).name == name


def test_a_torus_is_carried_adaptively():
    found = Network(torus(4, 4), "adaptive", n_vcs=4).run(3000, traffic("uniform", 16), 0.3)
    assert found.latency_cycles < 30
