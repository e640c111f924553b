"""One layer on many machines: what two machines have in common is counted once."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from archwright.accelerators.eie.energy import Events, Memories, area_um2, energy_j
from archwright.accelerators.eie.layers import Layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.simulation import needed_memories
from archwright.accelerators.eie.sparsity import Counts, Ints, entry_counts, line_reads
from archwright.accelerators.eie.timing import scan, time_layer

KEPT_TABLES = 24


class Figures(NamedTuple):
    """What a machine makes of the layer, its memories as large as the layer needs.

    Args:
        cycles: until the last result is written.
        time_s: the same in seconds.
        energy_j: of the layer.
        area_um2: of the elements.
        balance: share of cycles in which elements multiply, 0 to 1.
        padding_share: of the multiplied entries, 0 to 1.
    """

    cycles: int
    time_s: float
    energy_j: float
    area_um2: float
    balance: float
    padding_share: float


class _Totals(NamedTuple):
    n_broadcasts: int
    entries: int
    most_stored: int


class Sweep:
    """Measures one layer on any machine; faster from machine to machine when elements and index bits stay the same.

    Args:
        layer: what all machines run.

    Example:
        >>> from archwright.accelerators.eie.layers import published_layer
        >>> sweep = Sweep(published_layer("alex-7"))
        >>> [sweep.measure(Machine(fifo_depth=depth)).cycles for depth in (2, 8, 256)]
        [12212, 10346, 10200]
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self._weights = np.diff(layer.sparsity.starts)
        self._tables = lru_cache(KEPT_TABLES)(self._table)
        self._totals = lru_cache(None)(self._total)
        self._cycles = lru_cache(None)(self._cycle)
        self._lines = lru_cache(None)(self._line)

    def measure(self, machine: Machine) -> Figures:
        """Run the layer on a machine."""
        n_pes, bits = machine.n_pes, machine.index_bits
        totals, cycles = self._totals(n_pes, bits), self._cycles(n_pes, bits, machine.fifo_depth)
        lines = self._lines(n_pes, bits, machine.entries_per_line)
        memories = self._memories(machine)
        events = Events(cycles, totals.n_broadcasts * n_pes, lines, totals.entries)
        n_weights = int(self._weights[self.layer.is_active].sum())
        return Figures(
            cycles,
            cycles / machine.clock_hz,
            energy_j(events, machine, memories),
            area_um2(machine, memories),
            totals.entries / (n_pes * cycles),
            1.0 - n_weights / totals.entries if totals.entries else 0.0,
        )

    def most_stored(self, machine: Machine) -> int:
        """Entries in the fullest element; 16-bit pointers reach 65,535."""
        return self._totals(machine.n_pes, machine.index_bits).most_stored

    def area_um2(self, machine: Machine) -> float:
        """Area of the elements, known before any cycle is simulated."""
        return area_um2(machine, self._memories(machine))

    def _memories(self, machine: Machine) -> Memories:
        return needed_memories(self.most_stored(machine), self.layer.sparsity.n_columns, machine)

    def _table(self, n_pes: int, index_bits: int) -> Counts:
        return entry_counts(self.layer.sparsity, Machine(n_pes=n_pes, index_bits=index_bits))

    def _total(self, n_pes: int, index_bits: int) -> _Totals:
        counts = self._tables(n_pes, index_bits)
        active: Ints = np.flatnonzero(self.layer.is_active)
        stored = counts.sum(axis=0, dtype=np.int64)
        return _Totals(len(active), int(counts[active].sum(dtype=np.int64)), int(stored.max()))

    def _cycle(self, n_pes: int, index_bits: int, fifo_depth: int) -> int:
        machine = Machine(n_pes=n_pes, index_bits=index_bits, fifo_depth=fifo_depth)
        return time_layer(self._tables(n_pes, index_bits), scan(self.layer.is_active, n_pes), machine).cycles

    def _line(self, n_pes: int, index_bits: int, per_line: int) -> int:
        return line_reads(self._tables(n_pes, index_bits), np.flatnonzero(self.layer.is_active), per_line)
