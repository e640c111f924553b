"""Policies over categories: networks that see a step and answer with logits for each of its decisions.

Every policy is called as `policy(inputs, carry) -> (logits, carry)`: inputs `(n, n_steps, n_inputs)`, logits
`(n, n_steps, n_slots, width)`, and whatever it carries from one step to the next, None at first. A single step is a
sequence of length 1, so the same network draws step by step and learns from whole sequences.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archwright.learning.networks import Mlp, ParallelMlp
from archwright.learning.quick_steps import feed_forward_step, recurrent_step
from archwright.learning.walks import Ask

Floats = np.ndarray[Any, np.dtype[np.float64]]

N_CODE = 10
"""Width of the code of each part of what a recurrent policy sees: ConfuciuX, section 4."""


class RecurrentPolicy(nn.Module):
    """The policy of ConfuciuX: a linear code per part of the inputs, three layers, an LSTM, a head per decision.

    Args:
        parts: width of each part of the inputs.
        n_slots: decisions of a step.
        width: levels of a decision.
        hidden: width of the layers and of the LSTM.

    Source: Kao, Jeong, Krishna, "ConfuciuX", MICRO 2020, section 4.
    """

    def __init__(self, parts: tuple[int, ...], n_slots: int, width: int, hidden: int = 128) -> None:
        super().__init__()
        self.parts = list(parts)
        self.codes = nn.ModuleList(nn.Linear(part, N_CODE) for part in parts)
        self.body = Mlp((N_CODE * len(parts), hidden, hidden, hidden))
        self.memory = nn.LSTM(hidden, hidden, batch_first=True)
        self.heads = nn.ModuleList(Mlp((hidden, width, width)) for _ in range(n_slots))

    def forward(self, inputs: Tensor, carry: Any = None) -> tuple[Tensor, Any]:
        """Logits and what is carried on: see the module."""
        parts = zip(self.codes, inputs.split_with_sizes(self.parts, dim=-1), strict=True)
        seen = torch.relu(self.body(torch.cat([code(part) for code, part in parts], dim=-1)))
        remembered, carry = self.memory(seen, carry)
        return torch.stack([head(remembered) for head in self.heads], dim=2), carry


class FeedForwardPolicy(nn.Module):
    """Fully connected layers; it starts near uniform and carries nothing.

    Args:
        n_inputs: width of the inputs.
        n_slots: decisions of a step.
        width: levels of a decision.
        hidden: width of its two hidden layers.
    """

    def __init__(self, n_inputs: int, n_slots: int, width: int, hidden: int = 64) -> None:
        super().__init__()
        self.shape = (n_slots, width)
        self.body = Mlp((n_inputs, hidden, hidden, n_slots * width), is_small=True)

    def forward(self, inputs: Tensor, carry: Any = None) -> tuple[Tensor, Any]:
        """Logits and None: see the module."""
        return self.body(inputs).unflatten(-1, self.shape), None


class ParallelPolicies(nn.Module):
    """A network of its own per agent; each decides once, and the agents stand where a walk has its steps.

    Args:
        n_agents: how many.
        n_inputs: width of what each sees.
        width: levels of a decision.
        hidden: width of the two hidden layers.
    """

    def __init__(self, n_agents: int, n_inputs: int, width: int, hidden: int = 64) -> None:
        super().__init__()
        self.bodies = ParallelMlp(n_agents, (n_inputs, hidden, hidden, width), is_small=True)

    def forward(self, inputs: Tensor, carry: Any = None) -> tuple[Tensor, Any]:
        """Logits and None: see the module."""
        return self.bodies(inputs).unsqueeze(2), None


def one_step(policy: nn.Module) -> Ask:
    """`policy`, as it is now, as what `WalkLayout.draw` asks, step by step, without gradients."""
    if isinstance(policy, RecurrentPolicy):
        return recurrent_step(policy)
    if isinstance(policy, FeedForwardPolicy):
        return feed_forward_step(policy)

    def ask(inputs: Floats, carry: Any) -> tuple[Floats, Any]:
        with torch.no_grad():
            logits, carry = policy(torch.tensor(inputs[:, None], dtype=torch.float32), carry)
        return np.asarray(logits[:, 0], dtype=float), carry

    return ask


def log_probabilities(logits: Tensor, legal: Tensor) -> Tensor:
    """Log-probabilities of the levels, those that are not legal at minus infinity.

    Args:
        logits: (..., width).
        legal: (..., width) bool, one at least in each row.

    Example:
        >>> log_probabilities(torch.zeros(3), torch.tensor([True, False, True])).exp().tolist()
        [0.5, 0.0, 0.5]
    """
    return torch.log_softmax(logits.masked_fill(~legal, -torch.inf), dim=-1)


def log_likelihood(log_probs: Tensor, levels: Tensor) -> Tensor:
    """Log-probability of each step, all its decisions together: `(n, n_steps)`.

    Args:
        log_probs: (n, n_steps, n_slots, width) from `log_probabilities`.
        levels: (n, n_steps, n_slots) the levels decided.
    """
    return log_probs.gather(-1, levels.unsqueeze(-1)).squeeze(-1).sum(dim=-1)


def entropy(log_probs: Tensor) -> Tensor:
    """Entropy of each step in nats, all its decisions together: `(n, n_steps)`.

    Example:
        >>> round(float(entropy(log_probabilities(torch.zeros(1, 1, 1, 4), torch.ones(1, 1, 1, 4) > 0))), 4)
        1.3863
    """
    finite = log_probs.masked_fill(log_probs == -torch.inf, 0.0)
    return -(log_probs.exp() * finite).sum(dim=(-1, -2))
