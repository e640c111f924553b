"""Layer-sequential deployment: one machine runs all layers, with buffers that the neediest layer fills."""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.accelerators.confuciux.tables import N_PES, TILES, Tables
from archwright.accelerators.dataflow.hardware import area_um2, power_w
from archwright.accelerators.dataflow.sizes import Floats, Ints


class Sequential:
    """Assignments where all layers share elements and tile; the dataflow may differ.

    Args:
        tables: of all layers and actions.

    Example:
        >>> from archwright.accelerators.workloads import read_layers
        >>> tables = Tables(read_layers("alexnet"), ["dla"])
        >>> Sequential(tables).measure(tables.uniform[:1])["n_pes"].tolist()
        [1.0]
    """

    name = "sequential"
    proof = "all machines and all sizes of their buffers"

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.columns = {"latency_cycles": tables.costs.cycles.astype(float), "energy_j": tables.costs.energy_j}
        """(n, m) per metric that adds up over the layers."""

    def measure(self, chosen: Ints) -> dict[str, Floats]:
        """Metrics of assignments.

        Args:
            chosen: (k, n') action of each of the first n' layers, elements and tile the same in a row.

        Returns:
            (k,) per metric: latency, energy, area, power, the time between results, and the elements.
        """
        at = self.tables.flat(chosen)
        found = {name: column.ravel()[at].sum(axis=1) for name, column in self.columns.items()}
        if chosen.shape[1] == 0:
            nothing = np.zeros(len(chosen))
            return {**found, **dict.fromkeys(("area_mm2", "power_w", "interval_cycles", "n_pes"), nothing)}
        costs, elements = self.tables.costs, self.tables.n_pes[chosen[:, 0]]
        element_bytes = costs.element_bytes.ravel()[at].max(axis=1)
        shared_bytes = costs.shared_bytes.ravel()[at].max(axis=1)
        found["area_mm2"] = self.size("area_mm2", elements, element_bytes, shared_bytes)
        found["power_w"] = self.size("power_w", elements, element_bytes, shared_bytes)
        found["interval_cycles"] = found["latency_cycles"]
        found["n_pes"] = elements.astype(float)
        return found

    def size(self, metric: str, elements: Any, element_bytes: Any, shared_bytes: Any) -> Floats:
        """Area in mm2 or power in W of a machine, broadcast over its arguments."""
        if metric == "area_mm2":
            return area_um2(elements, element_bytes, shared_bytes, self.tables.bus) * 1e-6
        return power_w(elements, element_bytes, shared_bytes, self.tables.bus)

    def limits(self, metric: str) -> tuple[float, float]:
        """The least and the most that an assignment takes of an area or a power."""
        smallest, largest = np.inf, 0.0
        for elements, element_bytes, shared_bytes, _ in self._machines():
            most = (element_bytes.max(), shared_bytes.max())
            largest = max(largest, float(self.size(metric, elements, *most)))
            for cap in np.unique(element_bytes):
                within = np.where(element_bytes <= cap, shared_bytes, np.inf).min(axis=0).max()
                smallest = min(smallest, float(self.size(metric, elements, cap, within)))
        return smallest, largest

    def optimum(self, objective: str, metric: str, capacity: float) -> tuple[Ints, bool] | None:
        """The best assignment within a capacity, by trying every machine and every size of its buffers.

        Args:
            objective: `latency_cycles`, `energy_j` or `interval_cycles`, which is the latency here.
            metric: `area_mm2` or `power_w`.
            capacity: of it.

        Returns:
            (n,) actions and True, since all were tried; None when nothing fits.
        """
        best, least = None, np.inf
        column = "latency_cycles" if objective == "interval_cycles" else objective
        for elements, element_bytes, shared_bytes, actions in self._machines():
            costs = self.columns[column][:, actions].T
            for cap in np.unique(element_bytes):
                fits = (element_bytes <= cap) & (self.size(metric, elements, cap, shared_bytes) <= capacity)
                allowed = np.where(fits, costs, np.inf)
                total = allowed.min(axis=0).sum()
                if total < least:
                    best, least = np.array(actions)[allowed.argmin(axis=0)], total
        return None if best is None else (best, True)

    def _machines(self) -> list[tuple[int, Ints, Ints, list[int]]]:
        """Per machine its elements, the bytes that each dataflow needs for each layer, and its actions."""
        found, costs = [], self.tables.costs
        per_dataflow = len(N_PES) * len(TILES)
        for first in range(per_dataflow):
            actions = list(range(first, len(self.tables.actions), per_dataflow))
            n_pes = int(self.tables.n_pes[first])
            found.append((n_pes, costs.element_bytes[:, actions].T, costs.shared_bytes[:, actions].T, actions))
        return found
