"""Where the weights of a layer stand, and what that costs an EIE: entries, padding, memory lines.

Source: Han et al., "EIE", ISCA 2016, section III.B. An entry stores the zeros skipped since the one before it, counted
in the rows of its processing element; 2^b zeros and more need padding entries, each of which skips 2^b rows. The count
starts anew in every column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from archwright.accelerators.eie.machine import POINTER_BITS, Machine
from archwright.core.errors import SpecError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Counts = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True, eq=False)
class Sparsity:
    """Places of the weights that are left, column by column.

    Args:
        n_rows: outputs of the layer.
        starts: (n_columns + 1,) int64, where the rows of each column begin.
        rows: (n_weights,) int32, ascending within a column.
    """

    n_rows: int
    starts: Ints
    rows: Counts

    @property
    def n_columns(self) -> int:
        """Inputs of the layer."""
        return len(self.starts) - 1

    @property
    def density(self) -> float:
        """Share of weights that are left."""
        return len(self.rows) / (self.n_rows * self.n_columns)


def sparsity_of(weights: np.ndarray[Any, Any]) -> Sparsity:
    """The places of the non-zero weights of a matrix.

    Args:
        weights: (n_rows, n_columns), outputs by inputs.

    Raises:
        SpecError: it is no matrix, or has no element.

    Example:
        >>> sparsity_of(np.array([[0.0, 2.0], [1.0, 3.0]])).rows.tolist()
        [1, 0, 1]
    """
    if weights.ndim != 2 or weights.size == 0:
        raise SpecError("weights", f"an array of shape {weights.shape}", "a matrix of outputs by inputs")
    mask = weights.T != 0
    starts = np.zeros(len(mask) + 1, np.int64)
    np.cumsum(mask.sum(axis=1), out=starts[1:])
    return Sparsity(weights.shape[0], starts, np.nonzero(mask)[1].astype(np.int32))


def transpose(sparsity: Sparsity) -> Sparsity:
    """The places of the transposed matrix.

    Example:
        >>> transpose(sparsity_of(np.array([[0, 2, 1]]))).rows.tolist()
        [1, 2]
    """
    starts = np.zeros(sparsity.n_rows + 1, np.int64)
    np.cumsum(np.bincount(sparsity.rows, minlength=sparsity.n_rows), out=starts[1:])
    rows = np.empty_like(sparsity.rows)
    _kernel_transpose(sparsity.starts, sparsity.rows, starts[:-1].copy(), rows)
    return Sparsity(sparsity.n_columns, starts, rows)


def entry_counts(sparsity: Sparsity, machine: Machine) -> Counts:
    """Entries of every column in every processing element, padding included.

    Returns:
        (n_columns, n_pes) int32.

    Example:
        >>> entry_counts(sparsity_of(np.eye(3)), Machine(n_pes=2)).tolist()
        [[1, 0], [0, 1], [1, 0]]
    """
    counts = np.zeros((sparsity.n_columns, machine.n_pes), np.int32)
    _kernel_counts(sparsity.starts, sparsity.rows, machine.index_bits, counts)
    return counts


def line_reads(counts: Counts, active: Ints, entries_per_line: int) -> int:
    """Lines fetched from the weight memories: one whenever an entry stands in another line than the one before.

    Args:
        counts: (n_columns, n_pes) entries of all columns, which lie one behind the other.
        active: the columns that are read, ascending.
        entries_per_line: >= 1.
    """
    return int(_kernel_lines(counts, active, entries_per_line))


def storage_bits(sparsity: Sparsity, machine: Machine) -> int:
    """Bits of the encoded layer: an entry per weight and padding, and a pointer per column and element, one at the end.

    Example:
        >>> storage_bits(sparsity_of(np.eye(4)), Machine(n_pes=2))
        192
    """
    n_pointers = machine.n_pes * (sparsity.n_columns + 1)
    return int(entry_counts(sparsity, machine).sum()) * machine.entry_bits + n_pointers * POINTER_BITS


def expected_padding(density: float, n_rows: int, machine: Machine) -> float:
    """Padding entries per weight that independent places of a density lead to, exact for finite columns.

    The entry of local row r is preceded by m paddings or more when the m 2^b rows before it are empty, which needs
    r >= m 2^b. In columns without end that is the sum over all m >= 1 of (1 - density)^(m 2^b).

    Args:
        density: 0 < density <= 1.
        n_rows: outputs of the layer; each processing element has its share.
        machine: its elements and index bits.

    Returns:
        The mean over rows of the sum over m >= 1 with m 2^b <= r of (1 - density)^(m 2^b).

    Example:
        >>> round(expected_padding(0.09, 4096, Machine()), 3), round(expected_padding(0.09, 10**6, Machine()), 3)
        (0.193, 0.284)
    """
    span = 1 << machine.index_bits
    missed = (1.0 - density) ** span
    total = 0.0
    for first in range(min(machine.n_pes, n_rows)):
        n_local = -(-(n_rows - first) // machine.n_pes)
        steps = np.arange(1, (n_local - 1) // span + 1)
        total += float(((n_local - span * steps) * missed**steps).sum())
    return total / n_rows


@njit(cache=True, nogil=True)
def _kernel_counts(starts: Any, rows: Any, index_bits: int, counts: Any) -> None:
    n_pes = counts.shape[1]
    following = np.zeros(n_pes, np.int32)
    for column in range(len(starts) - 1):
        following[:] = 0
        row_of_first, local = 0, 0
        for at in range(starts[column], starts[column + 1]):
            row = rows[at]
            while row >= row_of_first + n_pes:
                row_of_first += n_pes
                local += 1
            element = row - row_of_first
            counts[column, element] += 1 + ((local - following[element]) >> index_bits)
            following[element] = local + 1


@njit(cache=True, nogil=True)
def _kernel_transpose(starts: Any, rows: Any, places: Any, out: Any) -> None:
    for column in range(len(starts) - 1):
        for at in range(starts[column], starts[column + 1]):
            row = rows[at]
            out[places[row]] = column
            places[row] += 1


@njit(cache=True, nogil=True)
def _kernel_lines(counts: Any, active: Any, per_line: int) -> int:
    n_pes = counts.shape[1]
    held = np.full(n_pes, -1, np.int32)
    starts = np.zeros(n_pes, np.int32)
    n_read, column = 0, 0
    for wanted in active:
        while column < wanted:
            for element in range(n_pes):
                starts[element] += counts[column, element]
            column += 1
        for element in range(n_pes):
            n = counts[column, element]
            if n == 0:
                continue
            first = starts[element] // per_line
            last = (starts[element] + n - 1) // per_line
            n_read += last - first + (first != held[element])
            held[element] = last
            starts[element] += n
        column += 1
    return n_read
