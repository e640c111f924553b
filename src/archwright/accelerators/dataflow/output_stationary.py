"""`shi`: outputs stay in the elements, as in ShiDianNao.

Every element has one output row and a patch of S columns of it, for a tile of filters; with t = min(tile, K)

    cycles = 1 + groups ceil(K / tile) C ceil(y' / elements) * (per row)
    per row = floor(x' / S) (t R S S + 1) + [x' mod S > 0] ((x' mod S) t R S + 1)

The channels are the outer loop, as in the mapping that MAESTRO's users have: the sums of every channel go to the shared
buffer. Equal to MAESTRO in cycles and sizes on every recorded row of stride 1.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints, Sizes, shares
from archwright.accelerators.dataflow.usage import Usage


def output_stationary(sizes: Sizes, elements: Ints, tile: Ints) -> Usage:
    """Map convolutions with outputs kept.

    Args:
        sizes: of n layers.
        elements: (m,) processing elements, >= 1.
        tile: (m,) filters held by an element, >= 1.

    Example:
        >>> from archwright.accelerators.dataflow.sizes import sizes_of
        >>> from archwright.accelerators.workloads import Layer
        >>> layer = Layer("conv", 512, 512, 7, 7, 3, 3)
        >>> output_stationary(sizes_of([layer]), np.array([16]), np.array([4])).cycles.tolist()
        [[11927553]]
    """
    tiles, kept = shares(sizes.filters, tile), np.minimum(tile, sizes.filters)
    folds, side = shares(sizes.rows, elements), np.minimum(elements, sizes.rows)
    patch = sizes.kernel_columns
    patches, rest = sizes.columns // patch, sizes.columns % patch
    sums = kept * sizes.kernel
    per_row = patches * (sums * patch + 1) + np.where(rest > 0, rest * sums + 1, 0)
    passes = sizes.groups * tiles * sizes.channels * folds
    all_patches = shares(sizes.columns, patch)
    input_patch = sizes.input_rows(side) * sizes.input_columns(patch)
    kept_over = sizes.groups * (tiles - 1)  # the last inputs of a tile are the next one's first
    inputs_read = (passes * all_patches - kept_over) * input_patch
    reloads = (sizes.channels - 1) * folds * all_patches + 1
    weights_read = sizes.groups * tiles * tile * sizes.kernel * reloads
    return Usage(
        cycles=1 + passes * per_row,
        element_bytes=2 * sizes.kernel * (1 + 2 * tile) + 0 * elements,
        shared_bytes=np.asarray(2 * (input_patch + kept * (sizes.kernel + side * patch))),
        inputs_read=inputs_read,
        weights_read=weights_read,
        outputs_written=sizes.groups * sizes.filters * sizes.channels * sizes.outputs + 0 * elements,
        element_writes=inputs_read + weights_read,
    )
