import json
import re
import sqlite3
from contextlib import closing

RUN = ("run", "hill", "--with", "differential_evolution", "--trials", "120", "--batch", "16", "--store", "s.db")


def table(path, study=1):
    with closing(sqlite3.connect(path)) as database:
        rows = "number, design, state, metrics, reason"
        return database.execute(f"SELECT {rows} FROM trial WHERE study_id = {study} ORDER BY number").fetchall()


def test_a_run_says_what_came_out_and_where(archwright):
    done = archwright(*RUN)
    assert done.code == 0 and done.err == ""
    first, second, third = done.out.splitlines()
    assert re.fullmatch(r"hill-differential_evolution-0: \d+ trials, 120 simulated", first)
    assert re.fullmatch(r"goals met, best score [\d.]+ in trial \d+", second)
    assert third == "look at it: archwright report s.db:hill-differential_evolution-0"


def test_the_same_command_again_changes_nothing(archwright, here):
    first = archwright(*RUN)
    before = table(here / "s.db")
    assert archwright(*RUN) == first
    assert table(here / "s.db") == before


def test_more_trials_go_on_into_the_table_of_one_run(archwright, here):
    archwright(*RUN, "--trials", "50")
    archwright(*RUN)
    archwright(*RUN[:-1], "whole.db")
    assert table(here / "s.db") == table(here / "whole.db")


def test_what_defines_a_study_is_taken_over(archwright):
    from archwright.core.store import Store

    archwright(
        *RUN, "--seed", "7", "--name", "n", "--goal", "min cost_w", "--goal", "height_m >= 900 mm",
        "--option", "population=9", "--set", "height=1.5",
    )  # fmt: skip
    with Store.open("s.db", read_only=True) as store:
        ((_, spec),) = store.studies()
    assert (spec.name, spec.seed, spec.batch, spec.options) == ("n", 7, 16, {"population": 9})
    assert spec.goals == ("min cost_w", "height_m >= 0.9") and spec.problem == "hill[height=1.5]"


def test_goals_missed_is_exit_code_1(archwright):
    done = archwright(*RUN, "--goal", "height_m >= 2 m")
    assert done.code == 1 and "goals missed, least violation" in done.out


def test_no_answers_at_all_are_exit_code_1(archwright, here):
    (here / "broken").touch()
    done = archwright("run", "broken", "--with", "random", "--trials", "4")
    assert done.code == 1 and "no trial gave an answer" in done.out


def test_a_time_budget_ends_a_run(archwright):
    done = archwright("run", "slow-hill", "--with", "random", "--seconds", "0.3", "--batch", "2", "--pool", "inline")
    assert done.code == 0
    assert 2 <= int(done.out.split(": ")[1].split()[0]) < 60


def test_a_problem_file_runs(archwright, here):
    (here / "sum.toml").write_text(
        'name = "sum"\ngoals = ["min f"]\n[parameters.a]\nlow = 1\nhigh = 2\n[metrics]\nf = ""\n'
        '[command]\nrun = "echo f {a}"\n'
    )
    words = ("run", "sum.toml", "--with", "random", "--trials", "5", "--pool", "inline")
    assert archwright(*words).code == 0 and archwright(*words).code == 0
    best = json.loads(archwright("best", "archwright.db:sum-random-0", "--json").out)
    assert 1 <= best["metrics"]["f"] <= 2


def test_retry_evaluates_what_failed(archwright, here):
    (here / "broken").touch()
    archwright("run", "broken", "--with", "random", "--trials", "6", "--store", "b.db")
    still = archwright("retry", "b.db")
    assert still.code == 0 and "6 failed trials tried again, 0 answered now" in still.out
    assert "still failed: the licence server is down" in still.err
    (here / "broken").unlink()
    assert "6 failed trials tried again, 6 answered now" in archwright("retry", "b.db").out
    assert "0 failed trials tried again" in archwright("retry", "b.db").out
    found = json.loads(archwright("status", "b.db", "--json").out)["studies"][0]
    assert (found["trials"], found["failed"], found["goals_met"]) == (6, 0, True)


def test_a_study_that_runs_is_not_run_twice(archwright, here):
    from archwright.core.store import Store

    archwright(*RUN)
    with Store.open("s.db") as store, store.lock(1):
        done = archwright(*RUN, "--trials", "500")
    assert done.code == 2 and "one process at a time" in done.err
