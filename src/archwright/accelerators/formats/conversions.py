"""Conversions between formats, every one a row of the converter's blocks.

The first half (`reading`) takes a format and sends entries, the second (`writing`) takes entries and leaves a format.
Formats send and want their entries in an order: by rows, by columns, by blocks, by cubes; between two orders stands the
sorter. After the converter MINT of Qin et al., IPDPS 2021, in recipes of our own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from archwright.accelerators.formats.codec import check_format
from archwright.accelerators.formats.counts import best_run_bits
from archwright.accelerators.formats.datapath import Datapath, Step
from archwright.accelerators.formats.entries import Ints, from_coordinates
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.reading import READERS
from archwright.accelerators.formats.recipes import ORDERS, sort_keys
from archwright.accelerators.formats.stored import Stored
from archwright.accelerators.formats.stream import Stream
from archwright.accelerators.formats.writing import WRITERS


class Conversion(NamedTuple):
    """A tensor in another format, and the way there.

    Args:
        stored: the result.
        steps: uses of blocks; none where the format stays.
    """

    stored: Stored
    steps: list[Step]


def convert(stored: Stored, target: str) -> Conversion:
    """Convert a stored tensor.

    Args:
        stored: in any format.
        target: name of another one.

    Raises:
        SpecError: no such format, or not for so many axes.

    Example:
        >>> from archwright.accelerators.formats.codec import encode
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> found = convert(encode(entries_of(np.eye(3)), "csr"), "csc")
        >>> found.stored.fields["pointers"].values.tolist(), [step.block for step in found.steps][3]
        ([0, 1, 2, 3], 'sorter')
    """
    check_format(target, stored.shape)
    if target == stored.format:
        return Conversion(stored, [])
    path = Datapath()
    path.move(stored.bits)
    stream = _sorted(READERS[stored.format](stored, path), stored, target, path)
    layout = _with_runs(stream, stored.layout) if target == "rlc" else stored.layout
    found = Stored(target, stored.shape, layout, WRITERS[target](stream, layout, path))
    path.move(found.bits)
    return Conversion(found, path.steps)


def _sorted(stream: Stream, stored: Stored, target: str, path: Datapath) -> Stream:
    n_keys = sort_keys(stored.format, target, stored.shape, stored.layout)
    if n_keys is None:
        return stream
    order = path.sort(_order_keys(stream, ORDERS.get(target, "rows"), stored.layout), int(n_keys))
    return Stream(stream.shape, tuple(one[order] for one in stream.coordinates), stream.values[order])


def _order_keys(stream: Stream, order: str, layout: Layout) -> Ints:
    """Whole keys of an order; the sorter needs only the part of them by which the two orders differ."""
    places, shape = stream.coordinates, stream.shape
    if order == "columns":
        return places[1] * shape[0] + places[0]
    steps = {"rows": (1,) * len(shape), "blocks": (layout.block_rows, layout.block_columns)}
    each = steps.get(order, (2**layout.cube_bits,) * 3)
    groups = [-(-size // step) for size, step in zip(shape, each, strict=True)]
    corners = [one // step for one, step in zip(places, each, strict=True)]
    keys: Ints = np.ravel_multi_index(corners, groups)
    return keys


def _with_runs(stream: Stream, layout: Layout) -> Layout:
    if layout.run_bits is not None:
        return layout
    entries = from_coordinates(stream.shape, stream.coordinates, stream.values)
    return replace(layout, run_bits=best_run_bits(entries, layout))
