"""What a format leaves in memory: named fields of numbers with a width, and the same as a string of bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from archwright.accelerators.formats.entries import Array
from archwright.accelerators.formats.layout import Layout
from archwright.core.errors import SpecError

Bits = np.ndarray[Any, np.dtype[np.uint8]]


class Field(NamedTuple):
    """Numbers of one width.

    Args:
        values: (n,), whole numbers from 0 where they are metadata.
        width: bits of each.
    """

    values: Array
    width: int


@dataclass(frozen=True, eq=False)
class Stored:
    """A tensor in a format.

    Args:
        format: its name.
        shape: of the tensor; shape and lengths of the fields are a header that is not counted.
        layout: widths; `run_bits` is the one that was used.
        fields: by name, in the order in which they are stored.
    """

    format: str
    shape: tuple[int, ...]
    layout: Layout
    fields: Mapping[str, Field]

    @property
    def bits(self) -> int:
        """All fields together."""
        return sum(len(field.values) * int(field.width) for field in self.fields.values())


def pack(stored: Stored) -> bytes:
    """The fields one after another as a string of bits, filled up with zeros to whole bytes.

    Raises:
        SpecError: a value does not fit into its width.

    Example:
        >>> layout = Layout(data_bits=3)
        >>> pack(Stored("dense", (1, 3), layout, {"values": Field(np.array([1, 7, 0]), 3)})).hex()
        '3c00'
    """
    bits = [_bits_of(name, field) for name, field in stored.fields.items()]
    return np.packbits(np.concatenate(bits)).tobytes()


def unpack(data: bytes, header: Stored) -> Stored:
    """Read every field anew.

    Args:
        data: what `pack` wrote.
        header: of the same format, with fields of the same lengths, widths and types; their numbers are not looked at.
    """
    bits, start, fields = np.unpackbits(np.frombuffer(data, np.uint8)), 0, {}
    for name, field in header.fields.items():
        end = start + len(field.values) * int(field.width)
        fields[name] = Field(_values_of(bits[start:end], field), field.width)
        start = end
    return replace(header, fields=fields)


def _bits_of(name: str, field: Field) -> Bits:
    codes, width = _codes(field.values), int(field.width)
    if width < 64 and len(codes) and int(codes.max()) >> width:
        raise SpecError(name, int(codes.max()), f"a number of {width} bits")
    shifts = np.arange(width - 1, -1, -1, dtype=np.uint64)
    return ((codes[:, None] >> shifts) & np.uint64(1)).astype(np.uint8).reshape(-1)


def _values_of(bits: Bits, field: Field) -> Array:
    width, n = int(field.width), len(field.values)
    shifts = np.arange(width - 1, -1, -1, dtype=np.uint64)
    codes = (bits.reshape(n, width).astype(np.uint64) << shifts).sum(axis=1, dtype=np.uint64)
    kind = field.values.dtype
    found: Array = codes.astype(f"u{kind.itemsize}").view(kind) if kind.kind == "f" else codes.astype(kind)
    return found


def _codes(values: Array) -> np.ndarray[Any, np.dtype[np.uint64]]:
    if values.dtype.kind == "f":
        return values.view(f"u{values.dtype.itemsize}").astype(np.uint64)
    if len(values) and int(values.min()) < 0:
        raise SpecError("values", int(values.min()), "codes from 0")
    return values.astype(np.uint64)
