"""What the agent of `ddpg` sees: the previous design, what was measured of it and of its components, and its worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from archwright.core.problem import Problem
from archwright.core.trial import Trial
from archwright.learning.components import ComponentGraph, Components, components_of, observed_features
from archwright.learning.replay import Floats, Integers, Replay

LARGEST_ONE_HOT = 32
"""Components up to which a state names its component one-hot; beyond, one number does."""
CLIP = 5.0
"""Standard deviations at which an observed number is cut off."""


class Watch:
    """What is kept of a trial to be seen by the next step: metrics, and what the problem shows of its components.

    Args:
        problem: shows components of a finished design if it is a `ComponentGraph`: operating points, say.
        steps: designs in an episode; with one, nothing is seen.
    """

    def __init__(self, problem: Problem, *, steps: int) -> None:
        self.components = components_of(problem).deciders()
        self.metrics = sorted(problem.metrics)
        self.graph = problem if steps > 1 and isinstance(problem, ComponentGraph) else None
        self.rows: list[int] = []
        if self.graph is not None:
            names = list(self.graph.component_names)
            self.rows = [names.index(name) for name in self.components.names if name in names]
        self.shape = (len(self.components), self.components.features.shape[1] if self.graph is not None else 0)

    @property
    def columns(self) -> dict[str, tuple[int, ...]]:
        """Columns of a replay that holds what `of` gives."""
        return {"metrics": (len(self.metrics),), "shown": self.shape, "is_done": ()}

    def of(self, trial: Trial) -> dict[str, Sequence[float] | Floats | bool]:
        """Entries of `columns` for a trial; without an answer nothing is seen."""
        is_done = trial.state == "done"
        shown = np.zeros(self.shape)
        if self.graph is not None and is_done:
            shown[: len(self.rows)] = observed_features(self.graph, trial.design)[self.rows]
        return {"metrics": [trial.metrics.get(name, 0.0) for name in self.metrics], "shown": shown, "is_done": is_done}


class DesignStates:
    """Turns rows of a replay into states; a negative row, or one forgotten, is the start of an episode, all zeros.

    Args:
        replay: with the columns `keys`, `violation`, `merit`, `step` and those of a `Watch`.
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
        return int(self.of(np.array([-1])).shape[-1])

    def refresh(self) -> None:
        """Take mean and spread of what is seen, and what each trial is worth, anew from the trials in memory."""
        rows = self.replay.alive()
        done = rows[self.replay.column("is_done", rows) > 0]
        self.scales = {name: _scale(self.replay.column(name, done)) for name in ("metrics", "shown")}
        self.worths = self.rewards_of(self.replay.column("violation", rows), self.replay.column("merit", rows))

    def worth(self, rows: Integers) -> Floats:
        """What the trials in `rows` are worth among all in memory, `(n,)`; 0 for the start of an episode."""
        is_alive = self.replay.is_alive(rows)
        if not is_alive.any():
            return np.zeros(len(rows))
        oldest = self.replay.added - len(self.replay)
        return np.where(is_alive, self.worths[np.where(is_alive, rows - oldest, 0)], 0.0)

    def of(self, rows: Integers) -> Floats:
        """States after the trials in `rows`: `(n, width)` when flat, else `(n, n_components, width)`."""
        if self.steps == 1:
            fixed = np.zeros((1, 1)) if self.is_flat else self.fixed[None]
            return np.broadcast_to(fixed, (len(rows), *fixed.shape[1:]))
        many, n = len(rows), len(self.components)
        is_start = ~self.replay.is_alive(rows)
        safe = np.where(is_start, max(0, self.replay.added - 1), rows)
        keys, shown, shared = self._observed(safe) if self.replay.added else self._nothing(many)
        for part in (keys, shown, shared):
            part[is_start] = 0.0
        if self.is_flat:
            return np.hstack([keys, shown.reshape(many, -1), shared])
        slots = np.zeros((many, n * self.components.width))
        slots[:, self.places] = keys[:, self.axes]
        fixed = np.broadcast_to(self.fixed, (many, *self.fixed.shape))
        shared = np.broadcast_to(shared[:, None, :], (many, n, shared.shape[1]))
        return np.concatenate([fixed, slots.reshape(many, n, -1), shown, shared], axis=2)

    def _observed(self, rows: Integers) -> tuple[Floats, Floats, Floats]:
        """Keys in [-1, 1]; what components show; metrics, worth, answered or not, share of the episode."""
        is_done = self.replay.column("is_done", rows)
        metrics, shown = (self._standard(name, rows, is_done) for name in ("metrics", "shown"))
        rest = [self.worth(rows), is_done, 1.0 - is_done, (self.replay.column("step", rows) + 1.0) / self.steps]
        return 2.0 * self.replay.column("keys", rows) - 1.0, shown, np.hstack([metrics, np.stack(rest, axis=1)])

    def _standard(self, name: str, rows: Integers, is_done: Floats) -> Floats:
        mean, spread = self.scales[name]
        values = np.clip((self.replay.column(name, rows) - mean) / spread, -CLIP, CLIP)
        values[is_done == 0.0] = 0.0
        return values

    def _nothing(self, many: int) -> tuple[Floats, Floats, Floats]:
        shown, n_metrics = self.scales["shown"][0].shape, len(self.scales["metrics"][0])
        return np.zeros((many, self.components.n_axes)), np.zeros((many, *shown)), np.zeros((many, n_metrics + 4))


def _scale(values: Floats) -> tuple[Floats, Floats]:
    """Mean and spread over the rows; a spread of 1 where nothing varies."""
    if not len(values):
        return np.zeros(values.shape[1:]), np.ones(values.shape[1:])
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 1e-9 * np.abs(values).max(axis=0), spread, 1.0)
