"""Kernel and referee agree, flit for flit."""

import numpy as np
import pytest

from archwright.interconnect.noc import Network, Topology, find_routing, from_events, mesh, torus
from archwright.interconnect.noc.referee import Referee
from archwright.interconnect.noc.routing import routing_by_pair

RING = Topology("ring", 5, [(i, (i + 1) % 5, 1 + i % 3) for i in range(5)])
CASES = [
    (mesh(3, 3), "xy", 1, 1),
    (mesh(4, 3), "yx", 2, 3),
    (mesh(4, 3), "o1turn", 2, 4),
    (mesh(3, 3), "adaptive-xy-yx", 2, 2),
    (mesh(3, 4), "romm", 4, 2),
    (mesh(3, 3), "valiant", 3, 4),
    (mesh(4, 3), "west-first", 2, 2),
    (mesh(4, 3), "north-last-adaptive", 2, 2),
    (mesh(4, 3), "negative-first-adaptive", 1, 3),
    (mesh(4, 4), "odd-even", 2, 2),
    (mesh(3, 3), "minimal-adaptive", 4, 2),
    (mesh(3, 3), "xy-escape", 3, 2),
    (mesh(5, 2, express=2), "xy", 2, 2),
    (torus(4, 3), "xy", 2, 2),
    (torus(3, 3), "adaptive", 3, 2),
    (RING, "shortest", 3, 2),
]


def played(topology, routing, n_vcs, depth, events, cycles):
    network = Network(topology, routing, n_vcs=n_vcs, buffer_flits=depth, seed=7, n_logged=4096)
    found = network.run(cycles, from_events("drawn", topology.n_nodes, events), 0.0)
    return network.state.log[: found.flits_delivered].tolist()


def drawn(topology, seed, n_packets=150, within=120):
    rng = np.random.default_rng(seed)
    cycles = np.sort(rng.integers(0, within, n_packets))
    ends = rng.integers(0, topology.n_nodes, (n_packets, 2))
    return np.column_stack([cycles, ends, rng.choice([1, 1, 2, 5], n_packets)])


def test_they_agree_on_a_table_of_ways():
    grid, events = mesh(4, 3), drawn(mesh(4, 3), 5)
    routing = routing_by_pair(grid, 4, np.random.default_rng(1).integers(4, size=(12, 12)))
    referee = Referee(grid, routing, 4, 2, events.tolist(), seed=7)
    expected = [[serial, cycle, int(is_tail)] for serial, cycle, is_tail in referee.run(700)]
    assert played(grid, routing, 4, 2, events, 700) == expected
    assert len(expected) > 200


@pytest.mark.parametrize(("topology", "routing", "n_vcs", "depth"), CASES, ids=lambda one: getattr(one, "name", one))
def test_kernel_and_referee_agree_flit_for_flit(topology, routing, n_vcs, depth):
    events = drawn(topology, 3)
    referee = Referee(topology, find_routing(routing, topology, n_vcs), n_vcs, depth, events.tolist(), seed=7)
    expected = [[serial, cycle, int(is_tail)] for serial, cycle, is_tail in referee.run(700)]
    assert played(topology, routing, n_vcs, depth, events, 700) == expected
    assert len(expected) > 200
