"""Layer-pipelined deployment: every layer has a partition of its own, so areas and powers add up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from archwright.accelerators.confuciux.knapsack import pack
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.dataflow.sizes import Floats, Ints


class Pipelined:
    """Assignments where each layer has a machine of its own.

    Args:
        tables: of all layers and actions.

    Example:
        >>> from archwright.accelerators.workloads import read_layers
        >>> tables = Tables(read_layers("alexnet"), ["dla"])
        >>> Pipelined(tables).measure(tables.uniform[:1])["latency_cycles"].tolist()
        [705254277.0]
    """

    name = "pipelined"
    proof = "multiple-choice knapsack; bisection for the interval"

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        costs = tables.costs
        self.columns: Mapping[str, Floats] = {
            "latency_cycles": costs.cycles.astype(float),
            "energy_j": costs.energy_j,
            "area_mm2": costs.area_um2 * 1e-6,
            "power_w": costs.power_w,
        }
        """(n, m) per metric that adds up over the layers."""
        each = [*self.columns.values(), np.broadcast_to(tables.n_pes, costs.cycles.shape)]
        self._stack = np.stack([column.ravel() for column in each])  # one look-up finds all metrics of a layer

    def measure(self, chosen: Ints) -> dict[str, Floats]:
        """Metrics of assignments.

        Args:
            chosen: (k, n') action of each of the first n' layers.

        Returns:
            (k,) per metric: latency, energy, area, power, the slowest layer, and all elements.
        """
        layers = self._stack.take(self.tables.flat(chosen), axis=1)
        found = dict(zip((*self.columns, "n_pes"), layers.sum(axis=2), strict=True))
        found["interval_cycles"] = layers[0].max(axis=1, initial=0.0)
        return found

    def limits(self, metric: str) -> tuple[float, float]:
        """The least and the most that an assignment takes of an area or a power."""
        column = self.columns[metric]
        return float(column.min(axis=1).sum()), float(column.max(axis=1).sum())

    def optimum(self, objective: str, metric: str, capacity: float) -> tuple[Ints, bool] | None:
        """The best assignment within a capacity: by the multiple-choice knapsack; the interval by bisection.

        Args:
            objective: `latency_cycles`, `energy_j` or `interval_cycles`.
            metric: `area_mm2` or `power_w`.
            capacity: of its sum.

        Returns:
            (n,) actions and whether they are proved to be the best; None when nothing fits.
        """
        if objective == "interval_cycles":
            return self._shortest_interval(metric, capacity)
        found = pack(list(self.columns[metric]), list(self.columns[objective]), capacity)
        return None if found is None else (np.array(found.choices), found.is_optimal)

    def _shortest_interval(self, metric: str, capacity: float) -> tuple[Ints, bool] | None:
        """The fewest cycles that every layer can keep to: more cycles never need a larger machine."""
        cycles, sizes = self.columns["latency_cycles"], self.columns[metric]

        def smallest(most: float) -> Floats:
            return np.where(cycles <= most, sizes, np.inf)

        levels = np.unique(cycles)
        enough = bisect_left(levels, True, key=lambda most: bool(smallest(most).min(axis=1).sum() <= capacity))
        return None if enough == len(levels) else (smallest(float(levels[enough])).argmin(axis=1), True)
