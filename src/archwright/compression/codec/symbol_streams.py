"""Streams of small symbols: fixed width, constant, Huffman or range coded, with their tables, and what each would take.

A stream of b-bit symbols is stored as a coder (1 byte), the number of symbols, its table and its payload; numbers are
of variable length (see `byte_fields`).

| Coder | Table | Payload |
|---|---|---|
| 0 fixed | none | b bits per symbol |
| 1 constant | the symbol | nothing |
| 2 huffman | number of symbols of the alphabet, 4 bits of code length for each | code words |
| 3 range | number of symbols of the alphabet, the frequency of each | words of 16 bits, high byte first |
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.compression.codec import huffman, rans
from archwright.compression.codec.byte_fields import Damage, Fields, number_bytes
from archwright.core.errors import check_name

Symbols = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

FIXED, CONSTANT, HUFFMAN, RANGE = range(4)
CODERS = ("auto", "fixed", "huffman", "range")


class StreamSize(NamedTuple):
    """Bytes of a stream.

    Args:
        coder: how it is stored.
        head: coder, number of symbols, length of the payload.
        table: Huffman lengths or frequencies.
        payload: the coded symbols; exact but for range coding, where it is exact to a word.
    """

    coder: int
    head: int
    table: int
    payload: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.head + self.table + self.payload


def stream_size(symbols: Symbols, bits: int, coder: str = "auto") -> StreamSize:
    """What a stream will take, without writing it.

    Args:
        symbols: (n,), each below 2**bits.
        bits: 1 to 8.
        coder: `fixed`, `huffman`, `range`, or `auto` for the smallest.

    Raises:
        SpecError: the coder is unknown.

    Example:
        >>> stream_size(np.zeros(1000, np.uint8), 4).total
        5
    """
    check_name("coder", coder, CODERS)
    counts = np.bincount(symbols, minlength=1)
    if np.count_nonzero(counts) < 2:
        return _with_head(CONSTANT, len(symbols), 1, 0)
    sizes = [_with_head(FIXED, len(symbols), 0, (len(symbols) * bits + 7) // 8)]
    if coder in ("auto", "huffman"):
        n_bits = int(counts @ huffman.code_lengths(counts))
        table = len(number_bytes(len(counts))) + (len(counts) + 1) // 2
        sizes.append(_with_head(HUFFMAN, len(symbols), table, (n_bits + 7) // 8))
    if coder in ("auto", "range"):
        frequencies = rans.scaled_frequencies(counts)
        table = len(_numbers([len(counts), *frequencies]))
        sizes.append(_with_head(RANGE, len(symbols), table, rans.expected_bytes(counts, frequencies)))
    return min(sizes, key=lambda size: size.total) if coder == "auto" else sizes[-1]


def _with_head(coder: int, n: int, table: int, payload: int) -> StreamSize:
    return StreamSize(coder, 1 + len(number_bytes(n)) + len(number_bytes(payload)), table, payload)


def encode_stream(symbols: Symbols, bits: int, coder: str = "auto") -> bytes:
    """A stream as bytes.

    Args:
        symbols: (n,), each below 2**bits.
        bits: 1 to 8.
        coder: as for `stream_size`.

    Example:
        >>> encode_stream(np.array([1, 0, 3, 2], np.uint8), 2, "fixed").hex()
        '0004014e'
    """
    chosen = stream_size(symbols, bits, coder).coder
    counts = np.bincount(symbols, minlength=1)
    if chosen == CONSTANT:
        table, payload = bytes([len(counts) - 1]), b""
    elif chosen == FIXED:
        table, payload = b"", huffman.write_bits(symbols, *_fixed(bits)).tobytes()
    elif chosen == HUFFMAN:
        lengths = huffman.code_lengths(counts)
        table = number_bytes(len(counts)) + _nibbles(lengths)
        payload = huffman.write_bits(symbols, lengths, huffman.canonical_codes(lengths)).tobytes()
    else:
        frequencies = rans.scaled_frequencies(counts)
        table = _numbers([len(counts), *frequencies])
        payload = rans.encode(symbols, frequencies).astype(">u2").tobytes()
    return bytes([chosen]) + number_bytes(len(symbols)) + table + number_bytes(len(payload)) + payload


def _fixed(bits: int) -> tuple[Integers, Integers]:
    """Lengths and words of the code that is the symbol itself."""
    return np.full(1 << bits, bits, np.int64), np.arange(1 << bits, dtype=np.int64)


def _numbers(values: Any) -> bytes:
    return b"".join(number_bytes(int(value)) for value in values)


def _nibbles(lengths: Integers) -> bytes:
    even = np.append(lengths, 0) if len(lengths) % 2 else lengths
    packed: Symbols = (even[::2] << 4 | even[1::2]).astype(np.uint8)
    return packed.tobytes()


def decode_stream(fields: Fields, bits: int, max_symbols: int) -> Symbols:
    """The symbols of the stream that stands next.

    Args:
        fields: to read from.
        bits: 1 to 8.
        max_symbols: more are refused.

    Returns:
        Symbols, (n,), each below 2**bits.

    Raises:
        Damage: this is no such stream.

    Example:
        >>> decode_stream(Fields(bytes.fromhex("0004014e")), 2, 10).tolist()
        [1, 0, 3, 2]
    """
    coder, n = fields.byte(), fields.number()
    if coder > RANGE:
        raise Damage(f"coder {coder} is unknown")
    if n > max_symbols:
        raise Damage(f"{n:,} symbols where at most {max_symbols:,} can be")
    read = {FIXED: _read_fixed, CONSTANT: _read_constant, HUFFMAN: _read_huffman, RANGE: _read_range}[coder]
    symbols = read(fields, n, bits)
    if symbols is None or (n > 0 and int(symbols.max()) >= 1 << bits):
        raise Damage("a stream does not decode")
    return symbols


def _payload(fields: Fields) -> bytes:
    return fields.take(fields.number())


def _read_fixed(fields: Fields, n: int, bits: int) -> Symbols | None:
    payload = np.frombuffer(_payload(fields), np.uint8)
    return None if len(payload) * 8 < n * bits else huffman.read_bits(payload, n, _fixed(bits)[0])


def _read_constant(fields: Fields, n: int, bits: int) -> Symbols | None:
    symbol = fields.byte()
    return None if _payload(fields) else np.full(n, symbol, np.uint8)


def _alphabet(fields: Fields) -> int:
    size = fields.number()
    if size > 256:
        raise Damage(f"an alphabet of {size:,} symbols")
    return size


def _read_huffman(fields: Fields, n: int, bits: int) -> Symbols | None:
    size = _alphabet(fields)
    packed = np.frombuffer(fields.take((size + 1) // 2), np.uint8)
    lengths = np.stack([packed >> 4, packed & 15], axis=1).ravel()[:size].astype(np.int64)
    payload = np.frombuffer(_payload(fields), np.uint8)
    if not huffman.is_complete(lengths) or len(payload) * 8 < n:
        return None
    return huffman.read_bits(payload, n, lengths)


def _read_range(fields: Fields, n: int, bits: int) -> Symbols | None:
    frequencies = np.array([fields.number() for _ in range(_alphabet(fields))], np.int64)
    payload = _payload(fields)
    if len(payload) % 2 or max(frequencies, default=0) > rans.SCALE or frequencies.sum() != rans.SCALE:
        return None
    return rans.decode(np.frombuffer(payload, ">u2").astype(np.uint16), n, frequencies)
