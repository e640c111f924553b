from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.accelerators.sparch.schedule import n_rounds_of, plan_rounds
from archwright.core.errors import SpecError

WEIGHTS = st.lists(st.integers(1, 50), min_size=1, max_size=60)


@lru_cache(None)
def least(weights, ways):
    """Least sum of all results but the last, by trying every merge of 2 to `ways` matrices at every step."""
    if len(weights) <= ways:
        return 0  # the last round's result is C
    costs = []
    for size in range(2, ways + 1):
        for taken in combinations(range(len(weights)), size):
            result = sum(weights[k] for k in taken)
            left = [weight for k, weight in enumerate(weights) if k not in taken]
            costs.append(result + least(tuple(sorted([*left, result])), ways))
    return min(costs)


@pytest.mark.parametrize("ways", [2, 3, 4])
def test_huffman_is_optimal_among_all_trees(ways):
    rng = np.random.default_rng(ways)
    for _ in range(40):
        weights = rng.integers(1, 30, int(rng.integers(1, 8 if ways == 2 else 9)))
        assert plan_rounds(weights, ways).estimated_partials == least(tuple(sorted(weights.tolist())), ways)


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
