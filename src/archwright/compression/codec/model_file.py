"""The `.awz` file: a whole model, tensor after tensor, each coded, counted and checked on its own.

Layout, numbers of variable length as in `byte_fields`, others with the low byte first::

    8 bytes    89 41 57 5a 0d 0a 1a 0a       as in PNG: shows transfers that change line ends or the high bit
    header     version, number of tensors, length of the notes, notes (a JSON object)
    4 bytes    CRC-32 of the header
    per tensor:
      4 bytes  length of the record
      record   name, form (index bits in the high half, kind of the values in the low half), shape, values, streams
      4 bytes  CRC-32 of length and record

Values are of one of the `packed.KINDS` (kinds 0 to 8), a codebook of float32 (14), or an affine grid (15); the latter
two are followed by bits and the stream of codes. The stream of gaps comes last, where there are index bits. A reader
holds one tensor at a time; what is corrupted, cut off or too long raises `Damage` with one line that names the place.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from archwright.compression.apply import unpack
from archwright.compression.codec.byte_fields import Damage, Fields, number_bytes
from archwright.compression.codec.packed import KINDS, PackedTensor
from archwright.compression.codec.symbol_streams import decode_stream, encode_stream
from archwright.compression.weights.affine import AffineGrid
from archwright.core.errors import SpecError

MAGIC = b"\x89AWZ\r\n\x1a\n"
VERSION = 1
CODEBOOK, AFFINE = 14, 15
MAX_ENTRIES = 1 << 33
"""Entries of a tensor beyond which a record is taken for damaged."""
CHUNK = 1 << 20


def write_model(
    path: Path, tensors: Sequence[PackedTensor], *, coder: str = "auto", notes: Mapping[str, Any] | None = None
) -> int:
    """Write a model file; the path holds the old file or the whole new one, never a part.

    Args:
        path: to write.
        tensors: in the order in which they are read again; no name twice.
        coder: `fixed`, `huffman`, `range`, or `auto` for the smallest of them, stream by stream.
        notes: anything that JSON can say.

    Returns:
        Bytes written.

    Raises:
        SpecError: a name stands twice.

    Example:
        >>> from archwright.compression.codec.packed import pack_raw
        >>> write_model(Path("m.awz"), [pack_raw("bias", np.zeros(3, np.float32))])
        46
        >>> load_model(Path("m.awz"))
        {'bias': array([0., 0., 0.], dtype=float32)}
    """
    names = [tensor.name for tensor in tensors]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecError("tensors", twice[0], "every name once")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(header_bytes(len(tensors), notes or {}))
            for tensor in tensors:
                file.write(_framed(record_bytes(tensor, coder)))
            n_bytes = file.tell()
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return n_bytes


def header_bytes(n_tensors: int, notes: Mapping[str, Any]) -> bytes:
    """Everything in front of the first tensor."""
    text = json.dumps(dict(notes), separators=(",", ":")).encode()
    header = number_bytes(VERSION) + number_bytes(n_tensors) + number_bytes(len(text)) + text
    return MAGIC + header + struct.pack("<I", zlib.crc32(header))


def _framed(record: bytes) -> bytes:
    framed = struct.pack("<I", len(record)) + record
    return framed + struct.pack("<I", zlib.crc32(framed))


def record_bytes(tensor: PackedTensor, coder: str) -> bytes:
    """The record of one tensor, without length and checksum."""
    values = tensor.values
    if isinstance(values, AffineGrid):
        kind, shown = AFFINE, struct.pack("<f", values.scale) + number_bytes(values.zero)
    elif tensor.bits:
        kind, shown = CODEBOOK, number_bytes(len(values)) + values.astype("<f4").tobytes()
    else:
        kind = KINDS.index(values.dtype.name)
        shown = number_bytes(len(values)) + values.astype(values.dtype.newbyteorder("<")).tobytes()
    record = _preamble(tensor, kind) + shown
    if tensor.bits:
        record += bytes([tensor.bits]) + encode_stream(tensor.codes, tensor.bits, coder)
    if tensor.index_bits:
        record += encode_stream(tensor.gaps, tensor.index_bits, coder)
    return record


def _preamble(tensor: PackedTensor, kind: int) -> bytes:
    name = tensor.name.encode()
    dims = b"".join(number_bytes(length) for length in (len(tensor.shape), *tensor.shape))
    return number_bytes(len(name)) + name + bytes([tensor.index_bits << 4 | kind]) + dims


def read_model(path: Path) -> Iterator[PackedTensor]:
    """The tensors of a model file, one after another; only the one at hand is in memory.

    Args:
        path: of an `.awz` file.

    Raises:
        Damage: the file is none, is of a later version, is corrupted, cut off or too long; the line names the place.
    """
    with path.open("rb") as file:
        try:
            n_tensors = _read_header(file)[0]
        except Damage as damage:
            raise Damage(f"{path}: {damage}") from None
        for number in range(n_tensors):
            try:
                tensor = _read_record(file)
            except Damage as damage:
                raise Damage(f"{path}: tensor {number + 1} of {n_tensors}: {damage}") from None
            yield tensor
        if file.read(1):
            raise Damage(f"{path}: bytes follow the last tensor")


def read_notes(path: Path) -> dict[str, Any]:
    """The notes in the header of a model file.

    Raises:
        Damage: the header cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _read_header(file)[1]
        except Damage as damage:
            raise Damage(f"{path}: {damage}") from None


def load_model(path: Path) -> dict[str, Any]:
    """Every tensor of a model file, dense, by name; the factors of a layer with a rank are multiplied.

    Raises:
        Damage: as for `read_model`.
    """
    try:
        return unpack(read_model(path))
    except Damage as damage:
        text = str(damage)
        raise Damage(text if text.startswith(f"{path}: ") else f"{path}: {text}") from None


def _read_header(file: BinaryIO) -> tuple[int, dict[str, Any]]:
    if file.read(len(MAGIC)) != MAGIC:
        raise Damage("this is no .awz file")
    seen = bytearray()
    version = _read_number(file, seen)
    if version != VERSION:
        raise Damage(f"written in version {version} of the format; this program reads version {VERSION}")
    n_tensors = _read_number(file, seen)
    notes = _read_exactly(file, _read_number(file, seen))
    (wanted,) = struct.unpack("<I", _read_exactly(file, 4))
    if zlib.crc32(seen + notes) != wanted:
        raise Damage("the header's checksum does not fit it")
    try:
        return n_tensors, dict(json.loads(notes))
    except (ValueError, TypeError):
        raise Damage("the notes are no JSON object") from None


def _read_number(file: BinaryIO, seen: bytearray) -> int:
    start = len(seen)
    while len(seen) == start or seen[-1] >= 128:
        seen += _read_exactly(file, 1)
        if len(seen) - start > 6:
            break
    return Fields(bytes(seen[start:])).number()


def _read_exactly(file: BinaryIO, n: int) -> bytes:
    """`n` bytes, asked for in chunks: a damaged length must not ask for the whole memory."""
    chunks = []
    while n > 0:
        chunk = file.read(min(n, CHUNK))
        if not chunk:
            raise Damage("the file ends too early")
        chunks.append(chunk)
        n -= len(chunk)
    return b"".join(chunks)


def _read_record(file: BinaryIO) -> PackedTensor:
    length = _read_exactly(file, 4)
    record = _read_exactly(file, *struct.unpack("<I", length))
    (wanted,) = struct.unpack("<I", _read_exactly(file, 4))
    if zlib.crc32(record, zlib.crc32(length)) != wanted:
        raise Damage("its checksum does not fit it")
    fields = Fields(record)
    tensor = _parse(fields)
    fields.end()
    return tensor


def _parse(fields: Fields) -> PackedTensor:
    try:
        name = fields.take(fields.number()).decode()
    except UnicodeDecodeError:
        raise Damage("a name is no text") from None
    form = fields.byte()
    index_bits, kind = form >> 4, form & 15
    shape = tuple(fields.number() for _ in range(fields.number()))
    tensor = PackedTensor(name, shape, np.zeros(0, np.float32))
    if tensor.size > MAX_ENTRIES or index_bits > 8 or len(KINDS) <= kind < CODEBOOK:
        raise Damage(f"a form or a shape that is never written ({form}, {shape})")
    values = _parse_values(fields, kind)
    bits, codes = 0, tensor.codes
    if kind >= CODEBOOK:
        bits = values.bits if isinstance(values, AffineGrid) else fields.byte()
        if not 1 <= bits <= 8:
            raise Damage(f"codes of {bits} bits")
        codes = decode_stream(fields, bits, tensor.size)
    gaps = decode_stream(fields, index_bits, 2 * tensor.size + 1) if index_bits else tensor.gaps
    return PackedTensor(name, shape, values, codes, bits, gaps, index_bits)


def _parse_values(fields: Fields, kind: int) -> Any:
    if kind == AFFINE:
        (scale,) = struct.unpack("<f", fields.take(4))
        return AffineGrid(scale, fields.number(), fields.byte())
    width = np.dtype("<f4" if kind == CODEBOOK else KINDS[kind]).newbyteorder("<")
    n = fields.number()
    values = np.frombuffer(fields.take(n * width.itemsize), width)
    return values.astype(width.newbyteorder("="))
