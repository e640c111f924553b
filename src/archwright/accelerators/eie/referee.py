"""The machine cycle by cycle and register by register: slow, and the judge of `timing` and `datapath`.

Source: Han et al., "EIE", ISCA 2016, section IV and figure 4. In every cycle all parts first look at the registers as
they stand, then all registers move at once:

- The scan holds one line of activations, a lane per element. It writes the next non-zero one into all queues, unless
  any of them is full; a line in which nothing is left costs a cycle to step over, unless its last lane was just sent.
- The pointer stage takes an activation from the queue, reads both pointers of its column and sends one address a cycle.
- The read stage fetches an entry, and a line of the weight memory when the entry stands in another one than the last.
- The decode stage looks the code up and adds the run to the row; the row's sum is read, written rows first.
- The multiply stage adds the product, to the sum of the instruction before where that has the same row: the bypass.
- The write stage writes the sum.

A column without entries sends one empty slot through the pipeline.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from archwright.accelerators.eie.datapath import Fixed, Sums, check_codebook
from archwright.accelerators.eie.encoding import EncodedLayer


class Activation(NamedTuple):
    """What is broadcast."""

    column: int
    value: int


class Slot(NamedTuple):
    """What the pointer stage sends: the address of an entry, or None for a column without entries."""

    address: int | None
    is_first: bool
    value: int


class Decoded(NamedTuple):
    """A multiplication to do: row, weight, activation, and the sum of the row as it was read."""

    row: int
    weight: int
    value: int
    read: int


class Verdict(NamedTuple):
    """What the referee saw.

    Args:
        cycles: until the last sum is written.
        sums: (n_rows,) int64.
        stall_cycles: broadcasts held up by a full queue.
        line_reads: lines fetched from all weight memories.
        pointer_reads: columns looked up by all elements.
    """

    cycles: int
    sums: Sums
    stall_cycles: int
    line_reads: int
    pointer_reads: int


@dataclass
class Element:
    """One processing element.

    Args:
        pointers, codes, runs: its memories.
        codebook: weights by code.
        capacity: of its queue.
        n_rows: outputs that it owns.
        per_line: entries of a memory line.
    """

    pointers: list[int]
    codes: list[int]
    runs: list[int]
    codebook: list[int]
    capacity: int
    n_rows: int
    per_line: int
    queue: deque[Activation] = field(default_factory=deque)
    taken: Activation | None = None
    address: int = 0
    to_read: Slot | None = None
    to_decode: tuple[Slot, int, int] | None = None
    to_multiply: Decoded | None = None
    to_write: tuple[int, int] | None = None
    is_draining: list[bool] = field(default_factory=lambda: [False] * 4)
    row: int = -1
    line: int = -1
    line_reads: int = 0
    pointer_reads: int = 0

    sums: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Clear the sums."""
        self.sums = [0] * self.n_rows

    @property
    def is_full(self) -> bool:
        """Whether the queue takes no more."""
        return len(self.queue) == self.capacity

    @property
    def is_idle(self) -> bool:
        """Whether nothing is queued, held, or on its way."""
        return not self.queue and self.taken is None and not any(self.is_draining)

    def clock(self) -> None:
        """One cycle, from the last stage to the first, so that each sees the registers before they move."""
        written = self._write()
        self._multiply(written)
        self._decode()
        self._read()
        self._point()

    def _write(self) -> tuple[int, int] | None:
        written = self.to_write
        if written is not None:
            row, total = written
            self.sums[row] = total
        return written

    def _multiply(self, written: tuple[int, int] | None) -> None:
        self.to_write = None
        if self.to_multiply is None:
            return
        row, weight, value, read = self.to_multiply
        before = written[1] if written is not None and written[0] == row else read
        self.to_write = (row, before + weight * value)

    def _decode(self) -> None:
        self.to_multiply = None
        if self.to_decode is None:
            return
        slot, code, run = self.to_decode
        self.row = run if slot.is_first else self.row + 1 + run
        self.to_multiply = Decoded(self.row, self.codebook[code], slot.value, self.sums[self.row])

    def _read(self) -> None:
        slot, self.to_decode = self.to_read, None
        if slot is None or slot.address is None:
            return
        line = slot.address // self.per_line
        self.line_reads += line != self.line
        self.line = line
        self.to_decode = (slot, self.codes[slot.address], self.runs[slot.address])

    def _point(self) -> None:
        self.to_read = None
        is_busy = self.taken is not None
        if self.taken is not None:
            self._send(self.taken)
        self.is_draining = [is_busy, *self.is_draining[:-1]]
        if self.taken is None and self.queue:
            self.taken = self.queue.popleft()
            self.address = self.pointers[self.taken.column]
            self.pointer_reads += 1

    def _send(self, taken: Activation) -> None:
        start, end = self.pointers[taken.column], self.pointers[taken.column + 1]
        has_entry = self.address < end
        self.to_read = Slot(self.address if has_entry else None, self.address == start, taken.value)
        self.address += 1
        if self.address >= end:
            self.taken = None


@dataclass
class Scanner:
    """The leading-non-zero detection: a line of activations and how far it is scanned.

    Args:
        activations: the whole vector, padded to whole lines.
        n_lanes: of a line.
    """

    activations: list[int]
    n_lanes: int
    line: int = -1
    lane: int = 0
    stall_cycles: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the last line is behind it."""
        return self.line * self.n_lanes >= len(self.activations)

    def clock(self, is_blocked: bool) -> Activation | None:
        """One cycle: the activation to broadcast, if there is one and no queue is full."""
        if self.is_done:
            return None
        first = self.line * self.n_lanes
        rest = range(first + self.lane, first + self.n_lanes) if self.line >= 0 else range(0)
        column = next((one for one in rest if self.activations[one]), None)
        if column is None:
            self.line, self.lane = self.line + 1, 0
            return None
        if is_blocked:
            self.stall_cycles += 1
            return None
        self.lane = column - first + 1
        if self.lane == self.n_lanes:
            self.line, self.lane = self.line + 1, 0
        return Activation(column, self.activations[column])


def run_layer(layer: EncodedLayer, codebook: Fixed, activations: Fixed) -> Verdict:
    """Run a layer to its end.

    Args:
        layer: as encoded.
        codebook: (2^code_bits,) int16, entry 0 is 0.
        activations: (n_columns,) int16.

    Example:
        >>> from archwright.accelerators.eie.encoding import encode
        >>> from archwright.accelerators.eie.machine import Machine
        >>> layer = encode(np.array([[0, 1], [1, 2]], np.uint8), Machine(n_pes=2, code_bits=2))
        >>> verdict = run_layer(layer, np.array([0, 5, -7, 0], np.int16), np.array([10, 100], np.int16))
        >>> verdict.cycles, verdict.sums.tolist()
        (9, [500, -650])
    """
    machine = layer.machine
    weights = check_codebook(codebook, layer).tolist()
    elements = [
        Element(
            layer.pointers[k].tolist(), layer.codes[k].tolist(), layer.runs[k].tolist(), weights,
            machine.queue_capacity, len(range(k, layer.n_rows, machine.n_pes)), machine.entries_per_line,
        )
        for k in range(machine.n_pes)
    ]  # fmt: skip
    scanner = Scanner([*activations.tolist(), *[0] * (-len(activations) % machine.n_pes)], machine.n_pes)
    cycles = 0
    while not scanner.is_done or not all(one.is_idle for one in elements):
        sent = scanner.clock(any(one.is_full for one in elements))
        for one in elements:
            one.clock()
            if sent is not None:
                one.queue.append(sent)
        cycles += 1
    sums = np.zeros(layer.n_rows, np.int64)
    for k, one in enumerate(elements):
        sums[k :: machine.n_pes] = one.sums
    reads = [(one.line_reads, one.pointer_reads) for one in elements]
    return Verdict(cycles, sums, scanner.stall_cycles, sum(a for a, _ in reads), sum(b for _, b in reads))
