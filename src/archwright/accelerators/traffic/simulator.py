"""`archwright simulate traffic WORKLOAD`: what the layers of a network send over a mesh, also as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from archwright.accelerators.dataflow.hardware import UNLIMITED_BANDWIDTH, Bus
from archwright.accelerators.requests.stream import Array
from archwright.accelerators.traffic.flows import INPUTS, OUTPUTS, SUMS, WEIGHTS, Traffic, traffic_of
from archwright.accelerators.traffic.mesh import Mesh
from archwright.accelerators.traffic.packets import CYCLE, link_flits, packets_of
from archwright.accelerators.workloads import WORKLOADS, Layer, read_layers
from archwright.core.problem import Metrics
from archwright.interconnect.noc.event_files import write_events


class TrafficSimulator:
    """An array of processing elements on a mesh, as its network sees it.

    Args:
        dataflow: `dla`, `shi` or `eye`; depthwise layers have a mapping of their own.
        n_pes: processing elements, >= 1.
        tile: filters that an element holds, >= 1.
        bandwidth: words per cycle that the closed form lets pass; no limit by default.
        columns: of the mesh, >= 1.
        rows: of the mesh, >= 1.
        ports: of the shared buffer: `west`, `sides` or `corners`.
        multicast: how a word reaches all elements: `trees` or `copies`.
        flit_bytes: that a link moves in a cycle, >= 1.
        n_cycles: of each layer, that the file is of, >= 1.
        packets: `.csv` file to write: cycle, source, destination, flits.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> found = TrafficSimulator(columns=4, rows=4).run("alexnet")["conv2"]
        >>> found["hottest_link_load"] < 1.0
        True
    """

    workloads = f"{WORKLOADS}; an .onnx network"
    metrics: Mapping[str, str] = {
        "cycles": "cycles", "input_bytes": "B", "weight_bytes": "B", "output_bytes": "B", "sum_bytes": "B",
        "mesh_bytes": "B", "hottest_link_load": "",
    }  # fmt: skip

    def __init__(
        self,
        *,
        dataflow: str = "dla",
        n_pes: int = 64,
        tile: int = 4,
        bandwidth: float = UNLIMITED_BANDWIDTH,
        columns: int = 8,
        rows: int = 8,
        ports: str = "west",
        multicast: str = "trees",
        flit_bytes: int = 16,
        n_cycles: int = 20_000,
        packets: str = "",
    ) -> None:
        self.array, self.mesh = Array(dataflow, n_pes, tile, Bus(bandwidth)), Mesh(columns, rows, ports)
        self.multicast, self.flit_bytes, self.n_cycles, self.packets = multicast, flit_bytes, n_cycles, packets

    def run(self, workload: str | Path) -> dict[str, Metrics]:
        """Metrics per layer of a workload, and of all layers where there are several.

        Args:
            workload: a network by name, or a table of layers.

        Raises:
            SpecError: no such workload, or the file cannot be written.
        """
        return self.run_layers(read_layers(workload))

    def run_layers(self, layers: Sequence[Layer]) -> dict[str, Metrics]:
        """The same for layers."""
        found = [traffic_of(layer, self.array, self.mesh, self.multicast) for layer in layers]
        if self.packets:
            self._write(found)
        parts = {one.layer.name: self._metrics(one) for one in found}
        if len(layers) == 1:
            return parts
        columns = {name: [part[name] for part in parts.values()] for name in self.metrics}
        highest = max(columns.pop("hottest_link_load"))
        return {
            **parts,
            "all layers": {name: sum(each) for name, each in columns.items()} | {"hottest_link_load": highest},
        }

    def _metrics(self, one: Traffic) -> Metrics:
        inputs, weights, outputs, sums = (float(one.words[kind].sum()) for kind in (INPUTS, WEIGHTS, OUTPUTS, SUMS))
        return {
            "cycles": float(one.cycles),
            "input_bytes": inputs,
            "weight_bytes": weights,
            "output_bytes": outputs,
            "sum_bytes": sums,
            "mesh_bytes": float(one.between_nodes.sum()),
            "hottest_link_load": int(link_flits(one, self.flit_bytes).max()) / one.cycles,
        }

    def _write(self, layers: Sequence[Traffic]) -> None:
        """The first cycles of every layer, one layer after the other."""
        parts, start = [], 0
        for one in layers:
            parts.append(packets_of(one, self.n_cycles, self.flit_bytes))
            parts[-1][:, CYCLE] += start
            start += min(self.n_cycles, one.cycles)
        write_events(np.concatenate(parts), self.packets)
