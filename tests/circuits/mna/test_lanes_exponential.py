"""The functions of lanes against the C library's, over their whole ranges."""

import numpy as np
import pytest

from archwright.circuits.mna.lanes import LANES, kernel, load, plain_rows, store
from archwright.circuits.mna.lanes_exponential import LARGEST_EXPONENT, exponential, log_one_plus, logarithm


@kernel
def _kernel_all(numbers, exponentials, shares, grown, positive, logarithms):
    for row in range(numbers.shape[0]):
        store(exponentials, row, exponential(load(numbers, row)))
        store(grown, row, log_one_plus(load(shares, row)))
        store(logarithms, row, logarithm(load(positive, row)))


@pytest.fixture(scope="module")
def tables():
    n = 2000
    rng = np.random.default_rng(0)
    inputs = (
        rng.uniform(-LARGEST_EXPONENT, LARGEST_EXPONENT, (n, LANES)),
        10.0 ** rng.uniform(-30.0, 0.0, (n, LANES)),
        10.0 ** rng.uniform(-200.0, 200.0, (n, LANES)),
    )
    inputs[0][:900] *= 1e-2
    inputs[1][0] = (0.0, 1.0, 0.5, 1e-300, 0.25, 0.75, 0.99, 1e-8)
    inputs[2][:900] = 1.0 + rng.uniform(-0.6, 3.0, (900, LANES))
    rows = [plain_rows(n) for _ in range(6)]
    for at, table in zip((0, 2, 4), inputs, strict=True):
        rows[at][:] = table
    _kernel_all(*rows)
    return rows


@pytest.mark.parametrize(("at", "function"), [(0, np.exp), (2, np.log1p), (4, np.log)])
def test_lanes_agree_with_the_library(tables, at, function):
    np.testing.assert_allclose(tables[at + 1], function(tables[at]), rtol=5e-16, atol=3e-16 if at == 4 else 0.0)


def test_exponential_stays_beyond_its_range():
    rows = [plain_rows(1) for _ in range(6)]
    rows[0][0] = [-1e9, 1e9, -701.0, 701.0, 0.0, 1.0, 700.0, -700.0]
    rows[4][0] = 1.0
    _kernel_all(*rows)
    largest = np.exp(LARGEST_EXPONENT)
    expected = [1 / largest, largest, 1 / largest, largest, 1.0, np.e, largest, 1 / largest]
    np.testing.assert_allclose(rows[1][0], expected, rtol=1e-15)
    np.testing.assert_array_equal(rows[5][0], np.zeros(LANES))
