"""How many bits the codes of each layer of a pruned network get: the fewest bytes in a file at an accuracy.

A `Problem` that every optimizer runs on. A design names the bits of every layer; weights are shared, not tuned, and
judged on images that no one else looks at.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from archwright.compression.apply import apply_plan, unpack
from archwright.compression.codec.accounting import model_bytes
from archwright.compression.plan import CompressionPlan
from archwright.core.goal import Goal, goal
from archwright.core.problem import Outcome
from archwright.core.record import Record
from archwright.core.space import Design, check_design

if TYPE_CHECKING:
    from torch import nn

    from archwright.models.fashion_mnist import Labelled

BITS = (1, 2, 3, 4, 5, 6)


class CodeBits:
    """Bits of every layer of a pruned network.

    Args:
        model: pruned; it is not changed.
        plan: its densities, codebooks and index bits.
        judged: images that accuracies are of.
        least: accuracy that is demanded, 0 to 1.

    Example:
        >>> import torch
        >>> from archwright.compression.plan import LayerPlan
        >>> from archwright.models.fashion_mnist import Labelled
        >>> layer = torch.nn.Linear(2, 2, bias=False)
        >>> layer.weight.data = torch.eye(2)
        >>> images = Labelled(np.eye(2, dtype=np.float32), np.arange(2))
        >>> problem = CodeBits(layer, CompressionPlan({"weight": LayerPlan(0.5)}), images, 0.9)
        >>> problem.evaluate([{"weight": 1}], rng=np.random.default_rng(0))[0]["accuracy"]
        1.0
    """

    name = "code-bits"
    metrics: Mapping[str, str] = {"file_bytes": "B", "accuracy": ""}

    def __init__(self, model: nn.Module, plan: CompressionPlan, judged: Labelled, least: float) -> None:
        self.model, self.plan, self.judged = deepcopy(model), plan, judged
        self.weights = {name: one.detach().numpy().copy() for name, one in model.state_dict().items()}
        self.goals: tuple[Goal, ...] = (
            goal(f"accuracy >= {least:g}", self.metrics),
            goal("min file_bytes", self.metrics),
        )
        self.space = Record({name: BITS for name in plan.layers})
        seen = [*self.weights.values(), judged.labels, judged.images[:1]]
        self.version = f"1-{zlib.crc32(b''.join(one.tobytes() for one in seen)):08x}"

    def plan_of(self, design: Design) -> CompressionPlan:
        """The plan with the bits of a design."""
        return CompressionPlan({name: replace(one, bits=design[name]) for name, one in self.plan.layers.items()})

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Bytes of the file, and accuracy, of each design."""
        return [self._one(check_design(self.space, design), rng) for design in designs]

    def _one(self, design: Design, rng: np.random.Generator) -> Outcome:
        import torch

        from archwright.compression.weights.retrain import accuracy
        from archwright.learning.seeding import one_thread

        packed = apply_plan(self.weights, self.plan_of(design), rng=rng)
        state = {name: torch.from_numpy(np.array(one)) for name, one in unpack(packed).items()}
        self.model.load_state_dict(state)
        with one_thread():
            return {"file_bytes": float(model_bytes(packed)), "accuracy": accuracy(self.model, self.judged)}
