import json

import pytest


@pytest.fixture
def climbed(archwright):
    words = ("--with", "random", "--trials", "16", "--batch", "8", "--store", "s.db")
    archwright("run", "hill", *words, "--name", "a")
    return archwright


@pytest.mark.parametrize("to", ["csv", "json"])
def test_text_goes_to_stdout_or_to_a_file(to, climbed, here):
    done = climbed("export", "s.db:a", "--to", to)
    assert done.code == 0
    said = climbed("export", "s.db:a", "--to", to, "--out", "t.txt")
    assert said.out == "t.txt: 16 trials\n"
    assert (here / "t.txt").read_text() == done.out


def test_imported_designs_become_trials(climbed, here):
    (here / "d.json").write_text(
        json.dumps([{"x": 0.6, "y": 0.4, "load": "wood"}, {"x": 0.95, "y": 0.4, "load": "wood"}])
    )
    done = climbed("import", "s.db:a", "d.json")
    assert done.code == 0 and done.out == "a: 2 designs imported, 1 of them meet every goal\n"
    trials = json.loads(climbed("export", "s.db:a", "--to", "json").out)["trials"]
    assert [t["number"] for t in trials] == list(range(18))
    assert trials[16]["hint"] == {"imported": "d.json"} and trials[17]["state"] == "infeasible"
    assert (
        climbed(
            "run", "hill", "--with", "random", "--trials", "30", "--batch", "8", "--store", "s.db", "--name", "a"
        ).code
        == 0
    )


def test_the_best_of_another_study_are_imported(climbed):
    climbed("run", "hill", "--with", "sobol", "--trials", "50", "--store", "other.db", "--name", "b")
    best = json.loads(climbed("best", "other.db", "--json").out)
    assert "3 designs imported" in climbed("import", "s.db:a", "other.db:b", "--best", "3").out
    trials = json.loads(climbed("export", "s.db:a", "--to", "json").out)["trials"]
    assert trials[16]["design"] == best["design"]


def test_a_design_of_something_else_stops_the_import(climbed, here):
    (here / "d.json").write_text('[{"x": 0.6, "y": 0.4, "load": "wood"}, {"x": 7, "y": 0.4, "load": "wood"}]')
    done = climbed("import", "s.db:a", "d.json")
    assert done.code == 2 and "design.x" in done.err
    assert len(json.loads(climbed("export", "s.db:a", "--to", "json").out)["trials"]) == 16


@pytest.mark.parametrize("out", ["o.db", "o.log"])
def test_optuna_opens_what_is_exported(out, climbed, here):
    optuna = pytest.importorskip("optuna", reason="Optuna is not installed")
    done = climbed("export", "s.db:a", "--to", "optuna", "--out", out)
    assert done.code == 0 and done.out.startswith(f"{out}: 16 trials; to look at it: optuna-dashboard ")
    journal = optuna.storages.journal
    log = optuna.storages.JournalStorage(journal.JournalFileBackend(str(here / out))) if out.endswith("log") else None
    study = optuna.load_study(study_name="a", storage=log or f"sqlite:///{here / out}")
    assert len(study.trials) == 16
    again = climbed("export", "s.db:a", "--to", "optuna", "--out", out)
    assert again.code == 2 and "does not hold yet" in again.err and again.err.count("\n") == 1


def test_an_optuna_file_in_no_folder_is_refused(climbed):
    pytest.importorskip("optuna", reason="Optuna is not installed")
    done = climbed("export", "s.db:a", "--to", "optuna", "--out", "nowhere/o.db")
    assert done.code == 2 and "--out" in done.err
