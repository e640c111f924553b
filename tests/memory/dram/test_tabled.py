"""Answers from the table are the simulator's."""

import numpy as np
import pytest

from archwright.memory.dram.controller import CHOICES
from archwright.memory.dram.exhaustive import plain, plain_designs
from archwright.memory.dram.problem import DramController
from archwright.memory.dram.published import POWER_TARGET_W, target_reward
from archwright.memory.dram.simulation import METRICS
from archwright.memory.dram.tabled import REWARDS, TabledController

PROBLEM = DramController(trace="cloud-1", n_requests=100)


def drawn(n, seed=0):
    rng = np.random.default_rng(seed)
    return [{name: choices[rng.integers(len(choices))] for name, choices in CHOICES.items()} for _ in range(n)]


def tabled(designs):
    """A table in which only the rows of `designs` are filled."""
    problem = TabledController(PROBLEM, np.ones((166_464, len(METRICS))))
    found = PROBLEM.evaluate(designs, rng=np.random.default_rng(0))
    for row, metrics in zip(problem.rows_of(designs), found, strict=True):
        problem.table[row] = [metrics[name] for name in METRICS]
    return problem, found


def test_a_row_stands_for_the_plain_design():
    designs = drawn(40)
    rows = TabledController(PROBLEM, np.ones((166_464, len(METRICS)))).rows_of(designs)
    wanted = {row: design for row, design in enumerate(plain_designs()) if row in set(rows)}
    assert [wanted[row] for row in rows] == [plain(design) for design in designs]


def test_answers_are_the_simulator_s_with_rewards():
    designs = drawn(20, seed=1)
    problem, found = tabled(designs)
    for ours, theirs in zip(problem.evaluate(designs, rng=np.random.default_rng(0)), found, strict=True):
        assert {name: ours[name] for name in METRICS} == theirs
        assert ours["power_reward"] == target_reward(theirs["power_w"], POWER_TARGET_W)
        assert ours["joint_reward"] == pytest.approx(ours["power_reward"] * ours["time_reward"])
    assert problem.time_target_s == pytest.approx(100 * 5e-9)
    assert all(one["time_s"] > problem.time_target_s for one in found)


def test_rewards_of_all_rows_are_those_of_the_answers_but_for_forgetful_ones():
    designs = drawn(20, seed=2)
    problem, found = tabled(designs)
    for name in REWARDS:
        values = problem.rewards()[name]
        for row, metrics in zip(problem.rows_of(designs), found, strict=True):
            expected = problem.answer(row)[name] if metrics["postponed_refreshes"] <= 8 else -np.inf
            assert values[row] == pytest.approx(expected)
