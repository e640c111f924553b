"""`archwright simulate requests WORKLOAD`: what the layers of a network ask of memory, also as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from archwright.accelerators.dataflow.hardware import UNLIMITED_BANDWIDTH, Bus
from archwright.accelerators.requests.stream import Array, Requests, requests_of, trace_of
from archwright.accelerators.workloads import WORKLOADS, Layer, products_with_a_vector, read_layers
from archwright.core.problem import Metrics
from archwright.memory.traces import Trace, write_trace


class RequestsSimulator:
    """An array of processing elements, as memory sees it.

    Args:
        dataflow: `dla`, `shi` or `eye`; depthwise layers have a mapping of their own.
        n_pes: processing elements, >= 1.
        tile: filters that an element holds, >= 1.
        bandwidth: words per cycle between the shared buffer and the elements; no limit by default.
        buffer_bytes: that the shared buffer keeps; 0 for all there are, as the closed form counts them.
        weight_bits: that a weight takes in memory, such as the width of a compressed network's codes, 1 to 32.
        clocks_per_cycle: clocks of the memory's controller in a cycle of the elements, > 0.
        trace: file to write; only a `.csv` tells the engines of inputs, weights and outputs apart.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> found = RequestsSimulator(n_pes=16).run("alexnet")["conv2"]
        >>> found["moved_bytes"] / found["once_bytes"]
        1.0
    """

    workloads = f"{WORKLOADS}; an .onnx network; an .awz model, whose matrices meet one vector each"
    metrics: Mapping[str, str] = {
        "cycles": "cycles", "requests": "", "input_bytes": "B", "weight_bytes": "B", "output_bytes": "B",
        "returned_bytes": "B", "moved_bytes": "B", "once_bytes": "B", "bytes_per_cycle": "",
    }  # fmt: skip

    def __init__(
        self,
        *,
        dataflow: str = "dla",
        n_pes: int = 64,
        tile: int = 4,
        bandwidth: float = UNLIMITED_BANDWIDTH,
        buffer_bytes: int = 0,
        weight_bits: int = 8,
        clocks_per_cycle: float = 1.0,
        trace: str = "",
    ) -> None:
        self.array = Array(dataflow, n_pes, tile, Bus(bandwidth), buffer_bytes, weight_bits)
        self.clocks_per_cycle, self.trace = clocks_per_cycle, trace

    def run(self, workload: str | Path) -> dict[str, Metrics]:
        """Metrics per layer of a workload, and of all layers where there are several.

        Args:
            workload: a network by name, or a table of layers.

        Raises:
            SpecError: no such workload, or the trace cannot be written.
        """
        return self.run_layers(read_layers(workload))

    def run_layers(self, layers: Sequence[Layer]) -> dict[str, Metrics]:
        """The same for layers."""
        found = [requests_of(layer, self.array) for layer in layers]
        if self.trace:
            self._write(trace_of(found, self.clocks_per_cycle, Path(self.trace).stem))
        parts = {one.layer.name: _metrics([one]) for one in found}
        return parts if len(layers) == 1 else {**parts, "all layers": _metrics(found)}

    def run_matrices(self, matrices: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Metrics]:
        """The same for weight matrices by name, each multiplied by one vector; zeros are read as all other weights.

        Raises:
            SpecError: there is no matrix.
        """
        return self.run_layers(products_with_a_vector(matrices))

    def _write(self, trace: Trace) -> None:
        if Path(self.trace).suffix != ".csv":
            trace = Trace(trace.clocks, trace.addresses, trace.is_write, np.zeros_like(trace.initiators), trace.name)
        write_trace(trace, self.trace)


def _metrics(layers: Sequence[Requests]) -> Metrics:
    cycles, moved = sum(one.layer_cycles for one in layers), sum(one.moved_bytes for one in layers)
    return {
        "cycles": float(cycles),
        "requests": float(sum(len(one) for one in layers)),
        "input_bytes": float(sum(one.input_bytes for one in layers)),
        "weight_bytes": float(sum(one.weight_bytes for one in layers)),
        "output_bytes": float(sum(one.output_bytes for one in layers)),
        "returned_bytes": float(sum(one.returned_bytes for one in layers)),
        "moved_bytes": float(moved),
        "once_bytes": float(sum(one.once_bytes for one in layers)),
        "bytes_per_cycle": moved / cycles,
    }
