"""What the machine computes, in integers: 16-bit weights and activations, sums that never overflow.

Source: Han et al., "EIE", ISCA 2016, equations 2 and 3, section IV: a code is looked up in a table of 16-bit
fixed-point weights, multiplied by a 16-bit activation, and added to the output of its row. Sums
here have 64 bits, so rounding the weights and rounding a result to 16 bits stay two separate errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from archwright.accelerators.eie.encoding import EncodedLayer
from archwright.core.errors import SpecError

Fixed = np.ndarray[Any, np.dtype[np.int16]]
Sums = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, Any]

LOWEST, HIGHEST = -(1 << 15), (1 << 15) - 1


def to_fixed(values: Floats, fraction_bits: int) -> Fixed:
    """Round to 16-bit fixed point; what is too large saturates.

    Args:
        values: any shape.
        fraction_bits: 0 to 15 bits behind the point.

    Example:
        >>> to_fixed(np.array([0.5, -1.26, 9.0]), 12).tolist()
        [2048, -5161, 32767]
    """
    if fraction_bits not in range(16):
        raise SpecError("fraction_bits", fraction_bits, "0 to 15")
    fixed: Fixed = np.clip(np.rint(values * (1 << fraction_bits)), LOWEST, HIGHEST).astype(np.int16)
    return fixed


def rectify(sums: Sums, shift: int) -> Fixed:
    """The next layer's activations: ReLU, `shift` bits dropped by rounding half up, saturated to 16 bits.

    Example:
        >>> rectify(np.array([-70, 24, 2**40]), 4).tolist()
        [0, 2, 32767]
    """
    half = (1 << shift) >> 1
    fixed: Fixed = np.clip((np.maximum(sums, 0) + half) >> shift, 0, HIGHEST).astype(np.int16)
    return fixed


def check_codebook(codebook: Fixed, layer: EncodedLayer) -> Fixed:
    """The codebook, long enough for every code and with the weight 0 as entry 0.

    Raises:
        SpecError: it is not.
    """
    size = 1 << layer.machine.code_bits
    if len(codebook) != size or int(codebook[0]) != 0:
        raise SpecError("codebook", codebook.tolist()[:4], f"{size} weights, the first of them 0")
    return np.asarray(codebook, np.int16)


def multiply(layer: EncodedLayer, codebook: Fixed, activations: Fixed) -> Sums:
    """The product of an encoded layer and a vector, exact.

    Args:
        layer: as encoded.
        codebook: (2^code_bits,) int16, entry 0 is 0.
        activations: (n_columns,) int16.

    Returns:
        (n_rows,) int64.

    Raises:
        SpecError: codebook or activations do not fit the layer.

    Example:
        >>> from archwright.accelerators.eie.encoding import encode
        >>> from archwright.accelerators.eie.machine import Machine
        >>> layer = encode(np.array([[0, 1], [1, 2]], np.uint8), Machine(n_pes=2, code_bits=2))
        >>> multiply(layer, np.array([0, 5, -7, 0], np.int16), np.array([10, 100], np.int16)).tolist()
        [500, -650]
    """
    codebook = check_codebook(codebook, layer)
    if activations.shape != (layer.n_columns,):
        raise SpecError("activations", f"an array of shape {activations.shape}", f"one of shape ({layer.n_columns},)")
    sums = np.zeros(layer.n_rows, np.int64)
    n_pes = layer.machine.n_pes
    for element, (codes, runs) in enumerate(zip(layer.codes, layer.runs, strict=True)):
        _kernel_multiply(
            layer.pointers[element], codes, runs, codebook, activations.astype(np.int16), sums[element::n_pes]
        )
    return sums


@njit(cache=True, nogil=True)
def _kernel_multiply(pointers: Any, codes: Any, runs: Any, codebook: Any, activations: Any, sums: Any) -> None:
    for column in range(len(pointers) - 1):
        value = np.int64(activations[column])
        if value == 0:
            continue
        row = np.int64(-1)
        for at in range(pointers[column], pointers[column + 1]):
            row += np.int64(runs[at]) + 1
            sums[row] += np.int64(codebook[codes[at]]) * value
