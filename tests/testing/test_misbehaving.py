import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible, SimulatorMissing, SpecError
from archwright.core.problem import Problem, Stochastic, Timed
from archwright.testing.misbehaving import ACTS, Cheap, Misbehaving, Unsteady, load


def evaluate(problem, *designs, seed=0):
    return problem.evaluate(designs, rng=np.random.default_rng(seed))


def test_without_an_act_it_answers_and_logs(tmp_path):
    problem = load(str(tmp_path / "a.toml"))
    assert evaluate(problem, {"x": 0.5}, {"x": -1.0}) == [{"y": 0.25, "z": 1.0}, {"y": 1.0, "z": 1.0}]
    assert (tmp_path / "a.log").read_text() == "0.5\n-1.0\n"


@pytest.mark.parametrize(("act", "error"), [
    ("raise", ZeroDivisionError), ("raise_infeasible", Infeasible), ("missing", SimulatorMissing), ("spec", SpecError),
    ("exit", SystemExit),
])  # fmt: skip
def test_acts_that_raise(act, error):
    with pytest.raises(error):
        evaluate(Misbehaving(), {"x": 0.0, "act": act})


@pytest.mark.parametrize("act", ["infeasible", "failed", "nan", "inf", "no_z", "word", "none", "huge"])
def test_acts_that_answer(act):
    (outcome,) = evaluate(Misbehaving(), {"x": 0.0, "act": act})
    assert isinstance(outcome, dict | Infeasible | Failed) or outcome is None


DIES = "import sys\nfrom archwright.testing.misbehaving import ACTS\nACTS[sys.argv[1]]()"


@pytest.mark.parametrize(("act", "code"), [("hard_exit", 3), ("silent_exit", 0), ("abort", -6), ("kill", -9)])
def test_acts_that_end_the_process(act, code):
    assert subprocess.run([sys.executable, "-c", DIES, act], capture_output=True).returncode == code


@pytest.mark.parametrize("act", ["hang", "hang_compiled", "hang_tool"])
def test_acts_that_hang(act):
    with subprocess.Popen([sys.executable, "-c", DIES, act], process_group=0) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=True)


def test_dying_once(tmp_path):
    mark = tmp_path / "mark"
    mark.touch()
    design = {"x": 0.0, "act": "die_once", "mark": str(mark)}
    assert evaluate(Misbehaving(), design) == [{"y": 7.0, "z": 1.0}]


def test_what_the_problems_say_of_themselves():
    assert isinstance(Misbehaving(), Problem) and not isinstance(Misbehaving(), Timed | Stochastic)
    assert isinstance(Cheap(), Timed) and isinstance(Unsteady(), Stochastic)
    assert len(Misbehaving(ballast=1000).ballast) == 1000
    assert isinstance(load("unsteady-2.toml"), Unsteady)


def test_unsteady_metrics_come_from_the_generator():
    design = {"x": 0.0}
    assert evaluate(Unsteady(), design, seed=1) == evaluate(Unsteady(), design, seed=1) != evaluate(Unsteady(), design)


def test_every_act_has_a_test():
    tested = {"eat"}  # takes 16 GB where there is no limit: see the tests of process pools
    source = Path(__file__).read_text()
    assert {act for act in ACTS if f'"{act}"' not in source} <= tested
