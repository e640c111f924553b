"""The whole space: one design per behaviour, stored once."""

import numpy as np
import pytest

from archwright.memory.dram import exhaustive
from archwright.memory.dram.controller import CHOICES
from archwright.memory.dram.problem import DramController
from archwright.memory.dram.simulation import METRICS


def test_designs_that_behave_the_same_are_run_once():
    assert sum(1 for _ in exhaustive.plain_designs()) == 166_464


def test_a_plain_design_behaves_as_the_design():
    problem, rng = DramController(n_requests=300), np.random.default_rng(2)
    designs = [{name: choices[rng.integers(len(choices))] for name, choices in CHOICES.items()} for _ in range(12)]
    plain = [exhaustive.plain(design) for design in designs]
    assert problem.evaluate(designs, rng=rng) == problem.evaluate(plain, rng=rng)


def test_a_stored_table_is_not_run_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    few = [exhaustive.plain(dict(zip(CHOICES, (choices[0] for choices in CHOICES.values()), strict=True)))] * 3
    monkeypatch.setattr(exhaustive, "plain_designs", lambda: iter(few))
    problem = DramController(n_requests=50)
    table = exhaustive.stored_table(problem)
    assert table.shape == (3, len(METRICS))
    monkeypatch.setattr(exhaustive, "evaluate_all", None)
    assert np.array_equal(exhaustive.stored_table(problem), table)
    assert len(list(tmp_path.rglob("*.npy"))) == 1


def test_the_command_measures_a_share(capsys):
    exhaustive.main(["mixed", "--requests", "50", "--share", "0.0001"])
    told = capsys.readouterr().out
    assert "17 runs" in told and "least energy_delay_js" in told


@pytest.mark.slow
def test_several_processes_give_the_same():
    problem, designs = DramController(n_requests=50), list(exhaustive.plain_designs())[:600]
    assert np.array_equal(exhaustive.evaluate_all(problem, designs), exhaustive.evaluate_all(problem, designs, jobs=2))
