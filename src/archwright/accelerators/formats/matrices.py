"""Formats of matrices: compressed rows and columns, blocks, padded rows, diagonals.

CSR and CSC have one pointer per row or column and one behind the last. BSR stores whole blocks, also where they stick
out of the matrix. ELL pads every row to the longest with zeros in column 0. DIA stores every diagonal that has an entry
in full, a slot for each row or column, whichever are fewer.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.formats.entries import Entries, Ints, from_coordinates
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.stored import Field, Stored


def encode_rows(entries: Entries, layout: Layout) -> dict[str, Field]:
    """CSR."""
    rows, columns = entries.coordinates
    return _compressed(rows, columns, entries.shape, entries, layout)


def encode_columns(entries: Entries, layout: Layout) -> dict[str, Field]:
    """CSC."""
    rows, columns = entries.coordinates
    order = np.argsort(columns, kind="stable")
    turned = Entries(entries.shape, entries.positions[order], entries.values[order])
    return _compressed(columns[order], rows[order], entries.shape[::-1], turned, layout)


def _compressed(outer: Ints, inner: Ints, sizes: tuple[int, ...], entries: Entries, layout: Layout) -> dict[str, Field]:
    pointers = pointers_of(outer, sizes[0])
    return {
        "pointers": Field(pointers, int(layout.width(len(outer) + 1))),
        "indices": Field(inner, int(layout.width(sizes[1]))),
        "values": Field(entries.values, layout.data_bits),
    }


def decode_rows(stored: Stored) -> Entries:
    """From CSR."""
    outer, inner = _expanded(stored)
    return from_coordinates(stored.shape, (outer, inner), stored.fields["values"].values)


def decode_columns(stored: Stored) -> Entries:
    """From CSC."""
    outer, inner = _expanded(stored)
    return from_coordinates(stored.shape, (inner, outer), stored.fields["values"].values)


def _expanded(stored: Stored) -> tuple[Ints, Ints]:
    lengths = np.diff(stored.fields["pointers"].values)
    return np.repeat(np.arange(len(lengths)), lengths), stored.fields["indices"].values


def encode_blocks(entries: Entries, layout: Layout) -> dict[str, Field]:
    """BSR."""
    height, width = layout.block_rows, layout.block_columns
    n_down, n_across = (-(-size // step) for size, step in zip(entries.shape, (height, width), strict=True))
    rows, columns = entries.coordinates
    blocks, which = np.unique((rows // height) * n_across + columns // width, return_inverse=True)
    values = np.zeros((len(blocks), height, width), entries.values.dtype)
    values[which, rows % height, columns % width] = entries.values
    return {
        "pointers": Field(pointers_of(blocks // n_across, n_down), int(layout.width(len(blocks) + 1))),
        "indices": Field(blocks % n_across, int(layout.width(n_across))),
        "values": Field(values.reshape(-1), layout.data_bits),
    }


def decode_blocks(stored: Stored) -> Entries:
    """From BSR."""
    height, width = stored.layout.block_rows, stored.layout.block_columns
    block_rows, block_columns = _expanded(stored)
    values = stored.fields["values"].values
    block, inside = np.divmod(np.flatnonzero(values), height * width)
    down, across = np.divmod(inside, width)
    coordinates = (block_rows[block] * height + down, block_columns[block] * width + across)
    return from_coordinates(stored.shape, coordinates, values[values != 0])


def encode_padded(entries: Entries, layout: Layout) -> dict[str, Field]:
    """ELL."""
    rows, columns = entries.coordinates
    lengths = np.bincount(rows, minlength=entries.shape[0])
    at = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    shape = (entries.shape[0], int(lengths.max()))
    indices, values = np.zeros(shape, np.int64), np.zeros(shape, entries.values.dtype)
    indices[rows, at], values[rows, at] = columns, entries.values
    return {
        "indices": Field(indices.reshape(-1), int(layout.width(entries.shape[1]))),
        "values": Field(values.reshape(-1), layout.data_bits),
    }


def decode_padded(stored: Stored) -> Entries:
    """From ELL."""
    indices, values = stored.fields["indices"].values, stored.fields["values"].values
    rows = np.arange(len(values)) // max(1, len(values) // stored.shape[0])
    return from_coordinates(stored.shape, (rows, indices), values)


def encode_diagonals(entries: Entries, layout: Layout) -> dict[str, Field]:
    """DIA; offsets are counted from the lower left corner."""
    rows, columns = entries.coordinates
    n_rows, n_columns = entries.shape
    offsets, which = np.unique(columns - rows + n_rows - 1, return_inverse=True)
    values = np.zeros((len(offsets), min(entries.shape)), entries.values.dtype)
    values[which, rows if n_rows <= n_columns else columns] = entries.values
    return {
        "offsets": Field(offsets, int(layout.width(n_rows + n_columns))),
        "values": Field(values.reshape(-1), layout.data_bits),
    }


def decode_diagonals(stored: Stored) -> Entries:
    """From DIA."""
    n_rows, n_columns = stored.shape
    values = stored.fields["values"].values
    diagonal, at = np.divmod(np.flatnonzero(values), min(stored.shape))
    offsets = stored.fields["offsets"].values[diagonal] - (n_rows - 1)
    coordinates = (at, at + offsets) if n_rows <= n_columns else (at - offsets, at)
    return from_coordinates(stored.shape, coordinates, values[values != 0])


def pointers_of(keys: Ints, n: int) -> Ints:
    """(n + 1,) where each of `n` keys begins in a sorted list of keys.

    Example:
        >>> pointers_of(np.array([0, 0, 2]), 3).tolist()
        [0, 2, 2, 3]
    """
    return np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=n))]).astype(np.int64)
