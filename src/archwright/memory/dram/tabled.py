"""The controller's problem answered from the table of all its designs, with the published rewards as metrics.

A search on it costs no simulation, so that methods can be compared over many seeds; what they are told is what the
simulator has said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome
from archwright.core.space import Design
from archwright.memory.dram.controller import CHOICES
from archwright.memory.dram.exhaustive import Table
from archwright.memory.dram.problem import MOST_POSTPONED, DramController
from archwright.memory.dram.published import CAP, POWER_TARGET_W, target_reward
from archwright.memory.dram.simulation import METRICS
from archwright.memory.traces.trace import Ints

_SIZES = tuple(len(choices) for choices in CHOICES.values())
_STRIDES = tuple(int(np.prod(_SIZES[axis + 1 :])) for axis in range(len(_SIZES)))
_INDEX = {
    axis: {value: index * stride for index, value in enumerate(choices)}
    for (axis, choices), stride in zip(CHOICES.items(), _STRIDES, strict=True)
}
REWARDS = ("power_reward", "time_reward", "joint_reward")


def plain_rows() -> Ints:
    """For each of the 442,368 designs in the order of `CHOICES`, the row of `exhaustive` that stands for it.

    Example:
        >>> rows = plain_rows()
        >>> len(rows), int(rows.max()) + 1
        (442368, 166464)
    """
    indices = list(np.unravel_index(np.arange(int(np.prod(_SIZES))), _SIZES))
    at = {axis: place for place, axis in enumerate(CHOICES)}
    has_refresh = indices[at["refresh_policy"]] > 0
    has_limit = indices[at["arbiter"]] > 0
    for axis, counts in (
        ("refresh_max_postponed", has_refresh),
        ("refresh_max_pulled_in", has_refresh),
        ("max_active_transactions", has_limit),
    ):
        indices[at[axis]] = np.where(counts, indices[at[axis]], 0)
    codes = np.ravel_multi_index(tuple(indices), _SIZES)
    rows: Ints = np.unique(codes, return_inverse=True)[1]
    return rows


class TabledController:
    """A trace's problem with every answer known.

    Args:
        problem: whose table it is.
        table: of `exhaustive.stored_table`.

    Example:
        >>> from archwright.memory.dram.problem import DEFAULT_DESIGN
        >>> tabled = TabledController(DramController(trace="stream", n_requests=50), np.ones((166_464, len(METRICS))))
        >>> tabled.evaluate([DEFAULT_DESIGN], rng=np.random.default_rng(0))[0]["power_reward"]
        1000.0
    """

    name = "dram-controller-table"
    typical_seconds = 1e-5
    metrics: Mapping[str, str] = {**METRICS, **dict.fromkeys(REWARDS, "")}

    def __init__(self, problem: DramController, table: Table) -> None:
        self.space, self.version, self.table = problem.space, f"{problem.version}.r1", table
        self.goals: tuple[Goal, ...] = (
            goal("max joint_reward", self.metrics),
            goal(f"postponed_refreshes <= {MOST_POSTPONED}", self.metrics),
        )
        # The time that the data bus alone needs: no controller is as fast.
        self.time_target_s = len(problem.trace) * problem.device.burst_clk / problem.device.clock_hz
        self._rows = plain_rows()
        self._answers: dict[int, Metrics] = {}

    def rows_of(self, designs: Sequence[Design]) -> list[int]:
        """Rows of the table for designs of the space."""
        return [self._rows[sum([_INDEX[axis][value] for axis, value in one.items()])].item() for one in designs]

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Look designs up; `rng` is not used."""
        return [self.answer(row) for row in self.rows_of(designs)]

    def answer(self, row: int) -> Metrics:
        """Metrics of a row of the table, with rewards."""
        if row not in self._answers:
            found: dict[str, float] = dict(zip(METRICS, self.table[row].tolist(), strict=True))
            power = target_reward(found["power_w"], POWER_TARGET_W)
            time = target_reward(found["time_s"], self.time_target_s)
            self._answers[row] = {**found, **dict(zip(REWARDS, (power, time, min(CAP, power * time)), strict=True))}
        return self._answers[row]

    def rewards(self) -> dict[str, Any]:
        """Rewards of all rows, `(n_rows,)` by name; minus infinity where data is forgotten."""
        names = list(METRICS)
        power = _rewards(self.table[:, names.index("power_w")], POWER_TARGET_W)
        time = _rewards(self.table[:, names.index("time_s")], self.time_target_s)
        keeps = self.table[:, names.index("postponed_refreshes")] <= MOST_POSTPONED
        every = zip(REWARDS, (power, time, np.minimum(CAP, power * time)), strict=True)
        return {name: np.where(keeps, values, -np.inf) for name, values in every}


def _rewards(values: Table, target: float) -> Table:
    missed = np.abs(values - target)
    return np.minimum(CAP, target / np.maximum(missed, target / CAP))
