"""Ways in layers: none waits for itself, and a way that does not fit leaves nothing behind."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Topology
from archwright.interconnect.noc.deadlock import find_cycle
from archwright.interconnect.noc.layers import Layer, layered_routing

RING = Topology("ring", 5, [(i, (i + 1) % 5, 1) for i in range(5)])
AROUND = np.array([[i if i != to else -1 for to in range(5)] for i in range(5)])  # every link leads everywhere
ALL = [np.array([(a, (a + hops) % 5)]) for hops in (4, 3, 2, 1) for a in range(5)]  # the longest first


def is_free_of_cycles(ways):
    graph = nx.DiGraph((a, b) for way in ways for a, b in pairwise(way))
    return nx.is_directed_acyclic_graph(graph)


def test_a_layer_takes_ways_as_long_as_they_form_no_cycle():
    rng = np.random.default_rng(0)
    for _ in range(30):
        layer, kept = Layer(), []
        for _ in range(25):
            ways = [rng.permutation(12)[: rng.integers(1, 5)].tolist() for _ in range(rng.integers(1, 3))]
            fits = is_free_of_cycles([*kept, *ways])
            assert layer.takes(ways) is fits
            kept += ways if fits else []


def test_ways_around_a_ring_need_layers_and_cannot_deadlock():
    routing = layered_routing("around", RING, AROUND, ALL, 3)
    assert len(routing.wants) == 3 and find_cycle(RING, [routing], 3) is None
    with pytest.raises(
        SpecError, match=r"n_vcs: 1 .* more virtual channels for shortest ways without deadlock on ring"
    ):
        layered_routing("around", RING, AROUND, ALL, 1)


def test_batches_are_halved_where_they_do_not_fit_whole():
    routing = layered_routing("around", RING, AROUND, [np.concatenate(ALL)], 4)
    assert find_cycle(RING, [routing], 4) is None
    used = [np.argwhere(one[0]) for one in routing.wants]
    assert all(len(pairs) for pairs in used)


def test_only_ways_that_are_used_are_in_the_table():
    routing = layered_routing("some", RING, AROUND, [np.array([[0, 2]])], 1)
    assert np.argwhere(routing.wants[0, 0]).tolist() == [[0, 2], [1, 2]]
