"""What a network is worth and what it takes: quality, bytes, operations, measured latency, simulated cycles and energy.

Latency is the median of repeated runs of one example in ONNX Runtime, on one thread, in process time: what others do
on the machine does not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from archwright.compression.apply import unpack
from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.packed import PackedTensor, pack_raw
from archwright.compression.export import OnnxRun, onnx_bytes
from archwright.compression.graph import Graph, trace
from archwright.core.errors import SpecError

if TYPE_CHECKING:
    import torch

    from archwright.models.fashion_mnist import Labelled

Array = np.ndarray[Any, np.dtype[Any]]
MIN_RUNS = 30


class Simulator(Protocol):
    """A machine that runs weight matrices: `EieSimulator`, say."""

    def run_matrices(self, matrices: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
        """Metrics by layer, among them `cycles` and `energy_j`, and of `all layers` where there are several."""
        ...


@dataclass(frozen=True)
class Target:
    """What a network is to run on, beyond being counted.

    Args:
        has_latency: measure it in ONNX Runtime.
        n_runs: 30 or more.
        simulator: for cycles and energy of its matrices.
    """

    has_latency: bool = False
    n_runs: int = MIN_RUNS
    simulator: Simulator | None = None

    def __post_init__(self) -> None:
        """Check the number of runs."""
        if self.n_runs < MIN_RUNS:
            raise SpecError("n_runs", self.n_runs, f"{MIN_RUNS} or more")


def measure(
    model: torch.nn.Module,
    data: Labelled,
    target: Target | None = None,
    *,
    tensors: Sequence[PackedTensor] | None = None,
    graph: Graph | None = None,
) -> dict[str, float]:
    """Everything that is known of a network.

    Args:
        model: of logits, in evaluation mode.
        data: to judge by.
        target: what to run it on; only counted if left out.
        tensors: the network as it is stored; float32 as they are if left out.
        graph: of the network, where it is known already.

    Returns:
        `quality` (accuracy, 0 to 1), `bytes` (of the `.awz` file), `macs`, `parameters`, `activations`, and, where the
        target has them, `latency_ms`, `cycles` and `energy_uj`.

    Example:
        >>> import torch
        >>> from archwright.models.fashion_mnist import Labelled
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
        >>> data = Labelled(np.zeros((3, 1, 2, 2), np.float32), np.zeros(3, np.int64))
        >>> found = measure(net, data)
        >>> found["macs"], found["bytes"]
        (8.0, 98.0)
    """
    import torch

    from archwright.compression.weights.retrain import accuracy

    example = torch.from_numpy(data.images[:1])
    stored = stored_raw(model) if tensors is None else tensors
    known = graph or trace(model, example)
    counted = taken(known, stored, target or Target(), lambda: onnx_bytes(model, example), data.images[:1])
    return {"quality": accuracy(model, data), **counted}


def taken(
    graph: Graph, stored: Sequence[PackedTensor], target: Target, onnx: Callable[[], bytes], inputs: Array
) -> dict[str, float]:
    """What a network takes, its quality aside.

    Args:
        graph: of the network.
        stored: its tensors as they are stored.
        target: what to run it on.
        onnx: makes the network an ONNX model, where it is run.
        inputs: (1, ...) of one example.

    Returns:
        As for `measure`.
    """
    cost = graph.cost()
    found = {
        "bytes": float(model_bytes(stored)),
        "macs": float(cost.macs),
        "parameters": float(cost.parameters),
        "activations": float(cost.activations),
    }
    if target.has_latency:
        found["latency_ms"] = latency_ms(OnnxRun(onnx()), inputs, n_runs=target.n_runs)
    if target.simulator is not None:
        found |= simulated(unpack(stored), target.simulator)
    return found


def stored_raw(model: torch.nn.Module) -> list[PackedTensor]:
    """The tensors of a model as they are."""
    return [pack_raw(name, tensor.detach().numpy()) for name, tensor in model.state_dict().items()]


def latency_ms(run: OnnxRun, inputs: Array, *, n_runs: int = MIN_RUNS) -> float:
    """Median process time of a run.

    Args:
        run: the network.
        inputs: (n, ...) of one run; n is 1 for a latency.
        n_runs: that count; a tenth more go before.

    Returns:
        Milliseconds.
    """
    for _ in range(max(n_runs // 10, 3)):
        run(inputs)
    seconds = []
    for _ in range(n_runs):
        started = time.process_time()
        run(inputs)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds) * 1e3


def simulated(weights: Mapping[str, Array], simulator: Simulator) -> dict[str, float]:
    """Cycles and energy of the matrices of a network.

    Args:
        weights: dense, by name; the simulator passes over what is no matrix.
        simulator: to run them on.

    Returns:
        `cycles` and `energy_uj`.
    """
    parts = simulator.run_matrices(weights)
    whole = parts.get("all layers") or next(iter(parts.values()))
    return {"cycles": whole["cycles"], "energy_uj": whole["energy_j"] * 1e6}
