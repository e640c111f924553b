import json

import pytest

from archwright.cli.browse import space_json
from archwright.core.record import Record
from archwright.core.space import Real


def test_list_names_everything(archwright):
    done = archwright("list")
    assert done.code == 0
    assert "hill" in done.out and "(from archwright-toys)" in done.out and "differential_evolution" in done.out
    assert "simulators\nnone" not in done.out, "an empty kind is left out"


def test_list_of_one_kind(archwright):
    out = archwright("list", "optimizers").out
    assert "random" in out and "hill" not in out


def test_list_as_json(archwright):
    found = json.loads(archwright("list", "--json").out)
    assert set(found) == {"problems", "optimizers", "simulators", "systems"}
    assert all(set(one) == {"name", "summary", "package"} for kind in found.values() for one in kind)
    assert {"name": "hill", "summary": "", "package": "archwright-toys"} in found["problems"]


def test_show_a_problem(archwright):
    out = archwright("show", "hill").out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:2] == ["hill (problem)", "Climb a hill without paying too much."]
    assert "x 0 1 - linear" in lines and "y 0 1 0.01 linear" in lines and "load one of wood, stone" in lines
    assert "height_m m" in lines and "shade -" in lines
    assert "cost_w <= 0.003" in lines and "min cost_w ref 0.002" in lines
    assert "human height 980 mm, cost 2 mW a walk" in lines
    assert "height 1.0 of the summit." in lines


def test_show_an_optimizer_with_its_options(archwright):
    out = archwright("show", "differential_evolution").out
    assert "population" in out and "50" in out and "members, >= 4" in out


def test_show_as_json(archwright):
    found = json.loads(archwright("show", "hill", "--json").out)
    assert set(found) == {
        "name", "kind", "summary", "options", "version", "space", "metrics", "goals", "references",
    }  # fmt: skip
    assert found["space"]["kind"] == "Record" and found["space"]["decisions"] == 3
    assert found["space"]["parameters"][1] == {"name": "y", "low": 0.0, "high": 1.0, "log": False, "step": 0.01}
    assert found["references"][0]["design"] == {"x": 0.5, "y": 0.5, "load": "wood"}
    assert found["options"] == [{"name": "height", "default": "1.0", "text": "of the summit."}]
    assert set(json.loads(archwright("show", "random", "--json").out)) == {"name", "kind", "summary", "options"}


def test_show_a_problem_with_options(archwright):
    bare, given = (archwright("show", thing).out.splitlines() for thing in ("hill", "hill[height=2]"))
    assert given[0] == "hill[height=2] (problem)" and given[1:] == bare[1:]
    done = archwright("show", "hill[hight=2]")
    assert done.code == 2 and "did you mean 'height'?" in done.err


def test_show_a_problem_file(archwright, here):
    (here / "p.toml").write_text(
        'name = "sum"\ngoals = ["min f"]\n[parameters.a]\nlow = 1\nhigh = 100\nlog = true\n[metrics]\nf = "W"\n'
        '[command]\nrun = "echo f {a}"\n'
    )
    out = archwright("show", "p.toml").out
    assert "sum (problem)" in out and "log" in out and "min f" in out


@pytest.mark.parametrize("name", ["three-stage-tia", "two-machine-schedule"])
def test_show_every_kind_of_space(name, archwright):
    done = archwright("show", name)
    assert done.code == 0 and name in done.out and "goal" in done.out


def test_a_space_without_named_parameters_shows_its_axes():
    class Bare:
        horizon, axes = 30, tuple(f"step{i}" for i in range(30))

    assert space_json(Bare()) == {"kind": "Bare", "decisions": 30, "parameters": [], "axes": list(Bare.axes)}
    assert space_json(Record(a=Real(0.0, 1.0)))["parameters"][0]["name"] == "a"
