"""The first half of a conversion: a stored format becomes a stream of entries, in the format's own order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archwright.accelerators.formats.datapath import Datapath
from archwright.accelerators.formats.entries import Ints
from archwright.accelerators.formats.stored import Stored
from archwright.accelerators.formats.stream import Stream


def _dense(stored: Stored, path: Datapath) -> Stream:
    values = stored.fields["values"].values
    at = path.keep(values != 0)
    return Stream(stored.shape, _coordinates(at, stored.shape, path), values[at])


def _bitmask(stored: Stored, path: Datapath) -> Stream:
    at = path.scan_bits(stored.fields["mask"].values)
    return Stream(stored.shape, _coordinates(at, stored.shape, path), stored.fields["values"].values)


def _runs(stored: Stored, path: Datapath) -> Stream:
    values = stored.fields["values"].values
    at = path.add_up(stored.fields["runs"].values + 1) - 1
    kept = path.keep(values != 0)
    return Stream(stored.shape, _coordinates(at[kept], stored.shape, path), values[kept])


def _coordinates(positions: Ints, shape: tuple[int, ...], path: Datapath) -> tuple[Ints, ...]:
    """Row and column of positions, and before them the slice of a 3-tensor, by division."""
    rest, last = path.divide(positions, shape[-1])
    if len(shape) == 2:
        return rest, last
    return (*path.divide(rest, shape[1]), last)


def _as_it_is(stored: Stored, path: Datapath) -> Stream:
    places = tuple(stored.fields[f"axis {i}"].values for i in range(len(stored.shape)))
    return Stream(stored.shape, places, stored.fields["values"].values)


def _rows(stored: Stored, path: Datapath) -> Stream:
    rows = path.expand(stored.fields["pointers"].values)
    return Stream(stored.shape, (rows, stored.fields["indices"].values), stored.fields["values"].values)


def _columns(stored: Stored, path: Datapath) -> Stream:
    columns = path.expand(stored.fields["pointers"].values)
    return Stream(stored.shape, (stored.fields["indices"].values, columns), stored.fields["values"].values)


def _blocks(stored: Stored, path: Datapath) -> Stream:
    layout, values = stored.layout, stored.fields["values"].values
    block_rows = path.expand(stored.fields["pointers"].values)
    kept = path.keep(values != 0)
    block, inside = path.divide(kept, layout.block_rows * layout.block_columns)
    down, across = path.divide(inside, layout.block_columns)
    rows = path.multiply_add(block_rows[block], layout.block_rows, down)
    columns = path.multiply_add(stored.fields["indices"].values[block], layout.block_columns, across)
    return Stream(stored.shape, (rows, columns), values[kept])


def _padded(stored: Stored, path: Datapath) -> Stream:
    values = stored.fields["values"].values
    kept = path.keep(values != 0)
    rows = path.divide(kept, max(1, len(values) // stored.shape[0]))[0]
    return Stream(stored.shape, (rows, stored.fields["indices"].values[kept]), values[kept])


def _diagonals(stored: Stored, path: Datapath) -> Stream:
    n_rows, n_columns = stored.shape
    values = stored.fields["values"].values
    kept = path.keep(values != 0)
    diagonal, at = path.divide(kept, min(stored.shape))
    offsets = stored.fields["offsets"].values[diagonal] - (n_rows - 1)
    other = path.subtract(at, -offsets if n_rows <= n_columns else offsets)
    return Stream(stored.shape, (at, other) if n_rows <= n_columns else (other, at), values[kept])


def _tree(stored: Stored, path: Datapath) -> Stream:
    fields = {name: field.values for name, field in stored.fields.items()}
    slice_of_fibre = path.expand(fields["slice pointers"])
    fibre = path.expand(fields["fibre pointers"])
    first, second = fields["slices"][slice_of_fibre][fibre], fields["fibres"][fibre]
    return Stream(stored.shape, (first, second, fields["indices"]), fields["values"])


def _cubes(stored: Stored, path: Datapath) -> Stream:
    fields, n = {name: field.values for name, field in stored.fields.items()}, len(stored.fields["values"].values)
    cube = path.expand(np.append(fields["pointers"], n))
    edge = 2**stored.layout.cube_bits
    places = tuple(path.multiply_add(fields[f"cube {i}"][cube], edge, fields[f"offset {i}"]) for i in range(3))
    return Stream(stored.shape, places, fields["values"])


READERS: dict[str, Callable[[Stored, Datapath], Stream]] = {
    "dense": _dense, "coo": _as_it_is, "csr": _rows, "csc": _columns, "rlc": _runs, "zvc": _bitmask, "bsr": _blocks,
    "ell": _padded, "dia": _diagonals, "lil": _as_it_is, "dok": _as_it_is, "csf": _tree, "hicoo": _cubes,
}  # fmt: skip
"""By format: its entries, in its order."""
