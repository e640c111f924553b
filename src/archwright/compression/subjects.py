"""A network to be compressed, run by torch or by ONNX Runtime: its weights, its graph, how well it does with others."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from archwright.compression.export import OnnxRun, onnx_bytes, onnx_weights, with_onnx_weights
from archwright.compression.graph import Graph, graph_of_onnx, trace
from archwright.core.errors import SpecError

if TYPE_CHECKING:
    import torch

    from archwright.models.fashion_mnist import Labelled

Array = np.ndarray[Any, np.dtype[Any]]
BATCH = 256


class Subject(Protocol):
    """A network whose weights can be replaced."""

    weights: Mapping[str, Array]
    graph: Graph

    def quality(self, data: Labelled, weights: Mapping[str, Array]) -> float:
        """Accuracy with some weights replaced, 0 to 1."""
        ...

    def onnx(self, weights: Mapping[str, Array]) -> bytes:
        """The network as an ONNX model, with some weights replaced."""
        ...


class TorchSubject:
    """A torch module.

    Args:
        model: of logits; a copy of it is made, in evaluation mode.
        images: (n, ...) like those it takes.

    Raises:
        SpecError: it cannot be traced on such images.
    """

    def __init__(self, model: torch.nn.Module, images: Array) -> None:
        import torch

        self.model = copy.deepcopy(model).eval()
        self.example = torch.from_numpy(images[:1])
        self.graph = trace(self.model, self.example)
        self._trial = copy.deepcopy(self.model)
        state = self.model.state_dict()
        self.weights: Mapping[str, Array] = {name: tensor.detach().numpy().copy() for name, tensor in state.items()}

    def with_weights(self, weights: Mapping[str, Array]) -> torch.nn.Module:
        """A copy of the module with some weights replaced."""
        return _load(copy.deepcopy(self.model), self.weights, weights)

    def quality(self, data: Labelled, weights: Mapping[str, Array]) -> float:
        """Accuracy with some weights replaced, 0 to 1."""
        from archwright.compression.weights.retrain import accuracy
        from archwright.learning.seeding import one_thread

        with one_thread():
            return accuracy(_load(self._trial, self.weights, weights), data, batch=BATCH)

    def onnx(self, weights: Mapping[str, Array]) -> bytes:
        """The module as an ONNX model, with some weights replaced."""
        return onnx_bytes(self.with_weights(weights), self.example)


def _load(model: torch.nn.Module, weights: Mapping[str, Array], replaced: Mapping[str, Array]) -> torch.nn.Module:
    import torch

    model.load_state_dict({name: torch.from_numpy(np.array(replaced.get(name, one))) for name, one in weights.items()})
    return model


class OnnxSubject:
    """An ONNX model in ONNX Runtime; it cannot be trained.

    Args:
        model: whole, with its weights in it.

    Raises:
        SpecError: it cannot be read.
    """

    def __init__(self, model: bytes) -> None:
        self.model, self.graph = model, graph_of_onnx(model)
        self.weights: Mapping[str, Array] = onnx_weights(model)

    def quality(self, data: Labelled, weights: Mapping[str, Array]) -> float:
        """Accuracy with some weights replaced, 0 to 1."""
        run = OnnxRun(self.onnx(weights))
        fixed = run.input.shape[0] if isinstance(run.input.shape[0], int) else 0
        right, n, batch = 0, len(data.labels), fixed or BATCH
        if fixed:  # the model takes so many at a time
            n -= n % fixed
        if n == 0:
            raise SpecError("data", f"{len(data.labels)} examples", f"{batch} or more")
        for start in range(0, n, batch):
            logits = run(data.images[start : start + batch])
            right += int((logits.argmax(1) == data.labels[start : start + batch]).sum())
        return right / n

    def onnx(self, weights: Mapping[str, Array]) -> bytes:
        """The model with some weights replaced."""
        return with_onnx_weights(self.model, weights) if weights else self.model
