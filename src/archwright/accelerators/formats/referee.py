"""The array cycle by cycle and word by word: slow, and the judge of `timing`.

In every cycle all parts first look at the registers as they stand, then all registers move at once:

- The bus sends its next words to all queues, unless one of them is full.
- An element that is idle takes the oldest words of its queue, compares the indices of the entries that are complete
  with what it stores, and starts on the pairs: so many products a cycle go into the sums.

Tiles are loaded and run one after another. What comes out is the product itself besides the cycles.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from archwright.accelerators.formats.entries import Entries
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.streams import Stream, stream_of
from archwright.accelerators.formats.tiling import Tile, tiles_of


class Arrived(NamedTuple):
    """An entry whose last word has come."""

    row: int
    inner: int
    value: float


class Verdict(NamedTuple):
    """What the referee saw.

    Args:
        cycles: loads and runs.
        product: (rows, columns).
        macs: multiplications.
    """

    cycles: int
    product: np.ndarray[Any, np.dtype[np.float64]]
    macs: int


@dataclass
class Element:
    """A processing element.

    Args:
        stored: by inner index, pairs of column and value.
        macs: products a cycle.
        product: where sums go.
    """

    stored: dict[int, list[tuple[int, float]]]
    macs: int
    product: np.ndarray[Any, np.dtype[np.float64]]
    queue: deque[list[Arrived]] = field(default_factory=deque)
    pairs: deque[tuple[int, int, float]] = field(default_factory=deque)
    n_macs: int = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left of what was taken."""
        return not self.pairs

    def clock(self) -> None:
        """A cycle: take words when idle, then multiply."""
        if self.is_idle and self.queue:
            self._compare(self.queue.popleft())
        for _ in range(min(self.macs, len(self.pairs))):
            row, column, product = self.pairs.popleft()
            self.product[row, column] += product
            self.n_macs += 1

    def _compare(self, words: list[Arrived]) -> None:
        for entry in words:
            for column, value in self.stored.get(entry.inner, ()):
                self.pairs.append((entry.row, column, entry.value * value))


def run_product(streamed: Entries, stationary: Entries, formats: tuple[str, str], array: Array) -> Verdict:
    """Compute streamed x stationary on the array.

    Args:
        streamed: (rows, inner), or a 3-tensor with the inner index last.
        stationary: (inner, columns).
        formats: that the array computes on, streamed and stationary.
        array: its sizes.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> verdict = run_product(entries_of(np.eye(2)), entries_of(np.ones((2, 2))), ("csr", "dense"), Array(n_pes=2))
        >>> verdict.product.tolist(), verdict.cycles
        ([[1.0, 1.0], [1.0, 1.0]], 3)
    """
    shape = (int(np.prod(streamed.shape[:-1])), stationary.shape[1])
    product, cycles, macs = np.zeros(shape), 0, 0
    for tile in tiles_of(stationary, formats[1], array):
        elements = [Element({}, array.macs_per_pe, product) for _ in range(array.n_pes)]
        cycles += _load(tile, elements, array.bus_words)
        stream = stream_of(streamed, formats[0], int(tile.cuts[0]), int(tile.cuts[-1]))
        cycles += _run(_beats(stream, array.bus_words), elements, array.queue_depth)
        macs += sum(element.n_macs for element in elements)
    return Verdict(cycles, product, macs)


def _load(tile: Tile, elements: list[Element], bus_words: int) -> int:
    for place, pe, column, value in zip(tile.places, tile.pes, tile.columns, tile.values, strict=True):
        elements[pe].stored.setdefault(int(place), []).append((int(column), float(value)))
    words, cycles = tile.n_words, 0
    while words > 0:
        words, cycles = words - bus_words, cycles + 1
    return cycles


def _beats(stream: Stream, bus_words: int) -> deque[list[Arrived]]:
    """The entries that are complete after each cycle's words."""
    entries = deque(zip(stream.ends, stream.rows, stream.inner, stream.values, strict=True))
    beats: deque[list[Arrived]] = deque()
    for sent in range(bus_words, stream.n_words + bus_words, bus_words):
        complete = []
        while entries and entries[0][0] <= sent:
            _, row, inner, value = entries.popleft()
            complete.append(Arrived(int(row), int(inner), float(value)))
        beats.append(complete)
    return beats


def _run(beats: deque[list[Arrived]], elements: list[Element], depth: int) -> int:
    cycles = 0
    while beats or any(element.queue or element.pairs for element in elements):
        is_full = any(len(element.queue) >= depth for element in elements)
        for element in elements:
            element.clock()
        if beats and not is_full:
            sent = beats.popleft()
            for element in elements:
                element.queue.append(sent)
        cycles += 1
    return cycles
