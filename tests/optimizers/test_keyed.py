import numpy as np
import pytest

from archwright.core.errors import Failed, SimulatorMissing, SpecError
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.trial import judge
from archwright.optimizers.keyed import (
    check_option,
    compare,
    keys_of,
    nothing_told,
    optional_package,
    propose,
    quasi_random_point,
    told,
)

SPACE = Record(x=Real(0.0, 4.0), kind=["a", "b"])
GOALS = Goals.read(["min loss", "gain >= 1"])


def trial(design, outcome, hint=None, goals=GOALS):
    return judge(0, design, outcome, goals, seconds=0.0, attempts=1, hint=hint)


def test_proposals_carry_their_keys_and_notes():
    keys = np.array([[0.25, 0.9], [1.0, 0.1]])
    proposals = propose(SPACE, keys, [{"slot": 1}])
    assert [p.design for p in proposals] == [{"x": 1.0, "kind": "b"}, {"x": 4.0, "kind": "a"}]
    assert proposals[0].hint == {"keys": [0.25, 0.9], "slot": 1} and proposals[1].hint == {"keys": [1.0, 0.1]}


def test_keys_come_from_the_hint_and_else_from_the_design():
    outcome, design = {"loss": 1.0, "gain": 1.0}, {"x": 1.0, "kind": "b"}
    own, foreign = trial(design, outcome, {"keys": [0.25, 0.6]}), trial(design, outcome, {"imported": "a file"})
    assert keys_of(SPACE, [own]).tolist() == [[0.25, 0.6]]
    assert keys_of(SPACE, [own, foreign, trial(design, outcome)]).tolist() == [[0.25, 0.6], [0.25, 0.75], [0.25, 0.75]]
    assert keys_of(SPACE, []).shape == (0, 2)


def test_a_trial_without_answer_is_infinite_and_comes_last():
    design = {"x": 1.0, "kind": "b"}
    trials = [
        trial(design, Failed("crash")),
        trial(design, {"loss": 9.0, "gain": 0.5}),
        trial(design, {"loss": 3.0, "gain": 2.0}),
    ]
    batch = told(SPACE, GOALS, trials)
    assert batch.violations.tolist() == [np.inf, 0.5, 0.0]
    assert batch.losses.tolist() == [np.inf, 0.5, 3.0]
    assert batch.objectives.tolist() == [[np.inf], [0.5], [3.0]]
    assert batch.order().tolist() == [2, 1, 0]


def test_several_objectives_are_columns():
    goals = Goals.read(["min loss", "max gain"])
    design = {"x": 1.0, "kind": "b"}
    batch = told(
        SPACE, goals, [trial(design, {"loss": 9.0, "gain": 0.5}, goals=goals), trial(design, Failed("x"), goals=goals)]
    )
    assert batch.objectives.tolist() == [[9.0, -0.5], [np.inf, np.inf]]
    assert nothing_told(2, goals).joined(batch).rows(np.array([1])).violations.tolist() == [np.inf]
    assert nothing_told(2, GOALS).objectives.shape == (0, 1)


def test_replaced_rows_leave_the_original_alone():
    design = {"x": 1.0, "kind": "b"}
    batch = told(SPACE, GOALS, [trial(design, {"loss": v, "gain": 1.0}) for v in (1.0, 2.0, 3.0)])
    other = batch.replaced(np.array([2]), batch.rows(np.array([0])))
    assert other.losses.tolist() == [1.0, 2.0, 1.0] and batch.losses.tolist() == [1.0, 2.0, 3.0]


def test_compare_goes_by_violation_then_dominance():
    goals = Goals.read(["min a", "min b", "c <= 1"])
    pairs = (
        [(1, 1, 1), (1, 3, 1), (0, 0, 2), (1, 1, 1), (2, 2, 1)],
        [(2, 2, 1), (3, 1, 1), (9, 9, 1), (1, 1, 1), (1, 2, 1)],
    )
    first, second = (
        told(
            SPACE,
            goals,
            [
                trial({"x": 1.0, "kind": "a"}, dict(zip("abc", map(float, row), strict=True)), goals=goals)
                for row in rows
            ],
        )
        for rows in pairs
    )
    no_worse, no_better = compare(first, second)
    assert no_worse.tolist() == [True, False, False, True, False]
    assert no_better.tolist() == [False, False, True, True, True]


def test_options_out_of_range_are_refused():
    check_option("population", 4, 1, 10, whole=True)
    check_option("steps", 1e9, 1, float("inf"))
    for value in (0, 11, 4.5, "4", True, float("nan")):
        with pytest.raises(SpecError, match=r"population: .* a whole number from 1 to 10"):
            check_option("population", value, 1, 10, whole=True)
    with pytest.raises(SpecError, match="a number from 1 up"):
        check_option("steps", 0, 1, float("inf"))


def test_quasi_random_points_follow_the_plastic_number():
    # Roberts (2018): in two dimensions steps of 1 / p and 1 / p^2 with p = 1.32471795...
    np.testing.assert_allclose(quasi_random_point(2, 1), [(0.5 + 0.7548776662) % 1, (0.5 + 0.5698402910) % 1])
    points = np.array([quasi_random_point(3, i) for i in range(64)])
    assert ((points >= 0) & (points < 1)).all()
    assert (np.histogram(points[:, 1], bins=8, range=(0, 1))[0] >= 5).all()


def test_a_missing_package_says_how_to_get_it():
    assert optional_package("json").__name__ == "json"
    with pytest.raises(
        SimulatorMissing, match=r"no_such_package is not installed; to get it: pip install 'archwright\[bo\]'"
    ):
        optional_package("no_such_package")
