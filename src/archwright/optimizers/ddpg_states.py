"""What the agent of `ddpg` sees: the previous design, its metrics and what it was worth, flat or per component."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from archwright.learning.components import Components
from archwright.learning.replay import Floats, Integers, Replay

LARGEST_ONE_HOT = 32
"""Components up to which a state names its component one-hot; beyond, one number does."""
CLIP = 5.0
"""Standard deviations at which an observed metric is cut off."""


class DesignStates:
    """Turns rows of a replay into states; a negative row, or one forgotten, is the start of an episode, all zeros.

    Args:
        replay: with the columns `keys`, `metrics`, `is_done`, `violation`, `merit` and `step`.
        components: each axis owned once.
        rewards_of: what a trial is worth beside all others, from violations and merits.
        steps: designs in an episode; with one, the state never changes.
        is_flat: one vector per state, else one per component.
    """

    def __init__(
        self,
        replay: Replay,
        components: Components,
        rewards_of: Callable[[Floats, Floats], Floats],
        *,
        steps: int,
        is_flat: bool,
    ) -> None:
        self.replay, self.components, self.rewards_of = replay, components, rewards_of
        self.steps, self.is_flat = steps, is_flat
        index = "one-hot" if len(components) <= LARGEST_ONE_HOT else "scalar"
        self.fixed = components.states(index=index)
        entry = components.entries
        self.places = entry[:, 0] * components.width + entry[:, 1]
        self.axes = entry[:, 2]
        self.refresh()

    @property
    def width(self) -> int:
        """Numbers in a flat state, or in the state of one component."""
        return self.of(np.array([-1])).shape[-1]

    def refresh(self) -> None:
        """Take mean and spread of the metrics, and what each trial is worth, anew from the trials in memory."""
        rows = self.replay.alive()
        done = self.replay.column("metrics", rows[self.replay.column("is_done", rows) > 0])
        n_metrics = done.shape[1]
        self.mean = done.mean(axis=0) if len(done) else np.zeros(n_metrics)
        spread = done.std(axis=0) if len(done) else np.ones(n_metrics)
        self.spread = np.where(spread > 0, spread, 1.0)
        self.worths = self.rewards_of(self.replay.column("violation", rows), self.replay.column("merit", rows))

    def worth(self, rows: Integers) -> Floats:
        """What the trials in `rows` are worth among all in memory, `(n,)`; 0 for the start of an episode."""
        is_alive = self.replay.is_alive(rows)
        if not is_alive.any():
            return np.zeros(len(rows))
        oldest = self.replay.added - len(self.replay)
        return np.where(is_alive, self.worths[np.where(is_alive, rows - oldest, 0)], 0.0)

    def of(self, rows: Integers) -> Tensor:
        """States after the trials in `rows`: `(n, width)` when flat, else `(n, n_components, width)`."""
        if self.steps == 1:
            fixed = np.zeros((1, 1)) if self.is_flat else self.fixed[None]
            return torch.tensor(np.broadcast_to(fixed, (len(rows), *fixed.shape[1:])), dtype=torch.float32)
        keys, shared = self._observed(rows)
        if self.is_flat:
            return torch.tensor(np.hstack([keys, shared]), dtype=torch.float32)
        n, many = len(self.components), len(rows)
        slots = np.zeros((many, n * self.components.width))
        slots[:, self.places] = keys[:, self.axes]
        parts = [
            np.broadcast_to(self.fixed, (many, *self.fixed.shape)),
            slots.reshape(many, n, -1),
            np.broadcast_to(shared[:, None, :], (many, n, shared.shape[1])),
        ]
        return torch.tensor(np.concatenate(parts, axis=2), dtype=torch.float32)

    def _observed(self, rows: Integers) -> tuple[Floats, Floats]:
        """Keys in [-1, 1], and metrics with worth, the flags answered and unanswered, and the share of the episode."""
        is_start = ~self.replay.is_alive(rows)
        safe = np.where(is_start, self.replay.added - 1, rows)
        if self.replay.added == 0:
            horizon, n_metrics = self.components.n_axes, len(self.mean)
            return np.zeros((len(rows), horizon)), np.zeros((len(rows), n_metrics + 4))
        is_done = self.replay.column("is_done", safe)[:, None]
        metrics = (self.replay.column("metrics", safe) - self.mean) / self.spread * is_done
        step = (self.replay.column("step", safe)[:, None] + 1.0) / self.steps
        worth = self.worth(rows)[:, None]
        shared = np.hstack([np.clip(metrics, -CLIP, CLIP), worth, is_done, 1.0 - is_done, step])
        keys = 2.0 * self.replay.column("keys", safe) - 1.0
        keys[is_start], shared[is_start] = 0.0, 0.0
        return keys, shared
