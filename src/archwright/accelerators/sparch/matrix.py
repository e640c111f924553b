"""A sparse matrix by rows, and its products row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Places = np.ndarray[Any, np.dtype[np.int32]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

MAX_COLUMNS = 2**31 - 1


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """Compressed sparse rows; what is stored may be zero.

    Args:
        starts: (n_rows + 1,) int64, where the elements of each row begin.
        columns: (n,) int32, ascending within a row.
        values: (n,) float64.
        n_columns: >= 1.
    """

    starts: Ints
    columns: Places
    values: Floats
    n_columns: int

    @property
    def n_rows(self) -> int:
        """Rows, empty ones included."""
        return len(self.starts) - 1

    @property
    def n_stored(self) -> int:
        """Stored elements."""
        return len(self.columns)

    @property
    def row_lengths(self) -> Ints:
        """Stored elements of every row."""
        return np.diff(self.starts)


def from_places(places: Ints, n_rows: int, n_columns: int, *, rng: np.random.Generator) -> SparseMatrix:
    """A matrix with elements at given places and values between 0.5 and 1.5, which never cancel each other.

    Args:
        places: (n,) row times `n_columns` plus column, ascending, each once.
        n_rows: >= 1.
        n_columns: >= 1.
        rng: draws the values.

    Example:
        >>> from_places(np.array([1, 4]), 2, 3, rng=np.random.default_rng(0)).columns.tolist()
        [1, 1]
    """
    rows = places // n_columns
    starts = np.zeros(n_rows + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=n_rows), out=starts[1:])
    return SparseMatrix(starts, (places % n_columns).astype(np.int32), 0.5 + rng.random(len(places)), n_columns)


def from_scipy(matrix: Any) -> SparseMatrix:
    """A matrix of scipy; duplicates are added up, explicit zeros stay.

    Raises:
        SpecError: it has complex elements, or more columns than 32 bits count.

    Example:
        >>> from scipy.sparse import eye_array
        >>> from_scipy(eye_array(3)).starts.tolist()
        [0, 1, 2, 3]
    """
    if np.iscomplexobj(matrix.data):
        raise SpecError("matrix", "complex elements", "real elements")
    if matrix.shape[1] > MAX_COLUMNS:
        raise SpecError("matrix", f"{matrix.shape[1]:,} columns", f"at most {MAX_COLUMNS:,}")
    rows = matrix.tocsr(copy=True)
    rows.sum_duplicates()
    return SparseMatrix(
        rows.indptr.astype(np.int64), rows.indices.astype(np.int32), rows.data.astype(np.float64), matrix.shape[1]
    )


def to_scipy(matrix: SparseMatrix) -> Any:
    """The same as `scipy.sparse.csr_array`.

    Example:
        >>> from scipy.sparse import eye_array
        >>> to_scipy(from_scipy(eye_array(3))).shape
        (3, 3)
    """
    from scipy.sparse import csr_array

    return csr_array((matrix.values, matrix.columns, matrix.starts), shape=(matrix.n_rows, matrix.n_columns))


def products_of_entries(a: SparseMatrix, b: SparseMatrix) -> Ints:
    """Products that every element of A makes: the length of the row of B that it meets, (n,).

    Raises:
        SpecError: the matrices do not fit each other.

    Example:
        >>> from scipy.sparse import csr_array
        >>> a = from_scipy(csr_array([[1.0, 0.0], [2.0, 3.0]]))
        >>> products_of_entries(a, a).tolist()
        [1, 1, 2]
    """
    if a.n_columns != b.n_rows:
        raise SpecError("matrices", f"{a.n_columns} columns and {b.n_rows} rows", "as many columns of A as rows of B")
    return b.row_lengths[a.columns]
