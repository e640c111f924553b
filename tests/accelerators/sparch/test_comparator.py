import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.accelerators.sparch.comparator import (
    add_neighbours,
    close_gaps,
    compare,
    compare_in_blocks,
    merge_step,
    n_comparators,
)
from archwright.core.errors import SpecError

KEYS = st.lists(st.integers(0, 60), min_size=16, max_size=16).map(lambda keys: np.sort(np.array(keys)))


@given(KEYS, KEYS, st.sampled_from([1, 2, 4, 8, 16]))
def test_two_levels_give_the_flat_grid(first, second, block):
    marks, n_blocks = compare_in_blocks(first, second, block)
    assert (marks == compare(first, second)).all()
    assert n_blocks <= 2 * (16 // block) - 1


def test_two_levels_need_fewer_comparators():
    assert n_comparators(16) == 4 * 4 + 7 * 4 * 4 < 16 * 16
    assert all(n_comparators(width) < 4 * width ** (4 / 3) for width in (8, 16, 32, 64))


def test_blocks_must_fill_the_windows():
    with pytest.raises(SpecError, match="block: 3"):
        compare_in_blocks(np.arange(4), np.arange(4), 3)


@given(
    st.lists(st.integers(0, 40), max_size=20, unique=True).map(sorted),
    st.lists(st.integers(0, 40), max_size=20, unique=True).map(sorted),
    st.integers(1, 20),
)
def test_a_step_takes_the_smallest_of_both(first, second, width):
    left, right = ((np.array(one, np.int64), np.ones(len(one))) for one in (first, second))
    step = merge_step(left, right, width)
    taken = sorted([*first, *second])[:width]
    assert step.n_first + step.n_second == len(taken)
    assert step.keys.tolist() == sorted(set(taken))
    assert step.values.tolist() == [float(taken.count(key)) for key in sorted(set(taken))]
    assert sorted([*first[: step.n_first], *second[: step.n_second]]) == taken


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=40))
def test_the_shifter_closes_gaps(elements):
    keys, left = np.array([key for key, _ in elements], np.int64), np.array([one for _, one in elements], bool)
    found, values = close_gaps(keys, keys * 2.0, left)
    assert found.tolist() == keys[left].tolist() and values.tolist() == (keys[left] * 2.0).tolist()


def test_runs_of_equal_keys_are_added():
    _, sums, left = add_neighbours(np.array([1, 1, 1, 4, 7, 7]), np.array([1.0, 2.0, 4.0, 1.0, 3.0, -3.0]))
    assert sums[left].tolist() == [7.0, 1.0, 0.0]
    assert len(add_neighbours(np.zeros(0, np.int64), np.zeros(0))[1]) == 0
