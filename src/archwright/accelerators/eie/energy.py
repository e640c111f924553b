"""Joules and square micrometres, from the published tables, and how they are carried to other machines.

Source: Han et al., "EIE", ISCA 2016: table I (energy of operations, 45 nm), table II (power and area of a processing
element by unit and by kind, 45 nm, 800 MHz), section VI (a node of the leading-non-zero tree). The unit rows add up to
9.158 mW and 638,024 um2, the rows by kind to 9.157 mW and the same area.

What is ours. The clock network's power is spent in every cycle. The rest of a unit's power is spread over its events
at the rates of Alex-7 on the published machine (`EVENTS_PER_CYCLE`), so that layer reproduces table II; what comes out
per event lies beside table I in the documentation. A memory read costs as the square root of the memory's size, and
per line as `FIXED_READ_SHARE` + (1 - `FIXED_READ_SHARE`) width / 64: this share is set such that 64 bits cost least on
Alex-7, which is what the paper found. Areas of memories follow their size, that of a queue its depth. Leakage and the
area of the tree are left out, as in the tables.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from archwright.accelerators.eie.machine import POINTER_SRAM_BYTES, WEIGHT_SRAM_BYTES, Machine
from archwright.accelerators.energy import HAN, costs_from

OPERATION_J = costs_from(HAN)
"""Table I."""


class Unit(NamedTuple):
    """A part of a processing element: its power and its area."""

    power_w: float
    area_um2: float


UNITS = {
    "activation queue": Unit(0.112e-3, 758.0),
    "pointer read": Unit(1.807e-3, 121_849.0),
    "sparse-matrix read": Unit(4.955e-3, 469_412.0),
    "arithmetic": Unit(1.162e-3, 3_110.0),
    "activation read and write": Unit(1.122e-3, 18_934.0),
    "filler cells": Unit(0.0, 23_961.0),
}
"""Table II by unit."""

KINDS = {
    "memory": Unit(5.416e-3, 594_786.0),
    "clock network": Unit(1.874e-3, 866.0),
    "register": Unit(1.026e-3, 9_465.0),
    "combinational": Unit(0.841e-3, 8_946.0),
    "filler cells": Unit(0.0, 23_961.0),
}
"""Table II by kind."""

ELEMENT = Unit(9.157e-3, 638_024.0)
"""Table II, the whole processing element."""
LNZD_NODE_POWER_W = 0.023e-3
TABLE_CLOCK_HZ = 800e6
EVENTS_PER_CYCLE = {
    "activation queue": 0.13996,
    "pointer read": 0.13996,
    "sparse-matrix read": 0.19802,
    "arithmetic": 0.96231,
    "activation read and write": 0.96231,
}
"""Events of each unit per element and cycle, on Alex-7 (seed 0)."""
FIXED_READ_SHARE = 0.3
"""Share of a 64-bit read that does not grow with the width."""


class Events(NamedTuple):
    """What happened in a layer, over all elements.

    Args:
        cycles: of the machine.
        pointer_reads: activations taken from queues.
        line_reads: lines fetched from weight memories.
        entries: multiplied, padding included.
    """

    cycles: int
    pointer_reads: int
    line_reads: int
    entries: int


class Memories(NamedTuple):
    """Memories of one processing element, in bytes; those of the published one by default."""

    weight_bytes: float = WEIGHT_SRAM_BYTES
    pointer_bytes: float = POINTER_SRAM_BYTES


def event_j(unit: str) -> float:
    """Energy of one event of a unit on the published machine.

    Args:
        unit: a key of `EVENTS_PER_CYCLE`.

    Example:
        >>> round(event_j("sparse-matrix read") * 1e12, 1)
        24.9
    """
    by_events = 1.0 - KINDS["clock network"].power_w / ELEMENT.power_w
    return by_events * UNITS[unit].power_w / TABLE_CLOCK_HZ / EVENTS_PER_CYCLE[unit]


def line_read_j(machine: Machine, weight_bytes: float = WEIGHT_SRAM_BYTES) -> float:
    """Energy of one line of a weight memory.

    Args:
        machine: its line width counts.
        weight_bytes: size of the memory, > 0.
    """
    width = FIXED_READ_SHARE + (1.0 - FIXED_READ_SHARE) * machine.sram_bits / 64.0
    return event_j("sparse-matrix read") * width * math.sqrt(weight_bytes / WEIGHT_SRAM_BYTES)


def energy_j(events: Events, machine: Machine, memories: Memories = Memories()) -> float:  # noqa: B008
    """Energy of a layer.

    Args:
        events: of the layer.
        machine: that ran it.
        memories: of its elements.

    Example:
        >>> alex_7 = Events(10346, 92672, 131121, 637185)
        >>> round(energy_j(alex_7, Machine()) * 800e6 / 10346, 3)  # W
        0.587
    """
    clock_j = KINDS["clock network"].power_w / TABLE_CLOCK_HZ
    tree_j = LNZD_NODE_POWER_W / TABLE_CLOCK_HZ * machine.n_lnzd_nodes
    taken_j = event_j("activation queue") + event_j("pointer read") * math.sqrt(
        memories.pointer_bytes / POINTER_SRAM_BYTES
    )
    entry_j = event_j("arithmetic") + event_j("activation read and write")
    return (
        events.cycles * (machine.n_pes * clock_j + tree_j)
        + events.pointer_reads * taken_j
        + events.line_reads * line_read_j(machine, memories.weight_bytes)
        + events.entries * entry_j
    )


def area_um2(machine: Machine, memories: Memories = Memories()) -> float:  # noqa: B008
    """Area of all elements.

    Args:
        machine: its elements and the depth of their queues count.
        memories: of each element.

    Example:
        >>> round(area_um2(Machine()) / 1e6, 1)  # mm2
        40.8
    """
    scales = {
        "activation queue": machine.fifo_depth / 8.0,
        "pointer read": memories.pointer_bytes / POINTER_SRAM_BYTES,
        "sparse-matrix read": memories.weight_bytes / WEIGHT_SRAM_BYTES,
    }
    used = {name: unit.area_um2 * scales.get(name, 1.0) for name, unit in UNITS.items() if name != "filler cells"}
    filler = UNITS["filler cells"].area_um2 / (ELEMENT.area_um2 - UNITS["filler cells"].area_um2)
    return machine.n_pes * sum(used.values()) * (1.0 + filler)
