import numpy as np
import pytest

from archwright.interconnect.spanner.families import loose_digraph
from archwright.interconnect.spanner.graph import digraph
from archwright.interconnect.spanner.stretch import Stretch, measure_stretch, plain_stretch

ZERO = np.array([0], np.int32)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_all_distances_say(seed):
    rng = np.random.default_rng(seed)
    graph, sources = loose_digraph(25, 80, 6, rng=rng)
    kept = rng.random(graph.m) < (0.5, 0.9, 0.99, 1.0)[seed % 4]
    assert measure_stretch(graph, kept, sources) == pytest.approx(plain_stretch(graph, kept, sources))


def test_both_ways_count_together():
    graph = digraph(3, [0, 1, 0, 2], [1, 0, 2, 1], [1.0, 9.0, 2.0, 2.0])
    kept = np.array([False, True, True, True])  # the way there is four times as long, the round trip 13 / 10
    assert measure_stretch(graph, kept, ZERO).largest == pytest.approx(1.3)


def test_pairs_without_a_round_trip_do_not_count():
    graph = digraph(3, [0, 1, 1], [1, 0, 2], [1.0, 1.0, 1.0])
    assert measure_stretch(graph, graph.part(graph.everything).everything, ZERO) == Stretch(1.0, 1.0, 1, 0)
    assert measure_stretch(graph, np.array([True, True, False]), ZERO).n_lost == 0
    lost = measure_stretch(graph, np.array([True, False, True]), ZERO)
    assert lost.n_lost == 1 and not lost.is_within(1e9)


def test_a_round_trip_of_nothing_must_stay_nothing():
    graph = digraph(2, [0, 1], [1, 0], [0.0, 0.0])
    assert measure_stretch(graph, graph.everything, ZERO) == Stretch(1.0, 1.0, 1, 0)
    longer = digraph(3, [0, 1, 1, 2], [1, 0, 2, 0], [0.0, 0.0, 1.0, 1.0])
    assert measure_stretch(longer, np.array([True, False, True, True]), ZERO).largest == np.inf
