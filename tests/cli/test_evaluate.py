import io
import json

import pytest

WALK = {"x": 0.5, "y": 0.5, "load": "wood"}


@pytest.mark.parametrize(
    ("design", "code"),
    [(WALK, 0), ({**WALK, "x": 0.85}, 1), ({**WALK, "x": 0.95}, 1), ({**WALK, "x": 0.01}, 1)],
    ids=["meets", "misses", "cannot exist", "fails"],
)
def test_the_exit_code_says_whether_the_goals_are_met(design, code, archwright, here):
    (here / "d.json").write_text(json.dumps(design))
    assert archwright("evaluate", "hill", "d.json").code == code


def test_a_design_stands_beside_the_references(archwright, here):
    (here / "d.json").write_text(json.dumps(WALK))
    out = archwright("evaluate", "hill", "d.json").out
    assert "human" in out and "equal" in out and "goals met, score 2.960 (human 2.960)" in out


def test_other_goals_and_options(archwright, here):
    (here / "d.json").write_text(json.dumps(WALK))
    found = json.loads(
        archwright("evaluate", "hill", "d.json", "--goal", "height_m >= 1.9", "--set", "height=2", "--json").out
    )
    assert found["metrics"]["height_m"] == pytest.approx(1.96) and found["goals_met"]
    assert archwright("evaluate", "hill", "d.json", "--goal", "height_m >= 1.9").code == 1


def test_what_best_prints_can_be_evaluated(archwright, here):
    archwright("run", "hill", "--with", "random", "--trials", "50")
    best = json.loads(archwright("best", "archwright.db", "--json").out)
    (here / "best.json").write_text(json.dumps(best))
    again = json.loads(archwright("evaluate", "hill", "best.json", "--json").out)
    assert again["metrics"] == best["metrics"] and again["score"] == best["score"]


def test_designs_come_from_stdin_and_by_the_name_of_a_reference(archwright, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(WALK)))
    from_stdin = archwright("evaluate", "hill", "-", "--json")
    assert json.loads(from_stdin.out) == json.loads(archwright("evaluate", "hill", "human", "--json").out)


def test_a_reference_without_a_design_is_no_design(archwright):
    done = archwright("evaluate", "hill", "rumour")
    assert done.code == 2 and "rumour" in done.err
