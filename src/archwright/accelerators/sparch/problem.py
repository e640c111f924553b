"""The problem: ways, merger, multipliers, buffer and look-ahead for the shortest time within an area."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from archwright.accelerators.sparch.energy import area_mm2
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import SparseMatrix
from archwright.accelerators.sparch.picture import draw_rounds
from archwright.accelerators.sparch.simulation import Run
from archwright.accelerators.sparch.sweep import Sweep
from archwright.accelerators.sparch.workload import read_workload
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, check_design

CHOICES = {
    "ways": (8, 16, 32, 64, 128, 256),
    "merger_width": (4, 8, 16, 32),
    "n_multipliers": (4, 8, 16, 32, 64),
    "buffer_lines": (64, 128, 256, 512, 1024, 2048, 4096),
    "lookahead": (256, 1024, 4096, 8192, 16384, 65536),
}
PUBLISHED_DESIGN = {"ways": 64, "merger_width": 16, "n_multipliers": 16, "buffer_lines": 1024, "lookahead": 8192}


class SparchDesign:
    """Size a SpArch for a matrix times itself: the shortest time within an area.

    Args:
        workload: a stand-in for a published matrix, or a square matrix in a `.mtx` file.
        max_products: above which a stand-in gets fewer rows; 0 for any number.
        area_budget_mm2: what the machine may take, without DRAM; by default what the published one takes.
        seed: of what is drawn.

    Raises:
        SpecError: no such workload.

    Example:
        >>> problem = SparchDesign()
        >>> round(problem.evaluate([PUBLISHED_DESIGN], rng=np.random.default_rng(0))[0]["cycles"])
        28882
    """

    name = "sparch"
    typical_seconds = 5e-3
    metrics: Mapping[str, str] = {
        "cycles": "cycles", "time_s": "s", "energy_j": "J", "area_mm2": "mm2", "flops_per_s": "op/s",
        "dram_bytes": "B", "hit_rate": "", "utilization": "",
    }  # fmt: skip

    def __init__(
        self,
        *,
        workload: str = "p2p-Gnutella31",
        max_products: int = 200_000,
        area_budget_mm2: float = 28.5,
        seed: int = 0,
    ) -> None:
        self.space = Record(CHOICES)
        self.workload, self.area_budget_mm2 = workload, area_budget_mm2
        self._set_matrix(read_workload(workload, max_products=max_products, seed=seed))

    def _set_matrix(self, matrix: SparseMatrix) -> None:
        self.matrix, self._sweep = matrix, Sweep(matrix)
        digest = zlib.crc32(matrix.columns.tobytes(), zlib.crc32(matrix.starts.tobytes()))
        self.version = f"1.{digest:08x}"
        published = _metrics(self._sweep.run(Machine()))
        self.goals: tuple[Goal, ...] = (
            goal(f"min time_s ref {published['time_s']:.6g} s", self.metrics),
            goal(f"area_mm2 <= {self.area_budget_mm2:.4g} mm2", self.metrics),
        )

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs; plans are made anew there."""
        return {name: getattr(self, name) for name in ("space", "workload", "area_budget_mm2", "matrix")}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Set up anew."""
        self.space, self.workload = state["space"], state["workload"]
        self.area_budget_mm2 = state["area_budget_mm2"]
        self._set_matrix(state["matrix"])

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Simulate the product on every design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return [_metrics(self._sweep.run(self._machine(design))) for design in designs]

    def _machine(self, design: Design) -> Machine:
        return Machine(**check_design(self.space, design))

    def references(self) -> list[Reference]:
        """The published machine, and the optimum of all designs."""
        published = _metrics(self._sweep.run(Machine()))
        found = [Reference("SpArch", PUBLISHED_DESIGN, published, "Zhang et al., HPCA 2020")]
        if self.optimum is not None:
            source = f"all {math.prod(len(one) for one in CHOICES.values()):,} designs"
            found.append(Reference("optimum", *self.optimum, source, is_optimal=True))
        return found

    @cached_property
    def optimum(self) -> tuple[Design, Metrics] | None:
        """The fastest design within the area, the smallest of equals, by trying them all; None if none fits."""
        tried = list(self._fit())
        if not tried:
            return None
        run, design = min(tried, key=lambda one: (one[0].time_s, one[0].area_mm2))
        return design, _metrics(run)

    def _fit(self) -> Iterator[tuple[Run, Design]]:
        for values in product(*CHOICES.values()):
            design = dict(zip(CHOICES, values, strict=True))
            if area_mm2(Machine(**design)) <= self.area_budget_mm2:
                yield self._sweep.run(Machine(**design)), design

    def draw(self, design: Design) -> str:
        """Bytes and cycles of every round.

        Raises:
            SpecError: the design is not in the space.
        """
        run = self._sweep.run(self._machine(design))
        machine = run.machine
        title = (
            f"{self.workload} on {machine.ways} ways of {machine.merger_width}, {machine.n_multipliers} multipliers, "
            f"{machine.buffer_lines} lines, look-ahead {machine.lookahead}: {run.timing.cycles:,.0f} cycles, "
            f"{run.area_mm2:.1f} mm2"
        )
        return draw_rounds(run, title)


def _metrics(run: Run) -> dict[str, float]:
    return {
        "cycles": run.timing.cycles,
        "time_s": run.time_s,
        "energy_j": run.energy_j,
        "area_mm2": run.area_mm2,
        "flops_per_s": run.flops_per_s,
        "dram_bytes": float(run.traffic.total),
        "hit_rate": run.hit_rate,
        "utilization": run.utilization,
    }
