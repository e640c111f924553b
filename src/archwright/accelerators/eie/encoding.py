"""Interleaved, relative-indexed, compressed sparse columns: how an EIE stores a layer.

Source: Han et al., "EIE", ISCA 2016, section III.B. Element k of N owns the rows i with i mod N = k. For every column
it keeps entries of two small numbers: the code of a shared weight, and the zeros skipped among its own rows since the
entry before. A pointer per column says where its entries start. Code 0 is the weight 0; a padding entry is code 0
behind 2^b - 1 zeros, so it skips 2^b rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit

from archwright.accelerators.eie.machine import MAX_ENTRIES, POINTER_BITS, Machine
from archwright.accelerators.eie.sparsity import Counts, Ints, entry_counts, sparsity_of
from archwright.core.errors import SpecError

Codes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, eq=False)
class EncodedLayer:
    """A layer as the memories of a machine hold it.

    Args:
        machine: that it is encoded for.
        n_rows: outputs.
        pointers: (n_pes, n_columns + 1) int64, below 2^16: the start of every column, and the end.
        codes: per element (n_entries,) uint8.
        runs: per element (n_entries,) uint8, zeros skipped.
    """

    machine: Machine
    n_rows: int
    pointers: Ints
    codes: tuple[Codes, ...]
    runs: tuple[Codes, ...]

    @property
    def n_columns(self) -> int:
        """Inputs."""
        return int(self.pointers.shape[1]) - 1

    @property
    def n_entries(self) -> int:
        """Entries of all elements, padding included."""
        return int(self.pointers[:, -1].sum())

    @property
    def counts(self) -> Counts:
        """Entries of every column in every element, (n_columns, n_pes)."""
        return np.diff(self.pointers, axis=1).T.astype(np.int32)

    @property
    def bits(self) -> int:
        """Entries and pointers."""
        return self.n_entries * self.machine.entry_bits + self.pointers.size * POINTER_BITS


def encode(codes: Codes, machine: Machine) -> EncodedLayer:
    """Encode a matrix of codes.

    Args:
        codes: (n_rows, n_columns) uint8; 0 where no weight stands.
        machine: that will hold it.

    Raises:
        SpecError: a code needs more bits than an entry has, or an element would hold more than 65,535 entries.

    Example:
        >>> layer = encode(np.array([[0, 3], [7, 0], [5, 2]], np.uint8), Machine(n_pes=2))
        >>> layer.codes[0].tolist(), layer.runs[0].tolist(), layer.pointers[0].tolist()
        ([5, 3, 2], [1, 0, 0], [0, 1, 3])
    """
    sparsity = sparsity_of(codes)
    if int(codes.max()) >> machine.code_bits:
        raise SpecError(
            "code", int(codes.max()), f"0 to {(1 << machine.code_bits) - 1}: codes have {machine.code_bits} bits"
        )
    counts = entry_counts(sparsity, machine)
    pointers = check_pointers(counts)
    starts = np.concatenate([[0], np.cumsum(pointers[:, -1])])
    written, runs = np.zeros((2, starts[-1]), np.uint8)
    values = np.ascontiguousarray(codes.T)
    values = values[values != 0]
    _kernel_fill(
        sparsity.starts, sparsity.rows, values, starts[:-1] + pointers[:, :-1].T, machine.index_bits, written, runs
    )
    parts = [(written[a:b], runs[a:b]) for a, b in pairwise(starts)]
    return EncodedLayer(machine, codes.shape[0], pointers, tuple(a for a, _ in parts), tuple(b for _, b in parts))


def check_pointers(counts: Counts) -> Ints:
    """The pointers of every element, (n_pes, n_columns + 1).

    Raises:
        SpecError: they need more than 16 bits.
    """
    pointers = np.zeros((counts.shape[1], counts.shape[0] + 1), np.int64)
    np.cumsum(counts.T, axis=1, out=pointers[:, 1:])
    most = int(pointers[:, -1].max())
    if most > MAX_ENTRIES:
        allowed = f"at most {MAX_ENTRIES:,}, which is what 16-bit pointers reach: more elements, or the layer in parts"
        raise SpecError("entries of one processing element", most, allowed)
    return pointers


def decode(layer: EncodedLayer) -> Codes:
    """The matrix of codes, the inverse of `encode`.

    Example:
        >>> codes = np.array([[0, 3], [7, 0], [5, 2]], np.uint8)
        >>> bool((decode(encode(codes, Machine(n_pes=2))) == codes).all())
        True
    """
    codes = np.zeros((layer.n_rows, layer.n_columns), np.uint8)
    n_pes = layer.machine.n_pes
    for element in range(n_pes):
        _kernel_place(layer.pointers[element], layer.codes[element], layer.runs[element], element, n_pes, codes)
    return codes


@njit(cache=True, nogil=True)
def _kernel_fill(starts: Any, rows: Any, values: Any, places: Any, index_bits: int, codes: Any, runs: Any) -> None:
    n_pes = places.shape[1]
    following = np.zeros(n_pes, np.int64)
    for column in range(len(starts) - 1):
        following[:] = 0
        place = places[column].copy()
        for at in range(starts[column], starts[column + 1]):
            element, local = rows[at] % n_pes, rows[at] // n_pes
            run = local - following[element]
            while run >> index_bits:
                runs[place[element]] = (1 << index_bits) - 1
                place[element] += 1
                run -= 1 << index_bits
            codes[place[element]] = values[at]
            runs[place[element]] = run
            place[element] += 1
            following[element] = local + 1


@njit(cache=True, nogil=True)
def _kernel_place(pointers: Any, codes: Any, runs: Any, element: int, n_pes: int, out: Any) -> None:
    for column in range(len(pointers) - 1):
        local = np.int64(-1)
        for at in range(pointers[column], pointers[column + 1]):
            local += np.int64(runs[at]) + 1
            out[local * n_pes + element, column] = codes[at]
