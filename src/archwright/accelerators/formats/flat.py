"""Formats that look at a tensor as one row of elements, or at each entry alone: dense, coordinates, bitmask, runs.

Runs cross the ends of rows. An entry is a run code and a value; the code says how many zeros stand before the value. A
filler has the largest code and the value zero, so it stands for 2 ** run_bits zeros; zeros behind the last value are
not stored, since the shape tells how many there are.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.formats.entries import Entries, Ints, check_size, from_coordinates
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.stored import Field, Stored


def encode_dense(entries: Entries, layout: Layout) -> dict[str, Field]:
    """Every element."""
    return {"values": Field(entries.dense().reshape(-1), layout.data_bits)}


def decode_dense(stored: Stored) -> Entries:
    """Every element that is not zero."""
    values = stored.fields["values"].values
    positions = np.flatnonzero(values)
    return Entries(stored.shape, positions, values[positions])


def encode_coordinates(entries: Entries, layout: Layout) -> dict[str, Field]:
    """A coordinate per axis beside every value."""
    axes = zip(entries.shape, entries.coordinates, strict=True)
    places = {f"axis {i}": Field(one, int(layout.width(size))) for i, (size, one) in enumerate(axes)}
    return {**places, "values": Field(entries.values, layout.data_bits)}


def decode_coordinates(stored: Stored) -> Entries:
    """Entries of the coordinates."""
    places = [stored.fields[f"axis {i}"].values for i in range(len(stored.shape))]
    return from_coordinates(stored.shape, places, stored.fields["values"].values)


def encode_bitmask(entries: Entries, layout: Layout) -> dict[str, Field]:
    """A bit per element that says whether its value is stored."""
    mask = np.zeros(check_size(entries.shape), np.int64)
    mask[entries.positions] = 1
    return {"mask": Field(mask, 1), "values": Field(entries.values, layout.data_bits)}


def decode_bitmask(stored: Stored) -> Entries:
    """Values at the bits that are set."""
    return Entries(stored.shape, np.flatnonzero(stored.fields["mask"].values), stored.fields["values"].values)


def encode_runs(entries: Entries, layout: Layout) -> dict[str, Field]:
    """A run code beside every value, and fillers."""
    run_bits = layout.run_bits
    assert run_bits is not None  # `codec.encode` decides on one
    runs = runs_of(entries)
    fillers = runs >> run_bits
    at = np.arange(len(runs)) + np.cumsum(fillers)
    codes = np.full(len(runs) + int(fillers.sum()), 2**run_bits - 1)
    values = np.zeros(len(codes), entries.values.dtype)
    codes[at], values[at] = runs & (2**run_bits - 1), entries.values
    return {"runs": Field(codes, run_bits), "values": Field(values, layout.data_bits)}


def decode_runs(stored: Stored) -> Entries:
    """Values behind their runs, without the fillers."""
    values = stored.fields["values"].values
    positions = np.cumsum(stored.fields["runs"].values + 1) - 1
    kept = values != 0
    return Entries(stored.shape, positions[kept], values[kept])


def runs_of(entries: Entries) -> Ints:
    """(n,) zeros before every entry, counted from the one before it.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> runs_of(entries_of(np.array([[0, 0, 5], [6, 0, 7]]))).tolist()
        [2, 0, 1]
    """
    return np.diff(entries.positions, prepend=-1) - 1
