"""The second half of a conversion: a stream of entries, in the order that the format wants, becomes its fields."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archwright.accelerators.formats.datapath import Datapath
from archwright.accelerators.formats.entries import Ints, check_size
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.stored import Field
from archwright.accelerators.formats.stream import Stream

Fields = dict[str, Field]


def _dense(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    values = path.place(stream.values, _positions(stream, path), check_size(stream.shape))
    return {"values": Field(values, layout.data_bits)}


def _bitmask(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    ones = np.ones(len(stream.values), np.int64)
    mask = path.place(ones, _positions(stream, path), check_size(stream.shape))
    return {"mask": Field(mask, 1), "values": Field(stream.values, layout.data_bits)}


def _runs(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    run_bits, positions = layout.run_bits, _positions(stream, path)
    assert run_bits is not None  # `convert` decides on one
    runs = path.subtract(positions, np.concatenate([[-1], positions[:-1]])[: len(positions)]) - 1
    fillers = runs >> run_bits
    at = path.add_up(fillers + 1) - 1
    n = int(at[-1]) + 1 if len(at) else 0
    codes = np.full(n, 2**run_bits - 1)
    codes[at] = runs & (2**run_bits - 1)
    return {"runs": Field(codes, run_bits), "values": Field(path.place(stream.values, at, n), layout.data_bits)}


def _positions(stream: Stream, path: Datapath) -> Ints:
    found = stream.coordinates[0]
    for size, one in zip(stream.shape[1:], stream.coordinates[1:], strict=True):
        found = path.multiply_add(found, size, one)
    return found


def _as_it_is(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    axes = zip(stream.shape, stream.coordinates, strict=True)
    places = {f"axis {i}": Field(one, int(layout.width(size))) for i, (size, one) in enumerate(axes)}
    return {**places, "values": Field(stream.values, layout.data_bits)}


def _rows(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    rows, columns = stream.coordinates
    return _compressed(rows, columns, stream, stream.shape, layout, path)


def _columns(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    rows, columns = stream.coordinates
    return _compressed(columns, rows, stream, stream.shape[::-1], layout, path)


def _compressed(
    outer: Ints, inner: Ints, stream: Stream, sizes: tuple[int, ...], layout: Layout, path: Datapath
) -> Fields:
    pointers = path.point(path.count(outer, sizes[0]))
    return {
        "pointers": Field(pointers, int(layout.width(len(outer) + 1))),
        "indices": Field(inner, int(layout.width(sizes[1]))),
        "values": Field(stream.values, layout.data_bits),
    }


def _blocks(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    height, width = layout.block_rows, layout.block_columns
    n_down, n_across = (-(-size // step) for size, step in zip(stream.shape, (height, width), strict=True))
    (block_row, down), (block_column, across) = (
        path.divide(one, step) for one, step in zip(stream.coordinates, (height, width), strict=True)
    )
    first = path.starts(path.multiply_add(block_row, n_across, block_column))
    marks = np.zeros(len(stream.values), np.int64)
    marks[first] = 1
    block = path.add_up(marks) - 1
    inside = path.multiply_add(down, width, across)
    at = path.multiply_add(block, height * width, inside)
    values = path.place(stream.values, at, len(first) * height * width)
    return {
        "pointers": Field(path.point(path.count(block_row[first], n_down)), int(layout.width(len(first) + 1))),
        "indices": Field(block_column[first], int(layout.width(n_across))),
        "values": Field(values, layout.data_bits),
    }


def _padded(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    rows, columns = stream.coordinates
    lengths = path.count(rows, stream.shape[0])
    starts = path.point(lengths)
    longest = int(lengths.max())
    at = path.multiply_add(rows, longest, path.subtract(np.arange(len(rows)), starts[rows]))
    n = stream.shape[0] * longest
    return {
        "indices": Field(path.place(columns, at, n), int(layout.width(stream.shape[1]))),
        "values": Field(path.place(stream.values, at, n), layout.data_bits),
    }


def _diagonals(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    rows, columns = stream.coordinates
    n_rows, n_columns = stream.shape
    offset = path.subtract(columns, rows) + n_rows - 1
    is_there = path.place(np.ones(len(rows), np.int64), offset, n_rows + n_columns - 1) > 0
    number = path.add_up(is_there.astype(np.int64)) - 1
    offsets = path.keep(is_there)
    short = min(stream.shape)
    at = path.multiply_add(number[offset], short, rows if n_rows <= n_columns else columns)
    return {
        "offsets": Field(offsets, int(layout.width(n_rows + n_columns))),
        "values": Field(path.place(stream.values, at, len(offsets) * short), layout.data_bits),
    }


def _tree(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    first, second, third = stream.coordinates
    fibre_starts = path.starts(path.multiply_add(first, stream.shape[1], second))
    slice_starts = path.starts(first[fibre_starts])
    n = len(stream.values)
    return {
        "slices": Field(first[fibre_starts][slice_starts], int(layout.width(stream.shape[0]))),
        "slice pointers": Field(
            np.append(slice_starts, len(fibre_starts)), int(layout.width(len(fibre_starts) + 1))
        ),
        "fibres": Field(second[fibre_starts], int(layout.width(stream.shape[1]))),
        "fibre pointers": Field(np.append(fibre_starts, n), int(layout.width(n + 1))),
        "indices": Field(third, int(layout.width(stream.shape[2]))),
        "values": Field(stream.values, layout.data_bits),
    }  # fmt: skip


def _cubes(stream: Stream, layout: Layout, path: Datapath) -> Fields:
    edge, bits = 2**layout.cube_bits, layout.cube_bits
    n_cubes = [-(-size // edge) for size in stream.shape]
    split = [path.divide(one, edge) for one in stream.coordinates]
    key = split[0][0]
    for size, (corner, _) in zip(n_cubes[1:], split[1:], strict=True):
        key = path.multiply_add(key, size, corner)
    first = path.starts(key)
    places = {f"cube {i}": Field(one[0][first], int(layout.width(n_cubes[i]))) for i, one in enumerate(split)}
    pointers = {"pointers": Field(first, int(layout.width(len(key) + 1)))}
    inside = {f"offset {i}": Field(one[1], bits) for i, one in enumerate(split)}
    return {**places, **pointers, **inside, "values": Field(stream.values, layout.data_bits)}


WRITERS: dict[str, Callable[[Stream, Layout, Datapath], Fields]] = {
    "dense": _dense, "coo": _as_it_is, "csr": _rows, "csc": _columns, "rlc": _runs, "zvc": _bitmask, "bsr": _blocks,
    "ell": _padded, "dia": _diagonals, "lil": _as_it_is, "dok": _as_it_is, "csf": _tree, "hicoo": _cubes,
}  # fmt: skip
"""By format: its fields."""
