"""The problem: elements and buffers for every layer of a network, for least latency or energy within a budget."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from archwright.accelerators.confuciux.assignments import KINDS, Assignments
from archwright.accelerators.confuciux.deployment import deploy
from archwright.accelerators.confuciux.picture import draw_assignment
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.dataflow.costs import DATAFLOWS
from archwright.accelerators.dataflow.hardware import UNLIMITED_BANDWIDTH, Bus
from archwright.accelerators.dataflow.sizes import Floats, Ints
from archwright.accelerators.workloads import Layer, read_layers
from archwright.core.errors import SpecError, check_name
from archwright.core.goal import TOLERANCE, Goal
from archwright.core.problem import Metrics, Observation, Outcome, Reference
from archwright.core.space import Design, Draft, check_design
from archwright.core.units import format_quantity, parse_quantity

OBJECTIVES = {"latency": "latency_cycles", "energy": "energy_j", "interval": "interval_cycles"}
CONSTRAINTS = {"area": "area_mm2", "power": "power_w"}
PLATFORMS = {"cloud": 0.5, "iot": 0.1, "iotx": 0.05}
"""Budgets of the paper's platforms: the share of the way from the smallest design to the largest."""
SLACK = 1.0 + TOLERANCE * (1.0 - 1e-9)
"""A goal forgives a relative `TOLERANCE` of its bound; so do the references, or a design could beat the optimum."""


class ResourceAssignment:
    """Give every layer of a network its processing elements and buffers.

    Args:
        workload: a name or a table that `read_layers` knows, or layers.
        dataflow: `dla`, `shi` or `eye` for all layers, or `mix`: every layer may have its own.
        deployment: `pipelined`, every layer has a machine of its own and budgets add up; or `sequential`, all layers
            share one machine.
        objective: `latency`, the cycles of all layers; `energy`; or `interval`, the cycles between two results.
        constraint: `area` or `power`.
        budget: of the constraint: a share of the way from the smallest design to the largest, 0 to 1; a platform,
            `cloud` (0.5), `iot` (0.1) or `iotx` (0.05); or a quantity such as `0.2 mm2`.
        compatible: whether layers have neither stride nor padding, as the tables of MAESTRO's users.
        bandwidth: words per cycle between the shared buffer and the elements; no limit by default.
        counts_bus: whether area and power of that bus count.

    Raises:
        SpecError: an unknown name, or a budget below the smallest design; the message says by how much.

    Example:
        >>> problem = ResourceAssignment(workload="alexnet", deployment="sequential")
        >>> outcome = problem.evaluate([{"n_pes": 16, "tile": 4}], rng=np.random.default_rng(0))[0]
        >>> outcome["latency_cycles"]
        60821909.0
    """

    name = "confuciux"
    typical_seconds = 1e-4
    metrics: Mapping[str, str] = {
        "latency_cycles": "cycles", "energy_j": "J", "area_mm2": "mm2", "power_w": "W", "interval_cycles": "cycles",
        "n_pes": "",
    }  # fmt: skip
    component_names: tuple[str, ...]
    component_types: tuple[str, ...]

    def __init__(
        self,
        *,
        workload: str | Path | Sequence[Layer] = "mobilenet-v2",
        dataflow: str = "dla",
        deployment: str = "pipelined",
        objective: str = "latency",
        constraint: str = "area",
        budget: float | str = "iot",
        compatible: bool = False,
        bandwidth: float = UNLIMITED_BANDWIDTH,
        counts_bus: bool = False,
    ) -> None:
        layers = _layers(workload, compatible)
        self._options = {
            "workload": layers, "dataflow": dataflow, "deployment": deployment, "objective": objective,
            "constraint": constraint, "budget": budget, "bandwidth": bandwidth, "counts_bus": counts_bus,
        }  # fmt: skip
        flows = tuple(DATAFLOWS) if dataflow == "mix" else (check_name("dataflow", dataflow, [*DATAFLOWS, "mix"]),)
        self.tables = Tables(layers, flows, Bus(bandwidth, counts_bus))
        self.deployment = deploy(deployment, self.tables)
        self.objective = OBJECTIVES[check_name("objective", objective, OBJECTIVES)]
        self.constraint = CONSTRAINTS[check_name("constraint", constraint, CONSTRAINTS)]
        self.assignments = Assignments(self.tables, is_shared=deployment == "sequential")
        self.space = self.assignments.record
        if deployment == "pipelined":  # the layers are components only where each has parameters of its own
            self.component_names, self.component_types = tuple(self.space.components), KINDS
        self.budget = self._read_budget(budget)
        self.version = f"1.{zlib.crc32(repr(self._options).encode()):08x}"
        plain = self._metrics(self.uniform[None])[0]
        self.goals: tuple[Goal, ...] = (
            Goal(self.objective, "min", plain[self.objective]),
            Goal(self.constraint, "<=", self.budget),
        )

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs; the tables are worked out anew there."""
        return self._options

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Set up anew."""
        ResourceAssignment.__init__(self, **state)

    def _read_budget(self, budget: float | str) -> float:
        """The bound on the constraint's metric."""
        unit, (least, most) = self.metrics[self.constraint], self.deployment.limits(self.constraint)
        share: object = PLATFORMS.get(budget, budget) if isinstance(budget, str) else budget
        if isinstance(share, str):
            bound = parse_quantity(share, unit, field="budget")
            if bound < least:
                short = f"{format_quantity(least - bound, unit)} short"
                raise SpecError("budget", budget, f"at least {least:.6g} {unit}, the smallest design; it is {short}")
            return bound
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0.0 <= share <= 1.0:
            raise SpecError("budget", budget, f"a share from 0 to 1, {', '.join(PLATFORMS)}, or a quantity in {unit}")
        return least + share * (most - least)

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Look up every layer of every design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return list(self._metrics(self.assignments.to_actions(designs))) if len(designs) else []

    def measure_many(self, actions: Ints) -> dict[str, Floats]:
        """Metrics of assignments, without designs in between.

        Args:
            actions: (k, n') indices into `tables.actions` for the first n' layers.

        Returns:
            (k,) per metric.
        """
        return self.deployment.measure(actions)

    def measure(self, draft: Draft) -> Metrics:
        """Metrics of the layers that are decided, 0 where none is.

        Raises:
            SpecError: the draft is of another space.
        """
        return self._metrics(self.assignments.decided(draft))[0]

    def measure_walks(self, designs: Sequence[Design]) -> dict[str, Floats]:
        """The same for all drafts on the way to `designs`, (k, horizon + 1) per metric, the empty draft first.

        Raises:
            SpecError: a design is not in the space.
        """
        actions, decided = self.assignments.to_actions(designs), self.assignments.n_decided
        found = {n: self.deployment.measure(actions[:, :n]) for n in set(decided)}
        return {name: np.stack([found[n][name] for n in decided], axis=1) for name in self.metrics}

    def observe(self, draft: Draft) -> Observation:
        """The chain of layers, see `assignments.FEATURES`.

        Raises:
            SpecError: the draft is of another space.
        """
        return self.assignments.observe(draft)

    def _metrics(self, actions: Ints) -> list[Metrics]:
        found = self.deployment.measure(actions)
        rows = zip(*(found[name].tolist() for name in self.metrics), strict=True)
        return [dict(zip(self.metrics, row, strict=True)) for row in rows]

    @cached_property
    def uniform(self) -> Ints:
        """(n,) the best assignment within the budget that treats all layers alike; else the smallest one."""
        found = self.deployment.measure(self.tables.uniform)
        used, cost = found[self.constraint], found[self.objective]
        fits = used <= self.budget * SLACK
        best = np.where(fits, cost, np.inf).argmin() if fits.any() else used.argmin()
        return np.asarray(self.tables.uniform[best])

    @cached_property
    def optimum(self) -> tuple[Ints, bool] | None:
        """(n,) the best assignment within the budget, and whether that is proved; None where nothing fits."""
        return self.deployment.optimum(self.objective, self.constraint, self.budget * SLACK)

    def references(self) -> list[Reference]:
        """The best uniform assignment, and the best of all."""
        uniform = self._metrics(self.uniform[None])[0]
        source = f"the best of {len(self.tables.actions)} assignments that treat all layers alike"
        found = [Reference("uniform", self.assignments.to_design(self.uniform), uniform, source)]
        if self.optimum is not None:
            actions, is_proved = self.optimum
            how = self.deployment.proof
            design, metrics = self.assignments.to_design(actions), self._metrics(actions[None])[0]
            found.append(Reference("optimum", design, metrics, how, is_optimal=is_proved))
        return found

    def draw(self, design: Design) -> str:
        """What every layer gets and takes, beside the optimum.

        Raises:
            SpecError: the design is not in the space.
        """
        actions = self.assignments.to_actions([check_design(self.space, design)])
        found, unit = self._metrics(actions)[0], self.metrics[self.constraint]
        best, ahead = None, ""
        if self.optimum is not None:
            best = self.optimum[0]
            ratio = found[self.objective] / self._metrics(best[None])[0][self.objective]
            ahead = f", {ratio:.3g} times the optimum's"
        title = (
            f"{found['latency_cycles']:,.0f} cycles, {format_quantity(found['energy_j'], 'J')}; "
            f"{self.objective.partition('_')[0]}{ahead}; {found[self.constraint]:.4g} of {self.budget:.4g} {unit}"
        )
        column = self.tables.costs.area_um2 if self.constraint == "area_mm2" else self.tables.costs.power_w
        used = column.ravel()[self.tables.flat(actions)][0]
        return draw_assignment(self.tables, actions[0], used, self.constraint.partition("_")[0], title, best)


def _layers(workload: str | Path | Sequence[Layer], compatible: bool) -> tuple[Layer, ...]:
    layers = read_layers(workload) if isinstance(workload, str | Path) else workload
    if not layers:
        raise SpecError("workload", list(layers), "at least one layer")
    return tuple(one.compatible if compatible else one for one in layers)
