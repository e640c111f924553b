"""The paper's environment: loads rise step by step, and at each a routing is chosen.

Paper: Kao, Yang, Chen, Ma, Krishna, "Reinforcement Learning based Interconnection Routing for Adaptive Traffic
Optimization", NOCS 2019, arXiv:1908.04484. State: the load, as its place in the sweep. Action: a routing. Reward: minus
the mean latency of packets, rounded to two decimals. The load rises by one step whatever was chosen, so this is a
contextual bandit: what an action does is seen at once, and changes nothing that follows.

What differs from the official code: the place in the sweep is an integer; there, sums of 0.1 are compared with 0.6.
"""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.load_table import Scenario, latency_table

Step = tuple[int, float, bool, bool, dict[str, Any]]


class LoadSweep(gymnasium.Env):  # type: ignore[misc]  # gymnasium's classes are seen untyped
    """One episode is one sweep through the loads, from the lowest to the highest.

    Args:
        scenario: what is simulated, when first stepped.

    Example:
        >>> env = LoadSweep(Scenario(routings=("xy", "yx"), loads=(0.05, 0.1), cycles=300, size=4))
        >>> env.reset(seed=0)
        (0, {'load': 0.05})
        >>> env.step(1)[2:4], env.step(0)[2:4]
        ((False, False), (True, False))
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}

    def __init__(self, scenario: Scenario | None = None) -> None:
        self.scenario = Scenario() if scenario is None else scenario
        self.observation_space = gymnasium.spaces.Discrete(len(self.scenario.loads))
        self.action_space = gymnasium.spaces.Discrete(len(self.scenario.routings))
        self._at: int | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Begin at the lowest load; there are no `options`."""
        super().reset(seed=seed)
        self._at = 0
        return 0, {"load": self.scenario.loads[0]}

    def step(self, action: Any) -> Step:
        """Choose a routing at this load.

        Args:
            action: its index.

        Raises:
            SpecError: the episode is over, or there is no such routing.
        """
        if self._at is None:
            raise SpecError("step", "a step after the end", "reset() first")
        if not 0 <= int(action) < len(self.scenario.routings):
            raise SpecError("action", action, f"0 to {len(self.scenario.routings) - 1}")
        latency_cycles = float(latency_table(self.scenario)[self._at, int(action)])
        last = len(self.scenario.loads) - 1
        is_over = self._at == last
        place = min(self._at + 1, last)
        self._at = None if is_over else place
        info = {"load": self.scenario.loads[place], "latency_cycles": latency_cycles}
        return place, -float(np.round(latency_cycles, 2)), is_over, False, info
