import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.balls import ball_cover, claimed_stretch, zhu_lam
from archwright.interconnect.spanner.families import loose_digraph, random_digraph
from archwright.interconnect.spanner.paths import tree_union
from archwright.interconnect.spanner.stretch import measure_stretch, plain_stretch


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_the_promise_is_kept(seed, k):
    graph, sources = loose_digraph(25, 70, 8, rng=np.random.default_rng(seed))
    assert plain_stretch(graph, ball_cover(graph, sources, k), sources).is_within(claimed_stretch(k))
    assert plain_stretch(graph, zhu_lam(graph, sources, k, epsilon=0.2), sources).is_within(2 * k + 0.2)


def test_one_is_exact_and_more_is_smaller():
    graph, sources = random_digraph(200, 2000, 16, rng=np.random.default_rng(0))
    sizes = [ball_cover(graph, sources, k).sum() for k in (1, 2, 3)]
    assert measure_stretch(graph, ball_cover(graph, sources, 1), sources).largest == 1.0
    assert tree_union(graph, sources).sum() >= sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda *one: ball_cover(*one, 0), "k"),
        (lambda *one: ball_cover(*one, 2, ratio=1.0), "ratio"),
        (lambda *one: zhu_lam(*one, 2, epsilon=0.0), "epsilon"),
    ],
)
def test_what_is_out_of_range_is_named(call, field):
    with pytest.raises(SpecError, match=f"^{field}:"):
        call(*random_digraph(10, 20, 2, rng=np.random.default_rng(0)))
