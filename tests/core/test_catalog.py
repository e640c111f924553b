import json
import os
import subprocess
import sys
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from archwright.core.catalog import KINDS, Entry, call_with_options, catalogue, find, make_problem
from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.optimizer import Optimizer
from archwright.core.problem import Problem

ARCHWRIGHT = str(Path(sys.executable).with_name("archwright"))
LISTED = [(kind, name) for kind in KINDS for name in catalogue(kind)]


@pytest.mark.parametrize(("kind", "name"), LISTED)
def test_every_entry_loads_and_says_what_it_is(kind, name):
    entry = find(kind, name)
    assert callable(entry.load())
    assert entry.package == "archwright"
    assert 10 <= len(entry.summary) <= 120 and "\n" not in entry.summary
    assert name == name.lower() and " " not in name


@pytest.mark.parametrize("name", catalogue("problems"))
def test_a_problem_is_named_as_it_is_listed(name):
    problem = make_problem(name)
    assert isinstance(problem, Problem)
    assert problem.name == name
    Goals.read(problem.goals, problem.metrics)


@pytest.mark.parametrize("name", catalogue("optimizers"))
def test_an_optimizer_is_made_from_problem_and_goals_alone(name):
    problem = make_problem(next(iter(catalogue("problems"))))
    assert isinstance(find("optimizers", name).load()(problem, Goals.read(problem.goals)), Optimizer)


def test_the_file_lists_every_kind_in_a_fixed_order():
    text = files("archwright").joinpath("catalogue.toml").read_text()
    assert [line[1:-1] for line in text.splitlines() if line.startswith("[")] == list(KINDS)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'three-stage-tia'") as caught:
        find("problems", "three-stage-tai")
    assert caught.value.field == "problem"
    with pytest.raises(SpecError, match="optimizer: 'randm'"):
        find("optimizers", "randm")


@pytest.mark.parametrize("target", ["archwright.nowhere:Thing", "archwright.core.goal:Nothing", "nothing", "nowhere:"])
def test_an_entry_that_cannot_be_imported_is_one_line(target):
    with pytest.raises(SpecError) as caught:
        Entry("mine", target).load()
    assert caught.value.field == "mine" and target in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options_are_bound_and_can_be_overridden():
    entry = Entry("half", "builtins:int", options={"base": 2})
    assert entry.load()("101") == 5
    assert entry.load()("101", base=3) == 10


class TestOptions:
    @staticmethod
    def made(problem, goals, *, step: float = 1.0, width: int = 2):
        return problem, goals, step, width

    def test_known_options_arrive(self):
        assert call_with_options("x", self.made, {"step": 0.5}, "p", "g") == ("p", "g", 0.5, 2)

    def test_an_unknown_option_is_answered_with_the_nearest(self):
        with pytest.raises(SpecError, match="did you mean 'width'") as caught:
            call_with_options("optimizer x", self.made, {"widht": 3}, "p", "g")
        assert caught.value.field == "option of optimizer x"

    def test_the_positional_arguments_are_no_options(self):
        with pytest.raises(SpecError, match="'goals' is not possible"):
            call_with_options("x", self.made, {"goals": 1}, "p", "g")

    def test_without_options_none_are_taken(self):
        with pytest.raises(SpecError, match="no options"):
            call_with_options("x", lambda: 1, {"a": 1})

    @pytest.mark.parametrize(
        ("options", "line"),
        [
            ({"step": "abc"}, "step: 'abc' is not possible; allowed: a number"),
            ({"step": True}, "step: True is not possible; allowed: a number"),
            ({"step": float("nan")}, "step: nan is not possible; allowed: a number"),
            ({"n": 1.5}, "n: 1.5 is not possible; allowed: a whole number or null"),
            ({"n": [1]}, "n: .* is not possible; allowed: a whole number or null"),
            ({"flag": 1}, "flag: 1 is not possible; allowed: true or false"),
            ({"seed": -1}, "seed: -1 is not possible; allowed: a whole number of 0 or more"),
            ({"seed": 1.0}, "seed: 1.0 is not possible; allowed: a whole number"),
        ],
    )
    def test_a_value_of_another_kind_is_one_line(self, options, line):
        with pytest.raises(SpecError, match=line):
            call_with_options("x", self.written, options)

    def test_values_of_the_kind_asked_for_arrive(self):
        given = {"step": 2, "n": None, "flag": True, "seed": 0, "free": [1], "text": 3}
        assert call_with_options("x", self.written, given) == given

    @staticmethod
    def written(
        *,
        step: "float" = 1.0,
        n: "int | None" = 1,
        flag: bool = False,
        seed: int = 1,
        free: "str | int" = "",
        text: str = "",
    ):
        return {"step": step, "n": n, "flag": flag, "seed": seed, "free": free, "text": text}

    def test_bound_objects_keep_their_options(self):
        assert call_with_options("x", partial(self.made, step=9.0), {"width": 1}, "p", "g") == ("p", "g", 9.0, 1)


THIRD_PARTY = '''
import numpy as np
from archwright.core.goal import goal
from archwright.core.record import Record
from archwright.core.space import Real

class Slope:
    """A third party's problem: the distance of one number from its middle."""
    name, version, metrics = "slope", "1", {"distance": ""}
    goals = (goal("min distance"),)
    def __init__(self, *, middle: float = 1.0):
        self.middle, self.space = middle, Record(x=Real(0.0, 4.0))
    def evaluate(self, designs, *, rng):
        return [{"distance": abs(design["x"] - self.middle)} for design in designs]
'''


@pytest.fixture
def third_party(tmp_path):
    """An installed package in a folder of its own: module, metadata and entry points, as pip leaves them."""
    info = tmp_path / "slopes-1.2.dist-info"
    info.mkdir()
    (tmp_path / "slopes.py").write_text(THIRD_PARTY)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slopes\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[archwright.problems]\nslope = slopes:Slope\nbroken = slopes:Gone\nthree-stage-tia = slopes:Slope\n\n"
        "[archwright.optimizers]\nmine = archwright.optimizers.random:Random\n"
    )
    return tmp_path


def run_with(folder, *command):
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=folder)


def test_entry_points_of_third_parties_are_listed_and_run(third_party):
    script = """
import json
import numpy as np
from archwright.core.catalog import catalogue, make_problem, find
problem = make_problem("slope", middle=2.0)
print(json.dumps({
    "package": find("problems", "slope").package,
    "answer": problem.evaluate([{"x": 0.5}], rng=np.random.default_rng(0)),
    "ours": find("problems", "three-stage-tia").package,
    "optimizer": find("optimizers", "mine").package,
}))
"""
    done = run_with(third_party, sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "package": "slopes",
        "answer": [{"distance": 1.5}],
        "ours": "archwright",
        "optimizer": "slopes",
    }


def test_a_broken_entry_point_costs_only_itself(third_party):
    script = (
        "from archwright.core.catalog import catalogue, make_problem; make_problem('slope'); make_problem('broken')"
    )
    done = run_with(third_party, sys.executable, "-c", script)
    assert "SpecError: broken: 'slopes:Gone' is not possible" in done.stderr


def test_a_third_party_s_problem_runs_from_the_command_line(third_party):
    listed = run_with(third_party, ARCHWRIGHT, "list", "problems")
    assert "slope" in listed.stdout, listed.stderr
    command = ["run", "slope", "--with", "mine", "--trials", "20", "--store", "s.db", "--name", "s", "--seed", "0"]
    done = run_with(third_party, ARCHWRIGHT, *command)
    assert done.returncode == 0, done.stderr
    assert "20 trials" in done.stdout
