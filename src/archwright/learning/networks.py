"""Plain networks: fully connected layers, and an actor and a critic made of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

SMALL = 3e-3
"""Bound of a policy's last weights at first: Lillicrap et al., "Continuous Control with Deep Reinforcement Learning",
2016, section 7. It makes a policy start in the middle of its range, where tanh has a slope."""


class SmallLinear(nn.Linear):
    """A linear layer that starts near zero."""

    def initialise(self, generator: torch.Generator) -> None:
        """Draw weights and biases within +-`SMALL`."""
        for weight in self.parameters():
            weight.uniform_(-SMALL, SMALL, generator=generator)


class Mlp(nn.Module):
    """Fully connected layers with ReLU between them.

    Args:
        sizes: width of the input, of every hidden layer, and of the output.
        is_small: the last layer starts near zero.
        is_normed: layer normalisation before each ReLU; a critic then learns more from the same trials.
    """

    def __init__(self, sizes: Sequence[int], *, is_small: bool = False, is_normed: bool = False) -> None:
        super().__init__()
        self.is_normed = is_normed
        *inner, last = pairwise(sizes)
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in inner)
        self.last = SmallLinear(*last) if is_small else nn.Linear(*last)

    def forward(self, values: Tensor) -> Tensor:
        """Outputs `(..., sizes[-1])` of inputs `(..., sizes[0])`."""
        for layer in self.hidden:
            values = layer(values)
            values = torch.relu(normed(values) if self.is_normed else values)
        result: Tensor = self.last(values)
        return result


def normed(values: Tensor) -> Tensor:
    """Mean 0 and deviation 1 over the last axis: layer normalisation (Ba et al., 2016) without weights."""
    return torch.nn.functional.layer_norm(values, values.shape[-1:])


class MlpActor(nn.Module):
    """A policy over flat states: all actions at once.

    Args:
        n_state: width of a state.
        n_actions: how many numbers it decides.
        hidden: width of the two hidden layers.
    """

    def __init__(self, n_state: int, n_actions: int, hidden: int) -> None:
        super().__init__()
        self.body = Mlp((n_state, hidden, hidden, n_actions), is_small=True)

    def forward(self, states: Tensor) -> Tensor:
        """Actions `(batch, n_actions)` in [-1, 1] of states `(batch, n_state)`."""
        return torch.tanh(self.body(states))


class MlpCritic(nn.Module):
    """The value of an action in a flat state.

    Args:
        n_state: width of a state.
        n_actions: width of an action.
        hidden: width of the two hidden layers.
        is_normed: layer normalisation before each ReLU.
    """

    def __init__(self, n_state: int, n_actions: int, hidden: int, *, is_normed: bool = True) -> None:
        super().__init__()
        self.body = Mlp((n_state + n_actions, hidden, hidden, 1), is_normed=is_normed)

    def forward(self, states: Tensor, actions: Tensor) -> Tensor:
        """Values `(batch,)` of actions `(batch, n_actions)`; a single state `(1, n_state)` serves all of them."""
        values: Tensor = self.body(torch.cat([states.expand(len(actions), -1), actions], dim=1))
        return values.squeeze(1)


class ParallelMlp(nn.Module):
    """Networks of one shape side by side, each with weights and inputs of its own, computed at once.

    Args:
        n: how many.
        sizes: width of the input, of every hidden layer, and of the output.
        is_small: the last layer starts near zero.
    """

    def __init__(self, n: int, sizes: Sequence[int], *, is_small: bool = False) -> None:
        super().__init__()
        self.is_small = is_small
        self.weights = nn.ParameterList(torch.empty(n, a, b) for a, b in pairwise(sizes))
        self.biases = nn.ParameterList(torch.empty(n, 1, b) for b in sizes[1:])

    def initialise(self, generator: torch.Generator) -> None:
        """Draw all weights and biases within +-1/sqrt(fan in), the last layer's within +-`SMALL` if it starts small."""
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            is_last = i == len(self.weights) - 1
            bound = SMALL if self.is_small and is_last else float(weight.shape[1]) ** -0.5
            weight.uniform_(-bound, bound, generator=generator)
            bias.uniform_(-bound, bound, generator=generator)

    def forward(self, values: Tensor) -> Tensor:
        """Outputs `(batch, n, sizes[-1])` of inputs `(batch, n, sizes[0])`."""
        values = values.transpose(0, 1)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, torch.relu(values) if i else values, weight)
        return values.transpose(0, 1)
