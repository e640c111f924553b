"""A problem that measures unfinished drafts: stages of a pipeline share a budget, and the optimum is known.

Use it to test a method that learns from every step. Every stage has a number of lanes and of buffers; its latency falls
with both, its area grows with both, and areas add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Observation, Outcome, Reference
from archwright.core.record import Record, RecordDraft
from archwright.core.space import Design, Draft

LANES, BUFFERS = (1, 2, 4, 8), (1, 2, 3, 4)


class Pipeline:
    """`n` stages in a row, the i-th with 1 + i units of work.

    Args:
        n: stages, >= 1.
        share: the budget, as a share of what the largest design takes; the smallest one takes 0.08, a random one 0.38.

    Example:
        >>> problem = Pipeline(2)
        >>> design = {"lanes_0": 1, "buffers_0": 1, "lanes_1": 2, "buffers_1": 1}
        >>> problem.evaluate([design], rng=np.random.default_rng(0))
        [{'latency_s': 4.0, 'area': 3.75}]
        >>> problem.measure(problem.space.start().choose(0).choose(0))
        {'latency_s': 2.0, 'area': 1.25}
    """

    name, version = "pipeline", "1"
    metrics: Mapping[str, str] = {"latency_s": "s", "area": ""}
    component_types = ("stage",)

    def __init__(self, n: int = 4, share: float = 0.3) -> None:
        self.n = n
        stages = [(f"lanes_{i}", f"buffers_{i}") for i in range(n)]
        parameters = {name: choice for pair in stages for name, choice in zip(pair, (LANES, BUFFERS), strict=True)}
        self.component_names = tuple(f"stage_{i}" for i in range(n))
        self.space = Record(parameters).with_graph(
            dict(zip(self.component_names, stages, strict=True)),
            list(zip(self.component_names[:-1], self.component_names[1:], strict=True)),
        )
        self.budget = share * n * _area(LANES[-1], BUFFERS[-1])
        self.goals: tuple[Goal, ...] = (goal("min latency_s"), goal(f"area <= {self.budget!r}"))

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Latency and area of every design."""
        return [self._sums([design[axis] for axis in self.space.axes]) for design in designs]

    def measure(self, draft: Draft) -> Metrics:
        """Latency and area of the stages decided so far."""
        assert isinstance(draft, RecordDraft)
        return self._sums(draft.values)

    def observe(self, draft: Draft) -> Observation:
        """The one type of a stage, and its work."""
        nodes = np.array([(1.0, (1.0 + i) / self.n) for i in range(self.n)])
        edges = np.array([(i, i + 1) for i in range(self.n - 1)], dtype=np.int64)
        return Observation(nodes, edges.reshape(-1, 2))

    def references(self) -> list[Reference]:
        """The optimum, by the least latency for every area that can be had."""
        best: dict[float, tuple[float, tuple[int, ...]]] = {0.0: (0.0, ())}
        for stage in range(self.n):
            best = self._extended(best, stage)
        latency, values = min(one for area, one in best.items() if area <= self.budget)
        design = dict(zip(self.space.axes, values, strict=True))
        metrics = {"latency_s": latency, "area": self._sums(values)["area"]}
        return [Reference("optimum", design, metrics, "dynamic programming", is_optimal=True)]

    def _extended(
        self, best: Mapping[float, tuple[float, tuple[int, ...]]], stage: int
    ) -> dict[float, tuple[float, tuple[int, ...]]]:
        found: dict[float, tuple[float, tuple[int, ...]]] = {}
        for (area, (latency, values)), (lanes, buffers) in product(best.items(), product(LANES, BUFFERS)):
            at = round(area + _area(lanes, buffers), 6)
            one = (latency + _latency_s(stage, lanes, buffers), (*values, lanes, buffers))
            found[at] = min(one, found.get(at, one))
        return found

    def _sums(self, values: Sequence[Any]) -> dict[str, float]:
        stages = [(i, *values[2 * i : 2 * i + 2]) for i in range(len(values) // 2)]
        latency_s = sum((_latency_s(*stage) for stage in stages), 0.0)
        return {"latency_s": latency_s, "area": sum((_area(*stage[1:]) for stage in stages), 0.0)}


def _latency_s(stage: int, lanes: int, buffers: int) -> float:
    return (1.0 + stage) / lanes * (1.0 + 1.0 / buffers)


def _area(lanes: int, buffers: int) -> float:
    return lanes * (1.0 + 0.25 * buffers)
