import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.accelerators.sparch.schedule import least_partials, n_rounds_of, plan_rounds
from archwright.core.errors import SpecError

WEIGHTS = st.lists(st.integers(1, 50), min_size=1, max_size=60)


@pytest.mark.parametrize("ways", [2, 3, 4])
def test_huffman_is_optimal_among_all_trees(ways):
    rng = np.random.default_rng(ways)
    for _ in range(40):
        weights = rng.integers(1, 30, int(rng.integers(1, 8 if ways == 2 else 9)))
        assert plan_rounds(weights, ways).estimated_partials == least_partials(tuple(weights.tolist()), ways)


def test_trying_every_merge_finds_what_huffman_s_first_round_is_for():
    # Full rounds first would leave (1 + 1 + 1), then (3 + 9): 3 + 0; two at first leave 2, then 2 + 1 + 9 at once.
    assert least_partials((1, 1, 1, 9), 3) == 2 and least_partials((4, 4), 2) == least_partials((7,), 2) == 0


@given(WEIGHTS, st.integers(2, 9))
def test_only_the_first_round_is_not_full(weights, ways):
    schedule = plan_rounds(np.array(weights), ways)
    assert schedule.n_rounds == n_rounds_of(len(weights), ways)
    assert (schedule.n_inputs[1:] == ways).all()
    if len(weights) > 1:
        assert schedule.n_inputs[0] == (len(weights) - 2) % (ways - 1) + 2


@given(WEIGHTS, st.integers(2, 9), st.sampled_from(["huffman", "sequential", "random"]))
def test_everything_ends_in_the_last_round(weights, ways, order):
    schedule = plan_rounds(np.array(weights), ways, order, rng=np.random.default_rng(0))
    assert schedule.parent[-1] == -1 and (schedule.parent[:-1] > np.arange(schedule.n_rounds - 1)).all()
    assert schedule.n_inputs.max() <= ways and schedule.n_inputs.sum() == len(weights) + schedule.n_rounds - 1
    assert schedule.estimates[-1] == sum(weights)
    assert schedule.estimated_partials >= plan_rounds(np.array(weights), ways).estimated_partials


def test_sequential_rounds_take_the_first_of_the_queue():
    schedule = plan_rounds(np.array([1, 2, 3, 4, 5]), 2, "sequential")
    assert schedule.round_of_leaf.tolist() == [0, 0, 1, 1, 2] and schedule.parent.tolist() == [2, 3, 3, -1]
    assert schedule.estimates.tolist() == [3, 7, 8, 15]


def test_nothing_takes_no_round():
    for order in ("huffman", "sequential"):
        assert plan_rounds(np.zeros(0, np.int64), 64, order).n_rounds == 0


def test_an_unknown_order_and_a_missing_generator_are_one_line():
    for order in ("best", "random"):
        with pytest.raises(SpecError, match=f"order: '{order}'"):
            plan_rounds(np.array([1, 2, 3]), 2, order)
