"""The problem: elements, depth of queues, width of memories and index bits for the least energy-delay product."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from archwright.accelerators.eie.layers import Layer
from archwright.accelerators.eie.machine import MAX_ENTRIES, Machine
from archwright.accelerators.eie.picture import draw_run
from archwright.accelerators.eie.simulation import simulate
from archwright.accelerators.eie.sweep import Figures, Sweep
from archwright.accelerators.eie.workload import read_layers
from archwright.core.errors import Infeasible, SpecError
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, check_design

N_PES = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
FIFO_DEPTHS = (2, 4, 8, 16, 32, 64, 128, 256)
SRAM_BITS = (32, 64, 128, 256, 512)
INDEX_BITS = (2, 3, 4, 5, 6, 7, 8)
PUBLISHED_DESIGN = {"n_pes": 64, "fifo_depth": 8, "sram_bits": 64, "index_bits": 4}


class EieDesign:
    """Size an EIE for a layer: the least product of energy and time on no more area than the published machine.

    The memories of an element are as large as the layer needs, in whole KB. A design whose fullest element has more
    entries than 16-bit pointers reach cannot exist.

    Args:
        workload: a published layer, or an `.npy` or `.npz` file with one weight matrix.
        activation_density: share of inputs that are not zero, 0 to 1, for a file that does not say which.
        seed: of what is drawn.

    Raises:
        SpecError: no such workload, or one of several layers.

    Example:
        >>> problem = EieDesign()
        >>> problem.evaluate([PUBLISHED_DESIGN], rng=np.random.default_rng(0))[0]["cycles"]
        10346.0
    """

    name = "eie"
    typical_seconds = 5e-3
    metrics: Mapping[str, str] = {
        "cycles": "cycles", "time_s": "s", "energy_j": "J", "area_mm2": "mm2", "energy_delay_js": "J*s",
        "balance": "", "padding_share": "",
    }  # fmt: skip

    def __init__(self, *, workload: str = "alex-7", activation_density: float = 1.0, seed: int = 0) -> None:
        layers = read_layers(workload, activation_density=activation_density, seed=seed)
        if len(layers) > 1:
            raise SpecError("workload", workload, f"one layer, not {len(layers)}")
        self.space = Record(n_pes=N_PES, fifo_depth=FIFO_DEPTHS, sram_bits=SRAM_BITS, index_bits=INDEX_BITS)
        self._set_layer(layers[0])

    def _set_layer(self, layer: Layer) -> None:
        self.layer, self._sweep = layer, Sweep(layer)
        digest = zlib.crc32(layer.is_active.tobytes(), zlib.crc32(layer.sparsity.rows.tobytes()))
        self.version = f"1.{digest:08x}"
        published = _metrics(self._sweep.measure(Machine()))
        self._area_limit_mm2 = math.ceil(published["area_mm2"] * 100.0) / 100.0
        self.goals: tuple[Goal, ...] = (
            goal(f"min energy_delay_js ref {published['energy_delay_js']:.4g} J*s", self.metrics),
            goal(f"area_mm2 <= {self._area_limit_mm2:.2f} mm2", self.metrics),
        )

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs; the tables are counted anew there."""
        return {"space": self.space, "layer": self.layer}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Set up anew."""
        self.space = state["space"]
        self._set_layer(state["layer"])

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Simulate the layer on every design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        machines = [self._machine(design) for design in designs]
        order = sorted(range(len(machines)), key=lambda i: (machines[i].n_pes, machines[i].index_bits))
        found = {i: self._one(machines[i]) for i in order}  # neighbours share tables
        return [found[i] for i in range(len(machines))]

    def _machine(self, design: Design) -> Machine:
        return Machine(**check_design(self.space, design))

    def _one(self, machine: Machine) -> Outcome:
        stored = self._sweep.most_stored(machine)
        if stored > MAX_ENTRIES:
            return Infeasible(f"an element would store {stored:,} entries; 16-bit pointers reach {MAX_ENTRIES:,}")
        return _metrics(self._sweep.measure(machine))

    def references(self) -> list[Reference]:
        """The published machine, and the optimum of all designs."""
        found = []
        published = self._one(Machine())
        if isinstance(published, Mapping):
            found.append(Reference("EIE", PUBLISHED_DESIGN, published, "Han et al., ISCA 2016, section VI"))
        if self.optimum is not None:
            design, metrics = self.optimum
            source = f"all {len(N_PES) * len(FIFO_DEPTHS) * len(SRAM_BITS) * len(INDEX_BITS):,} designs"
            found.append(Reference("optimum", design, metrics, source, is_optimal=True))
        return found

    @cached_property
    def optimum(self) -> tuple[Design, Metrics] | None:
        """The design with the least energy-delay product within the area, by trying them all; None if none fits."""
        tried = [(self._sweep.measure(machine), design) for design, machine in self._within_limits()]
        if not tried:
            return None
        best, design = min(tried, key=lambda one: one[0].energy_j * one[0].time_s)
        return design, _metrics(best)

    def _within_limits(self) -> Iterator[tuple[Design, Machine]]:
        for n_pes, index_bits, fifo_depth, sram_bits in product(N_PES, INDEX_BITS, FIFO_DEPTHS, SRAM_BITS):
            machine = Machine(n_pes, fifo_depth, sram_bits, index_bits)
            is_small = self._sweep.area_um2(machine) <= self._area_limit_mm2 * 1e6
            if is_small and self._sweep.most_stored(machine) <= MAX_ENTRIES:
                design = {"n_pes": n_pes, "fifo_depth": fifo_depth, "sram_bits": sram_bits, "index_bits": index_bits}
                yield design, machine

    def draw(self, design: Design) -> str:
        """What every element did with its cycles, and where the broadcast waited.

        Raises:
            SpecError: the design is not in the space.
        """
        machine = self._machine(design)
        run = simulate(self.layer, machine)
        title = (
            f"{self.layer.name} on {machine.n_pes} elements, queues of {machine.fifo_depth}, lines of "
            f"{machine.sram_bits} bits, {machine.index_bits} index bits: {run.cycles:,} cycles, "
            f"{run.time_s * 1e6:.4g} us"
        )
        return draw_run(self.layer, run, title)


def _metrics(found: Figures) -> dict[str, float]:
    return {
        "cycles": float(found.cycles),
        "time_s": found.time_s,
        "energy_j": found.energy_j,
        "area_mm2": found.area_um2 / 1e6,
        "energy_delay_js": found.energy_j * found.time_s,
        "balance": found.balance,
        "padding_share": found.padding_share,
    }
