"""The paper's question as a problem: which routing at which load makes packets fastest?

Every routing at every load is simulated once (`load_table`), so the optimum is known: the best routing of each load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goal, goal
from archwright.core.problem import Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design
from archwright.interconnect.adaptive.load_table import PAPER_LOADS, PAPER_ROUTINGS, Scenario, latency_table


class NocRouting:
    """A routing for every load of a mesh.

    Args:
        pattern: of the traffic.
        cycles: simulated per load and routing, 100 or more; the paper's are 20,000.
        size: columns and rows of the mesh.

    Raises:
        SpecError: fewer cycles.

    Example:
        >>> problem = NocRouting(cycles=200, size=4)
        >>> best = problem.references()[0]
        >>> (found,) = problem.evaluate([best.design], rng=np.random.default_rng(0))
        >>> found == best.metrics
        True
    """

    name = "noc-routing"
    version = "1"
    metrics: Mapping[str, str] = {"latency_cycles": "cycles", "worst_regret_cycles": "cycles"}
    goals: tuple[Goal, ...] = (goal("min latency_cycles ref 100 cycles", metrics),)

    def __init__(self, *, pattern: str = "shuffle", cycles: int = 2_000, size: int = 8) -> None:
        if cycles < 100:
            raise SpecError("cycles", cycles, "100 or more")
        self.scenario = Scenario(pattern=pattern, cycles=cycles, size=size)
        self.axes = tuple(f"load_{round(100 * load)}_percent" for load in PAPER_LOADS)
        self.space = Record({axis: list(PAPER_ROUTINGS) for axis in self.axes})

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Mean latency over the loads, and how much slower than the best the worst choice is."""
        table = latency_table(self.scenario)
        loads, least = np.arange(len(table)), table.min(axis=1)
        found: list[Outcome] = []
        for design in designs:
            taken = table[loads, [PAPER_ROUTINGS.index(design[axis]) for axis in self.axes]]
            found.append({"latency_cycles": float(taken.mean()), "worst_regret_cycles": float((taken - least).max())})
        return found

    def references(self) -> list[Reference]:
        """The best routing of every load, and dimension order at all of them."""
        best = [PAPER_ROUTINGS[place] for place in latency_table(self.scenario).argmin(axis=1)]
        designs = [dict(zip(self.axes, best, strict=True)), dict.fromkeys(self.axes, "xy")]
        metrics: list[Any] = self.evaluate(designs, rng=np.random.default_rng(0))
        return [
            Reference("exhaustive", designs[0], metrics[0], "every routing at every load, simulated", is_optimal=True),
            Reference("xy", designs[1], metrics[1], "the paper's baseline"),
        ]

    def env(self, rng: np.random.Generator) -> Any:
        """The sweep of loads as a `gymnasium.Env`; nothing in it is drawn."""
        from archwright.interconnect.adaptive.load_sweep import LoadSweep

        return LoadSweep(self.scenario)
