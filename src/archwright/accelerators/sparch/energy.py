"""Joules and square millimetres, from the published totals, and how they are carried to other machines.

Sources: Zhang et al., "SpArch", HPCA 2020, as secondary sources give it: 40 nm, 28.49 mm2 (a tree of 60 %), 9.26 W at
10.45 GFLOP/s and 68.6 % of 128 GB/s; areas of the units in `AREAS_MM2` add up to 28.50 mm2. 3.9 pJ per bit of
high-bandwidth memory: O'Connor et al., "Fine-Grained DRAM", MICRO 2017.

What is ours. Power that is not the DRAM's is spread over the units by their areas, and over their events at the rates
of the published average, so an average product on the published machine costs the published energy: no prediction. A
buffer read costs as the square root of the buffer. Of the tree's area and energy one half are comparators (a merger per
layer; a step of a wider merger has more of them per element), the other half queues. Areas of buffers and queues follow
their bytes; the writer stays as it is. Power without events (clocks, leakage) is left out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from archwright.accelerators.sparch.comparator import n_comparators
from archwright.accelerators.sparch.machine import Machine

AREAS_MM2 = {
    "column fetcher": 2.64,
    "row prefetcher": 5.80,
    "multipliers": 0.45,
    "merge tree": 17.27,
    "partial matrix writer": 2.34,
}
POWER_W, FLOPS_PER_S, UTILIZATION = 9.26, 10.45e9, 0.686
DRAM_J_PER_BYTE = 8 * 3.9e-12
MERGED_PER_PRODUCT = 1.1
"""Elements that enter the tree per product, on the stand-ins."""
COMPARATOR_SHARE = 0.5
LOOKAHEAD_BYTES = 4
"""A column of A that is to come."""
_PUBLISHED = Machine()


class Events(NamedTuple):
    """What happened in a product.

    Args:
        products: multiplications; each reads an element of B from the buffer.
        merged: elements that entered the tree.
        dram_bytes: read and written.
    """

    products: int
    merged: int
    dram_bytes: int


def unit_j(unit: str) -> float:
    """Energy that a unit of the published machine takes per product of the published average.

    Args:
        unit: a key of `AREAS_MM2`.

    Example:
        >>> round(sum(unit_j(unit) for unit in AREAS_MM2) * 1e9, 2)  # nJ, the DRAM's left out
        1.25
    """
    dram_w = UTILIZATION * _PUBLISHED.bandwidth_bytes_per_s * DRAM_J_PER_BYTE
    share = AREAS_MM2[unit] / sum(AREAS_MM2.values())
    return (POWER_W - dram_w) * share / (FLOPS_PER_S / 2.0)


def energy_j(events: Events, machine: Machine) -> float:
    """Energy of a product, the DRAM's included.

    Args:
        events: of the product.
        machine: that ran it.

    Example:
        >>> n = 5_225_000_000  # products of an average second
        >>> round(energy_j(Events(n, round(1.1 * n), round(0.686 * 128e9)), Machine()), 2)
        9.26
    """
    buffer = math.sqrt(_prefetcher_bytes(machine) / _prefetcher_bytes(_PUBLISHED))
    product_j = unit_j("multipliers") + unit_j("column fetcher") + unit_j("row prefetcher") * buffer
    merged_j = (unit_j("merge tree") * _tree_scale(machine) + unit_j("partial matrix writer")) / MERGED_PER_PRODUCT
    return events.products * product_j + events.merged * merged_j + events.dram_bytes * DRAM_J_PER_BYTE


def area_mm2(machine: Machine) -> float:
    """Area of a machine, without its DRAM.

    Example:
        >>> round(area_mm2(Machine()), 2), round(area_mm2(Machine(ways=128)), 1)
        (28.5, 41.2)
    """
    comparators = machine.n_layers * n_comparators(machine.merger_width)
    queues = machine.ways * machine.merger_width
    scales = {
        "column fetcher": machine.ways / _PUBLISHED.ways,
        "row prefetcher": _prefetcher_bytes(machine) / _prefetcher_bytes(_PUBLISHED),
        "multipliers": machine.n_multipliers / _PUBLISHED.n_multipliers,
        "merge tree": COMPARATOR_SHARE * comparators / (_PUBLISHED.n_layers * n_comparators(_PUBLISHED.merger_width))
        + (1.0 - COMPARATOR_SHARE) * queues / (_PUBLISHED.ways * _PUBLISHED.merger_width),
    }
    return sum(area * scales.get(unit, 1.0) for unit, area in AREAS_MM2.items())


def _prefetcher_bytes(machine: Machine) -> int:
    return machine.buffer_bytes + LOOKAHEAD_BYTES * machine.lookahead


def _tree_scale(machine: Machine) -> float:
    """Energy of an element through the tree, in that of the published one."""
    per_element = n_comparators(machine.merger_width) / machine.merger_width
    published = n_comparators(_PUBLISHED.merger_width) / _PUBLISHED.merger_width
    steps = COMPARATOR_SHARE * per_element / published + 1.0 - COMPARATOR_SHARE
    return steps * machine.n_layers / _PUBLISHED.n_layers
