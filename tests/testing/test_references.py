import numpy as np
import pytest

from archwright.core.errors import Infeasible
from archwright.core.goal import Goals
from archwright.core.problem import Reference
from archwright.testing.functions import Sphere, Zdt1
from archwright.testing.references import beats, check_references

ORIGIN = {"x1": 0.0, "x2": 0.0}
FAR = {"x1": 3.0, "x2": 0.0}
GOOD = Reference("optimum", ORIGIN, {"f": 0.0}, "closed form", is_optimal=True)


def sphere_with(*references):
    problem = Sphere(2)
    problem.references = lambda: references
    return problem


def test_true_claims_pass():
    check_references(sphere_with(GOOD, Reference("far", FAR, {"f": 9.05}, "table 1")), [{"f": 1.0}, Infeasible("no")])
    check_references(sphere_with(Reference("published", None, {"f": 3.0}, "table 2")), [])
    check_references(Zdt1(3), [{"f1": 0.5, "f2": 0.9}])


@pytest.mark.parametrize(
    ("references", "said"),
    [
        ([], "gives none"),
        ([GOOD, GOOD], "share a name"),
        ([Reference("far", FAR, {"f": 9.0}, "")], "names no source"),
        ([Reference("far", FAR, {"g": 9.0}, "table")], "no metrics of the problem"),
        ([Reference("far", None, {}, "table")], "neither a design nor metrics"),
        ([Reference("far", {"x1": 99.0, "x2": 0.0}, {}, "table")], "not in the problem's space: design.x1"),
        ([Reference("far", FAR, {"f": 9.2}, "table")], "states f = 9.2, evaluate gives 9.0"),
        ([Reference("far", FAR, {"f": 9.0}, "table", is_optimal=True)], "beats reference 'far'"),
        ([Reference("far", FAR, {}, "table", is_optimal=True)], r"states no \['f'\]"),
    ],
)
def test_false_claims_are_told(references, said):
    with pytest.raises(AssertionError, match=said):
        check_references(sphere_with(*references), [{"f": 1.0}])


def test_a_reference_must_work():
    problem = sphere_with(GOOD)
    problem.evaluate = lambda designs, rng: [Infeasible("no") for _ in designs]
    with pytest.raises(AssertionError, match="a reference must work"):
        check_references(problem, [])


def test_the_metrics_of_a_stochastic_problem_may_vary():
    problem = sphere_with(Reference("far", FAR, {"f": 12.0}, "mean of 100 runs"))
    problem.noise = "dice"
    check_references(problem, [])


def test_the_tolerance_is_the_callers():
    problem = sphere_with(Reference("far", FAR, {"f": 9.05}, "table"))
    with pytest.raises(AssertionError, match=r"states f = 9\.05"):
        check_references(problem, [], tolerance=1e-3)


def test_better_is_less_violation_then_dominance():
    goals = Goals.read(["min a", "min b", "c >= 1"])
    good = {"a": 1.0, "b": 2.0, "c": 1.0}
    assert beats(goals, {**good, "a": 0.9}, good) and beats(goals, good, {**good, "c": 0.5})
    assert not beats(goals, good, good)
    assert not beats(goals, {**good, "a": 0.9, "b": 2.1}, good) and not beats(goals, {**good, "a": 0.9, "c": 0.5}, good)
    assert not beats(goals, {**good, "a": 1.0 - 1e-9}, good), "rounding of a stated optimum does not count"
    assert np.isfinite(goals.score(good))
