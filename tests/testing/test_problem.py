import random

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goal
from archwright.testing.functions import Sphere
from archwright.testing.misbehaving import Unsteady
from archwright.testing.problem import check_problem, same_outcome, untouched_randomness


class Counting(Sphere):
    """Its answer depends on how often it was asked."""

    calls = 0

    def evaluate(self, designs, *, rng):
        self.calls += bool(designs)
        return [{"f": float(self.calls)} for _ in designs]


class Neighbourly(Sphere):
    def evaluate(self, designs, *, rng):
        return [{"f": float(len(designs))} for _ in designs]


class Sorted(Sphere):
    def evaluate(self, designs, *, rng):
        return sorted(super().evaluate(designs, rng=rng), key=lambda one: one["f"])


class Noisy(Sphere):
    def evaluate(self, designs, *, rng):
        return [{"f": float(rng.random())} for _ in designs]


class Global(Sphere):
    def evaluate(self, designs, *, rng):
        np.random.random()
        return super().evaluate(designs, rng=rng)


class Heavy(Sphere):
    def __init__(self):
        super().__init__(2)
        self.tool = open(__file__)  # noqa: SIM115 (what a careless problem holds)

    def __del__(self):
        self.tool.close()


class Changing(Sphere):
    def evaluate(self, designs, *, rng):
        for design in designs:
            design["x1"] = 0.0
        return [{"f": 0.0} for _ in designs]


class Raising(Sphere):
    def evaluate(self, designs, *, rng):
        raise Infeasible("too wide")


class Pickled(Sphere):
    def __setstate__(self, state):
        self.__dict__.update(state)
        self.version = "2"


class Narrow(Sphere):
    references = gradients = None  # the sphere's optimum does not exist here, nor do its slopes everywhere

    def evaluate(self, designs, *, rng):
        outcomes = super().evaluate(designs, rng=rng)
        return [
            one if design["x1"] > 0 else Infeasible("x1 <= 0") for design, one in zip(designs, outcomes, strict=True)
        ]


class Constant(Sphere):
    noise = "dice"


def answering(answer):
    """A sphere that answers every design with `answer`."""

    class Answering(Sphere):
        def evaluate(self, designs, *, rng):
            return [answer for _ in designs]

    return Answering(2)


def declared(**changes):
    """A sphere with another declaration."""
    problem = Sphere(2)
    for name, value in changes.items():
        setattr(problem, name, value)
    return problem


@pytest.mark.parametrize("problem", [Sphere(2), Unsteady()], ids=lambda p: p.name)
def test_a_good_problem_keeps_all_laws(problem):
    check_problem(problem, rng=np.random.default_rng(0))


def test_some_designs_may_be_infeasible():
    check_problem(Narrow(2), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (declared(name="two words"), "must be one word"),
        (declared(version=1), "version must be text"),
        (declared(metrics={}), "at least one name"),
        (declared(metrics={"f": "1$"}), "the unit of metric f is not known"),
        (declared(metrics={"f g": ""}), "cannot stand in a goal"),
        (declared(goals=()), "at least one default goal"),
        (declared(goals=(Goal("g", "min"),)), "which is no metric"),
        (answering({"f": float("nan")}), "f is nan"),
        (answering({"f": float("inf")}), "f is inf"),
        (answering({"f": "1"}), "not a plain number"),
        (answering({"f": np.float32(1)}), "not a plain number"),
        (answering({"f": 1.0, "g": 1.0}), "'g'.*not declared"),
        (answering({}), "lack .*'f'"),
        (answering(None), "is no outcome"),
        (answering(Failed("")), "without a reason"),
        (answering(Infeasible("never")), "none of 16 random designs gives metrics"),
        (Raising(2), "return it in the place"),
        (Counting(2), "keep no state between calls"),
        (Neighbourly(2), "not touch each other"),
        (Sorted(2), "keep the order|not touch each other"),
        (Noisy(2), "with the same generator|declare the problem Stochastic"),
        (Global(2), "draws from a global generator"),
        (Heavy(), "cannot be pickled"),
        (Changing(2), "changes the designs"),
        (Pickled(2), "version is another one after pickling"),
        (Constant(2), "no outcome varies"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Sphere) else "",
)
def test_a_problem_that_breaks_a_law_is_told_which(problem, said):
    with pytest.raises(AssertionError, match=said):
        check_problem(problem, rng=np.random.default_rng(0))


def test_same_outcome_compares_kinds_and_metrics():
    assert same_outcome({"f": 1.0}, {"f": 1.0}) and not same_outcome({"f": 1.0}, {"f": 1.0 + 1e-12})
    assert same_outcome({"f": 1.0}, {"f": 1.0 + 1e-12}, 1e-9) and not same_outcome({"f": 1.0}, {"g": 1.0}, 1.0)
    assert same_outcome(Failed("a"), Failed("b")) and not same_outcome(Failed("a"), Infeasible("a"))
    assert not same_outcome({"f": 1.0}, Failed("a"))


@pytest.mark.parametrize("draw", [random.random, np.random.random])
def test_global_randomness_is_noticed(draw):
    with pytest.raises(AssertionError, match="ask draws from a global generator"), untouched_randomness("ask"):
        draw()
    with untouched_randomness("ask"):
        np.random.default_rng(0).random()
