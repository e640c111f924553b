"""Relative indices: where the surviving weights of a layer stand, as zeros skipped since the one before.

Source: Han et al., "Deep Compression", 2016, section 2 and figure 2. A gap that b bits cannot hold needs padding. Two
rules are here. The paper's, `filler_count`: the largest gap is followed by a filler, an explicit zero weight, so a
filler costs a gap and a code and goes 2^b positions. Ours, in `gaps_of`: the largest symbol means "go 2^b - 1
positions, no weight stands there", so it costs a gap alone, and the stream of codes holds weights only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Gaps = np.ndarray[Any, np.dtype[np.uint8]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def gaps_of(mask: Mask, bits: int) -> Gaps:
    """Gaps before the true entries of a mask, in C order.

    Args:
        mask: any shape.
        bits: 1 to 8; a gap of 2**bits - 1 or more is preceded by skips.

    Returns:
        (n,) symbols; `2**bits - 1` is a skip.

    Example:
        >>> gaps_of(np.array([0, 1, 1, 0, 0, 0, 0, 1], bool), 2).tolist()
        [1, 0, 3, 1]
    """
    flat = np.ascontiguousarray(mask).ravel()
    out = np.empty(_kernel_count(flat, (1 << bits) - 1), np.uint8)
    _kernel_gaps(flat, (1 << bits) - 1, out)
    return out


def positions_of(gaps: Gaps, bits: int, size: int) -> Positions | None:
    """Positions of the true entries, the inverse of `gaps_of`.

    Args:
        gaps: symbols.
        bits: of the symbols.
        size: of the mask.

    Returns:
        (n,) ascending positions below `size`; None when the gaps lead beyond it.

    Example:
        >>> positions_of(np.array([1, 0, 3, 1], np.uint8), 2, 8).tolist()
        [1, 2, 7]
    """
    out = np.empty(len(gaps), np.int64)
    n = _kernel_positions(gaps, (1 << bits) - 1, size, out)
    return None if n < 0 else out[:n]


def filler_count(mask: Mask, bits: int) -> int:
    """Padding zeros of the paper's rule: each stands 2**bits behind what went before.

    Args:
        mask: any shape.
        bits: of an index.

    Example:
        >>> filler_count(np.array([0, 0, 0, 0, 0, 1], bool), 2)
        1
    """
    places = np.flatnonzero(mask)
    gaps = np.diff(places, prepend=-1) - 1
    return int((gaps >> bits).sum())


def expected_padding(density: float, span: int) -> float:
    """Padding entries per weight when every position survives independently: a gap of d costs floor(d / span).

    Args:
        density: 0 < density <= 1.
        span: positions that a padding entry goes: 2**bits with the paper's fillers, 2**bits - 1 with skips.

    Returns:
        The sum over m >= 1 of (1 - density)^(span m).

    Example:
        >>> round(expected_padding(0.09, 16), 4)
        0.2839
    """
    missed = (1.0 - density) ** span
    return missed / (1.0 - missed)


@njit(cache=True, nogil=True)
def _kernel_count(mask: Any, skip: int) -> int:
    n, gap = 0, 0
    for here in mask:
        gap += 1
        if here:
            n += 1 + (gap - 1) // skip
            gap = 0
    return n


@njit(cache=True, nogil=True)
def _kernel_gaps(mask: Any, skip: int, out: Any) -> None:
    n, gap = 0, 0
    for here in mask:
        if not here:
            gap += 1
            continue
        while gap >= skip:
            out[n] = skip
            n += 1
            gap -= skip
        out[n] = gap
        n += 1
        gap = 0


@njit(cache=True, nogil=True)
def _kernel_positions(gaps: Any, skip: int, size: int, out: Any) -> int:
    n, place = 0, np.int64(0)
    for gap in gaps:
        place += np.int64(gap)
        if gap != skip:
            if place >= size:
                return -1
            out[n] = place
            n += 1
            place += 1
    return n if place <= size else -1


@njit(cache=True, nogil=True)
def _kernel_scatter(gaps: Any, skip: int, codes: Any, codebook: Any, out: Any) -> bool:
    """Write weights into zeros; False when gaps and codes do not fit each other or the room."""
    n, place = 0, np.int64(0)
    for gap in gaps:
        place += np.int64(gap)
        if gap != skip:
            if place >= len(out) or n >= len(codes):
                return False
            out[place] = codebook[codes[n]]
            n += 1
            place += 1
    return bool(n == len(codes) and place <= len(out))
