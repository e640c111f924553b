"""How many channels of each width group stay: the best narrower network within its budgets.

A `Problem` that every optimizer runs on, for any torch network and any number of budgets at once. What stays is fitted
to what the whole network did (`amc.channel_pruning`), and batch normalisations are estimated anew. Paper: He et al.,
"AMC", ECCV 2018.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from archwright.compression.amc.channel_pruning import ChannelPruner, reading_layers
from archwright.compression.amc.layer_latency import LatencyTable
from archwright.compression.amc.walled_space import WalledSpace, uniform_design
from archwright.compression.budget import Budget, Wall, channel_options
from archwright.compression.graph import Cost
from archwright.compression.weights.retrain import accuracy, reestimate_batch_norm
from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goal, goal
from archwright.core.problem import Outcome
from archwright.core.space import Design, check_design
from archwright.learning.seeding import one_thread

if TYPE_CHECKING:
    from archwright.compression.subjects import TorchSubject
    from archwright.models.fashion_mnist import Labelled, Split

Array = np.ndarray[Any, np.dtype[Any]]
COLUMNS = {"macs": "macs", "parameters": "parameters", "activations": "activations", "bytes": "n_bytes"}
N_CALIBRATION, BATCH = 1_000, 250
"""Training inputs that layers are fitted with; so many at a time."""


class WidthSearch:
    """Units of every width group under budgets.

    Args:
        subject: the network.
        data: its training part fits layers, its validation part scores.
        judged: inputs that designs are scored by.
        budgets: on `macs`, `parameters`, `activations`, `bytes` (of float32) and `latency_ms`, which is added up from
            layers measured on this machine.
        least_share, multiple: as for `channel_options`.
        seed: of the points at which layers are fitted.

    Raises:
        SpecError: a budget is on something else or cannot be reached, or no channels can be removed.
    """

    name = "width-search"
    metrics: Mapping[str, str] = {"quality": "", "macs": "", "parameters": ""}

    def __init__(
        self,
        subject: TorchSubject,
        data: Split,
        judged: Labelled,
        budgets: Sequence[Budget],
        *,
        least_share: float = 0.2,
        multiple: int = 8,
        seed: int = 0,
    ) -> None:
        self.graph, self.judged = subject.graph, judged
        self.goals: tuple[Goal, ...] = (goal("max quality", self.metrics),)
        images = data.train.images[:N_CALIBRATION]
        self.calibration = [torch.from_numpy(images[k : k + BATCH]) for k in range(0, len(images), BATCH)]
        names = dict.fromkeys(name for layer in reading_layers(self.graph) for name in layer.input_groups)
        if not names:
            raise SpecError("methods", "channels", "a method for a network without channels that can be removed")
        numbers = {group.name: number for number, group in enumerate(self.graph.groups)}
        self.places = np.array([numbers[name] for name in names])
        self.budgets, self.latency = budgets, None
        if any(one.measure == "latency_ms" for one in budgets):
            table = LatencyTable(self.graph, multiple)
            self.latency = table.costs(self.graph, self._counts)
        sizes = [self.graph.groups[number].size for number in self.places]
        dense = self.costs(np.array([sizes]))[0]
        limits = [one.resolved(float(whole)) for one, whole in zip(budgets, dense, strict=True)]
        options = [channel_options(size, least_share=least_share, multiple=multiple) for size in sizes]
        wall = Wall(options, self.costs, limits, [one.measure for one in budgets])
        self.space = WalledSpace(tuple(names), wall)
        with one_thread():
            self.pruner = ChannelPruner(subject.model, self.graph, self.calibration, rng=np.random.default_rng(seed))
        self.version = f"1.{zlib.crc32(b''.join(one.tobytes() for one in subject.weights.values())):08x}"

    def _counts(self, widths: Array) -> Array:
        counts = np.tile(self.graph.counts(), (len(widths), 1))
        counts[:, self.places] = widths
        return counts

    def costs(self, widths: Array) -> Array:
        """What widths take of the measures that have a budget.

        Args:
            widths: (n, axes).

        Returns:
            (n, budgets).
        """
        counted = self.graph.costs_of(self._counts(widths))
        found: list[Array] = []
        for budget in self.budgets:
            if budget.measure == "latency_ms" and self.latency is not None:
                found.append(self.latency(widths)[:, 0])
            else:
                column = Cost._fields.index(COLUMNS[check_name("budget", budget.measure, COLUMNS)])
                found.append(counted[:, column])
        return np.stack(found, 1)

    def network(self, design: Mapping[str, int]) -> nn.Module:
        """The narrower network."""
        with one_thread():
            narrow = self.pruner.pruned(design)
            reestimate_batch_norm(narrow, self.calibration)
        return narrow

    def guesses(self) -> list[Design]:
        """The same share of every group."""
        return [uniform_design(self.space)]

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Quality and cost of each design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space, or above the budget.
        """
        return [self._one(check_design(self.space, design)) for design in designs]

    def _one(self, design: Mapping[str, int]) -> Outcome:
        cost, narrow = self.graph.cost(design), self.network(design)
        with one_thread():
            quality = accuracy(narrow, self.judged, batch=BATCH)
        return {"quality": quality, "macs": float(cost.macs), "parameters": float(cost.parameters)}
