"""Adam over one flat vector of weights.

Paper: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
Why not torch's: small networks spend a quarter of their time in it, and its first use loads torch's compiler, which
takes three seconds. The numbers are the same up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

DECAYS = (0.9, 0.999)
"""Of the moving averages of gradients and of their squares: the paper's."""
EPSILON = 1e-8
"""Keeps steps finite where a gradient was always 0: the paper's."""


class Adam:
    """Steps downhill; the weights become views of one vector.

    Args:
        weights: leaves that losses depend on.
        rate: size of a step.
        clip: the largest length of a gradient; longer ones are shortened to it.

    Example:
        >>> weight = nn.Parameter(torch.tensor([1.0, -1.0]))
        >>> Adam([weight], rate=0.1).step((weight**2).sum())
        >>> [round(one, 4) for one in weight.tolist()]
        [0.9, -0.9]
    """

    def __init__(self, weights: Iterable[nn.Parameter], rate: float, clip: float = math.inf) -> None:
        self.weights, self.rate, self.clip = list(weights), rate, clip
        self.flat = torch.cat([weight.detach().ravel() for weight in self.weights])
        start = 0
        for weight in self.weights:
            weight.data = self.flat[start : start + weight.numel()].view(weight.shape)
            start += weight.numel()
        self.mean, self.square = torch.zeros_like(self.flat), torch.zeros_like(self.flat)
        self.n_steps = 0

    def step(self, loss: Tensor) -> None:
        """One step down `loss`."""
        gradient = torch.cat([one.ravel() for one in torch.autograd.grad(loss, self.weights)])
        if self.clip < math.inf:
            gradient.mul_(torch.clamp(self.clip / (gradient.norm() + EPSILON), max=1.0))
        self.n_steps += 1
        slow, slower = DECAYS
        self.mean.lerp_(gradient, 1.0 - slow)
        self.square.mul_(slower).addcmul_(gradient, gradient, value=1.0 - slower)
        spread = self.square.sqrt().div_(math.sqrt(1.0 - slower**self.n_steps)).add_(EPSILON)
        self.flat.addcdiv_(self.mean, spread, value=-self.rate / (1.0 - slow**self.n_steps))

    def state_dict(self) -> dict[str, Any]:
        """Averages and number of steps; the weights belong to their module."""
        return {"mean": self.mean, "square": self.square, "n_steps": self.n_steps}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.mean.copy_(state["mean"])
        self.square.copy_(state["square"])
        self.n_steps = int(state["n_steps"])
