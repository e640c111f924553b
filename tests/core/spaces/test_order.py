import itertools

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.space import check_design
from archwright.core.spaces.order import Order, find_cycle
from archwright.testing.space import all_designs

DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]


def keeps(order, before):
    return all(order.index(a) < order.index(b) for a, b in before)


@pytest.mark.parametrize("before", [[], [(0, 1)], [(3, 0), (3, 1), (2, 1)], [(0, 1), (1, 2), (2, 3)]])
def test_the_draft_view_gives_exactly_the_orders_that_keep_the_precedence(before):
    expected = [list(one) for one in itertools.permutations(range(4)) if keeps(one, before)]
    assert sorted(all_designs(Order(4, before))) == expected


def test_the_chart_reads_priorities_among_the_ready_items():
    space = Order(["a", "b", "c", "d"], DIAMOND)
    keys = np.array([[0.9, 0.2, 0.1, 0.0], [0.0, 0.1, 0.2, 0.3], [0.5, 0.5, 0.5, 0.5]])
    assert space.decode_many(keys) == [["a", "c", "b", "d"], ["a", "b", "c", "d"], ["a", "b", "c", "d"]]


def test_any_priorities_give_legal_orders():
    rng = np.random.default_rng(0)
    before = [(a, b) for a, b in itertools.combinations(range(12), 2) if rng.random() < 0.2]
    space = Order(12, before)
    for design in space.decode_many(rng.random((300, 12))):
        assert sorted(design) == list(range(12)) and keeps(design, before)


def test_encoded_keys_stand_in_the_order_of_the_design():
    keys = Order(["a", "b", "c"]).encode_many([["c", "a", "b"]])
    assert keys.tolist() == [pytest.approx([0.5, 5 / 6, 1 / 6])]


def test_a_repeated_pair_counts_once():
    assert Order(2, [(0, 1), (0, 1)]).start().choose(0).next().legal.tolist() == [False, True]


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ("abcd", "allowed: a list of the 4 items"),
        (["a", "b", "c"], "'d' is missing"),
        (["a", "b", "b", "d"], r"design\[2\]: 'b'.*stands twice"),
        (["a", "d", "b", "c"], r"design\[1\]: 'd'.*'b' must stand before it"),
        (["a", "b", "c", "e"], r"design\[3\]: 'e'"),
    ],
)
def test_malformed_designs_are_refused_by_place(design, said):
    with pytest.raises(SpecError, match=said):
        check_design(Order(["a", "b", "c", "d"], DIAMOND), design)


@pytest.mark.parametrize(
    ("before", "cycle"),
    [
        ([("a", "a")], "a -> a"),
        ([("a", "b"), ("b", "a")], "a -> b -> a"),
        ([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")], "b -> c -> d -> b"),
    ],
)
def test_a_cycle_is_named(before, cycle):
    with pytest.raises(SpecError) as raised:
        Order(["a", "b", "c", "d"], before)
    edges = list(itertools.pairwise(raised.value.value.split(" -> ")))
    assert set(edges) == set(itertools.pairwise(cycle.split(" -> ")))


def test_an_unknown_item_in_before_is_named():
    with pytest.raises(SpecError, match=r"before: 'washh'.*did you mean 'wash'"):
        Order(["wash", "cut"], before=[("washh", "cut")])


def test_find_cycle_gives_a_closed_walk_along_the_edges_or_nothing():
    rng = np.random.default_rng(1)
    for _ in range(200):
        edges = [tuple(pair) for pair in rng.integers(0, 6, (rng.integers(0, 9), 2)).tolist()]
        walk = find_cycle(6, edges)
        reached = np.eye(6, dtype=int)
        for _ in range(6):
            reached = ((reached + sum((np.outer(reached[:, a], np.eye(6, dtype=int)[b]) for a, b in edges))) > 0) * 1
        has_cycle = any(reached[b, a] for a, b in edges)
        assert bool(walk) == has_cycle
        assert all(pair in edges for pair in itertools.pairwise(walk))
        assert not walk or walk[0] == walk[-1]
