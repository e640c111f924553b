import json

import pytest

STATUS = {
    "name", "problem", "optimizer", "seed", "goals", "trials", "simulations", "cached", "feasible", "missed",
    "infeasible", "failed", "seconds", "reasons", "best_trial", "best_score", "goals_met",
}  # fmt: skip
BEST = {"study", "trial", "design", "state", "metrics", "score", "violation", "goals", "goals_met", "reason"}


@pytest.fixture
def climbed(archwright):
    archwright("run", "hill", "--with", "differential_evolution", "--trials", "300", "--store", "s.db", "--name", "a")
    return archwright


def test_status_of_a_store(climbed):
    climbed("run", "broken", "--with", "random", "--trials", "5", "--store", "s.db", "--name", "b")
    done = climbed("status", "s.db")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert done.code == 0 and len(lines) == 3
    assert lines[1].startswith("a hill differential_evolution 0 ") and " met " in lines[1]
    assert lines[2].startswith("b broken random 0 5 5 0 met ")


def test_status_of_one_study_says_why_trials_have_no_answer(climbed):
    out = climbed("status", "s.db:a").out
    assert "failed      fell off" in out and "beyond the cliff" in out and "goals met, best score" in out


def test_status_as_json(climbed):
    (found,) = json.loads(climbed("status", "s.db", "--json").out)["studies"]
    assert set(found) == STATUS
    assert found["simulations"] == 300 and found["trials"] == 300 + found["cached"]
    assert found["feasible"] + found["missed"] + found["infeasible"] + found["failed"] == found["trials"]
    assert sum(one["count"] for one in found["reasons"]) == found["infeasible"] + found["failed"]
    assert json.loads(climbed("status", "s.db:a", "--json").out)["studies"] == [found]


def test_status_of_nothing_yet(archwright, here):
    from archwright.core.store import Store

    Store.open("empty.db").close()
    assert "none yet" in archwright("status", "empty.db").out
    assert json.loads(archwright("status", "empty.db", "--json").out) == {"studies": []}


def test_best(climbed):
    done = climbed("best", "s.db")
    assert done.code == 0 and "goals met, score" in done.out and '"load": "wood"' in done.out
    found = json.loads(climbed("best", "s.db:a", "--json").out)
    assert set(found) == BEST and found["goals_met"] is True and found["study"] == "a"
    status = json.loads(climbed("status", "s.db", "--json").out)["studies"][0]
    assert (found["trial"], found["score"]) == (status["best_trial"], status["best_score"])


def test_best_that_misses_a_goal_is_exit_code_1(archwright):
    words = ("run", "hill", "--with", "random", "--trials", "20", "--goal", "height_m >= 2 m", "--store", "s.db")
    assert archwright(*words).code == 1
    done = archwright("best", "s.db")
    assert done.code == 1 and "goals missed" in done.out
    assert json.loads(archwright("best", "s.db", "--json").out)["goals_met"] is False


def test_best_of_no_answers_is_said(archwright, here):
    (here / "broken").touch()
    assert archwright("run", "broken", "--with", "random", "--trials", "4", "--store", "s.db").code == 1
    done = archwright("best", "s.db")
    assert done.code == 2 and "none of its 4 trials" in done.err
    assert "no answer yet" in archwright("status", "s.db:broken-random-0").out


def test_front(climbed):
    found = json.loads(climbed("front", "s.db", "--json").out)
    assert set(found) == {"study", "front"} and len(found["front"]) > 1
    assert all(set(one) == {"trial", "design", "metrics", "score"} for one in found["front"])
    points = [(-one["metrics"]["height_m"], one["metrics"]["cost_w"]) for one in found["front"]]
    assert not any(a[0] <= b[0] and a[1] <= b[1] and a != b for a in points for b in points)
    lines = climbed("front", "s.db").out.splitlines()
    assert lines[0].split() == ["trial", "cost", "height", "score"] and len(lines) == 1 + len(points)


def test_front_of_nothing_feasible(archwright):
    archwright("run", "hill", "--with", "random", "--trials", "9", "--goal", "height_m >= 2 m", "--store", "s.db")
    done = archwright("front", "s.db")
    assert done.code == 0 and "no design meets every goal yet" in done.out
    assert json.loads(archwright("front", "s.db", "--json").out)["front"] == []


def test_reading_leaves_the_store_as_it_is(climbed, here):
    climbed("status", "s.db")  # what the writer left in its log goes into the file when the next one closes it
    before = (here / "s.db").read_bytes()
    for words in (("status", "s.db"), ("best", "s.db"), ("front", "s.db"), ("export", "s.db", "--to", "csv")):
        climbed(*words)
    assert (here / "s.db").read_bytes() == before


def test_goals_that_conflict_are_named_while_none_are_met(archwright):
    words = ("run", "hill", "--with", "random", "--trials", "60", "--store", "s.db", "--name", "c")
    assert archwright(*words, "--goal", "cost_w <= 1 mW", "--goal", "height_m >= 2 m").code == 1
    for verb in ("status", "best"):
        out = archwright(verb, "s.db:c").out.splitlines()
        assert [line for line in out if "out of reach" in line or "seem to conflict" in line] == [out[-1]]
        assert "height_m ≥ 2 m" in out[-1]
    archwright("run", "hill", "--with", "random", "--trials", "60", "--store", "s.db", "--name", "d")
    assert "seem" not in archwright("status", "s.db:d").out
