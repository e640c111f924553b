"""What a walk through a network can do to its layers: take out channels and fit the rest, or take out weights.

Paper: He et al., "AMC", ECCV 2018, section 3.3. An operator knows what can be decided, what it costs, what the layers
look like, and how accurate the network is afterwards, on images that were kept apart from training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from archwright.compression.amc.channel_pruning import ChannelPruner, reading_layers, with_tensors
from archwright.compression.amc.layer_latency import LatencyTable
from archwright.compression.amc.trained_networks import DRAWN, Trained, cache_folder, trained, usual_training
from archwright.compression.graph import Cost, Graph, Layer, trace
from archwright.compression.weights.prune import density_mask
from archwright.compression.weights.retrain import accuracy, reestimate_batch_norm
from archwright.core.errors import check_name
from archwright.learning.seeding import one_thread
from archwright.models.fashion_mnist import Labelled

Counts = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Costs = Callable[[Counts], Floats]
"""What each row of widths costs: (n, axes) -> (n, 1)."""

FEATURES = ("index", "outputs", "inputs", "height", "width", "stride", "kernel", "macs")
"""What never changes of a layer, from 0 to 1; with what is removed, what is to come and the last action the paper's
eleven."""
MULTIPLE = 4
"""Widths at which latency is measured are multiples of it."""
N_CALIBRATION, N_STATISTICS, BATCH = 2_000, 500, 250
"""Training images that layers are fitted with and batch normalisations estimated from; images at a time."""
MEASURES = {"macs": "macs", "parameters": "parameters", "bytes": "n_bytes", "activations": "activations"}


class Operator(Protocol):
    """What can be decided of a network, layer by layer."""

    subject: Subject
    """The network."""
    sizes: dict[str, int]
    """The whole of every axis, in the order in which layers run."""
    features: Floats
    """(axes, 8) see `FEATURES`."""
    key: str
    """Names what accuracies depend on."""

    def costs(self, measure: str) -> Costs:
        """What widths take of a measure."""
        ...

    def network(self, design: Mapping[str, int]) -> nn.Module:
        """The pruned network."""
        ...

    def accuracy(self, design: Mapping[str, int]) -> float:
        """Of the pruned network on validation images, 0 to 1."""
        ...


class Subject:
    """A trained network, its graph, and images to fit and to score with.

    Args:
        name: one of `trained_networks.NAMES`.
        images: of the validation part that score.
        seed: of training, and of the points at which layers are fitted.
    """

    def __init__(self, name: str, images: int, seed: int) -> None:
        self.name, self.seed = name, seed
        self.trained: Trained = trained(name, usual_training(name, seed))
        self.model, data = self.trained.model, self.trained.data
        self.graph: Graph = trace(self.model, torch.zeros(1, *data.train.images.shape[1:]))
        self.validation = Labelled(data.validation.images[:images], data.validation.labels[:images])
        self.calibration = torch.from_numpy(data.train.images[:N_CALIBRATION])
        self.key = f"{self.trained.key}.{len(self.validation.labels)}"

    def settled(self, model: nn.Module) -> nn.Module:
        """The network with batch normalisations estimated anew, in place."""
        with one_thread():
            reestimate_batch_norm(model, [self.calibration[:N_STATISTICS]])
        return model

    def score(self, model: nn.Module) -> float:
        """Accuracy on the validation images."""
        with one_thread():
            return accuracy(model, self.validation, batch=BATCH)


class Channels:
    """Takes out input channels of layers, and fits the layers to the rest.

    Args:
        subject: the network.
        mended: layers are fitted and statistics estimated anew; else what stays is left as it was.
    """

    def __init__(self, subject: Subject, *, mended: bool = True) -> None:
        self.subject, self.mended, graph = subject, mended, subject.graph
        readers: dict[str, list[Layer]] = {}
        for layer in reading_layers(graph):
            for name in layer.input_groups:
                readers.setdefault(name, []).append(layer)
        numbers = {group.name: number for number, group in enumerate(graph.groups)}
        self.sizes = {name: graph.groups[numbers[name]].size for name in readers}
        self.places = np.array([numbers[name] for name in readers])
        self.features = _features([(each[0], sum(one.macs for one in each)) for each in readers.values()])
        self.key = f"{'channels' if mended else 'plain'}.{subject.key}"
        with one_thread():
            batches = torch.split(subject.calibration, BATCH)
            self.pruner = ChannelPruner(subject.model, graph, batches, rng=np.random.default_rng(subject.seed))

    def costs(self, measure: str) -> Costs:
        """What widths of the groups take while everything else stays whole."""
        if measure == "latency_ms":
            return self.latency.costs(self.subject.graph, self.all_counts)
        column = Cost._fields.index(MEASURES[check_name("budget", measure, MEASURES)])
        return lambda widths: self.subject.graph.costs_of(self.all_counts(widths))[:, [column]].astype(float)

    @property
    def latency(self) -> LatencyTable:
        """Milliseconds of the layers at every width, measured on this machine when first asked for."""
        return _latency_table(self.subject)

    def all_counts(self, widths: Counts) -> Counts:
        """Units of every group of the graph, (n, groups), from those that are decided."""
        counts = np.tile(self.subject.graph.counts(), (len(widths), 1))
        counts[:, self.places] = widths
        return counts

    def network(self, design: Mapping[str, int]) -> nn.Module:
        """The narrower network."""
        with one_thread():
            narrow = self.pruner.pruned(design, fitted=self.mended)
        return self.subject.settled(narrow) if self.mended else narrow

    def accuracy(self, design: Mapping[str, int]) -> float:
        """Of the narrower network."""
        return self.subject.score(self.network(design))


class Weights:
    """Takes out the smallest weights of layers; a width is how many percent of them stay.

    Args:
        subject: the network.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.layers = [layer for layer in subject.graph.layers if layer.weight]
        self.sizes = {layer.name: 100 for layer in self.layers}
        self.features = _features([(layer, layer.macs) for layer in self.layers])
        self.key = f"weights.{subject.key}"
        self.weights: dict[str, Tensor] = subject.model.state_dict()

    def costs(self, measure: str) -> Costs:
        """What is left of the layers' own; biases and normalisations are not counted."""
        check_name("budget", measure, ("macs", "parameters"))
        whole = [layer.macs if measure == "macs" else self.weights[layer.weight].numel() for layer in self.layers]
        return lambda widths: (widths @ np.array(whole, float) / 100.0)[:, None]

    def network(self, design: Mapping[str, int]) -> nn.Module:
        """The network with zeros."""
        with one_thread():
            return self.subject.settled(with_tensors(self.subject.model, self._thinned(design)))

    def _thinned(self, design: Mapping[str, int]) -> dict[str, Tensor]:
        tensors = {}
        for layer in self.layers:
            weight = self.weights[layer.weight]
            mask = density_mask(weight.numpy(), design[layer.name] / 100.0)
            tensors[layer.weight] = weight * torch.from_numpy(mask)
        return tensors

    def accuracy(self, design: Mapping[str, int]) -> float:
        """Of the network with zeros."""
        return self.subject.score(self.network(design))


OPERATORS: Mapping[str, Callable[[Subject], Operator]] = {
    "channels": Channels,
    "plain_channels": partial(Channels, mended=False),
    "weights": Weights,
}
"""What a walk can do, by name."""


@cache
def subject_of(network: str, images: int, seed: int) -> Subject:
    """The subject of these options; one per process."""
    return Subject(network, images, seed)


@cache
def operator_of(operator: str, network: str, images: int, seed: int) -> Operator:
    """The operator of these options; one per process.

    Args:
        operator: one of `OPERATORS`.
        network, images, seed: as for `Subject`.

    Raises:
        SpecError: no such operator or network.
        SimulatorMissing: the network's data are not installed.
    """
    return OPERATORS[check_name("operator", operator, OPERATORS)](subject_of(network, images, seed))


@cache
def _latency_table(subject: Subject) -> LatencyTable:
    """Measured once on this machine where the network itself is kept."""
    kept = cache_folder() / f"{subject.name}-{subject.trained.key}.latency.npz"
    return LatencyTable(subject.graph, MULTIPLE, None if subject.name == DRAWN else kept)


def _features(layers: list[tuple[Layer, int]]) -> Floats:
    rows = []
    for number, (layer, macs) in enumerate(layers):
        sides = (*layer.in_shape[2:], 1, 1)[:2]
        kernel = layer.kernel[0] if layer.kernel else 1
        rows.append((number, layer.n_outputs, layer.n_inputs, *sides, layer.stride, kernel, macs))
    table = np.array(rows, dtype=float)
    top = table.max(axis=0)
    found: Floats = table / np.where(top > 0.0, top, 1.0)
    return found
