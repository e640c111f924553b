"""To be listed is to be tested: everything in the catalogue is held to the public conformance suites."""

import numpy as np
import pytest

from archwright.core.catalog import catalogue, find, make_problem
from archwright.core.errors import SimulatorMissing
from archwright.core.goal import Goals
from archwright.core.optimizer import Batched
from archwright.core.trial import judge
from archwright.testing import check_learning, check_optimizer, check_problem
from archwright.testing.functions import Bnh, Sphere
from archwright.testing.optimizer import ask

PROBLEMS = sorted(catalogue("problems"))
OPTIMIZERS = sorted(catalogue("optimizers"))
SPACE_FILLING = {"random", "sobol"}
SPHERE_TRIALS = {"gaussian_process": 40, "tpe": 150}
"""Evaluations within which a method must learn on a sphere; 600 unless it stands here."""


def problem_of(name, **options):
    try:
        return make_problem(name, **options)
    except SimulatorMissing as missing:
        pytest.skip(str(missing))


def maker_of(name):
    """What makes the optimizer, by its catalogue name; a missing extra is a skip."""
    make = find("optimizers", name).load()
    try:
        make(Sphere(2), Goals.read(Sphere(2).goals))
    except SimulatorMissing as missing:
        pytest.skip(str(missing))
    return make


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_keeps_the_laws(name):
    check_problem(problem_of(name), rng=np.random.default_rng(0), n=8)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["numbers under constraints", "an order and machines"])
def test_an_optimizer_keeps_the_laws(name, kind):
    problem = Bnh() if kind == "numbers under constraints" else make_problem("two-machine-schedule", graph="gaussian-3")
    check_optimizer(maker_of(name), problem, rng=np.random.default_rng(0), sphere_trials=None)


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - SPACE_FILLING))
def test_an_optimizer_learns(name):
    check_learning(maker_of(name), SPHERE_TRIALS.get(name, 600), seed=1)


@pytest.mark.parametrize("problem_name", PROBLEMS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_runs_on_every_problem(name, problem_name):
    problem, make = problem_of(problem_name), maker_of(name)
    goals = Goals.read(problem.goals, problem.metrics)
    optimizer = make(problem, goals)
    size = optimizer.batch if isinstance(optimizer, Batched) else 8
    number = 0
    for n in (size, size, 3):
        proposals = ask(optimizer, problem, n, (0, number))
        outcomes = problem.evaluate([one.design for one in proposals], rng=np.random.default_rng(number))
        pairs = enumerate(zip(proposals, outcomes, strict=True), start=number)
        optimizer.tell([judge(i, p.design, o, goals, seconds=0.0, attempts=1, hint=p.hint) for i, (p, o) in pairs])
        number += n


def test_there_is_something_in_the_catalogue():
    assert {"three-stage-tia", "two-machine-schedule"} <= set(PROBLEMS)
    assert {"random", "sobol", "differential_evolution", "nsga2", "cmaes"} <= set(OPTIMIZERS)
