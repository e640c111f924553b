"""Encode and decode: every format by name.

LIL and DOK, lists of rows and dictionaries of keys, are how software builds matrices; they hold what coordinates hold
and are counted as such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from archwright.accelerators.formats.counts import best_run_bits
from archwright.accelerators.formats.entries import Entries, check_shape
from archwright.accelerators.formats.flat import (
    decode_bitmask,
    decode_coordinates,
    decode_dense,
    decode_runs,
    encode_bitmask,
    encode_coordinates,
    encode_dense,
    encode_runs,
)
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.matrices import (
    decode_blocks,
    decode_columns,
    decode_diagonals,
    decode_padded,
    decode_rows,
    encode_blocks,
    encode_columns,
    encode_diagonals,
    encode_padded,
    encode_rows,
)
from archwright.accelerators.formats.stored import Field, Stored
from archwright.accelerators.formats.tensors import decode_cubes, decode_tree, encode_cubes, encode_tree
from archwright.core.errors import SpecError, check_name


class Codec(NamedTuple):
    """A format.

    Args:
        encode: entries to fields.
        decode: back.
        ranks: numbers of axes that it has a form for.
    """

    encode: Callable[[Entries, Layout], dict[str, Field]]
    decode: Callable[[Stored], Entries]
    ranks: tuple[int, ...]


_COORDINATES = Codec(encode_coordinates, decode_coordinates, (2, 3))

FORMATS = {
    "dense": Codec(encode_dense, decode_dense, (2, 3)),
    "coo": _COORDINATES,
    "csr": Codec(encode_rows, decode_rows, (2,)),
    "csc": Codec(encode_columns, decode_columns, (2,)),
    "rlc": Codec(encode_runs, decode_runs, (2, 3)),
    "zvc": Codec(encode_bitmask, decode_bitmask, (2, 3)),
    "bsr": Codec(encode_blocks, decode_blocks, (2,)),
    "ell": Codec(encode_padded, decode_padded, (2,)),
    "dia": Codec(encode_diagonals, decode_diagonals, (2,)),
    "lil": _COORDINATES._replace(ranks=(2,)),
    "dok": _COORDINATES._replace(ranks=(2,)),
    "csf": Codec(encode_tree, decode_tree, (3,)),
    "hicoo": Codec(encode_cubes, decode_cubes, (3,)),
}


def formats_of(rank: int) -> tuple[str, ...]:
    """Names of the formats of matrices (2) or 3-tensors (3).

    Example:
        >>> formats_of(3)
        ('dense', 'coo', 'rlc', 'zvc', 'csf', 'hicoo')
    """
    return tuple(name for name, codec in FORMATS.items() if rank in codec.ranks)


def encode(entries: Entries, name: str, layout: Layout | None = None) -> Stored:
    """Store a tensor in a format.

    Args:
        entries: of the tensor.
        name: of the format.
        layout: widths; 32-bit data and as much metadata as needed by default.

    Raises:
        SpecError: no such format, or not for so many axes; a fixed width is too narrow.

    Example:
        >>> import numpy as np
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> encode(entries_of(np.eye(4)), "csr").bits  # 4 x (32 + 2) + 5 x 3
        151
    """
    layout = layout or Layout()
    codec = FORMATS[check_format(name, check_shape(entries.shape))]
    if name == "rlc" and layout.run_bits is None:
        layout = replace(layout, run_bits=best_run_bits(entries, layout))
    return Stored(name, entries.shape, layout, codec.encode(entries, layout))


def decode(stored: Stored) -> Entries:
    """The tensor that was stored."""
    return FORMATS[stored.format].decode(stored)


def check_format(name: str, shape: tuple[int, ...]) -> str:
    """The name of a format that has a form for a shape.

    Raises:
        SpecError: there is no such format, or it has none.
    """
    check_name("format", name, FORMATS)
    if len(shape) not in FORMATS[name].ranks:
        what = "matrices" if len(shape) == 2 else "3-tensors"
        raise SpecError("format", name, f"a format of {what}: {', '.join(formats_of(len(shape)))}")
    return name
