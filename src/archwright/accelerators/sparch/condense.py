"""Condensing: the left matrix pushed to the left, so that few long partial matrices are left to merge.

Source: Zhang et al., "SpArch", HPCA 2020. The outer product makes a partial matrix per column of A. Condensed column c
holds the c-th element of every row, each with its original column: compressed rows, read by position. There are as many
partial matrices as the longest row has elements; each reads a row of B per element.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from archwright.accelerators.sparch.matrix import Ints, SparseMatrix, products_of_entries


class Leaves(NamedTuple):
    """Partial matrices that are to be merged; those without products are left out.

    Args:
        of_entry: (n,) the leaf of every element of A, -1 where it makes no product of a leaf.
        weights: (n_leaves,) products of each.
    """

    of_entry: Ints
    weights: Ints


def condensed_leaves(a: SparseMatrix, b: SparseMatrix) -> Leaves:
    """A leaf per condensed column of A.

    Example:
        >>> from scipy.sparse import csr_array
        >>> from archwright.accelerators.sparch.matrix import from_scipy
        >>> a = from_scipy(csr_array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]))
        >>> condensed_leaves(a, a)
        Leaves(of_entry=array([0, 1, 0, 0, 1, 2]), weights=array([7, 4, 3]))
    """
    positions = np.arange(a.n_stored) - np.repeat(a.starts[:-1], a.row_lengths)
    return _leaves(positions, products_of_entries(a, b))


def column_leaves(a: SparseMatrix, b: SparseMatrix) -> Leaves:
    """A leaf per column of A, as it is.

    Example:
        >>> from scipy.sparse import csr_array
        >>> from archwright.accelerators.sparch.matrix import from_scipy
        >>> a = from_scipy(csr_array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]))
        >>> column_leaves(a, a).weights.tolist()
        [4, 1, 9]
    """
    return _leaves(a.columns.astype(np.int64), products_of_entries(a, b))


def _leaves(columns: Ints, products: Ints) -> Leaves:
    weights = np.zeros(int(columns.max(initial=-1)) + 1, np.int64)
    np.add.at(weights, columns, products)
    kept = weights > 0
    numbers = np.where(kept, np.cumsum(kept) - 1, -1)
    return Leaves(numbers[columns], weights[kept])
