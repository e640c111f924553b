import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.circuits.mna.elimination import MULTIPLY, MULTIPLY_SUBTRACT, RECIPROCAL, elimination, pivot_order


def run(program, state):
    """What the kernels do, one number at a time."""
    for kind, k, i, j in program.tolist():
        if kind == RECIPROCAL:
            state[k] = 1.0 / state[k]
        elif kind == MULTIPLY:
            state[k] *= state[i]
        else:
            assert kind == MULTIPLY_SUBTRACT
            state[k] -= state[i] * state[j]
    return state


def random_system(rng, n, density):
    matrix = np.where(rng.random((n, n)) < density, rng.normal(size=(n, n)), 0.0)
    matrix[np.diag_indices(n)] = 2.0 * n
    slots = {(k, k): k for k in range(n)}
    for entry in zip(*np.nonzero(matrix), strict=True):
        slots.setdefault((int(entry[0]), int(entry[1])), len(slots))
    return matrix, slots


def solve(matrix, right, slots, order, wanted, *, driven=None):
    n = len(matrix)
    at = list(range(len(slots), len(slots) + n))
    state = np.zeros(len(slots) + n)
    for (row, column), slot in slots.items():
        state[slot] = matrix[row, column]
    state[at] = right
    return run(elimination(slots, order, at, range(n) if driven is None else driven, wanted), state)[at]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.floats(0.0, 0.6), st.integers(0, 2**32 - 1))
def test_program_solves_what_numpy_solves(n, density, seed):
    rng = np.random.default_rng(seed)
    matrix, slots = random_system(rng, n, density)
    right = rng.normal(size=n)
    order = pivot_order(slots, n)
    assert solve(matrix, right, slots, order, range(n)) == pytest.approx(np.linalg.solve(matrix, right), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_dropped_steps_change_nothing_that_is_wanted(n, seed):
    rng = np.random.default_rng(seed)
    matrix, slots = random_system(rng, n, 0.3)
    wanted, driven = int(rng.integers(n)), int(rng.integers(n))
    right = np.zeros(n)
    right[driven] = 1.0
    order = pivot_order(slots, n, [wanted])
    found = solve(matrix, right, slots, order, [wanted], driven=[driven])
    assert found[wanted] == pytest.approx(np.linalg.solve(matrix, right)[wanted], abs=1e-12)


def test_only_the_steps_that_count_are_kept():
    slots = {(k, k): k for k in range(3)}
    program = elimination(slots, [0, 1, 2], [3, 4, 5], [0, 1, 2], [1])
    assert program.tolist() == [[RECIPROCAL, 1, 0, 0], [MULTIPLY, 4, 1, 0]]


def test_wanted_unknown_comes_last():
    _, slots = random_system(np.random.default_rng(0), 6, 0.4)
    assert pivot_order(slots, 6, [2, 4])[-2:] == [2, 4]


def test_chain_needs_no_fill_in():
    slots = {(k, k): k for k in range(5)}
    for k in range(4):
        slots[k, k + 1] = len(slots)
        slots[k + 1, k] = len(slots)
    assert pivot_order(slots, 5) == [0, 1, 2, 3, 4] and len(slots) == 13


def test_star_is_eliminated_from_its_leaves():
    slots = {(k, k): k for k in range(5)}
    for k in range(1, 5):
        slots[0, k] = len(slots)
        slots[k, 0] = len(slots)
    assert pivot_order(slots, 5)[:3] == [1, 2, 3] and len(slots) == 13
