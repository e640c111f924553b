"""The running network as an environment: every step is an epoch, every action a routing for its new packets."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.running import N_SEEN, Course, Epoch, RunningNetwork

Array = np.ndarray[Any, np.dtype[np.float32]]
Step = tuple[Array, float, bool, bool, dict[str, Any]]
LONG_CYCLES = 1_000.0
"""Latency that is seen as 1."""


class SwitchingEnv(gymnasium.Env):  # type: ignore[misc]  # gymnasium's classes are seen untyped
    """A course of some rounds; the sources are seeded by `reset`.

    The observation is `(N_SEEN + 3 + n_routings,)` float32 in [0, 1]: what sources sent (`RunningNetwork.look`),
    packets delivered per node and cycle, latency and backlog per node (over 1,000, at most 1), and which routing was
    active. The reward is minus the mean latency of the packets delivered in the epoch, in thousands of cycles.

    Args:
        course: what runs.
        rounds: through all patterns, >= 1.

    Example:
        >>> env = SwitchingEnv(Course(patterns=("uniform",), phase_cycles=200, size=4), rounds=1)
        >>> first, _ = env.reset(seed=0)
        >>> [env.step(1)[2], env.step(0)[2]], first.shape
        ([False, True], (11,))
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}

    def __init__(self, course: Course | None = None, *, rounds: int = 1) -> None:
        if rounds < 1:
            raise SpecError("rounds", rounds, "1 or more")
        self.course, self.rounds = Course() if course is None else course, rounds
        n_routings = len(self.course.routings)
        shape = (N_SEEN + 3 + n_routings,)
        self.observation_space = gymnasium.spaces.Box(np.zeros(shape, np.float32), np.ones(shape, np.float32))
        self.action_space = gymnasium.spaces.Discrete(n_routings)
        self._running: RunningNetwork | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        """An empty network; nothing is seen yet. There are no `options`."""
        super().reset(seed=seed)
        self._running = RunningNetwork(self.course, int(self.np_random.integers(2**31)))
        return np.zeros(self.observation_space.shape, np.float32), {}

    def step(self, action: Any) -> Step:
        """Run an epoch.

        Args:
            action: index of a routing.

        Raises:
            SpecError: the course is over, or there is no such routing.
        """
        running = self._running
        if running is None:
            raise SpecError("step", "a step after the end", "reset() first")
        if not 0 <= int(action) < len(self.course.routings):
            raise SpecError("action", action, f"0 to {len(self.course.routings) - 1}")
        epoch = running.step(int(action))
        is_over = running.network.now >= self.rounds * self.course.round_cycles
        self._running = None if is_over else running
        info = {"pattern": epoch.pattern, "packets": epoch.packets, "latency_cycles": epoch.latency_cycles}
        return self._observation(epoch), -epoch.latency_cycles / LONG_CYCLES, is_over, False, info

    def _observation(self, epoch: Epoch) -> Array:
        n_nodes = self.course.size**2
        rate = epoch.packets / (n_nodes * self.course.epoch_cycles)
        active = np.eye(len(self.course.routings))[epoch.routing]
        figures = [rate, epoch.latency_cycles / LONG_CYCLES, epoch.backlog / n_nodes / LONG_CYCLES]
        seen: Array = np.clip(np.concatenate([epoch.seen, figures, active]), 0.0, 1.0).astype(np.float32)
        return seen
