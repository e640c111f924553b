import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.graph import check_sources, digraph


def test_the_shortest_of_parallel_edges_stays_and_loops_go():
    graph = digraph(3, [2, 0, 0, 1, 0], [2, 2, 1, 0, 2], [0.0, 5.0, 2.0, 0.0, 4.0])
    assert graph.tails.tolist() == [0, 0, 1] and graph.heads.tolist() == [1, 2, 0]
    assert graph.lengths.tolist() == [2.0, 4.0, 0.0]


def test_both_sides_hold_the_same_edges():
    graph = digraph(4, [0, 2, 1, 3, 0], [1, 1, 3, 0, 3], [1.0, 2.0, 3.0, 4.0, 5.0])
    back = graph.backwards
    for vertex in range(4):
        edges = back.edges[back.starts[vertex] : back.starts[vertex + 1]]
        assert (graph.heads[edges] == vertex).all()
        assert np.array_equal(graph.tails[edges], back.ends[back.starts[vertex] : back.starts[vertex + 1]])
    assert np.array_equal(graph.lengths[back.edges], back.lengths)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((2, [0], [1], [-1.0]), "weight of 0 -> 1: -1.0"),
        ((2, [0], [1], [np.inf]), "weight of 0 -> 1: inf"),
        ((2, [0], [2], [1.0]), "edges.heads: 2"),
        ((2, [-1], [1], [1.0]), "edges.tails: -1"),
        ((0, [], [], []), "vertices: 0"),
    ],
)
def test_what_makes_no_graph_is_named(given, message):
    with pytest.raises(SpecError, match=message):
        digraph(*given)


@pytest.mark.parametrize(("sources", "message"), [([], "at least one"), ([4], "from 0 to 3"), ([-1], "from 0 to 3")])
def test_sources_stand_in_the_graph(sources, message):
    with pytest.raises(SpecError, match=message):
        check_sources(sources, 4)


def test_an_edgeless_graph_has_empty_sides():
    graph = digraph(3, [], [], [])
    assert graph.m == 0 and graph.forwards.starts.tolist() == [0, 0, 0, 0]
