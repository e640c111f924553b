"""How many weights of each layer stay, and in how many bits: the best network whose file keeps its budget.

A `Problem` that every optimizer runs on. A wall (`budget`) bounds each decision by what all that follow need at least,
counted exactly (`layer_table`), so that no design is above the budget: not when decided, not when written.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.compression.amc.walled_space import WalledSpace
from archwright.compression.budget import Budget, Wall
from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.packed import PackedTensor, pack_raw
from archwright.compression.layer_table import LayerTable, pack_choice
from archwright.compression.subjects import Subject
from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goal, goal
from archwright.core.problem import Outcome
from archwright.core.space import Design, check_design

if TYPE_CHECKING:
    from archwright.models.fashion_mnist import Labelled

Array = np.ndarray[Any, np.dtype[Any]]
COLUMNS = {"bytes": 0, "cycles": 1, "energy_uj": 2}


class WeightSearch:
    """Density and bits of every layer under budgets.

    Args:
        subject: the network.
        judged: images that designs are scored by.
        budgets: on `bytes`, and with a machine in the table on `cycles` and `energy_uj`.
        table: what every layer takes.

    Raises:
        SpecError: a budget is on something else, or cannot be reached.
    """

    name = "weight-search"
    metrics: Mapping[str, str] = {"quality": "", "bytes": "B"}

    def __init__(self, subject: Subject, judged: Labelled, budgets: Sequence[Budget], table: LayerTable) -> None:
        self.subject, self.judged, self.table = subject, judged, table
        self.goals: tuple[Goal, ...] = (goal("max quality", self.metrics),)
        self.layers = tuple(table.weights)
        whole = [pack_raw(name, one) for name, one in subject.weights.items()]
        layers = sum(model_bytes([pack_raw(name, one)]) - model_bytes([]) for name, one in table.weights.items())
        self.dense = float(model_bytes(whole))
        self.spare = np.array([self.dense - layers, 0.0, 0.0])  # what no decision changes
        self.space = self._space(budgets)
        self.version = f"1.{zlib.crc32(b''.join(one.tobytes() for one in table.weights.values())):08x}"

    def _space(self, budgets: Sequence[Budget]) -> WalledSpace:
        choices = self.table.choices
        self.columns = [COLUMNS[check_name("budget", one.measure, COLUMNS)] for one in budgets]
        most = np.tile([choices.percents[-1], choices.bits[-1]], len(self.layers))
        dense = np.maximum(self.table.costs(most[None])[0], [self.dense, 0.0, 0.0])
        limits = [one.resolved(float(dense[column])) for one, column in zip(budgets, self.columns, strict=True)]
        axes = [f"{name}.{what}" for name in self.layers for what in ("percent", "bits")]
        options = [choices.percents, choices.bits] * len(self.layers)
        return WalledSpace(axes, Wall(options, self.costs, limits, [one.measure for one in budgets]))

    def costs(self, rows: Array) -> Array:
        """What choices take of the measures that have a budget, the whole file counted.

        Args:
            rows: (n, 2 layers): percent and bits of each layer in turn.
        """
        found: Array = (self.table.costs(rows) + self.spare)[:, self.columns]
        return found

    def packed(self, design: Mapping[str, int], weights: Mapping[str, Array] | None = None) -> list[PackedTensor]:
        """The network as it is stored: its layers as the design says, the rest as it is.

        Args:
            design: of the space.
            weights: of the network after training; those of the subject if left out.
        """
        choices, seed = self.table.choices, self.table.seed
        return [
            pack_choice(name, one, choices, design[f"{name}.percent"], design[f"{name}.bits"], seed)
            if name in self.layers
            else pack_raw(name, one)
            for name, one in (weights or self.subject.weights).items()
        ]

    def guesses(self) -> list[Design]:
        """All layers alike: for every share of weights that stays, the most bits within the budgets."""
        choices, found = self.table.choices, []
        for percent in choices.percents:
            rows = [np.tile([percent, bits], len(self.layers)) for bits in choices.bits]
            within = [self.space.named(row) for row in rows if self.space.fits(row)]
            found += within[-1:]
        return found

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Quality, and bytes of the file, of each design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space, or above the budget.
        """
        return [self._one(check_design(self.space, design)) for design in designs]

    def _one(self, design: Mapping[str, int]) -> Outcome:
        packed = self.packed(design)
        quality = self.subject.quality(self.judged, {one.name: one.to_dense() for one in packed})
        return {"quality": quality, "bytes": float(model_bytes(packed))}


def layers_of(subject: Subject, *, least: int = 64) -> dict[str, Array]:
    """Weights that are worth compressing: float32 matrices and filters of layers.

    Args:
        subject: the network.
        least: weights of a layer.

    Raises:
        SpecError: there are none.
    """
    names = dict.fromkeys(layer.weight for layer in subject.graph.layers if layer.weight)
    found = {name: subject.weights[name] for name in names if name in subject.weights}
    kept = {name: one for name, one in found.items() if one.dtype == np.float32 and one.size >= least}
    if not kept:
        raise SpecError("model", f"{len(subject.weights)} tensors", f"a float32 layer of {least} weights or more")
    return kept
