"""Depthwise layers: every element has a tile of channels of its own, whatever dataflow the other layers have.

    cycles = 1 + ceil(ceil(C / tile) / elements) y' x' tile R S

A tile at the edge is charged in full, except on a single element, which is what MAESTRO does. MAESTRO also leaves out
the outputs of one tile, in the shared buffer and in what is written to it, where elements outnumber tiles that divide
the channels evenly; kept here, since it is up to 1.5 % of the energy of its rows. Equal on every recorded row.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints, Sizes, shares
from archwright.accelerators.dataflow.usage import Usage


def channel_parallel(sizes: Sizes, elements: Ints, tile: Ints) -> Usage:
    """Map depthwise layers.

    Args:
        sizes: of n layers, whose groups are their channels.
        elements: (m,) processing elements, >= 1.
        tile: (m,) channels held by an element, >= 1.

    Example:
        >>> from archwright.accelerators.dataflow.sizes import sizes_of
        >>> from archwright.accelerators.workloads import Layer
        >>> layer = Layer("depthwise", 960, 960, 7, 7, 3, 3, groups=960)
        >>> channel_parallel(sizes_of([layer]), np.array([64]), np.array([4])).cycles.tolist()
        [[3601]]
    """
    channels = sizes.groups
    tiles = shares(channels, tile)
    folds = shares(tiles, elements)
    charged = np.where(elements == 1, channels, folds * tile)
    read = np.where(folds > 1, tiles * tile, channels)
    at_once = np.minimum(elements * tile, channels)
    is_short = (elements * tile > channels) & (channels % tile == 0)
    missing = np.where(is_short, np.minimum(tile, channels), 0)
    row = sizes.kernel_rows * sizes.input_columns(sizes.columns)
    inputs_read = read * sizes.rows * row
    weights_read = read * sizes.kernel
    return Usage(
        cycles=1 + charged * sizes.outputs * sizes.kernel,
        element_bytes=6 * sizes.kernel * tile + 0 * elements,
        shared_bytes=2 * (at_once * (2 * sizes.kernel + 1) - missing),
        inputs_read=inputs_read,
        weights_read=weights_read,
        outputs_written=(channels - missing) * sizes.outputs,
        element_writes=inputs_read + weights_read,
    )
