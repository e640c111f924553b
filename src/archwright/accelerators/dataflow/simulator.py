"""`archwright simulate dataflow WORKLOAD`: all layers of a network on one machine, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from archwright.accelerators.dataflow.costs import DATAFLOWS, Costs, costs_of
from archwright.accelerators.dataflow.hardware import UNLIMITED_BANDWIDTH, Bus, area_um2, check_bus, power_w
from archwright.accelerators.workloads import WORKLOADS, Layer, products_with_a_vector, read_layers
from archwright.core.errors import SpecError, check_name
from archwright.core.problem import Metrics


class DataflowSimulator:
    """An array of processing elements that runs networks, layer after layer.

    Args:
        dataflow: `dla`, `shi` or `eye`; depthwise layers have a mapping of their own.
        n_pes: processing elements, >= 1.
        tile: filters that an element holds, >= 1.
        bandwidth: words per cycle between the shared buffer and the elements; no limit by default.
        counts_bus: whether area and power of that bus count.
        compatible: whether layers have neither stride nor padding, as the tables of MAESTRO's users.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> found = DataflowSimulator(n_pes=16, tile=1, compatible=True).run("mobilenet-v2")
        >>> found["all layers"]["cycles"]
        52034080.0
    """

    workloads = f"{WORKLOADS}; an .onnx network"
    metrics: Mapping[str, str] = {
        "cycles": "cycles", "macs": "", "utilisation": "", "macs_per_word": "", "energy_j": "J", "area_mm2": "mm2",
        "power_w": "W", "element_bytes": "B", "shared_bytes": "B",
    }  # fmt: skip

    def __init__(
        self,
        *,
        dataflow: str = "dla",
        n_pes: int = 64,
        tile: int = 4,
        bandwidth: float = UNLIMITED_BANDWIDTH,
        counts_bus: bool = False,
        compatible: bool = False,
    ) -> None:
        self.dataflow = check_name("dataflow", dataflow, DATAFLOWS)
        for name, value in (("n_pes", n_pes), ("tile", tile)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise SpecError(name, value, "a whole number >= 1")
        self.n_pes, self.tile, self.compatible = n_pes, tile, compatible
        self.bus = check_bus(Bus(bandwidth, counts_bus))

    def run(self, workload: str | Path) -> dict[str, Metrics]:
        """Metrics per layer of a workload, and of all layers where there are several.

        Args:
            workload: a network by name, or a table of layers.

        Raises:
            SpecError: no such workload.
        """
        return self.run_layers(read_layers(workload))

    def run_layers(self, layers: Sequence[Layer]) -> dict[str, Metrics]:
        """The same for layers."""
        layers = [one.compatible for one in layers] if self.compatible else list(layers)
        costs = costs_of(layers, [self.n_pes], [self.tile], self.dataflow, self.bus)
        found = {layer.name: self._metrics([layer], _row(costs, i)) for i, layer in enumerate(layers)}
        return found if len(layers) == 1 else {**found, "all layers": self._metrics(layers, costs)}

    def run_matrices(self, matrices: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Metrics]:
        """The same for weight matrices by name, each multiplied by one vector; zeros count as all other weights.

        Args:
            matrices: (n_rows, n_columns), outputs by inputs; other shapes are passed over.

        Raises:
            SpecError: there is no matrix.
        """
        return self.run_layers(products_with_a_vector(matrices))

    def _metrics(self, layers: Sequence[Layer], costs: Costs) -> Metrics:
        """Of layers that run one after the other in buffers that the neediest one fills."""
        macs, cycles = sum(layer.macs for layer in layers), int(costs.cycles.sum())
        elements, element_bytes, shared_bytes = self.n_pes, costs.element_bytes.max(), costs.shared_bytes.max()
        return {
            "cycles": float(cycles),
            "macs": float(macs),
            "utilisation": macs / (cycles * self.n_pes),
            "macs_per_word": macs / int(costs.moved.sum()),
            "energy_j": float(costs.energy_j.sum()),
            "area_mm2": float(area_um2(np.array(elements), element_bytes, shared_bytes, self.bus)) * 1e-6,
            "power_w": float(power_w(np.array(elements), element_bytes, shared_bytes, self.bus)),
            "element_bytes": float(element_bytes),
            "shared_bytes": float(shared_bytes),
        }


def _row(costs: Costs, i: int) -> Costs:
    return Costs._make(column[i : i + 1] for column in costs)
