import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from archwright.circuits.mna.lanes import (
    LANES,
    absolute,
    any_above,
    kernel,
    load,
    lower,
    plain_rows,
    power,
    square_root,
    store,
    upper,
    where_negative,
)


@njit
def arithmetic(rows, out):
    a, b = load(rows, 0), load(rows, 1)
    store(out, 0, a + b)
    store(out, 1, a - 2.0)
    store(out, 2, 3.0 * b)
    store(out, 3, a / b)
    store(out, 4, 1.5)


@njit
def functions(rows, out):
    a, b = load(rows, 0), load(rows, 1)
    store(out, 0, lower(a, b))
    store(out, 1, upper(a, 0.0))
    store(out, 2, absolute(a))
    store(out, 3, square_root(b))
    store(out, 4, power(b, -0.33))
    store(out, 5, where_negative(a, b, 7.0))


@njit
def is_any_above(rows, limit):
    return any_above(load(rows, 0), limit)


@njit
def in_place(rows):
    store(rows, 1, load(rows, 1) - load(rows, 1) * load(rows, 0))


def two_rows():
    rows = plain_rows(2)
    rng = np.random.default_rng(0)
    rows[0], rows[1] = rng.normal(size=LANES), rng.uniform(0.5, 2.0, LANES)
    return rows


def test_operators_work_lane_by_lane():
    rows, out = two_rows(), plain_rows(5)
    arithmetic(rows, out)
    a, b = rows
    np.testing.assert_array_equal(out, [a + b, a - 2.0, 3.0 * b, a / b, np.full(LANES, 1.5)])


def test_functions_work_lane_by_lane():
    rows, out = two_rows(), plain_rows(6)
    functions(rows, out)
    a, b = rows
    np.testing.assert_array_equal(out[:4], [np.minimum(a, b), np.maximum(a, 0.0), np.abs(a), np.sqrt(b)])
    np.testing.assert_allclose(out[4], b**-0.33, rtol=1e-15)
    np.testing.assert_array_equal(out[5], np.where(a < 0.0, b, 7.0))


def test_lane_that_is_no_number_does_not_spread():
    rows, out = two_rows(), plain_rows(5)
    rows[0, 3] = np.nan
    arithmetic(rows, out)
    assert np.isnan(out[0]).tolist() == [lane == 3 for lane in range(LANES)]
    assert not is_any_above(np.full((1, LANES), np.nan), 0.0)


def test_any_above_sees_one_lane():
    rows = plain_rows(1)
    rows[0, 5] = 2.0
    assert is_any_above(rows, 1.9) and not is_any_above(rows, 2.0)


def test_operands_are_read_before_the_result_is_written():
    rows = two_rows()
    expected = rows[1] - rows[1] * rows[0]
    in_place(rows)
    np.testing.assert_allclose(rows[1], expected, rtol=1e-15)


def test_rows_start_on_a_cache_line():
    assert all(plain_rows(n).ctypes.data % 64 == 0 for n in (1, 3, 50))


@pytest.mark.parametrize("rows", [np.zeros((8, 2)).T, np.zeros((2, 8), dtype=np.float32), np.zeros(8)])
def test_rows_of_another_layout_are_refused(rows):
    with pytest.raises(TypingError, match="contiguous"):
        is_any_above(rows, 0.0)


def test_kernels_release_the_interpreter_lock():
    assert kernel(lambda rows: None).targetoptions["nogil"]


def test_compiled_code_is_stamped_with_all_kernels():
    """A change of an inlined kernel in another file must not leave old code in use."""
    from archwright.circuits.mna import lanes
    from archwright.circuits.mna.ekv import _overdrive
    from archwright.circuits.mna.kernels import _kernel_operating

    stamps = [kernel._cache._cache_file._source_stamp for kernel in (_kernel_operating, _overdrive)]
    assert stamps[0][0] != stamps[1][0] and stamps[0][1] == stamps[1][1] == lanes._kernels_digest()
