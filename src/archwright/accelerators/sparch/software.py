"""The paper's order in software: condensed columns in Huffman's rounds, on this processor.

What the machine saves is DRAM traffic between rounds; a processor's caches hold a row's partial results anyway, so in
software the order is worth what it costs to keep. With as many ways as leaves it is Gustavson's row-by-row product.
"""

from __future__ import annotations

from archwright.accelerators.sparch.condense import condensed_leaves
from archwright.accelerators.sparch.matrix import SparseMatrix
from archwright.accelerators.sparch.product import multiply
from archwright.accelerators.sparch.schedule import plan_rounds


def spgemm(a: SparseMatrix, b: SparseMatrix, *, ways: int | None = 64) -> SparseMatrix:
    """The product of two sparse matrices; sums that are zero stay stored.

    Args:
        a: the left matrix.
        b: the right matrix, with as many rows as A has columns.
        ways: that are merged at once, >= 2; None for all.

    Raises:
        SpecError: the matrices do not fit each other.

    Example:
        >>> from scipy.sparse import csr_array
        >>> from archwright.accelerators.sparch.matrix import from_scipy
        >>> a = from_scipy(csr_array([[0.0, 2.0], [3.0, 1.0]]))
        >>> spgemm(a, a).values.tolist()
        [6.0, 2.0, 3.0, 7.0]
    """
    leaves = condensed_leaves(a, b)
    schedule = plan_rounds(leaves.weights, ways or max(2, len(leaves.weights)))
    return multiply(a, b, leaves.of_entry, schedule)
