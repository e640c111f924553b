"""What the tests of all optimizers share: problems of every kind, a loop that drives an optimizer, and its laws."""

import json
from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real, check_design
from archwright.core.spaces.order import Order
from archwright.core.trial import judge
from archwright.testing.functions import Bnh, Sphere


class Made:
    """A problem from a space, goals and a function of one design."""

    def __init__(self, space, goals, answer, metrics=("loss",)):
        self.name, self.version, self.space = "made", "1", space
        self.metrics = dict.fromkeys(metrics, "")
        self.goals = Goals.read(goals).goals
        self.answer = answer

    def evaluate(self, designs, *, rng):
        return [self.answer(design) for design in designs]


def mixed_answer(design):
    if design["kind"] == "broken":
        return Failed("no convergence")
    if design["n"] > 7:
        return Infeasible("too many")
    return {"loss": design["x"] * design["n"] + 0.1 * len(design["kind"]), "gain": design["x"] ** 2}


def mixed():
    space = Record(
        x=Real(1e-3, 1e3, log=True), n=Real(1.0, 9.0, step=1.0), kind=["a", "bb", "broken"], fixed=Real(2.0, 2.0)
    )
    return Made(space, ["min loss", "gain >= 1", "loss <= 500"], mixed_answer, ("loss", "gain"))


def scheduling():
    return Made(
        Order(6, before=[(0, 3), (4, 1)]), ["min loss"], lambda order: {"loss": float(order.index(5) + order.index(3))}
    )


def bounds_only():
    return Made(Record(x=Real(0.0, 1.0), y=Real(0.0, 1.0)), ["loss <= 0.3"], lambda d: {"loss": d["x"] + d["y"]})


def hopeless():
    return Made(Record(x=Real(0.0, 1.0), y=[1, 2]), ["min loss"], lambda d: (Infeasible, Failed)[d["y"] - 1]("never"))


def unreachable():
    return Made(Record(x=Real(0.0, 1.0)), ["min loss", "loss >= 3"], lambda d: {"loss": d["x"]})


PROBLEMS = {
    "box": lambda: Sphere(4), "two objectives": Bnh, "mixed": mixed, "scheduling": scheduling,
    "bounds only": bounds_only, "hopeless": hopeless, "unreachable": unreachable,
}  # fmt: skip


@pytest.fixture(params=PROBLEMS)
def any_problem(request):
    return PROBLEMS[request.param]()


def evaluated(problem, goals, proposals, first):
    outcomes = problem.evaluate([proposal.design for proposal in proposals], rng=np.random.default_rng(first))
    return [
        judge(first + i, proposal.design, outcome, goals, seconds=0.0, attempts=1, hint=proposal.hint)
        for i, (proposal, outcome) in enumerate(zip(proposals, outcomes, strict=True))
    ]


@pytest.fixture
def answer():
    """The trials of proposals: `answer(problem, goals, proposals, first)`."""
    return evaluated


@pytest.fixture
def drive():
    """Ask, evaluate, tell, until the budget is spent: `drive(make, problem, trials, ...)` gives the table."""

    def run(make, problem, trials, *, seed=0, batch=None, **options):
        goals = Goals(problem.goals)
        optimizer = make(problem, goals, **options)
        table = []
        while len(table) < trials:
            n = min(batch or optimizer.batch, trials - len(table))
            proposals = optimizer.ask(n, np.random.default_rng([seed, len(table)]))
            trials_now = evaluated(problem, goals, proposals, len(table))
            optimizer.tell(trials_now)
            table += trials_now
        run.optimizer = optimizer
        return table

    return run


@pytest.fixture
def best_loss(drive):
    """The best loss that a method reaches on a function with one objective."""

    def run(make, problem, trials, **options):
        return -max(trial.score for trial in drive(make, problem, trials, **options))

    return run


@pytest.fixture
def check_laws():
    """Ask is pure, proposals are legal and plain JSON, and replaying the batches gives the same optimizer."""

    def check(make, problem, batches=(7, 1, 12, 3, 30, 16), probes=(1, 9, 40)):
        goals = Goals(problem.goals)
        optimizer, history, first = make(problem, goals), [], 0
        for n in batches:
            asked = optimizer.ask(n, np.random.default_rng([5, first]))
            assert optimizer.ask(n, np.random.default_rng([5, first])) == asked
            assert len(asked) == n
            for proposal in asked:
                check_design(problem.space, proposal.design)
                assert json.loads(json.dumps(proposal.hint)) == proposal.hint
            history.append(evaluated(problem, goals, asked, first))
            optimizer.tell(history[-1])
            first += n
        # Designs from elsewhere carry no keys; a cached answer comes twice.
        foreign = [replace(trial, hint={"imported": "elsewhere"}) for trial in history[-1][:4]]
        for trials in (foreign, [*foreign[:1], *history[-1][:2]]):
            optimizer.tell(trials)
            history.append(trials)
        resumed = make(problem, goals)
        for trials in history:
            resumed.tell(trials)
        for n in probes:
            assert resumed.ask(n, np.random.default_rng(n)) == optimizer.ask(n, np.random.default_rng(n))

    return check
