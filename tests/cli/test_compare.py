import json
import sqlite3
from contextlib import closing

import pytest

COMPARE = ("compare", "hill", "--with", "random,differential_evolution", "--trials", "120", "--seeds", "4")


def studies(path):
    with closing(sqlite3.connect(path)) as database:
        return dict(
            database.execute("SELECT name, count(*) FROM study JOIN trial ON study.id = study_id GROUP BY name")
        )


@pytest.fixture
def compared(archwright):
    return archwright(*COMPARE)


def test_a_study_per_method_and_seed_is_stored(compared, here):
    assert compared.code == 0
    found = studies(here / "compare.db")
    assert set(found) == {f"compare-hill-{m}-{s}" for m in ("random", "differential_evolution") for s in range(4)}
    assert all(n >= 120 for n in found.values())


def test_standings_and_verdict_are_printed_and_the_page_written(compared, here):
    assert compared.out.splitlines()[0].split()[0] == "method"
    assert compared.out.splitlines()[-1].startswith(("differential_evolution wins", "no winner"))
    assert compared.err == "page: compare-hill.html\n"
    assert "Learning curves" in (here / "compare-hill.html").read_text()


def test_the_same_command_again_runs_nothing_anew(compared, archwright, here):
    before = (here / "compare.db").read_bytes()
    page = (here / "compare-hill.html").read_text()
    assert archwright(*COMPARE) == compared
    assert (here / "compare-hill.html").read_text() == page
    assert len((here / "compare.db").read_bytes()) == len(before)


def test_more_seeds_keep_those_there_are(compared, archwright, here):
    before = studies(here / "compare.db")
    archwright(*COMPARE[:-1], "5")
    after = studies(here / "compare.db")
    assert len(after) == 10 and {name: after[name] for name in before} == before


def test_json(archwright, here):
    found = json.loads(archwright(*COMPARE, "--json", "--out", "c.html", "--store", "x.db", "--name", "mine").out)
    assert found["page"] == "c.html" and (here / "c.html").exists()
    assert found["problem"] == "hill" and found["seeds"] == [0, 1, 2, 3] and found["trials"] == 120
    assert [one["simulations"] for one in found["budgets"]] == [12, 40, 120]
    assert {one["method"] for one in found["budgets"][-1]["standings"]} == {"random", "differential_evolution"}
    assert all(name.startswith("mine-") for name in studies(here / "x.db"))


def test_one_seed_names_no_winner(archwright):
    out = archwright("compare", "hill", "--with", "random,sobol", "--trials", "20", "--seeds", "1").out
    assert "no winner: " in out and "differ less than the noise of 1 seeds" in out


def test_another_comparison_under_the_name_is_refused(compared, archwright):
    done = archwright(*COMPARE, "--goal", "min cost_w")
    assert done.code == 2 and "another study name" in done.err
