"""Cycles of a product on the array, exactly: a recursion over bus cycles, tile after tile.

The bus broadcasts `bus_words` words a cycle into a queue per element. In the j-th cycle's words element i finds
w[j, i] pairs to multiply, `macs_per_pe` a cycle; words in which it finds none keep its comparators busy for a cycle.
With Q the queue's depth,

    t_j        = max(t_{j-1} + 1, max_i take[j-Q, i] + 1)
    take[j, i] = max(t_j + 1, free_i),   then   free_i = take[j, i] + max(1, ceil(w[j, i] / macs_per_pe))

and a tile takes its load, ceil(words / bus_words), and then max_i free_i. `referee` is the same cycle by cycle.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from archwright.accelerators.formats.entries import Entries
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.streams import Stream, stream_of
from archwright.accelerators.formats.tiling import Tile, tiles_of


@dataclass(frozen=True)
class Timing:
    """What a product takes.

    Args:
        cycles: loads and runs of all tiles.
        load_cycles: of these, for loading.
        n_tiles: one after another.
        streamed_words: over the bus, of all tiles.
        macs: multiplications, those by stored zeros too.
    """

    cycles: int
    load_cycles: int
    n_tiles: int
    streamed_words: int
    macs: int

    def utilisation(self, array: Array) -> float:
        """Share of the multipliers' cycles in which they multiply, 0 to 1."""
        return self.macs / (self.cycles * array.n_pes * array.macs_per_pe) if self.cycles else 0.0


def time_product(
    streamed: Entries, stationary: Entries, formats: tuple[str, str], array: Array, *, is_plain: bool = False
) -> Timing:
    """Cycles of streamed x stationary.

    Args:
        streamed: (rows, inner), or a 3-tensor with the inner index last.
        stationary: (inner, columns).
        formats: that the array computes on, streamed and stationary.
        array: its sizes.
        is_plain: by plain Python in place of the compiled kernel.

    Raises:
        SpecError: the array does not compute on these formats.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> eye = entries_of(np.eye(64))
        >>> [time_product(eye, eye, pair, Array()).cycles for pair in (("dense", "dense"), ("csr", "csc"))]
        [513, 25]
    """
    run = _run_plainly if is_plain else _run
    cycles = load_cycles = n_tiles = words = macs = 0
    for tile in tiles_of(stationary, formats[1], array):
        stream = stream_of(streamed, formats[0], int(tile.cuts[0]), int(tile.cuts[-1]))
        taken, found = run(stream, tile, array)
        load = -(-tile.n_words // array.bus_words)
        cycles, load_cycles = cycles + load + taken, load_cycles + load
        n_tiles, words, macs = n_tiles + 1, words + stream.n_words, macs + found
    return Timing(cycles, load_cycles, n_tiles, words, macs)


def _run(stream: Stream, tile: Tile, array: Array) -> tuple[int, int]:
    start = int(tile.cuts[0])
    order = np.argsort(tile.places, kind="stable")
    counts = np.bincount(tile.places - start, minlength=int(tile.cuts[-1]) - start)
    pointers = np.concatenate([[0], np.cumsum(counts)])
    n_beats = -(-stream.n_words // array.bus_words)
    beats = (stream.ends - 1) // array.bus_words
    sizes = (array.n_pes, array.macs_per_pe, array.queue_depth, n_beats)
    taken, found = _kernel_run(beats, stream.inner - start, pointers, tile.pes[order], sizes)
    return int(taken), int(found)


@njit(cache=True, nogil=True)
def _kernel_run(beats: Any, inner: Any, pointers: Any, pes: Any, sizes: Any) -> Any:
    n_pes, macs, depth, n_beats = sizes
    free = np.zeros(n_pes, np.int64)
    work = np.zeros(n_pes, np.int64)
    taken = np.zeros(depth, np.int64)
    at, entry, total = -1, 0, 0
    for beat in range(n_beats):
        work[:] = 0
        while entry < len(beats) and beats[entry] == beat:
            for k in range(pointers[inner[entry]], pointers[inner[entry] + 1]):
                work[pes[k]] += 1
                total += 1
            entry += 1
        at += 1
        if beat >= depth:
            at = max(at, taken[beat % depth] + 1)
        last = 0
        for pe in range(n_pes):
            take = max(at + 1, free[pe])
            last = max(last, take)
            free[pe] = take + max(1, (work[pe] + macs - 1) // macs)
        taken[beat % depth] = last
    return free.max(), total


def _run_plainly(stream: Stream, tile: Tile, array: Array) -> tuple[int, int]:
    """The twin of `_run`."""
    holders: dict[int, list[int]] = {}
    for place, pe in zip(tile.places.tolist(), tile.pes.tolist(), strict=True):
        holders.setdefault(place, []).append(pe)
    n_beats = -(-stream.n_words // array.bus_words)
    found: list[list[int]] = [[] for _ in range(n_beats)]
    for end, inner in zip(stream.ends.tolist(), stream.inner.tolist(), strict=True):
        found[(end - 1) // array.bus_words] += holders.get(inner, [])
    free, taken, at = [0] * array.n_pes, deque[int](maxlen=array.queue_depth), -1
    for matches in found:
        at += 1
        if len(taken) == array.queue_depth:
            at = max(at, taken[0] + 1)
        work = np.bincount(matches, minlength=array.n_pes) if matches else np.zeros(array.n_pes, np.int64)
        takes = [max(at + 1, one) for one in free]
        each = zip(takes, work.tolist(), strict=True)
        free = [take + max(1, -(-n // array.macs_per_pe)) for take, n in each]
        taken.append(max(takes))
    return max(free), sum(len(matches) for matches in found)
