"""Products with a compressed layer as it is: codes and column numbers stay small, so little memory is read.

A dense layer at batch 1 waits for memory: 4 bytes per weight. Here a surviving weight takes 3 (its column in two bytes,
its code in one), the pruned ones nothing. Source of the idea: Han et al., "Deep Compression", 2016, section 6.3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.compression.codec.byte_fields import Damage
from archwright.compression.codec.packed import PackedTensor
from archwright.compression.codec.relative_index import positions_of
from archwright.compression.weights.affine import AffineGrid
from archwright.core.errors import SpecError

Floats = np.ndarray[Any, np.dtype[np.float32]]
MAX_COLUMNS = 1 << 16


class SparseRows(NamedTuple):
    """A compressed layer laid out for products, row after row.

    Args:
        starts: (rows + 1,) int64, where each row begins.
        columns: (n,) uint16, of every surviving weight.
        codes: (n,) uint8, its entry in the codebook.
        codebook: (256,) float32, filled up with zeros.
        n_columns: of the layer.
    """

    starts: Any
    columns: Any
    codes: Any
    codebook: Floats
    n_columns: int


def sparse_rows(tensor: PackedTensor) -> SparseRows:
    """Lay out a packed layer; a convolution counts as a matrix with a row per output channel.

    Args:
        tensor: with codes, pruned or not.

    Raises:
        SpecError: it has no codes, no rows, or more than 65,536 columns.
        Damage: its parts do not fit each other.

    Example:
        >>> from archwright.compression.codec.packed import pack_layer
        >>> from archwright.compression.plan import LayerPlan
        >>> weights = np.array([[0.0, 2.0], [-1.0, 0.1]], np.float32)
        >>> packed = pack_layer("fc", weights, LayerPlan(density=0.5, bits=1), rng=np.random.default_rng(0))
        >>> multiply(sparse_rows(packed), np.array([3.0, 4.0], np.float32))
        array([ 8., -3.], dtype=float32)
    """
    n_rows = tensor.shape[0] if tensor.shape else 0
    n_columns = tensor.size // n_rows if n_rows else 0
    if not tensor.bits or not 0 < n_columns <= MAX_COLUMNS:
        raise SpecError(tensor.name, tensor.shape, f"codes and 1 to {MAX_COLUMNS:,} columns")
    everywhere = np.arange(tensor.size)
    places = positions_of(tensor.gaps, tensor.index_bits, tensor.size) if tensor.index_bits else everywhere
    if places is None or len(places) != len(tensor.codes):
        raise Damage(f"{tensor.name!r}: indices and codes do not fit its shape")
    values = tensor.values.codebook if isinstance(tensor.values, AffineGrid) else tensor.values
    codebook = np.zeros(256, np.float32)
    codebook[: len(values)] = values
    starts = np.searchsorted(places, np.arange(n_rows + 1) * n_columns)
    return SparseRows(starts, (places % n_columns).astype(np.uint16), tensor.codes, codebook, n_columns)


def multiply(layer: SparseRows, inputs: Floats) -> Floats:
    """The layer times a vector, or times each column of a matrix.

    Args:
        layer: (rows, columns).
        inputs: (columns,) or (columns, n), float32.

    Returns:
        (rows,) or (rows, n), summed in float32.

    Raises:
        SpecError: the inputs do not fit the layer.

    Example:
        See `sparse_rows`.
    """
    if len(inputs) != layer.n_columns or inputs.ndim > 2 or inputs.dtype != np.float32:
        raise SpecError("inputs", f"{inputs.dtype} {inputs.shape}", f"float32 with {layer.n_columns} rows")
    out = np.zeros((len(layer.starts) - 1, *inputs.shape[1:]), np.float32)
    fill = _kernel_vector if inputs.ndim == 1 else _kernel_matrix
    fill(layer.starts, layer.columns, layer.codes, layer.codebook, np.ascontiguousarray(inputs), out)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _kernel_vector(starts: Any, columns: Any, codes: Any, codebook: Any, inputs: Any, out: Any) -> None:
    # Slices and unsigned places spare the checks for negative indices, without which sums become vector gathers.
    for row in range(len(out)):
        total = np.float32(0.0)
        places = columns[starts[row] : starts[row + 1]]
        row_codes = codes[starts[row] : starts[row + 1]]
        for k in range(len(places)):
            total += codebook[np.uint64(row_codes[k])] * inputs[np.uint64(places[k])]
        out[row] = total


@njit(cache=True, nogil=True, fastmath=True)
def _kernel_matrix(starts: Any, columns: Any, codes: Any, codebook: Any, inputs: Any, out: Any) -> None:
    for row in range(len(out)):
        totals = out[row]
        for k in range(starts[row], starts[row + 1]):
            weight = codebook[codes[k]]
            source = inputs[columns[k]]
            for column in range(len(totals)):
                totals[column] += weight * source[column]
