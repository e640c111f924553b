"""`archwright simulate sparch WORKLOAD`: a machine of one's own, run on a matrix times itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.schedule import ORDERS
from archwright.accelerators.sparch.simulation import Run, simulate
from archwright.accelerators.sparch.traffic import Ideas, plan_product
from archwright.accelerators.sparch.workload import WORKLOADS, read_workload
from archwright.core.errors import check_name
from archwright.core.problem import Metrics


class SparchSimulator:
    """A SpArch that multiplies a matrix with itself; the defaults are the published machine and all its ideas.

    Args:
        ways: partial matrices that the tree merges at once.
        merger_width: elements that a layer's merger emits in a cycle.
        n_multipliers: products a cycle.
        buffer_lines: of the row prefetcher.
        line_elements: of B in a line.
        lookahead: elements of A that the prefetcher sees ahead.
        bandwidth_bytes_per_s: of the DRAM.
        clock_hz: cycles a second.
        condense: a partial matrix per condensed column, not per column.
        order: of merging: huffman, sequential or random.
        prefetch: keep rows of B in the buffer.
        max_products: above which a stand-in gets fewer rows; 0 for any number.
        seed: of what is drawn.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> SparchSimulator(max_products=100_000).run("wiki-Vote")["wiki-Vote"]["rounds"]
        2.0
    """

    workloads = WORKLOADS
    metrics: Mapping[str, str] = {
        "products": "", "partials": "", "rounds": "", "cycles": "cycles", "time_s": "s", "flops_per_s": "op/s",
        "a_bytes": "B", "b_bytes": "B", "partial_bytes": "B", "c_bytes": "B", "dram_bytes": "B", "utilization": "",
        "hit_rate": "", "energy_j": "J", "power_w": "W", "area_mm2": "mm2",
    }  # fmt: skip

    def __init__(
        self,
        *,
        ways: int = 64,
        merger_width: int = 16,
        n_multipliers: int = 16,
        buffer_lines: int = 1024,
        line_elements: int = 48,
        lookahead: int = 8192,
        bandwidth_bytes_per_s: float = 128e9,
        clock_hz: float = 1e9,
        condense: bool = True,
        order: str = "huffman",
        prefetch: bool = True,
        max_products: int = 20_000_000,
        seed: int = 0,
    ) -> None:
        self.machine = Machine(
            ways, merger_width, n_multipliers, buffer_lines, line_elements, lookahead, bandwidth_bytes_per_s, clock_hz
        )
        self.ideas = Ideas(condense, check_name("order", order, ORDERS), prefetch)
        self.max_products, self.seed = max_products, seed

    def run(self, workload: str) -> dict[str, Metrics]:
        """Metrics of a workload.

        Args:
            workload: a stand-in, or a file.

        Raises:
            SpecError: no such workload.
        """
        a = read_workload(workload, max_products=self.max_products, seed=self.seed)
        plan = plan_product(a, a, self.machine.ways, self.ideas, np.random.default_rng(self.seed))
        return {Path(workload).stem: _metrics(simulate(a, a, self.machine, self.ideas, plan))}


def _metrics(run: Run) -> dict[str, float]:
    totals = {f"{part}_bytes": float(n) for part, n in run.traffic.totals.items()}
    return {
        "products": float(run.plan.sizes.n_products),
        "partials": float(len(run.plan.leaves.weights)),
        "rounds": float(run.plan.schedule.n_rounds),
        "cycles": run.timing.cycles,
        "time_s": run.time_s,
        "flops_per_s": run.flops_per_s,
        **totals,
        "dram_bytes": float(run.traffic.total),
        "utilization": run.utilization,
        "hit_rate": run.hit_rate,
        "energy_j": run.energy_j,
        "power_w": run.energy_j / run.time_s,
        "area_mm2": run.area_mm2,
    }
