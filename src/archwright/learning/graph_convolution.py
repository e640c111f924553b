"""Graph convolutions over components, with layers of their own for every type of component.

Paper: Wang, Wang, Yang, Shen, Sun, Lee, Han, "GCN-RL Circuit Designer", DAC 2020, after Kipf and Welling, "Semi-
Supervised Classification with Graph Convolutional Networks", 2017, equation 2: H' = ReLU(D^-1/2 (A + I) D^-1/2 H W).
Weights are shared by all components; only the layers that read actions and write them belong to a type, so a trained
policy fits another circuit.

What differs: by default each layer normalises its input per component (layer normalisation) and adds what it computes
to it (`residual`). Seven plain layers average the 6 to 20 components of a circuit until like ones get the same sizes,
and the critic learns more slowly; with `residual=False` the layers are the paper's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archwright.learning.components import Components
from archwright.learning.networks import SMALL, Mlp, normed

Floats = np.ndarray[Any, np.dtype[np.float64]]


def normalised_adjacency(adjacency: Floats) -> Floats:
    """D^-1/2 (A + I) D^-1/2 of a symmetric `(n, n)` 0/1 matrix, D the degrees of A + I.

    Example:
        >>> normalised_adjacency(np.array([[0.0, 1.0], [1.0, 0.0]])).round(9).tolist()
        [[0.5, 0.5], [0.5, 0.5]]

    Source: Kipf and Welling, 2017, equation 2.
    """
    with_self = adjacency + np.eye(len(adjacency))
    scale = 1.0 / np.sqrt(with_self.sum(axis=1))
    normalised: Floats = scale[:, None] * with_self * scale
    return normalised


class GraphConvolutions(nn.Module):
    """Layers H' = ReLU(A' H W), or H' = H + ReLU(A' norm(H) W) with `residual`, then once more the norm.

    Args:
        hidden: width of every layer.
        n_layers: how far a component sees, in edges.
        residual: normalise each layer's input and add it to the output.
    """

    def __init__(self, hidden: int, n_layers: int, *, residual: bool) -> None:
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(torch.empty(hidden, hidden)) for _ in range(n_layers))
        self.residual = residual

    def initialise(self, generator: torch.Generator) -> None:
        """Draw layers by He's rule, which keeps the size of signals through ReLU; residual ones share the growth."""
        for weight in self.weights:
            bound = math.sqrt(6.0 / weight.shape[0] / (len(self.weights) if self.residual else 1))
            weight.uniform_(-bound, bound, generator=generator)

    def forward(self, nodes: Tensor, adjacency: Tensor) -> Tensor:
        """Node states `(n, batch, hidden)` after all layers; `adjacency` is the normalised `(n, n)` matrix."""
        n, batch, hidden = nodes.shape
        for weight in self.weights:
            inputs = normed(nodes) if self.residual else nodes
            mixed = (adjacency @ inputs.reshape(n, batch * hidden)).view(n * batch, hidden)
            update = torch.relu(mixed @ weight).view(n, batch, hidden)
            nodes = nodes + update if self.residual else update
        return normed(nodes) if self.residual else nodes


class TypedLinear(nn.Module):
    """A linear layer with weights of its own for every type of component.

    Args:
        n_types: how many types.
        n_inputs: width of the inputs.
        n_outputs: width of the outputs.
        is_small: weights start near zero.
    """

    def __init__(self, n_types: int, n_inputs: int, n_outputs: int, *, is_small: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_types, n_inputs, n_outputs))
        self.bias = nn.Parameter(torch.empty(n_types, 1, n_outputs))
        self.is_small = is_small

    def initialise(self, generator: torch.Generator) -> None:
        """Draw weights and biases within +-1/sqrt(inputs), or near zero."""
        bound = SMALL if self.is_small else self.weight.shape[1] ** -0.5
        self.weight.uniform_(-bound, bound, generator=generator)
        self.bias.uniform_(-bound, bound, generator=generator)

    def forward(self, nodes: Tensor, types: Tensor) -> Tensor:
        """Outputs `(n, batch, n_outputs)` of `(n, batch, n_inputs)`; `types` is (n,)."""
        return torch.baddbmm(self.bias[types], nodes, self.weight[types])


class Wiring:
    """The constants of a component graph as tensors: who is joined to whom, and who sizes which axis.

    Args:
        components: the graph.
        aggregate: False cuts all edges: every component then sees only itself.
        width: slots per component; at least what the components need.
    """

    def __init__(self, components: Components, *, aggregate: bool, width: int | None = None) -> None:
        joined = components.adjacency() if aggregate else np.zeros((len(components), len(components)))
        self.n_types = len(components.type_names)
        self.width = width or components.width
        self.adjacency = torch.tensor(normalised_adjacency(joined), dtype=torch.float32)
        self.types = torch.tensor(components.types)
        node, slot, axis = components.entries.T
        self.n_nodes, self.n_axes = len(components), components.n_axes
        self.places = torch.tensor(node * self.width + slot)
        self.axes = torch.tensor(axis)
        self.shares = torch.tensor(1.0 / np.bincount(axis, minlength=self.n_axes), dtype=torch.float32)

    def to_axes(self, slots: Tensor) -> Tensor:
        """Axis values `(batch, n_axes)` of slot values `(n, batch, width)`: the mean over a matching group."""
        flat = slots.transpose(0, 1).reshape(slots.shape[1], self.n_nodes * self.width)
        sums = flat.new_zeros(len(flat), self.n_axes).index_add(1, self.axes, flat[:, self.places])
        return sums * self.shares

    def to_slots(self, actions: Tensor) -> Tensor:
        """Slot values `(n, batch, width)` of axis values `(batch, n_axes)`; slots without an axis are 0."""
        flat = actions.new_zeros(len(actions), self.n_nodes * self.width)
        flat = flat.index_copy(1, self.places, actions[:, self.axes])
        return flat.view(len(actions), self.n_nodes, self.width).transpose(0, 1)


class GraphActor(nn.Module):
    """A policy over a component graph: shared encoder, graph convolutions, a decoder per type, tanh.

    Args:
        n_state: width of a component's state.
        wiring: the graph.
        hidden: width of all layers.
        n_layers: graph convolutions.
        residual: see `GraphConvolutions`.
    """

    def __init__(self, n_state: int, wiring: Wiring, hidden: int, n_layers: int, *, residual: bool = True) -> None:
        super().__init__()
        self.wiring = wiring
        self.encode = nn.Linear(n_state, hidden)
        self.layers = GraphConvolutions(hidden, n_layers, residual=residual)
        self.decode = TypedLinear(wiring.n_types, hidden, wiring.width, is_small=True)

    def slots(self, states: Tensor) -> Tensor:
        """Slot values `(n, width)` in [-1, 1] of states `(n, n_state)`, before matching."""
        wiring = self.wiring
        nodes = self.layers(torch.relu(self.encode(states)).unsqueeze(1), wiring.adjacency)
        return torch.tanh(self.decode(nodes, wiring.types)).squeeze(1)

    def forward(self, states: Tensor) -> Tensor:
        """Actions `(1, n_axes)` in [-1, 1] of states `(n, n_state)`."""
        return self.wiring.to_axes(self.slots(states).unsqueeze(1))


class GraphCritic(nn.Module):
    """The value of an action: state and action encoders, graph convolutions, normalised mean over components, scalar.

    The state's encoder is shared by all types, the action's belongs to one; a layer over their sum follows.

    Args:
        n_state: width of a component's state.
        wiring: the graph.
        hidden: width of all layers.
        n_layers: graph convolutions.
        residual: see `GraphConvolutions`.
    """

    def __init__(self, n_state: int, wiring: Wiring, hidden: int, n_layers: int, *, residual: bool = True) -> None:
        super().__init__()
        self.wiring = wiring
        self.encode = nn.Linear(n_state, hidden)
        self.encode_actions = TypedLinear(wiring.n_types, wiring.width, hidden)
        self.join = nn.Linear(hidden, hidden)
        self.layers = GraphConvolutions(hidden, n_layers, residual=residual)
        self.value = Mlp((hidden, hidden, 1))

    def forward(self, states: Tensor, actions: Tensor) -> Tensor:
        """Values `(batch,)` of actions `(batch, n_axes)` in the one state `(n, n_state)`."""
        wiring = self.wiring
        encoded = self.encode(states).unsqueeze(1) + self.encode_actions(wiring.to_slots(actions), wiring.types)
        nodes = self.layers(torch.relu(self.join(torch.relu(encoded))), wiring.adjacency)
        values: Tensor = self.value(normed(nodes.mean(dim=0)))
        return values.squeeze(1)
