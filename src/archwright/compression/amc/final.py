"""The last judgement of pruned networks: accuracy on test images, before and after fine-tuning.

No search may look at test images, so this is a problem of its own that the catalogue does not list: `systems.amc` has
it score what the searches found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from archwright.compression.amc.problem import LayerwisePruning
from archwright.core.errors import SpecError
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Reference


class PrunedAndTuned(LayerwisePruning):
    """Test accuracy of pruned networks before and after training goes on for a little.

    Args:
        epochs: of fine-tuning.
        learning_rate: of Adam at first; it falls along a cosine.
        options: of the problem whose designs are judged.

    Raises:
        SpecError: an option out of range.
    """

    name = "amc-final"
    metrics: Mapping[str, str] = {"before": "", "after": "", "macs": ""}
    goals: tuple[Goal, ...] = (goal("max after", metrics),)

    def __init__(self, *, epochs: int = 1, learning_rate: float = 1e-3, **options: Any) -> None:
        if epochs < 0 or epochs != int(epochs):
            raise SpecError("epochs", epochs, "a whole number, 0 or above")
        super().__init__(**options)
        self.goals = PrunedAndTuned.goals
        self.epochs, self.learning_rate = int(epochs), learning_rate
        self.options |= {"epochs": epochs, "learning_rate": learning_rate}
        self.version += f".{epochs}.{learning_rate}"

    def _one(self, design: Mapping[str, int]) -> Metrics:
        from archwright.compression.weights.retrain import accuracy, train
        from archwright.learning.seeding import one_thread

        data = self.operator.subject.trained.data
        model = self.operator.network(design)
        macs = float(self.operator.costs("macs")(self.space.counts(design)[None])[0, 0])
        with one_thread():
            before = accuracy(model.eval(), data.test)
            rng = np.random.default_rng(self.options["seed"])
            train(model.train(), data.train, epochs=self.epochs, learning_rate=self.learning_rate, rng=rng)
            return {"before": before, "after": accuracy(model.eval(), data.test), "macs": macs}

    def references(self) -> list[Reference]:
        """None: what is judged is compared elsewhere."""
        return []
