"""Formats of 3-tensors: a tree of prefixes (CSF) and blocked coordinates (HiCOO)."""

from __future__ import annotations

import numpy as np

from archwright.accelerators.formats.entries import Entries, Ints, from_coordinates
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.matrices import pointers_of
from archwright.accelerators.formats.stored import Field, Stored


def encode_tree(entries: Entries, layout: Layout) -> dict[str, Field]:
    """CSF in the order of the axes: slices, their fibres, their entries."""
    n_first, n_second, n_third = entries.shape
    fibres, fibre_of = np.unique(entries.positions // n_third, return_inverse=True)
    slices, slice_of = np.unique(fibres // n_second, return_inverse=True)
    return {
        "slices": Field(slices, int(layout.width(n_first))),
        "slice pointers": Field(pointers_of(slice_of, len(slices)), int(layout.width(len(fibres) + 1))),
        "fibres": Field(fibres % n_second, int(layout.width(n_second))),
        "fibre pointers": Field(pointers_of(fibre_of, len(fibres)), int(layout.width(len(entries.values) + 1))),
        "indices": Field(entries.positions % n_third, int(layout.width(n_third))),
        "values": Field(entries.values, layout.data_bits),
    }


def decode_tree(stored: Stored) -> Entries:
    """From CSF."""
    fields = {name: field.values for name, field in stored.fields.items()}
    second = np.repeat(fields["fibres"], np.diff(fields["fibre pointers"]))
    first = np.repeat(np.repeat(fields["slices"], np.diff(fields["slice pointers"])), np.diff(fields["fibre pointers"]))
    return from_coordinates(stored.shape, (first, second, fields["indices"]), fields["values"])


def encode_cubes(entries: Entries, layout: Layout) -> dict[str, Field]:
    """HiCOO: entries by cube, each cube with its coordinates and a pointer to its first entry."""
    bits = layout.cube_bits
    cubes, which = cubes_of(entries, bits)
    order = np.argsort(which, kind="stable")
    n_cubes = [-(-size // 2**bits) for size in entries.shape]
    corners = np.unravel_index(cubes, n_cubes)
    places = {f"cube {i}": Field(one, int(layout.width(n_cubes[i]))) for i, one in enumerate(corners)}
    inside = {f"offset {i}": Field(one[order] % 2**bits, bits) for i, one in enumerate(entries.coordinates)}
    starts = pointers_of(which, len(cubes))[:-1]
    pointers = {"pointers": Field(starts, int(layout.width(len(order) + 1)))}
    return {**places, **pointers, **inside, "values": Field(entries.values[order], layout.data_bits)}


def decode_cubes(stored: Stored) -> Entries:
    """From HiCOO."""
    fields, bits = {name: field.values for name, field in stored.fields.items()}, stored.layout.cube_bits
    lengths = np.diff(fields["pointers"], append=len(fields["values"]))
    places = [np.repeat(fields[f"cube {i}"], lengths) * 2**bits + fields[f"offset {i}"] for i in range(3)]
    return from_coordinates(stored.shape, places, fields["values"])


def cubes_of(entries: Entries, cube_bits: int) -> tuple[Ints, Ints]:
    """The cubes that have an entry, as positions among all cubes, and which of them each entry is in.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> tensor = np.zeros((4, 4, 4)); tensor[0, 0, 0] = tensor[3, 3, 3] = tensor[2, 3, 3] = 1.0
        >>> cubes, which = cubes_of(entries_of(tensor), 1)
        >>> cubes.tolist(), which.tolist()
        ([0, 7], [0, 1, 1])
    """
    n_cubes = [-(-size // 2**cube_bits) for size in entries.shape]
    keys = np.ravel_multi_index([one >> cube_bits for one in entries.coordinates], n_cubes)
    cubes, which = np.unique(keys, return_inverse=True)
    return cubes, which
