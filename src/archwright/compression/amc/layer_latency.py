"""Latency that is added up: what every layer takes at every width, measured once, so that a wall can count with it.

Source: He et al., "AMC", ECCV 2018, section 3.2 (latency in place of operations). Each convolution and each linear
layer is run alone in ONNX Runtime with one thread and random weights, at a grid of widths; between them the table is
interpolated. It never falls where a width grows, as a wall demands. Normalisations and activations are folded into
convolutions by the runtime; pooling and additions, which no width changes much, are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from archwright.compression.export import OnnxRun
from archwright.compression.graph import Graph, Layer
from archwright.compression.measure import latency_ms
from archwright.core.errors import SimulatorMissing

Counts = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

POINTS, RUNS = 5, 40
"""Widths per axis that are measured, and runs of each, of which the median counts."""


class LatencyTable:
    """Milliseconds of the layers of a network at every width, for one example on one thread.

    Args:
        graph: of the network.
        multiple: widths that are measured are multiples of it.
        kept: file of an earlier measurement of the same network, or where this one is kept, so that studies can be
            resumed; None measures for this object alone.

    Raises:
        SimulatorMissing: ONNX Runtime or the package `onnx` is not installed.
    """

    def __init__(self, graph: Graph, multiple: int, kept: Path | None = None) -> None:
        self.layers = [layer for layer in graph.layers if layer.weight]
        if kept is not None and kept.exists():
            with np.load(kept) as found:
                self.tables = [found[layer.name] for layer in self.layers]
            return
        idle = _milliseconds(None, 1, 1)
        self.tables = [_monotone(_table(layer, multiple, idle)) for layer in self.layers]
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(kept, **{layer.name: table for layer, table in zip(self.layers, self.tables, strict=True)})

    def costs(self, graph: Graph, all_counts: Callable[[Counts], Counts]) -> Callable[[Counts], Floats]:
        """What widths take: (n, axes) -> (n, 1) milliseconds.

        Args:
            graph: of the network.
            all_counts: units of all groups of the graph from the widths that are decided.
        """
        ends = [_ends(graph, layer) for layer in self.layers]

        def of(widths: Counts) -> Floats:
            lines = graph.tables.widths(all_counts(widths)).astype(np.int64)
            total = np.zeros(len(widths))
            for layer, table, (before, after) in zip(self.layers, self.tables, ends, strict=True):
                inputs = layer.n_inputs if before is None else lines[:, before]
                outputs = layer.n_outputs if after is None else lines[:, after]
                total += table[inputs, outputs]
            return total[:, None]

        return of


def _ends(graph: Graph, layer: Layer) -> tuple[int | None, int | None]:
    """Lines of a layer's inputs and outputs; a depthwise convolution has as many of both."""
    axes = graph.tensors.get(layer.weight, {})
    after = axes.get(0)
    return (after if layer.is_depthwise else axes.get(1)), after


def _grid(size: int, multiple: int) -> Counts:
    least = min(multiple, size)
    points = np.round(np.linspace(least, size, POINTS) / multiple).astype(np.int64) * multiple
    return np.unique(np.append(np.clip(points, least, size), size))


def _table(layer: Layer, multiple: int, idle_ms: float) -> Floats:
    """(inputs + 1, outputs + 1) milliseconds; the first row and column stand for no channel and are like the next."""
    across, along = _grid(layer.n_inputs, multiple), _grid(layer.n_outputs, multiple)
    if layer.is_depthwise:
        found = np.array([_milliseconds(layer, n, n) for n in across.tolist()])
        line = np.interp(np.arange(layer.n_inputs + 1), across, found)
        measured = np.broadcast_to(line[:, None], (len(line), len(line)))
    else:
        found = np.array([[_milliseconds(layer, n, m) for m in along.tolist()] for n in across.tolist()])
        rows = np.array([np.interp(np.arange(layer.n_outputs + 1), along, row) for row in found])
        every = np.arange(layer.n_inputs + 1)
        measured = np.array([np.interp(every, across, column) for column in rows.T]).T
    return np.maximum(measured - idle_ms, 0.0)


def _monotone(table: Floats) -> Floats:
    for axis in (0, 1):
        table = np.maximum.accumulate(table, axis)
    return table


def _milliseconds(layer: Layer | None, inputs: int, outputs: int) -> float:
    """Of a model of one layer, or of one that does nothing."""
    try:
        import onnx
    except ImportError as error:
        raise SimulatorMissing("ONNX Runtime", "pip install 'archwright[models]'") from error
    shape, node, weights = _node(onnx, layer, inputs, outputs)
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, each)
            for name, each in (("x", shape), ("y", None))]  # fmt: skip
    graph = onnx.helper.make_graph([node], "layer", ends[:1], ends[1:], weights)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return latency_ms(OnnxRun(model.SerializeToString()), np.ones(shape, np.float32), n_runs=RUNS)


def _node(onnx: Any, layer: Layer | None, inputs: int, outputs: int) -> tuple[list[int], Any, list[Any]]:
    make = onnx.helper.make_node
    if layer is None:
        return [1, 1], make("Relu", ["x"], ["y"]), []
    if layer.kind != "convolution":
        weight = onnx.numpy_helper.from_array(np.ones((inputs, outputs), np.float32), "w")
        return [1, inputs], make("MatMul", ["x", "w"], ["y"]), [weight]
    per_group = 1 if layer.is_depthwise else inputs
    weight = onnx.numpy_helper.from_array(np.ones((outputs, per_group, *layer.kernel), np.float32), "w")
    pads = [side // 2 for side in layer.kernel] * 2
    groups = inputs if layer.is_depthwise else 1
    node = make("Conv", ["x", "w"], ["y"], strides=[layer.stride] * len(layer.kernel), pads=pads, group=groups)
    return [1, inputs, *layer.in_shape[2:]], node, [weight]
