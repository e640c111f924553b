import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.families import fat_tree, loose_digraph, mesh, named_instance, random_digraph
from archwright.interconnect.spanner.paths import strong_parts


def joined(graph):
    return len(np.unique(strong_parts(graph, graph.everything)))


def test_the_cycle_joins_a_random_graph():
    found = random_digraph(60, 40, 4, rng=np.random.default_rng(1))
    assert joined(found.graph) == 1 and len(found.sources) == 4
    assert found.graph.lengths.min() >= 1 and found.graph.lengths.max() <= 100


def test_a_loose_graph_has_several_parts_and_lengths_of_zero():
    found = loose_digraph(60, 90, 4, rng=np.random.default_rng(1))
    assert joined(found.graph) > 1 and (found.graph.lengths == 0.0).any()


def test_a_torus_has_four_links_a_router_with_uneven_latencies():
    graph, sources = mesh(16, 16, is_torus=True, rng=np.random.default_rng(0))
    assert graph.m == 4 * 256 and len(sources) == 8
    assert set(np.diff(graph.forwards.starts)) == {4} and set(graph.lengths) == {4.0, 5.0, 6.0, 7.0}
    there = {(a, b): length for a, b, length in zip(graph.tails, graph.heads, graph.lengths, strict=True)}
    assert any(there[a, b] != there[b, a] for a, b in there)
    assert mesh(16, 16, is_torus=False, rng=np.random.default_rng(0)).graph.m == 4 * 16 * 15


def test_a_fat_tree_joins_every_server_to_every_core():
    graph, sources = fat_tree(4, rng=np.random.default_rng(0))
    assert graph.n == 16 + 8 + 8 + 4 and graph.m == 2 * 48 and joined(graph) == 1
    degrees = np.diff(graph.forwards.starts)
    assert (degrees[:16] == 1).all() and (degrees[16:] == 4).all()
    assert sources.tolist() == [0, 1, 4, 5, 8, 9, 12, 13]


@pytest.mark.parametrize("name", ["torus-1x5", "random-1-3-1", "random-9-3-10", "fat-tree-3"])
def test_numbers_that_make_no_graph_are_refused(name):
    with pytest.raises(SpecError):
        named_instance(name)


def test_the_seed_draws():
    one, same, other = (named_instance("torus-4x4", seed=seed).graph.lengths for seed in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
