"""Sequence-to-sequence networks over components: a recurrent encoder reads them, a decoder with attention sizes them.

Paper: Wang, Yang, Lee, Han, "Learning to Design Circuits", NeurIPS 2018 workshop on machine learning for systems. The
components stand in the order of the signal path; the decoder emits the sizes of one component per step, so a later
component can answer to the sizes given to an earlier one.
What differs: the paper does not print the kind and width of its recurrent layers; ours is one LSTM or GRU layer each
way, with scaled dot-product attention (Luong et al., 2015; Vaswani et al., 2017).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archwright.core.errors import check_name
from archwright.learning.networks import Mlp, SmallLinear, normed

Integers = np.ndarray[Any, np.dtype[np.int64]]

CELLS = ("lstm", "gru")
"""Kinds of recurrent layer."""


class Attention(nn.Module):
    """Scaled dot-product attention of one query over a memory.

    Args:
        width: of the query and of every memory entry.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.key = nn.Linear(width, width, bias=False)
        self.scale = 1.0 / math.sqrt(width)

    def forward(self, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """The memory's mean as the query weighs it.

        Args:
            query: (batch, width).
            memory: (batch, n, width).

        Returns:
            The context (batch, width) and the weights (batch, n), which sum to 1.
        """
        scores = torch.bmm(memory, self.key(query).unsqueeze(2)).squeeze(2) * self.scale
        weights = torch.softmax(scores, dim=1)
        return torch.bmm(weights.unsqueeze(1), memory).squeeze(1), weights


class SequenceActor(nn.Module):
    """A policy that reads component states and emits one component's sizes per step.

    Args:
        n_state: width of a component's state.
        entries: (n_axes, 3) component, slot and axis, each axis once: `Components.deciders().entries`.
        hidden: width of the recurrent layers.
        cell: `lstm` or `gru`.

    Raises:
        SpecError: another kind of cell.
    """

    def __init__(self, n_state: int, entries: Integers, hidden: int, *, cell: str = "lstm") -> None:
        super().__init__()
        self.width = int(entries[:, 1].max()) + 1
        self.places = _places(entries, self.width)
        self.is_lstm = check_name("cell", cell, CELLS) == "lstm"
        self.encoder = (nn.LSTM if self.is_lstm else nn.GRU)(n_state, hidden, batch_first=True)
        self.decoder = (nn.LSTMCell if self.is_lstm else nn.GRUCell)(hidden + self.width, hidden)
        self.attention = Attention(hidden)
        self.sizes = SmallLinear(2 * hidden, self.width)

    def forward(self, states: Tensor) -> Tensor:
        """Actions `(batch, n_axes)` in [-1, 1] of component states `(batch, n, n_state)`."""
        memory, last = self.encoder(states)
        carry = tuple(one[0] for one in last) if self.is_lstm else last[0]
        sizes = memory.new_zeros(len(states), self.width)
        emitted = []
        for step in range(states.shape[1]):
            carry = self.decoder(torch.cat([memory[:, step], sizes], dim=1), carry)
            output = carry[0] if self.is_lstm else carry
            context, _ = self.attention(output, memory)
            sizes = torch.tanh(self.sizes(normed(torch.cat([output, context], dim=1))))
            emitted.append(sizes)
        return torch.cat(emitted, dim=1)[:, self.places]


class SequenceCritic(nn.Module):
    """The value of an action: the same encoder over states and actions of the components, one scalar at its end.

    Args:
        n_state: width of a component's state.
        entries: as for `SequenceActor`.
        hidden: width of the recurrent layer and of the hidden layer behind it.
        cell: `lstm` or `gru`.

    Raises:
        SpecError: another kind of cell.
    """

    def __init__(self, n_state: int, entries: Integers, hidden: int, *, cell: str = "lstm") -> None:
        super().__init__()
        self.width = int(entries[:, 1].max()) + 1
        self.places = _places(entries, self.width)
        is_lstm = check_name("cell", cell, CELLS) == "lstm"
        self.read = nn.Linear(n_state + self.width, hidden)
        self.encoder = (nn.LSTM if is_lstm else nn.GRU)(hidden, hidden, batch_first=True)
        self.value = Mlp((2 * hidden, hidden, 1))

    def forward(self, states: Tensor, actions: Tensor) -> Tensor:
        """Values `(batch,)` of actions `(batch, n_axes)`; a single state `(1, n, n_state)` serves all of them."""
        n = states.shape[1]
        slots = actions.new_zeros(len(actions), n * self.width).index_copy(1, self.places, actions)
        inputs = torch.cat([states.expand(len(actions), -1, -1), slots.view(len(actions), n, self.width)], dim=2)
        outputs, _ = self.encoder(torch.relu(self.read(inputs)))
        values: Tensor = self.value(normed(torch.cat([outputs[:, -1], outputs.mean(dim=1)], dim=1)))
        return values.squeeze(1)


def _places(entries: Integers, width: int) -> Tensor:
    """Per axis its place among the flattened (component, slot) outputs."""
    by_axis = entries[np.argsort(entries[:, 2])]
    return torch.tensor(by_axis[:, 0] * width + by_axis[:, 1], device="cpu")
