"""The row prefetcher: which rows of B are read again, when the buffer throws out what is needed latest.

Source: Zhang et al., "SpArch", HPCA 2020; Belady, "A study of replacement algorithms for a virtual-storage computer",
1966. Elements of A name the rows of B that will be needed; those in the look-ahead window say when a row is needed
next. The line whose row is needed farthest ahead goes first. Rows that the window does not show count as later than all
that it shows, the one used longest ago as the latest. So a window that sees everything is Belady's optimum (no lines
are read in vain, and a line may pass by the buffer), and one that sees nothing replaces the least recently used.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.accelerators.sparch.matrix import Ints

EVERYTHING = 1 << 30
"""A look-ahead that sees all accesses to come: Belady's optimum."""
_NEVER = 1 << 40


class Misses(NamedTuple):
    """What the prefetcher did.

    Args:
        line_accesses: lines that the multipliers asked for.
        line_misses: lines read from DRAM.
        of_access: (n,) elements of B read from DRAM at each access.
    """

    line_accesses: int
    line_misses: int
    of_access: Ints

    @property
    def hit_rate(self) -> float:
        """Share of lines that were in the buffer, 0 to 1."""
        return 1.0 - self.line_misses / self.line_accesses if self.line_accesses else 0.0


def prefetch(rows: Ints, lengths: Ints, *, buffer_lines: int, line_elements: int, lookahead: int) -> Misses:
    """Run the buffer over all accesses.

    Args:
        rows: (n,) row of B that each access needs, in order.
        lengths: (n_rows,) elements of the rows of B.
        buffer_lines: that fit, >= 1; a row takes whole lines.
        line_elements: >= 1.
        lookahead: accesses that are known ahead, >= 0; `EVERYTHING` for all.

    Example:
        >>> rows = np.array([0, 1, 2, 0, 1, 2])
        >>> for lookahead in (0, EVERYTHING):
        ...     prefetch(rows, np.full(3, 48), buffer_lines=2, line_elements=48, lookahead=lookahead).line_misses
        6
        4
    """
    lines = -(-lengths // line_elements)
    missed = np.zeros(len(rows), np.int64)
    _kernel_prefetch(rows, lines, next_uses(rows, len(lengths)), buffer_lines, lookahead, missed)
    # The last line of a row may be part-filled; it is the first to be thrown out, so it is among the missed.
    elements = np.where(missed > 0, lengths[rows] - (lines[rows] - missed) * line_elements, 0)
    return Misses(int(lines[rows].sum()), int(missed.sum()), elements)


def next_uses(rows: Ints, n_rows: int) -> Ints:
    """The next access of the same row for every access; 2^40 where there is none.

    Example:
        >>> (next_uses(np.array([0, 1, 0]), 2) == [2, 1 << 40, 1 << 40]).tolist()
        [True, True, True]
    """
    found = np.empty(len(rows), np.int64)
    _kernel_next_uses(rows, np.full(n_rows, _NEVER), found)
    return found


def prefetch_plainly(rows: Ints, lines: Ints, buffer_lines: int, lookahead: int) -> list[int]:
    """Missed lines of every access, by looking through the whole buffer: the twin of `prefetch`."""
    held: dict[int, int] = {}
    last: dict[int, int] = {}
    missed = []
    sequence = rows.tolist()
    for now, row in enumerate(sequence):
        missed.append(int(lines[row]) - held.get(row, 0))
        held[row], last[row] = int(lines[row]), now
        seen = sequence[now + 1 : now + 1 + lookahead]
        while sum(held.values()) > buffer_lines:
            victim = max(
                (one for one in held if held[one]),
                key=lambda one: seen.index(one) if one in seen else _NEVER - last[one],
            )
            held[victim] -= min(held[victim], sum(held.values()) - buffer_lines)
    return missed


@njit(cache=True, nogil=True)
def _kernel_next_uses(rows: Any, later: Any, found: Any) -> None:
    for at in range(len(rows) - 1, -1, -1):
        found[at] = later[rows[at]]
        later[rows[at]] = at


@njit(cache=True, nogil=True)
def _kernel_prefetch(rows: Any, lines: Any, following: Any, capacity: int, lookahead: int, missed: Any) -> None:
    held = np.zeros(len(lines), np.int64)
    urgency = np.zeros(len(lines), np.int64)  # the key under which a row stands in the heap; older entries are void
    heap = [(np.int64(0), np.int64(0)) for _ in range(0)]
    n_held = np.int64(0)
    for now in range(len(rows)):
        row, known = rows[now], now + lookahead
        missed[now] = lines[row] - held[row]
        n_held += missed[now]
        held[row] = lines[row]
        urgency[row] = following[now] if following[now] <= known else _NEVER - now
        heapq.heappush(heap, (-urgency[row], np.int64(row)))
        if lookahead > 0 and known < len(rows) and held[rows[known]] > 0 and urgency[rows[known]] > known:
            urgency[rows[known]] = known
            heapq.heappush(heap, (np.int64(-known), np.int64(rows[known])))
        while n_held > capacity:
            key, victim = heapq.heappop(heap)
            if held[victim] == 0 or urgency[victim] != -key:
                continue
            gone = min(held[victim], n_held - capacity)
            held[victim] -= gone
            n_held -= gone
            if held[victim] > 0:
                heapq.heappush(heap, (key, victim))
