"""Range coding by an asymmetric numeral system: fractions of a bit per symbol, where Huffman rounds up to whole ones.

Source: Duda, "Asymmetric numeral systems: entropy coding combining speed of Huffman coding with compression rate of
arithmetic coding", 2013, section on range variants (rANS). The state keeps 16 to 32 bits; frequencies add up to 4,096;
words of 16 bits leave and enter at the low end. The coder runs backwards, so that the decoder runs forwards.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

Symbols = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Words = np.ndarray[Any, np.dtype[np.uint16]]

SCALE_BITS = 12
SCALE = 1 << SCALE_BITS
LOW = 1 << 16
"""The state lies in [LOW, LOW << 16) between symbols."""


def scaled_frequencies(counts: Integers) -> Integers:
    """Frequencies in proportion to the counts that add up to 4,096; what occurs at all gets at least 1.

    Args:
        counts: (n,) how often each symbol occurs; n <= 256, at least one occurs.

    Example:
        >>> scaled_frequencies(np.array([3, 0, 1])).tolist()
        [3072, 0, 1024]
    """
    shares = counts * (SCALE / counts.sum())
    scaled = np.where(counts > 0, np.maximum(np.floor(shares), 1), 0).astype(np.int64)
    while (missing := SCALE - int(scaled.sum())) != 0:
        # Where one more or one less changes the length of the stream by the least.
        weight = counts / np.maximum(scaled + (0 if missing > 0 else -1), 0.5)
        allowed = counts > 0 if missing > 0 else scaled > 1
        choice = np.where(allowed, weight, -1.0 if missing > 0 else np.inf)
        scaled[choice.argmax() if missing > 0 else choice.argmin()] += 1 if missing > 0 else -1
    return scaled


def expected_bytes(counts: Integers, frequencies: Integers) -> int:
    """Bytes of the words and the final state, to within a word.

    Args:
        counts: of the symbols.
        frequencies: of `scaled_frequencies`.

    Example:
        >>> expected_bytes(np.array([800, 800]), np.array([2048, 2048]))
        204
    """
    used = counts > 0
    n_bits = float((counts[used] * (SCALE_BITS - np.log2(frequencies[used]))).sum())
    return 4 + 2 * math.floor(n_bits / 16.0)


def encode(symbols: Symbols, frequencies: Integers) -> Words:
    """Words of a stream: the state at the end of coding in two words, then what the decoder reads in order.

    Args:
        symbols: (n,), each with a frequency above 0.
        frequencies: add up to 4,096.

    Example:
        >>> encode(np.array([0, 1], np.uint8), np.array([2048, 2048])).tolist()
        [4, 4096]
    """
    words = np.empty(len(symbols) + 2, np.uint16)
    starts = np.cumsum(frequencies) - frequencies
    n = _kernel_encode(symbols, frequencies.astype(np.int64), starts.astype(np.int64), words)
    return words[:n][::-1].copy()


def decode(words: Words, n: int, frequencies: Integers) -> Symbols | None:
    """The `n` symbols of a stream.

    Args:
        words: of `encode`.
        n: symbols.
        frequencies: the same as for encoding.

    Returns:
        Symbols, (n,); None when the words do not end where the symbols do.

    Example:
        >>> decode(encode(np.array([0, 1], np.uint8), np.array([2048, 2048])), 2, np.array([2048, 2048])).tolist()
        [0, 1]
    """
    if len(words) < 2:
        return None
    symbol_of = np.repeat(np.arange(len(frequencies), dtype=np.uint8), frequencies)
    starts = np.cumsum(frequencies) - frequencies
    out = np.empty(n, np.uint8)
    is_whole = _kernel_decode(words, symbol_of, frequencies[symbol_of], np.arange(SCALE) - starts[symbol_of], out)
    return out if is_whole else None


@njit(cache=True, nogil=True)
def _kernel_encode(symbols: Any, frequencies: Any, starts: Any, words: Any) -> int:
    """Words in the order in which they leave; how many."""
    state, n = np.int64(LOW), 0
    for k in range(len(symbols) - 1, -1, -1):
        frequency = frequencies[symbols[k]]
        if state >= frequency << 20:
            words[n] = state & 65535
            n += 1
            state >>= 16
        state = ((state // frequency) << 12) + state % frequency + starts[symbols[k]]
    words[n] = state & 65535
    words[n + 1] = state >> 16
    return n + 2


@njit(cache=True, nogil=True)
def _kernel_decode(words: Any, symbol_of: Any, frequency_of: Any, offset_of: Any, out: Any) -> bool:
    state, place, size = (np.int64(words[0]) << 16) | np.int64(words[1]), 2, len(words)
    for k in range(len(out)):
        slot = state & 4095
        out[k] = symbol_of[slot]
        state = frequency_of[slot] * (state >> 12) + offset_of[slot]
        if state < LOW:
            if place == size:
                return False
            state = (state << 16) | np.int64(words[place])
            place += 1
    return place == size and state == LOW
