import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array

from archwright.accelerators.sparch.matrix import from_places, from_scipy, products_of_entries, to_scipy
from archwright.core.errors import SpecError


def test_duplicates_are_added_and_zeros_stay():
    matrix = from_scipy(coo_array(([1.0, 2.0, 0.0], ([0, 0, 1], [2, 2, 0])), shape=(3, 3)))
    assert matrix.columns.tolist() == [2, 0] and matrix.values.tolist() == [3.0, 0.0]
    assert matrix.starts.tolist() == [0, 1, 2, 2] and (to_scipy(matrix).toarray()[0] == [0, 0, 3]).all()


def test_complex_elements_are_refused():
    with pytest.raises(SpecError, match="complex"):
        from_scipy(csr_array(np.eye(2) * 1j))


def test_places_are_rows_and_columns():
    matrix = from_places(np.array([0, 5, 7]), 4, 3, rng=np.random.default_rng(0))
    assert to_scipy(matrix).nonzero()[0].tolist() == [0, 1, 2]
    assert matrix.row_lengths.tolist() == [1, 1, 1, 0] and (np.abs(matrix.values - 1.0) <= 0.5).all()


def test_products_are_counted_and_shapes_checked():
    a = from_scipy(csr_array(np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])))
    b = from_scipy(csr_array(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 1.0]])))
    assert products_of_entries(a, b).tolist() == [2, 1]
    with pytest.raises(SpecError, match="3 columns and 2 rows"):
        products_of_entries(a, a)
