import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from archwright.interconnect.spanner.families import loose_digraph, random_digraph
from archwright.interconnect.spanner.paths import (
    clear,
    new_search,
    one_group,
    plain_distances,
    reach,
    shortest_trees,
    tree_union,
)


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_those_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    graph, sources = loose_digraph(30, 80, 6, rng=rng)
    kept = rng.random(graph.m) < 0.8
    wanted = plain_distances(graph, kept)
    assert np.array_equal(shortest_trees(graph, kept, sources, graph.forwards)[0], wanted[sources])
    assert np.array_equal(shortest_trees(graph, kept, sources, graph.backwards)[0], wanted.T[sources])


def test_distances_are_those_of_scipy():
    graph, sources = random_digraph(300, 2000, 8, rng=np.random.default_rng(0))
    matrix = csr_array((graph.lengths, (graph.tails, graph.heads)), shape=(graph.n, graph.n))
    found, parents = shortest_trees(graph, graph.everything, sources, graph.forwards)
    assert np.array_equal(found, dijkstra(matrix, indices=sources))
    rows, vertices = np.nonzero(parents >= 0)
    edges = parents[rows, vertices]
    assert np.array_equal(graph.heads[edges], vertices)
    assert np.allclose(found[rows, graph.tails[edges]] + graph.lengths[edges], found[rows, vertices])


def test_a_search_keeps_to_its_bound_and_its_group():
    graph, _ = random_digraph(80, 300, 2, rng=np.random.default_rng(2))
    group, search = one_group(80), new_search(80)
    group[40:] = 1
    inside = (graph.tails < 40) & (graph.heads < 40)
    wanted = plain_distances(graph, inside)[3]
    n_settled = reach(graph.forwards, graph.everything, group, 60.0, 3, search)
    found = search.settled[:n_settled]
    assert sorted(found.tolist()) == np.flatnonzero(wanted <= 60.0).tolist()
    assert np.array_equal(search.distance[found], np.sort(wanted[wanted <= 60.0]))
    clear(search, n_settled)
    assert np.isinf(search.distance).all() and (search.parent == -1).all() and (search.place == -1).all()


def test_the_union_of_trees_keeps_every_distance():
    graph, sources = loose_digraph(40, 120, 5, rng=np.random.default_rng(3))
    kept = tree_union(graph, sources)
    before, after = plain_distances(graph, graph.everything), plain_distances(graph, kept)
    assert np.array_equal(before[sources], after[sources]) and np.array_equal(before[:, sources], after[:, sources])
    assert kept.sum() <= 2 * len(sources) * (graph.n - 1) and kept.sum() < graph.m
