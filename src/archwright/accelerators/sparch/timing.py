"""Cycles of every round: the slowest of DRAM, multipliers and tree, and what starting and ending a round takes.

Source: Zhang et al., "SpArch", HPCA 2020. The three work side by side. A layer's merger takes `merger_width` elements
per cycle, and the bottom layer sees all that come in. The latency is ours: 100 cycles for the first element out of
DRAM, and 3 per way to fill and drain the queues, where `tree`, cycle by cycle, needs 2 to 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import Floats, Ints
from archwright.accelerators.sparch.product import Sizes
from archwright.accelerators.sparch.schedule import Schedule
from archwright.accelerators.sparch.traffic import Traffic

DRAM_LATENCY_CYCLES, CYCLES_PER_WAY = 100, 3
LIMITS = ("DRAM", "multipliers", "tree")


class Timing(NamedTuple):
    """Cycles of every round, by what it would take alone.

    Args:
        dram: (n,) to move the bytes.
        multipliers: (n,) to make the products.
        tree: (n,) to merge them and the results that come back.
        latency: of every round.
    """

    dram: Floats
    multipliers: Floats
    tree: Floats
    latency: int

    @property
    def per_round(self) -> Floats:
        """(n,) cycles."""
        return np.maximum(np.maximum(self.dram, self.multipliers), self.tree) + self.latency

    @property
    def cycles(self) -> float:
        """Of all rounds."""
        return float(self.per_round.sum())

    @property
    def shares(self) -> dict[str, float]:
        """Share of the cycles in rounds that each part of the machine limits."""
        slowest = np.argmax(np.stack([self.dram, self.multipliers, self.tree]), axis=0)
        return {
            name: float(self.per_round[slowest == k].sum()) / self.cycles if self.cycles else 0.0
            for k, name in enumerate(LIMITS)
        }


def time_rounds(traffic: Traffic, sizes: Sizes, schedule: Schedule, machine: Machine) -> Timing:
    """Cycles of every round.

    Args:
        traffic: of the rounds.
        sizes: of their results.
        schedule: of merging.
        machine: its widths and its bandwidth.
    """
    products = np.zeros(len(traffic.a))
    products[: len(sizes.products)] = sizes.products
    merged = merged_elements(sizes, schedule, len(products))
    return Timing(
        traffic.per_round / machine.bytes_per_cycle,
        np.ceil(products / machine.n_multipliers),
        np.ceil(merged / machine.merger_width),
        DRAM_LATENCY_CYCLES + CYCLES_PER_WAY * machine.ways,
    )


def merged_elements(sizes: Sizes, schedule: Schedule, n: int) -> Ints:
    """(n,) elements that enter the tree in every round: products, and results that come back."""
    merged = np.zeros(n, np.int64)
    merged[: len(sizes.products)] = sizes.products
    np.add.at(merged, schedule.parent[:-1], sizes.results[:-1])
    return merged


def outerspace_flops_per_s(n_bytes: int, n_products: int, bandwidth_bytes_per_s: float, utilization: float) -> float:
    """What OuterSPACE would reach if only its bytes counted.

    Args:
        n_bytes: that it moves.
        n_products: multiplications, each with an addition.
        bandwidth_bytes_per_s: of the DRAM.
        utilization: share of it that is used, 0 to 1.

    Example:
        >>> outerspace_flops_per_s(64 * 10**6, 10**6, 128e9, 0.5) / 1e9
        2.0
    """
    return 2.0 * n_products * utilization * bandwidth_bytes_per_s / n_bytes
