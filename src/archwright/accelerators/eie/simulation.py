"""A layer on a machine: cycles, where they go, energy and area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.accelerators.eie.energy import Events, Memories, area_um2, energy_j
from archwright.accelerators.eie.layers import Layer
from archwright.accelerators.eie.machine import MAX_ENTRIES, POINTER_BITS, Machine
from archwright.accelerators.eie.sparsity import Counts, entry_counts, line_reads
from archwright.accelerators.eie.timing import Timing, scan, time_layer

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Run:
    """What a layer took.

    Args:
        layer: its name.
        machine: that ran it.
        timing: when activations were broadcast, and the cycles.
        n_broadcasts: non-zero activations.
        entries: (n_pes,) entries that each element multiplied, padding included.
        empty: (n_pes,) columns in which an element had nothing to do, a cycle each.
        n_weights: entries that are weights.
        line_reads: lines fetched from weight memories.
        most_stored: entries that the fullest element stores.
        n_columns: of the layer; each needs a pointer.
    """

    layer: str
    machine: Machine
    timing: Timing
    n_broadcasts: int
    entries: Ints
    empty: Ints
    n_weights: int
    line_reads: int
    most_stored: int
    n_columns: int

    @property
    def cycles(self) -> int:
        """Until the last result is written."""
        return self.timing.cycles

    @property
    def time_s(self) -> float:
        """The same in seconds."""
        return self.cycles / self.machine.clock_hz

    @property
    def theoretical_s(self) -> float:
        """What perfect balance would take: the mean element's entries, one a cycle."""
        return float(self.entries.mean()) / self.machine.clock_hz

    @property
    def balance(self) -> float:
        """Share of the elements' cycles in which they multiply, 0 to 1."""
        return float(self.entries.mean()) / self.cycles

    @property
    def padding_share(self) -> float:
        """Share of the multiplied entries that are padding, 0 to 1."""
        total = int(self.entries.sum())
        return 1.0 - self.n_weights / total if total else 0.0

    @property
    def events(self) -> Events:
        """What the energy is counted from."""
        taken = self.n_broadcasts * self.machine.n_pes
        return Events(self.cycles, taken, self.line_reads, int(self.entries.sum()))

    @property
    def needed(self) -> Memories:
        """Memories per element that just hold the layer, in whole KB."""
        return needed_memories(self.most_stored, self.n_columns, self.machine)

    @property
    def fits_pointers(self) -> bool:
        """Whether 16-bit pointers reach every entry."""
        return self.most_stored <= MAX_ENTRIES

    def energy_j(self, memories: Memories | None = None) -> float:
        """Energy; in the published memories where none are given."""
        return energy_j(self.events, self.machine, memories or Memories())

    def area_um2(self, memories: Memories | None = None) -> float:
        """Area of the elements; with the published memories where none are given."""
        return area_um2(self.machine, memories or Memories())


def simulate(layer: Layer, machine: Machine | None = None, counts: Counts | None = None) -> Run:
    """Run a layer on a machine.

    Args:
        layer: where its weights stand and which inputs are not zero.
        machine: the published one by default.
        counts: `entry_counts` of the layer, where they are known.

    Example:
        >>> from archwright.accelerators.eie.layers import published_layer
        >>> run = simulate(published_layer("alex-7"))
        >>> run.cycles, round(run.time_s * 1e6, 1)
        (10346, 12.9)
    """
    machine = machine or Machine()
    counts = entry_counts(layer.sparsity, machine) if counts is None else counts
    scanned = scan(layer.is_active, machine.n_pes)
    timing = time_layer(counts, scanned, machine)
    worked = counts[scanned.active]
    return Run(
        layer=layer.name,
        machine=machine,
        timing=timing,
        n_broadcasts=len(scanned.active),
        entries=worked.sum(axis=0, dtype=np.int64),
        empty=(worked == 0).sum(axis=0),
        n_weights=int(np.diff(layer.sparsity.starts)[scanned.active].sum()),
        line_reads=line_reads(counts, scanned.active, machine.entries_per_line),
        most_stored=int(counts.sum(axis=0).max()),
        n_columns=layer.sparsity.n_columns,
    )


def needed_memories(most_stored: int, n_columns: int, machine: Machine) -> Memories:
    """Memories of an element that just hold a layer, in whole KB.

    Args:
        most_stored: entries of the fullest element.
        n_columns: of the layer; each needs a pointer, and one marks the end.
        machine: its entry bits count.

    Example:
        >>> needed_memories(28_414, 4096, Machine())
        Memories(weight_bytes=28672, pointer_bytes=9216)
    """
    return Memories(_whole_kb(most_stored * machine.entry_bits), _whole_kb((n_columns + 1) * POINTER_BITS))


def _whole_kb(bits: int) -> int:
    return 1024 * max(1, -(-bits // 8192))
