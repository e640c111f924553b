"""`eye`: rows stay in the elements, as in Eyeriss (Chen, Emer and Sze, ISCA 2016), from first principles.

An element convolves one input row with one kernel row, for a tile of filters; R elements above each other make an
output row, and n = floor(elements / R) such columns of elements make n output rows. Where rows run out, columns take
further input channels; where there are fewer elements than kernel rows, they take the kernel rows in turns and the sums
wait in the shared buffer. With s channels at once, e = min(n, y') rows at once, r = ceil(R / elements) turns:

    cycles = 1 + groups ceil(K / tile) ceil(C / s) r ceil(y' / e) x' (min(tile, K) S + 1)

the one for passing the sums up. No more than one product per element and cycle: MAESTRO's recorded rows for this
dataflow exceed that in a fifth of the cases, so they are no model to follow.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints, Sizes, shares
from archwright.accelerators.dataflow.usage import Usage


def row_stationary(sizes: Sizes, elements: Ints, tile: Ints) -> Usage:
    """Map convolutions with rows kept.

    Args:
        sizes: of n layers.
        elements: (m,) processing elements, >= 1.
        tile: (m,) filters held by an element, >= 1.

    Example:
        >>> from archwright.accelerators.dataflow.sizes import sizes_of
        >>> from archwright.accelerators.workloads import Layer
        >>> layer = Layer("conv", 512, 512, 7, 7, 3, 3)
        >>> row_stationary(sizes_of([layer]), np.array([16]), np.array([4])).cycles.tolist()
        [[4259841]]
    """
    tiles, kept = shares(sizes.filters, tile), np.minimum(tile, sizes.filters)
    stacks = np.maximum(elements // sizes.kernel_rows, 1)
    turns = shares(sizes.kernel_rows, elements)
    at_once = np.minimum(stacks, sizes.rows)
    side = np.clip(stacks // sizes.rows, 1, sizes.channels)
    folds = shares(sizes.rows, at_once)
    passes = sizes.groups * tiles * turns * shares(sizes.channels, side)
    width = sizes.input_columns(sizes.columns)
    rows_read = sizes.groups * tiles * sizes.channels
    weights_read = sizes.groups * tiles * tile * sizes.channels * sizes.kernel + 0 * elements
    row_copies = rows_read * sizes.rows * sizes.kernel_rows * width
    weight_copies = weights_read * at_once
    return Usage(
        cycles=1 + passes * folds * sizes.columns * (kept * sizes.kernel_columns + 1),
        element_bytes=2 * (sizes.kernel_columns * (1 + tile) + tile) + 0 * elements,
        shared_bytes=2
        * (side * (sizes.input_rows(at_once) * sizes.kernel_columns + kept * sizes.kernel) + kept * at_once),
        inputs_read=rows_read * folds * sizes.input_rows(at_once) * width,
        weights_read=weights_read,
        outputs_written=passes * kept * sizes.outputs,
        element_writes=row_copies + weight_copies,
    )
