"""Canonical Huffman codes of at most 12 bits over up to 256 symbols.

Sources: Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952; lengths are limited by the
package-merge of Larmore, Hirschberg, "A Fast Algorithm for Optimal Length-Limited Huffman Codes", 1990. A canonical
code is given by its lengths alone, and 12 bits let one look-up in 4,096 entries decode a symbol.

Bits are written from the high end of each byte; the last byte is filled with zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Symbols = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

MAX_LENGTH = 12


def code_lengths(counts: Integers, limit: int = MAX_LENGTH) -> Integers:
    """Lengths of the best code with no code word beyond `limit` bits.

    Args:
        counts: (n,) how often each symbol occurs, at least two of them at all; n <= 2**limit.
        limit: in bits.

    Returns:
        (n,) lengths; 0 for symbols that do not occur.

    Example:
        >>> code_lengths(np.array([8, 0, 1, 3])).tolist()
        [1, 0, 2, 2]
    """
    used = np.flatnonzero(counts)
    leaves = sorted((int(counts[symbol]), (int(symbol),)) for symbol in used)
    packages: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(limit):
        pairs = zip(packages[::2], packages[1::2], strict=False)
        packages = sorted([*leaves, *((a[0] + b[0], a[1] + b[1]) for a, b in pairs)])
    lengths = np.zeros(len(counts), np.int64)
    for _, members in packages[: 2 * len(used) - 2]:
        np.add.at(lengths, list(members), 1)
    return lengths


def canonical_codes(lengths: Integers) -> Integers:
    """Code words by length, then by symbol, counted upwards.

    Args:
        lengths: (n,) in bits, 0 for none.

    Returns:
        (n,) code words, in the low bits.

    Example:
        >>> [f"{word:b}" for word in canonical_codes(np.array([1, 0, 2, 2]))]
        ['0', '0', '10', '11']
    """
    codes = np.zeros(len(lengths), np.int64)
    word = last = 0
    for symbol in np.lexsort((np.arange(len(lengths)), lengths)):
        if lengths[symbol] == 0:
            continue
        word <<= int(lengths[symbol]) - last
        codes[symbol], last = word, int(lengths[symbol])
        word += 1
    return codes


def is_complete(lengths: Integers) -> bool:
    """True when every string of bits starts with exactly one code word (Kraft's sum is 1).

    Example:
        >>> is_complete(np.array([1, 0, 2, 2])), is_complete(np.array([1, 1, 1]))
        (True, False)
    """
    used = lengths[lengths > 0]
    fits = used.max(initial=0) <= MAX_LENGTH
    return bool(fits) and int((1 << (MAX_LENGTH - used)).sum()) == 1 << MAX_LENGTH


def write_bits(symbols: Symbols, lengths: Integers, codes: Integers) -> Symbols:
    """The code words of all symbols one after another.

    Args:
        symbols: (n,).
        lengths: of the code words in bits, up to `MAX_LENGTH`.
        codes: the code words.

    Returns:
        Bytes.

    Example:
        >>> write_bits(np.array([1, 0, 1], np.uint8), np.array([1, 2]), np.array([0, 2])).tolist()
        [144]
    """
    n_bits = int(np.bincount(symbols, minlength=len(lengths)) @ lengths)
    out = np.zeros((n_bits + 7) // 8, np.uint8)
    _kernel_write(symbols, lengths.astype(np.int64), codes.astype(np.int64), out)
    return out


def read_bits(payload: Symbols, n: int, lengths: Integers) -> Symbols | None:
    """The first `n` symbols of a payload, the inverse of `write_bits` under the canonical code of `lengths`.

    Args:
        payload: bytes.
        n: symbols.
        lengths: a complete code.

    Returns:
        Symbols, (n,); None when the payload is shorter or longer than they are.

    Example:
        >>> read_bits(np.array([0b01000000], np.uint8), 2, np.array([1, 1])).tolist()
        [0, 1]
    """
    table = np.zeros(1 << MAX_LENGTH, np.int16)
    for symbol, (length, word) in enumerate(zip(lengths, canonical_codes(lengths), strict=True)):
        if length:
            room = MAX_LENGTH - int(length)
            table[int(word) << room : (int(word) + 1) << room] = symbol << 4 | int(length)
    out = np.empty(n, np.uint8)
    n_bits = _kernel_read(payload, table, out)
    return out if (n_bits + 7) // 8 == len(payload) else None


@njit(cache=True, nogil=True)
def _kernel_write(symbols: Any, lengths: Any, codes: Any, out: Any) -> None:
    bits, have, place = 0, 0, 0
    for symbol in symbols:
        bits = (bits << lengths[symbol]) | codes[symbol]
        have += lengths[symbol]
        while have >= 8:
            have -= 8
            out[place] = (bits >> have) & 255
            place += 1
        bits &= 255
    if have > 0:
        out[place] = (bits << (8 - have)) & 255


@njit(cache=True, nogil=True)
def _kernel_read(payload: Any, table: Any, out: Any) -> int:
    """Fill `out`; the number of bits that it took. Behind the payload follow zeros."""
    bits, have, place, size = np.int64(0), 0, 0, len(payload)
    for k in range(len(out)):
        if have < 12:
            if place + 4 <= size:
                bits = (bits << 32) | (
                    (np.int64(payload[place]) << 24)
                    | (np.int64(payload[place + 1]) << 16)
                    | (np.int64(payload[place + 2]) << 8)
                    | np.int64(payload[place + 3])
                )
                place += 4
                have += 32
            else:
                while have < 12:
                    bits = (bits << 8) | (np.int64(payload[place]) if place < size else np.int64(0))
                    place += 1
                    have += 8
        entry = table[(bits >> (have - 12)) & 4095]
        have -= entry & 15
        bits &= (np.int64(1) << have) - 1
        out[k] = entry >> 4
    return 8 * place - have
