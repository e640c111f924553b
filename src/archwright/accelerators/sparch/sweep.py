"""One matrix on many machines: what two machines have in common is worked out once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import SparseMatrix
from archwright.accelerators.sparch.prefetch import Misses
from archwright.accelerators.sparch.simulation import Run
from archwright.accelerators.sparch.timing import time_rounds
from archwright.accelerators.sparch.traffic import Plan, Traffic, fetch_rows, plan_product, traffic_of


class Sweep:
    """Multiplies one matrix with itself on any machine; faster where ways or buffers stay the same.

    Args:
        a: the matrix.

    Example:
        >>> from archwright.accelerators.sparch.families import stand_in
        >>> sweep = Sweep(stand_in("wiki-Vote", max_products=100_000))
        >>> [round(sweep.run(Machine(ways=ways)).timing.cycles) for ways in (16, 64, 256)]
        [8431, 6520, 6684]
    """

    def __init__(self, a: SparseMatrix) -> None:
        self.a = a
        self._plans = lru_cache(None)(self._plan)
        self._fetched = lru_cache(None)(self._fetch)

    def run(self, machine: Machine) -> Run:
        """Run the product on a machine."""
        bare = replace(machine, merger_width=1, n_multipliers=1, bandwidth_bytes_per_s=1.0, clock_hz=1.0)
        misses, traffic = self._fetched(bare)
        plan = self._plans(machine.ways)
        timing = time_rounds(traffic, plan.sizes, plan.schedule, machine)
        return Run(machine, plan, misses, traffic, timing)

    def _plan(self, ways: int) -> Plan:
        return plan_product(self.a, self.a, ways)

    def _fetch(self, machine: Machine) -> tuple[Misses, Traffic]:
        plan = self._plans(machine.ways)
        misses = fetch_rows(plan, machine)
        return misses, traffic_of(plan, misses)
