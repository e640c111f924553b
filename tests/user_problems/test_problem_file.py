import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.problem import Problem
from archwright.user_problems import load_problem

TEXT = """
name = "sum"
goals = ["min total_w", "total_w >= 3 mW"]

[parameters.x]
low = 1
high = 9

[parameters.y]
choices = [1, 2]

[metrics]
total_w = "W"

[command]
run = "echo total_w {x}.{y} mW"
"""
DESIGN = {"x": 4.0, "y": 2}


def write(tmp_path, text):
    file = tmp_path / "sum.toml"
    file.write_text(text)
    return file


def test_problem_fulfils_the_contract(tmp_path):
    problem = load_problem(write(tmp_path, TEXT))
    assert isinstance(problem, Problem)
    assert problem.name == "sum" and problem.metrics == {"total_w": "W"}
    assert [str(goal) for goal in problem.goals] == ["min total_w", "total_w >= 0.003"]
    assert problem.evaluate([DESIGN], rng=np.random.default_rng(0)) == [{"total_w": pytest.approx(4.2e-3)}]
    assert problem.evaluate([], rng=np.random.default_rng(0)) == []


def evaluate(problem, design):
    return problem.evaluate([design], rng=np.random.default_rng(0))


def test_problem_runs_in_other_processes(tmp_path):
    problem = load_problem(write(tmp_path, TEXT))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(evaluate, [problem] * 3, [{"x": float(x), "y": 1} for x in (1, 2, 3)]))
    assert outcomes == [[{"total_w": pytest.approx(x * 1e-3)}] for x in (1.1, 2.1, 3.1)]


def test_problem_with_one_parameter_can_be_pickled(tmp_path):
    text = TEXT.replace("[parameters.y]\nchoices = [1, 2]\n", "").replace(".{y}", "")
    assert evaluate(pickle.loads(pickle.dumps(load_problem(write(tmp_path, text)))), {"x": 4.0})


def test_version_changes_with_the_file_and_with_every_file_it_names(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "t.txt").write_text("{x}")
    text = TEXT + 'files = ["a.txt"]\ntemplates = ["t.txt"]\n'
    first = load_problem(write(tmp_path, text)).version
    assert load_problem(write(tmp_path, text)).version == first
    versions = {first, load_problem(write(tmp_path, text + "timeout_s = 5\n")).version}
    (tmp_path / "a.txt").write_text("two")
    versions.add(load_problem(write(tmp_path, text)).version)
    (tmp_path / "t.txt").write_text("{y}")
    versions.add(load_problem(write(tmp_path, text)).version)
    (tmp_path / "a.txt").chmod(0o755)
    versions.add(load_problem(write(tmp_path, text)).version)
    assert len(versions) == 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "sum"', "", "sum.toml, name: None .* it is missing"),
        ('name = "sum"', 'name = "../sum"', "sum.toml, name: '../sum'"),
        ('name = "sum"', 'nmae = "sum"', "sum.toml, key: 'nmae' .* did you mean 'name'"),
        ('"min total_w"', '"min total_v"', "sum.toml, goals, goal: 'total_v' .* did you mean 'total_w'"),
        ('"min total_w"', '"minimise it"', "sum.toml, goals, goal: 'minimise it' .* 'min METRIC'"),
        ("3 mW", "3 MHz", "sum.toml, goals, goal 'total_w >= 3 MHz': 'MHz' .* same kind as W"),
        ('["min total_w", "total_w >= 3 mW"]', "[]", r"sum.toml, goals: \[\] .* at least one goal"),
        ('["min total_w", "total_w >= 3 mW"]', '"min total_w"', "sum.toml, goals: 'min total_w' .* a list of texts"),
        ("low = 1", "low = 10", "sum.toml, parameters.x: .* reversed"),
        ('total_w = "W"', "", r"sum.toml, metrics: \{\} .* at least one line"),
        ('total_w = "W"', "total_w = 3", "sum.toml, metrics.total_w: 3"),
        ('total_w = "W"', 'total_w = "Wx"', "sum.toml, metrics.total_w: 'Wx'"),
        ('total_w = "W"', 'total_w = "W"\n"a-b" = ""', "sum.toml, metrics.a-b: 'a-b'"),
        ("[command]", "[comand]", "sum.toml, key: 'comand' .* did you mean 'command'"),
        ("[command]", "[spice]\n[command]", r"sum.toml, spice: .* exactly one of the tables"),
        ("[command]\nrun", "[parameters.z]\nlow", "sum.toml, .*parameters.z"),
        ("[metrics]", "[metrics", "TOML file; .*line 12"),
        ('["min', '["min total_w"\n["min', "TOML file"),
    ],
)
def test_mistakes(tmp_path, old, new, message):
    assert old in TEXT
    with pytest.raises(SpecError, match=message) as caught:
        load_problem(write(tmp_path, TEXT.replace(old, new)))
    assert "\n" not in str(caught.value)


def test_file_names_must_differ(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "sub/a.txt"):
        (tmp_path / name).write_text("x")
    with pytest.raises(SpecError, match=r"sum.toml, command.files: 'a\.txt' .* no other file has"):
        load_problem(write(tmp_path, TEXT + 'files = ["a.txt", "sub/a.txt"]\n'))


@pytest.mark.parametrize("name", ["design.json", "stdout.txt"])
def test_names_that_every_folder_has_are_taken(tmp_path, name):
    (tmp_path / name).write_text("x")
    with pytest.raises(SpecError, match=f"'{name}' .* no other file has"):
        load_problem(write(tmp_path, TEXT + f'files = ["{name}"]\n'))


def test_missing_file(tmp_path):
    with pytest.raises(SpecError, match=r"absent\.toml.*No such file"):
        load_problem(tmp_path / "absent.toml")


def test_tutorial_shows_the_example_as_it_is():
    root = Path(__file__).parents[2]
    page = (root / "docs" / "tutorials" / "your-own-simulator.md").read_text()
    for name in ("rc.cir", "problem.toml"):
        block = page.split(f'title="examples/rc-filter/{name}"\n')[1].split("```")[0]
        assert block == (root / "examples" / "rc-filter" / name).read_text()
