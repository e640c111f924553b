import csv
import io
import json
import shutil

import pytest

from archwright.cli.address import read_subject
from archwright.cli.tables import as_csv, as_json, as_spice, read_designs
from archwright.core.errors import SpecError


@pytest.fixture
def subject(archwright):
    archwright("run", "hill", "--with", "random", "--trials", "80", "--store", "s.db")
    return read_subject("s.db")


def test_csv_has_a_row_per_trial(subject):
    rows = list(csv.DictReader(io.StringIO(as_csv(subject))))
    assert list(rows[0]) == [
        "number", "state", "x", "y", "load", "height_m", "cost_w", "shade", "violation", "score", "seconds",
        "attempts", "reason",
    ]  # fmt: skip
    assert len(rows) == 80
    for row, trial in zip(rows, subject.trials, strict=True):
        assert float(row["x"]) == trial.design["x"] and row["load"] == trial.design["load"]
        assert row["state"] == trial.state and row["reason"] == trial.reason
        if trial.state == "done":
            assert float(row["height_m"]) == trial.metrics["height_m"] and float(row["score"]) == trial.score
        else:
            assert row["height_m"] == row["violation"] == row["score"] == ""


def test_json_holds_the_study_and_every_trial(subject):
    found = json.loads(as_json(subject))
    assert found["study"]["name"] == "hill-random-0" and len(found["trials"]) == 80
    assert found["trials"][0]["design"] == subject.trials[0].design


def test_parameters_called_like_columns_keep_apart(subject):
    from dataclasses import replace

    from archwright.core.record import Record
    from archwright.core.space import Real

    class Odd:
        name, version, space, metrics, goals = "odd", "1", Record(score=Real(0.0, 1.0)), {"f": ""}, ()

    trial = replace(
        subject.trials[0], design={"score": 0.25}, state="done", metrics={"f": 1.0}, score=-1.0, violation=0.0
    )
    odd = replace(subject, problem=Odd(), trials=[trial], spec=replace(subject.spec, units={"f": ""}))
    (row,) = csv.DictReader(io.StringIO(as_csv(odd)))
    assert row["design.score"] == "0.25" and row["score"] == "-1.0"


@pytest.mark.parametrize("write", [as_csv, as_json])
def test_what_is_written_is_read_again(write, subject, here):
    name = "t.csv" if write is as_csv else "t.json"
    (here / name).write_text(write(subject))
    assert read_designs(name, subject.problem.space) == [t.design for t in subject.trials]


def test_designs_without_named_parameters_go_through_csv(archwright, here):
    archwright("run", "two-machine-schedule", "--with", "random", "--trials", "5", "--store", "m.db")
    subject = read_subject("m.db")
    (here / "t.csv").write_text(as_csv(subject))
    assert read_designs("t.csv", subject.problem.space) == [t.design for t in subject.trials]


def test_designs_of_another_study_come_best_first_and_once(subject):
    found = read_designs("s.db", subject.problem.space, 3)
    ranked = sorted((t for t in subject.trials if t.state == "done"), key=lambda t: t.rank_key)
    assert found == [t.design for t in ranked[:3]]


@pytest.mark.parametrize(
    "text", ['{"x": 1}', '[{"x": 1}]', '{"design": {"x": 1}, "metrics": {}}', '{"front": [{"design": {"x": 1}}]}']
)
def test_json_in_every_form_that_is_printed(text, here, subject):
    (here / "d.json").write_text(text)
    assert read_designs("d.json", subject.problem.space) == [{"x": 1}]


def test_cells_that_are_no_value_are_left_for_the_space_to_refuse(here, subject):
    (here / "d.csv").write_text("x,y,load\n0.5,high,glass\n")
    assert read_designs("d.csv", subject.problem.space) == [{"x": 0.5, "y": "high", "load": "glass"}]


@pytest.mark.parametrize(
    ("name", "text"), [("d.json", "[]"), ("d.csv", "x,y,load\n"), ("d.json", "{"), ("d.csv", "x\n1\n")]
)
def test_files_without_designs_are_refused(name, text, here, subject):
    (here / name).write_text(text)
    with pytest.raises(SpecError, match="source"):
        read_designs(name, subject.problem.space)


def test_a_deck_needs_a_netlist(subject):
    with pytest.raises(SpecError, match="no netlist"):
        as_spice(subject)


def test_a_deck_of_the_best_design(archwright):
    archwright("run", "three-stage-tia", "--with", "random", "--trials", "20", "--store", "tia.db")
    subject = read_subject("tia.db")
    deck = as_spice(subject)
    assert deck.startswith("*") and deck.endswith(".end\n")
    assert f"{subject.best.design['rb_kohm'] * 1e3}" in deck


@pytest.mark.external
def test_a_deck_of_a_problem_file(archwright, here):
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    (here / "rc.toml").write_text(
        'name = "rc"\ngoals = ["min cutoff_hz"]\n[parameters.r_ohm]\nlow = 500\nhigh = 900\n'
        '[metrics]\ncutoff_hz = "Hz"\n'
        '[spice]\nnetlist = """* rc\nv1 in 0 dc 0 ac 1\nr1 in out {r_ohm}\nc1 out 0 1n\n.ac dec 20 1k 1g\n'
        '.meas ac cutoff_hz when vdb(out)=-3.0103\n.end\n"""\n'
    )
    archwright("run", "rc.toml", "--with", "random", "--trials", "2", "--store", "rc.db", "--pool", "inline")
    subject = read_subject("rc.db")
    deck = as_spice(subject)
    assert f"r1 in out {subject.best.design['r_ohm']}" in deck and "{" not in deck
