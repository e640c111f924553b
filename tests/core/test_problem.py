import numpy as np
import pytest

from archwright.core.goal import Goals, goal
from archwright.core.problem import (
    Controlled,
    Drawable,
    Observable,
    Observation,
    Problem,
    Reference,
    Referenced,
    Stepwise,
    Stochastic,
    Timed,
)
from archwright.core.record import Record
from archwright.core.space import Real

POWERS = (Controlled, Drawable, Observable, Referenced, Stepwise, Stochastic, Timed)


class Slope:
    """The smallest problem: one number, its metric is its distance from 1."""

    name = "slope"
    version = "1"
    metrics = {"distance": ""}  # noqa: RUF012
    goals = (goal("min distance"),)

    def __init__(self) -> None:
        self.space = Record(x=Real(0.0, 4.0))

    def evaluate(self, designs, *, rng):
        return [{"distance": abs(design["x"] - 1.0)} for design in designs]


class Powered(Slope):
    noise = "thermal"
    typical_seconds = 1e-6

    def references(self):
        return [Reference("optimum", {"x": 1.0}, {"distance": 0.0}, "by construction", is_optimal=True)]

    def draw(self, design):
        return "<svg xmlns='http://www.w3.org/2000/svg'/>"

    def observe(self, draft):
        return Observation(np.zeros((1, 2)), np.zeros((0, 2), dtype=np.int64))

    def measure(self, draft):
        return {"distance": 0.0}

    def env(self, rng):
        return object()


def test_the_smallest_problem_is_a_problem_without_powers():
    assert isinstance(Slope(), Problem)
    assert [power.__name__ for power in POWERS if isinstance(Slope(), power)] == []


def test_each_power_is_known_by_its_own_method():
    assert [power.__name__ for power in POWERS if not isinstance(Powered(), power)] == []


@pytest.mark.parametrize("missing", ["name", "version", "space", "metrics", "goals", "evaluate"])
def test_a_problem_lacking_any_part_is_none(missing):
    parts = {"name": "x", "version": "1", "space": None, "metrics": {}, "goals": (), "evaluate": lambda: []}
    whole = type("Whole", (), parts)
    partial = type("Partial", (), {key: value for key, value in parts.items() if key != missing})
    assert isinstance(whole(), Problem)
    assert not isinstance(partial(), Problem)


def test_a_problem_is_evaluated_and_judged_by_its_own_goals():
    problem = Slope()
    outcomes = problem.evaluate([{"x": 3.0}, {"x": 1.0}], rng=np.random.default_rng(0))
    goals = Goals.read(problem.goals, problem.metrics)
    assert [goals.score(outcome) for outcome in outcomes] == [-2.0, 0.0]


def test_a_reference_is_frozen_and_not_optimal_by_default():
    reference = Reference("human", None, {"distance": 0.5}, "Table 1")
    assert not reference.is_optimal
    with pytest.raises(AttributeError):
        reference.name = "other"
