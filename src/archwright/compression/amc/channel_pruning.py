"""Channel pruning: a narrower network whose layers do, as nearly as they can, what those of the whole network did.

Paper: He et al., "AMC", ECCV 2018, section 3.3. Of every width group the units stay whose weights in the layers that
read them have the largest sum of magnitudes; those layers are then fitted to what is left of their inputs
(`reconstruction`). Channels of a residual sum, of a depthwise convolution or of a concatenation are one group
(`graph`), and stay or go together.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archwright.compression.amc.reconstruction import Fit, collect_moments, fit
from archwright.compression.graph import Graph, Layer

Places = np.ndarray[Any, np.dtype[np.int64]]
Scores = np.ndarray[Any, np.dtype[np.float64]]


def reading_layers(graph: Graph) -> list[Layer]:
    """Layers whose input channels can be pruned and whose weights can then be fitted: no depthwise ones."""
    return [layer for layer in graph.layers if layer.weight and layer.input_groups and layer.n_groups == 1]


def importances(graph: Graph, weights: Mapping[str, Tensor]) -> dict[str, Scores]:
    """Sum of the magnitudes of all weights that read a unit, by name of its group.

    Args:
        graph: of the network.
        weights: of the network, by name.

    Returns:
        (units,) per group; zeros where no layer of `reading_layers` reads it.

    Example:
        >>> from archwright.compression.graph import trace
        >>> net = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1, bias=False))
        >>> net[1].weight.data = torch.tensor([[3.0, -4.0]])
        >>> importances(trace(net, torch.zeros(1, 1)), net.state_dict())
        {'0': array([3., 4.])}
    """
    found = {group.name: np.zeros(group.size) for group in graph.groups}
    names = list(found)
    for layer in reading_layers(graph):
        weight = weights[layer.weight]
        sums = weight.detach().abs().sum([axis for axis in range(weight.ndim) if axis != 1]).numpy()
        line = graph.lines[graph.tensors[layer.weight][1]]
        for number in np.unique(line.groups[line.groups >= 0]):
            is_its = line.groups == number
            np.add.at(found[names[number]], line.units[is_its], sums[is_its])
    return found


class ChannelPruner:
    """Prunes a network to any widths; what is fitted once is kept, so that many widths can be tried.

    Args:
        model: the whole network, in evaluation mode; not changed.
        graph: of it.
        calibration: inputs from which layers are fitted.
        points: places per image at which the inputs of a convolution are taken; the paper's 10.
        rng: draws them.

    Raises:
        SpecError: a layer that reads a width group cannot be fitted.
    """

    def __init__(
        self,
        model: nn.Module,
        graph: Graph,
        calibration: Iterable[Tensor],
        *,
        points: int = 10,
        rng: np.random.Generator,
    ) -> None:
        self.model, self.graph = model, graph
        self.weights: dict[str, Tensor] = model.state_dict()
        self.layers = reading_layers(graph)
        names = [layer.name for layer in self.layers]
        self.moments = collect_moments(model, names, calibration, points=points, rng=rng)
        scores = importances(graph, self.weights)
        self.order = {name: np.argsort(-one, kind="stable") for name, one in scores.items()}
        self._fits: dict[tuple[str, bytes], Fit] = {}

    def kept(self, preserved: Mapping[str, int]) -> dict[str, Places]:
        """Units that stay, in order, by name of the group.

        Args:
            preserved: how many, by name of the group.
        """
        return {name: np.sort(self.order[name][:count]) for name, count in preserved.items()}

    def pruned(self, preserved: Mapping[str, int], *, fitted: bool = True) -> nn.Module:
        """A network of these widths; its batch normalisations still hold the statistics of the whole one.

        Args:
            preserved: units that stay, by name of a group; all units of the others stay.
            fitted: layers that lost inputs are fitted to the rest; else their weights stay as they were.

        Raises:
            SpecError: no such group, or not 1 to all of its units.
        """
        self.graph.counts(preserved)
        slices = self.graph.slices({name: units.tolist() for name, units in self.kept(preserved).items()})
        cut = {name: {one.axis: one.indices for one in each} for name, each in slices.items()}
        narrow = {name: _cut(self.weights[name], axes) for name, axes in cut.items()}
        for layer in self.layers:
            inputs = cut.get(layer.weight, {}).get(1)
            if fitted and inputs is not None:
                narrow |= self._fitted(layer, inputs, cut[layer.weight].get(0))
        return with_tensors(self.model, narrow)

    def _fitted(self, layer: Layer, inputs: Places, outputs: Places | None) -> dict[str, Tensor]:
        """Weight and, if there is one, bias of a layer that has lost inputs."""
        found = self._fit(layer, inputs)
        rows = slice(None) if outputs is None else torch.from_numpy(outputs)
        tensors = {layer.weight: found.weight[rows].clone()}
        name = f"{layer.name}.bias"
        if name in self.weights:
            tensors[name] = (self.weights[name] + found.shift)[rows].clone()
        return tensors

    def _fit(self, layer: Layer, inputs: Places) -> Fit:
        key = layer.name, inputs.tobytes()
        if key not in self._fits:
            self._fits[key] = fit(self.weights[layer.weight], self.moments[layer.name], inputs)
        return self._fits[key]


def with_tensors(model: nn.Module, tensors: Mapping[str, Tensor]) -> nn.Module:
    """A copy of a network with other tensors, whose layers know their new sizes.

    Args:
        model: not changed.
        tensors: by name, of other lengths maybe.

    Example:
        >>> with_tensors(nn.Linear(3, 2), {"weight": torch.ones(2, 1)})
        Linear(in_features=1, out_features=2, bias=True)
    """
    shared = {id(old): old for name, old in model.state_dict(keep_vars=True).items() if name in tensors}
    narrow: nn.Module = copy.deepcopy(model, dict(shared))  # what is replaced anyway is not copied
    for name, tensor in tensors.items():
        path, _, own = name.rpartition(".")
        layer = narrow.get_submodule(path)
        if own in layer._parameters:
            layer._parameters[own] = nn.Parameter(tensor, requires_grad=True)
        else:
            layer._buffers[own] = tensor
        _resize(layer)
    return narrow


def _cut(tensor: Tensor, axes: Mapping[int, Places]) -> Tensor:
    for axis, indices in axes.items():
        tensor = tensor.index_select(axis, torch.from_numpy(indices))
    return tensor.detach().clone()


def _resize(layer: Any) -> None:
    """Let a layer say the sizes of its tensors."""
    if isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = layer.weight.shape
    elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
        layer.num_features = len(layer.weight if layer.running_mean is None else layer.running_mean)
    elif isinstance(layer, nn.Conv2d):
        is_depthwise = layer.groups == layer.in_channels > 1
        layer.out_channels = len(layer.weight)
        layer.groups = layer.out_channels if is_depthwise and layer.weight.shape[1] == 1 else layer.groups
        layer.in_channels = layer.weight.shape[1] * layer.groups
