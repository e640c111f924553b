"""A product on a machine: rounds, bytes, cycles, joules, area."""

from __future__ import annotations

from dataclasses import dataclass

from archwright.accelerators.sparch.energy import Events, area_mm2, energy_j
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import SparseMatrix
from archwright.accelerators.sparch.prefetch import Misses
from archwright.accelerators.sparch.timing import Timing, merged_elements, time_rounds
from archwright.accelerators.sparch.traffic import (
    ALL_IDEAS,
    Ideas,
    Plan,
    Traffic,
    fetch_rows,
    plan_product,
    traffic_of,
)


@dataclass(frozen=True, eq=False)
class Run:
    """What a product took.

    Args:
        machine: that ran it.
        plan: leaves, rounds, sizes.
        misses: of the prefetcher; None where there is none.
        traffic: bytes of every round.
        timing: cycles of every round.
    """

    machine: Machine
    plan: Plan
    misses: Misses | None
    traffic: Traffic
    timing: Timing

    @property
    def time_s(self) -> float:
        """Until the last element of C is written."""
        return self.timing.cycles / self.machine.clock_hz

    @property
    def flops_per_s(self) -> float:
        """A multiplication and an addition per product."""
        return 2.0 * self.plan.sizes.n_products / self.time_s

    @property
    def utilization(self) -> float:
        """Share of the DRAM's bandwidth that is used, 0 to 1."""
        return self.traffic.total / (self.time_s * self.machine.bandwidth_bytes_per_s)

    @property
    def intensity(self) -> float:
        """Operations per byte of DRAM."""
        return 2.0 * self.plan.sizes.n_products / max(1, self.traffic.total)

    @property
    def hit_rate(self) -> float:
        """Share of lines that were in the buffer, 0 to 1."""
        return self.misses.hit_rate if self.misses is not None else 0.0

    @property
    def events(self) -> Events:
        """What the energy is counted from."""
        sizes = self.plan.sizes
        merged = int(merged_elements(sizes, self.plan.schedule, len(self.traffic.a)).sum())
        return Events(sizes.n_products, merged, self.traffic.total)

    @property
    def energy_j(self) -> float:
        """Of the machine and its DRAM."""
        return energy_j(self.events, self.machine)

    @property
    def area_mm2(self) -> float:
        """Of the machine."""
        return area_mm2(self.machine)


def simulate(
    a: SparseMatrix,
    b: SparseMatrix,
    machine: Machine | None = None,
    ideas: Ideas = ALL_IDEAS,
    plan: Plan | None = None,
) -> Run:
    """Run a product.

    Args:
        a: the left matrix.
        b: the right matrix.
        machine: the published one by default.
        ideas: all of the paper's by default.
        plan: of this product for as many ways, where it is known.

    Raises:
        SpecError: the matrices do not fit each other.

    Example:
        >>> from archwright.accelerators.sparch.families import stand_in
        >>> a = stand_in("wiki-Vote", max_products=100_000)
        >>> run = simulate(a, a)
        >>> round(run.timing.cycles), round(run.flops_per_s / 1e9, 1)
        (6520, 28.5)
    """
    machine = machine or Machine()
    plan = plan or plan_product(a, b, machine.ways, ideas)
    misses = fetch_rows(plan, machine) if ideas.prefetch and ideas.condense else None
    traffic = traffic_of(plan, misses)
    return Run(machine, plan, misses, traffic, time_rounds(traffic, plan.sizes, plan.schedule, machine))
