import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.families import loose_digraph, random_digraph
from archwright.interconnect.spanner.graph import digraph
from archwright.interconnect.spanner.paths import tree_union
from archwright.interconnect.spanner.scales import contract, round_trip_spanner
from archwright.interconnect.spanner.stretch import measure_stretch, plain_stretch


def check_promise(seed):
    """A spanner of one random digraph, connected or not, with lengths 0 to W, by all distances."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    make = (loose_digraph, random_digraph)[seed % 2]
    longest = (1, 20, 1000, 10**7)[seed % 4]
    graph, sources = make(n, int(rng.integers(1, 5 * n)), int(rng.integers(1, n + 1)), rng=rng, longest=longest)
    radius = (None, 0.02, 0.1, 0.3)[seed // 4 % 4]
    found = round_trip_spanner(graph, sources, int(rng.integers(1, 7)), radius=radius, rng=rng)
    measured = plain_stretch(graph, found.kept, sources)
    assert measured.is_within(found.claimed), (seed, found, measured)
    assert found.kept.shape == (graph.m,) and measured.n_lost == 0


def test_the_promise_is_kept_on_60_digraphs():
    for seed in range(60):
        check_promise(seed)


@pytest.mark.slow
def test_the_promise_is_kept_on_500_digraphs():
    for seed in range(500):
        check_promise(seed)


@pytest.mark.parametrize("seed", range(4))
def test_lengths_far_apart_are_joined(seed):
    rng = np.random.default_rng(seed)
    n = 40
    tails, heads = rng.integers(n, size=200), rng.integers(n, size=200)
    graph = digraph(n, tails, heads, 10.0 ** rng.integers(-12, 4, 200))
    sources = np.arange(0, n, 3, dtype=np.int32)
    found = round_trip_spanner(graph, sources, 2, radius=0.1, rng=rng)
    assert found.claimed == pytest.approx(1.0 + 12.0 * 0.1 * 2 + 0.1)
    assert plain_stretch(graph, found.kept, sources).is_within(found.claimed)


def test_round_trips_of_zero_stay_zero():
    graph = digraph(4, [0, 1, 2, 0, 2, 3], [1, 2, 0, 2, 3, 2], [0.0, 0.0, 0.0, 0.0, 5.0, 5.0])
    found = round_trip_spanner(graph, np.array([1], np.int32), 2, rng=np.random.default_rng(0))
    assert measure_stretch(graph, found.kept, np.array([1], np.int32)).is_within(found.claimed)


def test_it_is_small_with_a_large_k_and_exact_with_a_small_radius():
    graph, sources = random_digraph(400, 3000, 20, rng=np.random.default_rng(0))
    large = round_trip_spanner(graph, sources, 6, rng=np.random.default_rng(0))
    assert large.kept.sum() <= 2 * (graph.n - 1)
    small = round_trip_spanner(graph, sources, 1, radius=0.01, rng=np.random.default_rng(0))
    assert measure_stretch(graph, small.kept, sources).largest <= small.claimed < 1.2
    assert small.kept.sum() <= tree_union(graph, sources).sum() + 2 * (graph.n - 1)
    assert sum(scale.n_own for scale in small.scales) > 0


def test_the_same_seed_gives_the_same_spanner():
    graph, sources = random_digraph(200, 900, 30, rng=np.random.default_rng(0))
    one, same = (round_trip_spanner(graph, sources, 2, radius=0.2, rng=np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one.kept, same.kept) and one.scales == same.scales


def test_contraction_keeps_the_shortest_of_parallel_edges():
    graph = digraph(4, [0, 1, 2, 3], [2, 3, 0, 1], [3.0, 2.0, 5.0, 6.0])
    small, origin = contract(graph, np.array([0, 0, 1, 1]), graph.everything)
    assert small.n == 2 and small.lengths.tolist() == [2.0, 5.0] and origin.tolist() == [1, 2]


@pytest.mark.parametrize(("options", "field"), [({"k": 0}, "k"), ({"k": True}, "k"), ({"radius": 0.0}, "radius")])
def test_what_is_out_of_range_is_named(options, field):
    graph, sources = random_digraph(10, 20, 2, rng=np.random.default_rng(0))
    with pytest.raises(SpecError, match=f"^{field}:"):
        round_trip_spanner(graph, sources, **options, rng=np.random.default_rng(0))
