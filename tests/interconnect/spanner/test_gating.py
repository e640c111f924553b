import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, request_reply
from archwright.interconnect.spanner.families import named_instance
from archwright.interconnect.spanner.gating import N_VCS, measure_loads, round_trip_routing, topology_of
from archwright.interconnect.spanner.graph import digraph
from archwright.interconnect.spanner.links import remove_links
from archwright.interconnect.spanner.paths import plain_distances


@pytest.fixture(scope="module")
def torus():
    graph, sources = named_instance("torus-5x5")
    order = np.random.default_rng(0).permutation(graph.m)
    return graph, sources, remove_links(graph, graph.everything, sources, order, max_stretch=1.5)


def test_a_topology_holds_the_links_that_are_on(torus):
    graph, _, kept = torus
    topology = topology_of(graph, kept, "some")
    assert len(topology.links) == kept.sum() < graph.m
    assert np.array_equal(topology.links[:, 2] + 3, graph.lengths[kept])


def test_ways_are_shortest_and_lead_there(torus):
    graph, sources, kept = torus
    routing, topology = round_trip_routing(graph, kept, sources), topology_of(graph, kept, "some")
    distances = plain_distances(graph, kept)
    ports = {
        (a, port): (b, cycles + 3) for (a, b, cycles), (port, _) in zip(topology.links, topology.ports, strict=True)
    }
    pairs = [(u, v) for u in sources for v in range(graph.n) if u != v]
    for source, target in [*pairs, *((v, u) for u, v in pairs)]:
        at, length, layer = source, 0, routing.first_phase[source, target]
        while at != target:
            lowest = int(routing.wants[layer, 0, at, target])
            at, cycles = ports[at, ((lowest & -lowest).bit_length() - 1) // N_VCS]
            length += cycles
        assert length == distances[source, target]


def test_an_idle_network_takes_as_long_as_its_round_trips(torus):
    graph, sources, kept = torus
    others = np.setdiff1d(np.arange(graph.n), sources)
    overheads = []
    for mask in (graph.everything, kept):
        (idle,) = measure_loads(graph, mask, sources, (0.002,), cycles=40_000)
        distances = plain_distances(graph, mask)
        overheads.append(idle.round_trip_cycles - float((distances + distances.T)[others][:, sources].mean()))
        assert idle.delivered == pytest.approx(1.0, abs=0.25)
    # Memory, the rest of the answer's flits, entering and leaving: the same whatever is off.
    assert overheads[0] == pytest.approx(overheads[1], abs=1.5) and 24.0 < overheads[0] < 48.0


def test_it_runs_without_deadlock_beyond_saturation(torus):
    graph, sources, kept = torus
    network = Network(topology_of(graph, kept, "some"), round_trip_routing(graph, kept, sources), n_vcs=N_VCS)
    counts = network.run(5_000, request_reply(graph.n, sources.tolist()), 0.3)
    assert counts.replies > 1_000


def test_a_load_costs_time(torus):
    graph, sources, kept = torus
    low, high = measure_loads(graph, kept, sources, (0.02, 0.3), cycles=4_000)
    assert high.round_trip_cycles > low.round_trip_cycles and high.delivered <= low.delivered + 0.1


def test_too_few_channels_and_lengths_of_no_network_are_refused(torus):
    graph, sources, kept = torus
    with pytest.raises(SpecError, match="n_vcs: 1"):
        round_trip_routing(graph, kept, sources, n_vcs=1)
    odd = digraph(2, [0, 1], [1, 0], [1.5, 4.0])
    with pytest.raises(SpecError, match="lengths"):
        topology_of(odd, odd.everything, "odd")
