"""Every layer under every action, worked out once: an assignment is then a look-up per layer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product

import numpy as np

from archwright.accelerators.dataflow.costs import Costs, costs_of
from archwright.accelerators.dataflow.hardware import FREE_BUS, Bus
from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.workloads.layer import Layer

N_PES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Processing elements that a layer may get."""
TILES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
"""Filters that an element may hold; its buffer follows."""

Action = tuple[str, int, int]


class Tables:
    """Costs of n layers under m actions; an action is a dataflow, a number of elements and a tile.

    Args:
        layers: n of them.
        dataflows: that an action may name; those of dla alone are 12 elements times 12 tiles, so 144 actions.
        bus: between the buffers.

    Raises:
        SpecError: no such dataflow, or a bus without bandwidth.

    Example:
        >>> from archwright.accelerators.workloads import read_layers
        >>> tables = Tables(read_layers("alexnet"), ["dla", "shi"])
        >>> tables.costs.cycles.shape, tables.actions[tables.index[("shi", 16, 4)]]
        ((5, 288), ('shi', 16, 4))
    """

    def __init__(self, layers: Sequence[Layer], dataflows: Sequence[str], bus: Bus = FREE_BUS) -> None:
        self.layers, self.dataflows, self.bus = tuple(layers), tuple(dataflows), bus
        self.actions: tuple[Action, ...] = tuple(product(self.dataflows, N_PES, TILES))
        self.index = {action: i for i, action in enumerate(self.actions)}
        elements, tiles = np.array(list(product(N_PES, TILES))).T
        parts = [costs_of(self.layers, elements, tiles, one, bus) for one in self.dataflows]
        self.costs = Costs(*(np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True)))

    @cached_property
    def n_pes(self) -> Ints:
        """(m,) elements of every action."""
        return np.array([action[1] for action in self.actions])

    @cached_property
    def uniform(self) -> Ints:
        """(m, n): the assignments that give all layers the same action."""
        return np.repeat(np.arange(len(self.actions))[:, None], len(self.layers), axis=1)

    def flat(self, chosen: Ints) -> Ints:
        """Positions in a table written row after row, of actions (k, n') of the first n' layers."""
        return chosen + self._starts[: chosen.shape[1]]

    @cached_property
    def _starts(self) -> Ints:
        return len(self.actions) * np.arange(len(self.layers))
