import numpy as np
from scipy.sparse import csr_array

from archwright.accelerators.sparch.condense import column_leaves, condensed_leaves
from archwright.accelerators.sparch.matrix import from_scipy

A = from_scipy(csr_array(np.array([[1.0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0]])))


def test_a_condensed_column_holds_an_element_of_each_row():
    leaves = condensed_leaves(A, A)  # row 1 of B is empty: the element of row 2 makes nothing, but its column does
    assert leaves.of_entry.tolist() == [0, 1, 2, 0, 0, 1] and leaves.weights.tolist() == [6, 2, 2]


def test_columns_without_products_are_no_leaves():
    leaves = column_leaves(A, A)
    assert leaves.of_entry.tolist() == [0, 1, 2, -1, 0, 1] and leaves.weights.tolist() == [6, 2, 2]


def test_there_are_as_many_leaves_as_the_longest_row_has_elements():
    rng = np.random.default_rng(0)
    dense = (rng.random((30, 30)) < 0.2) + np.eye(30)
    a = from_scipy(csr_array(dense.astype(float)))
    leaves = condensed_leaves(a, a)
    assert len(leaves.weights) == a.row_lengths.max()
    assert leaves.weights.sum() == column_leaves(a, a).weights.sum() == a.row_lengths[a.columns].sum()


def test_nothing_has_no_leaves():
    empty = from_scipy(csr_array((3, 3)))
    assert len(condensed_leaves(empty, empty).weights) == len(column_leaves(empty, empty).weights) == 0
