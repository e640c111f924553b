import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.families import loose_digraph, random_digraph
from archwright.interconnect.spanner.links import ORDERS, add_links, removal_order, remove_links
from archwright.interconnect.spanner.paths import tree_union
from archwright.interconnect.spanner.stretch import measure_stretch, plain_stretch


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("stretch", [1.0, 1.5, 3.0])
def test_what_is_added_is_within_the_limit(seed, stretch):
    rng = np.random.default_rng(seed)
    graph, sources = loose_digraph(25, 70, 5, rng=rng)
    assert plain_stretch(graph, add_links(graph, sources, stretch), sources).is_within(stretch)
    some = rng.random(graph.m) < 0.5
    mended = add_links(graph, sources, stretch, some)
    assert plain_stretch(graph, mended, sources).is_within(stretch) and (mended >= some).all()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stretch", [1.0, 2.0, np.inf])
def test_no_link_is_left_that_could_go(order, stretch):
    rng = np.random.default_rng(7)
    graph, sources = loose_digraph(22, 70, 5, rng=rng)
    edges = removal_order(graph, graph.everything, sources, order, rng=rng)
    assert sorted(edges.tolist()) == list(range(graph.m))
    kept = remove_links(graph, graph.everything, sources, edges, max_stretch=stretch)
    limit = 1e300 if stretch == np.inf else stretch
    assert plain_stretch(graph, kept, sources).is_within(limit)
    for edge in np.flatnonzero(kept):
        less = kept.copy()
        less[edge] = False
        assert not plain_stretch(graph, less, sources).is_within(limit)


def test_removal_stops_at_a_number():
    rng = np.random.default_rng(3)
    graph, sources = random_digraph(60, 300, 6, rng=rng)
    kept = remove_links(graph, graph.everything, sources, rng.permutation(graph.m), n_left=200)
    assert kept.sum() == 200 and measure_stretch(graph, kept, sources).n_lost == 0


def test_longest_goes_first_and_most_used_last():
    rng = np.random.default_rng(3)
    graph, sources = random_digraph(60, 300, 6, rng=rng)
    edges = removal_order(graph, graph.everything, sources, "longest", rng=rng)
    assert (np.diff(graph.lengths[edges]) <= 0).all()
    used = tree_union(graph, sources)[removal_order(graph, graph.everything, sources, "least_used", rng=rng)]
    assert not used[: (~used).sum()].any()


def test_a_stretch_below_one_and_an_unknown_order_are_refused():
    graph, sources = random_digraph(10, 20, 2, rng=np.random.default_rng(0))
    with pytest.raises(SpecError, match=r"max_stretch: 0\.5"):
        add_links(graph, sources, 0.5)
    with pytest.raises(SpecError, match="order: 'oldest'"):
        removal_order(graph, graph.everything, sources, "oldest", rng=np.random.default_rng(0))


def test_the_size_that_is_demanded():
    graph, sources = random_digraph(300, 5000, 16, rng=np.random.default_rng(0))
    union, rng = tree_union(graph, sources), np.random.default_rng(1)
    order = removal_order(graph, union, sources, "least_used", rng=rng)
    kept = remove_links(graph, union, sources, order, max_stretch=2.0)
    assert kept.sum() < 0.6 * union.sum() and measure_stretch(graph, kept, sources).is_within(2.0)
