"""`dla`: weights stay in the elements, as in NVDLA.

Every element has one input channel and the kernels of a tile of filters; the inputs slide past, and the partial sums of
all elements are added up. A position costs R S cycles per filter and one more to pass the sums on:

    cycles = 1 + groups ceil(K / tile) ceil(C / elements) y' x' (min(tile, K) R S + 1)

An edge of the tile or of the elements is charged in full. Equal to MAESTRO on every recorded row of stride 1.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints, Sizes, shares
from archwright.accelerators.dataflow.usage import Usage


def weight_stationary(sizes: Sizes, elements: Ints, tile: Ints) -> Usage:
    """Map convolutions with weights kept.

    Args:
        sizes: of n layers.
        elements: (m,) processing elements, >= 1.
        tile: (m,) filters held by an element, >= 1.

    Example:
        >>> from archwright.accelerators.dataflow.sizes import sizes_of
        >>> from archwright.accelerators.workloads import Layer
        >>> layer = Layer("conv", 512, 512, 7, 7, 3, 3)
        >>> weight_stationary(sizes_of([layer]), np.array([16]), np.array([4])).cycles.tolist()
        [[3788801]]
    """
    tiles, kept = shares(sizes.filters, tile), np.minimum(tile, sizes.filters)
    folds, side = shares(sizes.channels, elements), np.minimum(elements, sizes.channels)
    per_position = kept * sizes.kernel + 1
    row = sizes.kernel_rows * sizes.input_columns(sizes.columns)
    read = sizes.groups * tiles * np.where(folds > 1, folds * elements, sizes.channels)
    kept_over = sizes.groups * (tiles - 1) * side * sizes.kernel  # the last inputs of a tile are the next one's first
    inputs_read = read * sizes.rows * row - kept_over
    weights_read = read * tile * sizes.kernel
    return Usage(
        cycles=1 + sizes.groups * tiles * folds * sizes.outputs * per_position,
        element_bytes=2 * sizes.kernel * (1 + 2 * tile),
        shared_bytes=2 * (side * sizes.kernel * (1 + kept) + kept),
        inputs_read=inputs_read,
        weights_read=weights_read,
        outputs_written=sizes.groups * sizes.filters * folds * sizes.outputs + 0 * tile,
        element_writes=inputs_read + weights_read,
    )
