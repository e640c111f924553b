"""What each layer takes at every density and number of bits, counted exactly, so that a wall can add it up.

A layer is packed once per entry and its bytes are those that it has in a file, with the smallest coding of each stream.
Where a coarser choice takes more (codes of fewer bits may be harder to predict), the larger figure counts for both: a
table never falls where a choice grows, and never tells less than the file will take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.compression.codec.accounting import tensor_bytes
from archwright.compression.codec.packed import PackedTensor, pack_layer
from archwright.compression.measure import Simulator, simulated
from archwright.compression.plan import LayerPlan

Array = np.ndarray[Any, np.dtype[Any]]
Costs = np.ndarray[Any, np.dtype[np.float64]]

PERCENTS = (3, 5, 8, 12, 20, 35, 60, 100)
BITS = (2, 3, 4, 5, 6, 8)
UNSHARED = 32
"""Bits of a weight that shares nothing."""


class Choices(NamedTuple):
    """What may be decided of a layer.

    Args:
        percents: of its weights that may stay, rising.
        bits: of a weight's code, rising; 32 leaves weights as they are.
        codebook: how shared weights start, as for `LayerPlan`.
        index_bits: of a relative index.
    """

    percents: Sequence[int] = PERCENTS
    bits: Sequence[int] = BITS
    codebook: str = "linear"
    index_bits: int = 4

    def plan(self, percent: int, bits: int) -> LayerPlan:
        """A layer's plan.

        Example:
            >>> Choices().plan(20, 5)
            LayerPlan(density=0.2, bits=5, codebook='linear', index_bits=4, rank=0)
        """
        codebook, code_bits = ("none", 8) if bits == UNSHARED else (self.codebook, bits)
        return LayerPlan(percent / 100.0, code_bits, codebook, self.index_bits)


def pack_choice(name: str, weights: Array, choices: Choices, percent: int, bits: int, seed: int) -> PackedTensor:
    """A layer as it is stored at one choice; the same every time.

    Args:
        name: of its weight.
        weights: float32.
        choices: codebook and index bits.
        percent, bits: of them.
        seed: for random centroids.
    """
    return pack_layer(name, weights, choices.plan(percent, bits), rng=np.random.default_rng(seed))


class LayerTable:
    """Bytes, and where a machine is given its cycles and energy, of every layer at every choice.

    Args:
        weights: float32 of the layers, by name.
        choices: of every layer.
        simulator: runs the matrices among them.
        seed: for random centroids.
        say: is told which layer is being counted.

    Example:
        >>> table = LayerTable({"w": np.eye(8, dtype=np.float32)}, Choices((50, 100), (2, 8)))
        >>> table.costs(np.array([[50, 2], [100, 8]]))[:, 0].tolist()
        [31.0, 37.0]
    """

    def __init__(
        self,
        weights: Mapping[str, Array],
        choices: Choices,
        *,
        simulator: Simulator | None = None,
        seed: int = 0,
        say: Callable[[str], None] = lambda what: None,
    ) -> None:
        self.weights, self.choices, self.simulator, self.seed = weights, choices, simulator, seed
        self.tables = []
        for name in weights:
            say(f"counting {name}")
            self.tables.append(self._table(name))
        self.steps = np.array(choices.percents), np.array(choices.bits)

    def _table(self, name: str) -> Costs:
        found = [[self._entry(name, percent, bits) for bits in self.choices.bits] for percent in self.choices.percents]
        rising = np.maximum.accumulate(np.array(found), 0)
        return np.asarray(np.maximum.accumulate(rising, 1), np.float64)

    def _entry(self, name: str, percent: int, bits: int) -> tuple[float, float, float]:
        packed = pack_choice(name, self.weights[name], self.choices, percent, bits, self.seed)
        machine = {"cycles": 0.0, "energy_uj": 0.0}
        if self.simulator is not None and len(packed.shape) == 2:
            machine = simulated({name: packed.to_dense()}, self.simulator)
        return float(tensor_bytes(packed).total), machine["cycles"], machine["energy_uj"]

    def costs(self, rows: Array) -> Costs:
        """What choices take of bytes, cycles and energy in uJ.

        Args:
            rows: (n, 2 layers): percent and bits of each layer in turn.

        Returns:
            (n, 3).
        """
        total = np.zeros((len(rows), 3))
        for number, table in enumerate(self.tables):
            percents = np.searchsorted(self.steps[0], rows[:, 2 * number])
            total += table[percents, np.searchsorted(self.steps[1], rows[:, 2 * number + 1])]
        return total
