from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from archwright.circuits.mna.references import inlined_kernel, unowned


class Pair(NamedTuple):
    rows: np.ndarray
    number: float


class Nested(NamedTuple):
    pair: Pair
    table: np.ndarray


@inlined_kernel
def doubled(value):
    return 2.0 * value


@njit
def total(nested):
    free = unowned(nested)
    free.table[0, 0] = doubled(free.table[0, 0])
    return free.pair.rows.sum() + free.pair.number + free.table.sum()


@njit
def kept(array):
    inner = unowned(array)
    return inner.shape[0] + inner[0]


def test_a_tuple_without_owners_shows_the_same_arrays():
    table = np.ones((2, 3))
    found = total(Nested(Pair(np.arange(4.0), 10.0), table))
    assert found == pytest.approx(6.0 + 10.0 + 7.0) and table[0, 0] == 2.0


def test_the_caller_still_owns_its_array():
    array = np.arange(5.0) + 1.0
    for _ in range(1000):
        assert kept(array) == 6.0
    assert array.sum() == 15.0
