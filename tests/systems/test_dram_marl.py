"""The claims of dram-marl, on small forms of what they read."""

import numpy as np
import pytest

from archwright.memory.dram.exhaustive import plain_designs
from archwright.memory.dram.simulation import METRICS
from archwright.systems import dram_marl as system
from archwright.systems.claim import Claim
from archwright.systems.dram_searches import Outcome
from archwright.systems.evidence import Points, Sheet
from archwright.systems.scope import Scope

CELLS = [("cloud-1", "time_reward"), ("cloud-1", "power_reward")]


class MadeUp:
    """A table with a known front: row i takes i + 1 us and needs 1 + 10 / (i + 1) W, from row 50 on no less."""

    def __init__(self):
        time_s = (1.0 + np.arange(166_464)) * 1e-6
        self.table = np.full((166_464, len(METRICS)), 8.0)
        self.table[:, 0], self.table[:, 2] = time_s, 1.0 + 10e-6 / np.minimum(time_s, 50e-6)
        self.table[0, list(METRICS).index("postponed_refreshes")] = 8205.0

    def rewards(self):
        keeps = self.table[:, -1] <= 8.0
        values = {"time_reward": 1e-6 / self.table[:, 0], "power_reward": 1.0 / self.table[:, 2]}
        return {name: np.where(keeps, one, -np.inf) for name, one in values.items()}


@pytest.fixture
def made_up(monkeypatch):
    problem = MadeUp()
    monkeypatch.setattr(system, "tabled", lambda trace: problem)
    monkeypatch.setattr(system, "rewards_of", lambda trace, reward: problem.rewards()[reward])
    return problem


def results(**asked):
    return {cell: {method: [Outcome(1.0, n, n)] for method, n in asked.items()} for cell in CELLS}


def test_the_simulator_meets_dramsys_ramulator_and_the_device():
    claims = [one for one in system.fidelity(1) if isinstance(one, Claim)]
    exact = [one for one in claims if one.name in ("stream without refresh, ns", "worst of 8 clocks of Ramulator 2.1")]
    assert len(claims) == 6 and len(exact) == 2 and all(one.met for one in (claims[0], claims[1], *exact))
    (kept,) = system.conservation(6)
    assert kept.met


def test_requests_a_second_and_minutes_are_measured():
    stream, uniform, space = system.speed(8)
    assert stream.ours > uniform.ours > 0.0 and space.ours > 0.0


@pytest.mark.parametrize(("theirs", "won"), [(200, True), (50, False), (None, True), (100, False)])
def test_a_duel_is_won_by_fewer_designs_in_most_cells(theirs, won):
    claim = system.duel(results(**{"MARL-PPO": 100, "PPO": theirs}), "PPO")
    assert claim.met is won and claim.ours == f"{2 * won} of 2, {2 * (theirs == 100)} tied"


def test_a_duel_that_is_not_the_paper_s_demands_nothing():
    claim = system.duel(results(**{"MARL-PPO": 100, "random": 50}), "random")
    assert claim.met is None and claim.ours == "0 of 2, 0 tied" and "0.5" in claim.note


def test_nobody_wins_where_nobody_comes_so_far():
    assert system.duel(results(**{"MARL-PPO": None, "SAC": None}), "SAC").ours == "0 of 2, 2 tied"


def test_the_comparison_shows_every_cell_and_method(made_up):
    found = {cell: {"MARL-PPO": [np.array([5, 2, 1])], "PPO": [np.array([9, 9, 3])]} for cell in CELLS[:1]}
    asked, distinct, share, against, near = system.comparison(found)
    assert asked.rows[0] == ("cloud-1, time_reward", "3", "never") and distinct.rows[0][1] == "3"
    assert share.rows[0][1:] == ("1.000", "0.500")
    assert against.met and near.ours.endswith("%")


def test_true_optima_are_given_with_and_without_the_duty_to_refresh(made_up):
    rows = system.optima(["cloud-1"]).rows
    assert rows[0][:4] == ("cloud-1, time, s", "2e-06", "1e-06", "50.00%")
    second = next(design for i, design in enumerate(plain_designs()) if i == 1)
    assert f"max_active_transactions {second['max_active_transactions']}" in rows[0][4]


def test_what_matters_is_the_change_by_one_parameter(made_up):
    names = list(METRICS)
    made_up.table[:, names.index("time_s")] = 1.0
    closed = [row for row, design in enumerate(plain_designs()) if design["page_policy"] == "closed"]
    made_up.table[closed, names.index("time_s")] = 3.0
    rows = dict(system.what_matters(["cloud-1"]).rows)
    assert rows.pop("page_policy") == "200.00% (200%)"
    assert set(rows.values()) == {"0.00% (0%)"}


def test_a_front_is_measured_against_the_true_one(made_up):
    assert system.front_ratio("cloud-1", np.arange(1, 166_464)) == pytest.approx(1.0)
    assert system.front_ratio("cloud-1", np.array([0])) == 0.0
    assert 0.3 < system.front_ratio("cloud-1", np.array([9])) < 1.0


def test_fronts_are_drawn_beside_the_true_one(made_up, monkeypatch):
    monkeypatch.setattr(system, "run_searches", lambda scope, plans: [np.arange(1, 400, 7)] * len(plans))
    sheet, claim, points = system.fronts(Scope(":memory:"), ["cloud-1"], [0], 100)
    assert isinstance(sheet, Sheet) and isinstance(points, Points)
    assert claim.met is (claim.ours >= 0.99) and claim.ours > 0.5
    assert len(points.series["true front"]) == 49


def test_regret_is_what_is_missing_to_the_optimum(made_up):
    curves = system.regret(CELLS[0], {"random": [np.array([3, 1])]}, 100)
    assert [trial.score for trial in curves.tables["random"][0]] == pytest.approx([0.5, 1.0])


def test_the_timeline_shows_the_least_energy_times_time(made_up):
    made_up.table[:, list(METRICS).index("energy_delay_js")] = np.arange(166_464.0)[::-1]
    picture = system.timeline("cloud-1")
    assert "<svg" in picture.svg and "reorder" in picture.note
