"""Policies one step at a time, in NumPy: the same as the networks of `policies`, without PyTorch's cost per call.

Eight walks of 52 steps side by side ask a network 52 times for 8 rows, where calls cost more than sums. The networks
are the slow twins: both give the same logits but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.learning.walks import Ask, Floats

if TYPE_CHECKING:
    from archwright.learning.policies import FeedForwardPolicy, RecurrentPolicy

Singles = np.ndarray[Any, np.dtype[np.float32]]
Layers = Callable[[Singles], Singles]


def recurrent_step(policy: RecurrentPolicy) -> Ask:
    """One step of a recurrent policy.

    Args:
        policy: as it is now; later changes are not followed.
    """
    code, code_bias = _block_diagonal([_arrays(one) for one in policy.codes])
    body, heads = _layers(policy.body), [_layers(head) for head in policy.heads]
    memory = {name: weight.detach().numpy() for name, weight in policy.memory.named_parameters()}
    weights = np.vstack([memory["weight_ih_l0"].T, memory["weight_hh_l0"].T])
    bias, hidden = memory["bias_ih_l0"] + memory["bias_hh_l0"], policy.memory.hidden_size

    def ask(inputs: Floats, carry: Any) -> tuple[Floats, Any]:
        seen = np.maximum(body(inputs.astype(np.float32) @ code + code_bias), 0.0)
        before, cell = carry or (np.zeros((len(inputs), hidden), np.float32),) * 2
        gates = np.hstack([seen, before]) @ weights + bias  # input, forget, cell, output: PyTorch's order
        admit, keep, new, show = (gates[:, k * hidden : (k + 1) * hidden] for k in range(4))
        cell = _sigmoid(keep) * cell + _sigmoid(admit) * np.tanh(new)
        after = _sigmoid(show) * np.tanh(cell)
        return np.stack([head(after) for head in heads], axis=1).astype(float), (after, cell)

    return ask


def feed_forward_step(policy: FeedForwardPolicy) -> Ask:
    """One step of a policy that carries nothing.

    Args:
        policy: as it is now; later changes are not followed.
    """
    body, shape = _layers(policy.body), policy.shape

    def ask(inputs: Floats, carry: Any) -> tuple[Floats, Any]:
        return body(inputs.astype(np.float32)).reshape(-1, *shape).astype(float), None

    return ask


def _arrays(layer: Any) -> tuple[Singles, Singles]:
    """Weights (inputs, outputs) and bias of a linear layer."""
    return np.array(layer.weight.detach().numpy().T, order="C"), layer.bias.detach().numpy().copy()


def _layers(network: Any) -> Layers:
    """An `Mlp` without normalisation."""
    hidden, last = [_arrays(layer) for layer in network.hidden], _arrays(network.last)
    assert not network.is_normed

    def forward(values: Singles) -> Singles:
        for weight, bias in hidden:
            values = np.maximum(values @ weight + bias, 0.0)
        found: Singles = values @ last[0] + last[1]
        return found

    return forward


def _block_diagonal(layers: list[tuple[Singles, Singles]]) -> tuple[Singles, Singles]:
    """Layers side by side, each on its own inputs, as one."""
    ins, outs = (np.cumsum([0, *(weight.shape[axis] for weight, _ in layers)]) for axis in (0, 1))
    whole = np.zeros((ins[-1], outs[-1]), np.float32)
    for (weight, _), row, column in zip(layers, ins, outs, strict=False):
        whole[row : row + weight.shape[0], column : column + weight.shape[1]] = weight
    return whole, np.concatenate([bias for _, bias in layers])


def _sigmoid(values: Singles) -> Singles:
    found: Singles = 0.5 * np.tanh(0.5 * values) + 0.5  # never overflows
    return found
