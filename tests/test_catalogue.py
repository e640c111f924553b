"""To be listed is to be tested: everything in the catalogue is held to the public conformance suites."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from archwright.core.catalog import catalogue, find, make_problem
from archwright.core.errors import SimulatorMissing, SpecError
from archwright.core.goal import Goals
from archwright.core.optimizer import Batched
from archwright.core.problem import Differentiable
from archwright.core.record import Record
from archwright.core.trial import judge
from archwright.learning.components import components_of
from archwright.testing import check_learning, check_optimizer, check_problem
from archwright.testing.functions import Bnh, Sphere
from archwright.testing.optimizer import ask

PROBLEMS = sorted(catalogue("problems"))
OPTIMIZERS = sorted(catalogue("optimizers"))
SPACE_FILLING = {"random", "sobol", "grid"}
SPHERE_TRIALS = {
    "gaussian_process": 40,
    "mace": 40,
    "pac_moo": 20,
    "qlognehvi": 19,
    "tpe": 150,
    "ddpg": 150,
    "ddpg_walk": 150,
    "gcn_ddpg": 150,
    "gradient": 20,
    "ppo": 320,
    "a2c": 320,
    "sac": 240,
    "multi_agent_ppo": 320,
    "multi_agent_sac": 240,
    "reinforce": 480,
    "confuciux": 480,
}
"""Evaluations within which a method must learn on a sphere; 600 unless it stands here."""
FEWER_UPDATES = {"ddpg_walk": {"hidden": 64}, "gcn_ddpg": {"n_layers": 2, "critics": 1, "updates": 1.5}}
"""Options with which a method that learns much from each trial is quick enough here."""
QUICKER = {"network-on-chip": {"columns": 5, "rows": 5, "cycles": 200}}
"""Options with which a problem that simulates long is quick enough here."""
NEEDS_GRAPH = {"gcn_ddpg"}
"""Methods that read a graph of components, and say so where a problem has none."""
NEEDS_DERIVATIVES = {"gradient"}
"""Methods that ask a problem for the derivatives of its metrics, and say so where it has none."""


def problem_of(name, **options):
    try:
        return make_problem(name, **QUICKER.get(name, {}), **options)
    except SimulatorMissing as missing:
        pytest.skip(str(missing))


def joined(problem):
    """The problem with its parameters as components in a row, where it has no components."""
    if isinstance(problem.space, Record) and not problem.space.edges:
        axes = problem.space.axes
        problem.space = problem.space.with_graph({axis: [axis] for axis in axes}, list(pairwise(axes)))
    return problem


def maker_of(name):
    """What makes the optimizer, by its catalogue name; a missing extra is a skip."""
    loaded = partial(find("optimizers", name).load(), **FEWER_UPDATES.get(name, {}))
    make = (lambda problem, goals: loaded(joined(problem), goals)) if name in NEEDS_GRAPH else loaded
    try:
        make(Sphere(2), Goals.read(Sphere(2).goals))
    except SimulatorMissing as missing:
        pytest.skip(str(missing))
    return make


def what_lacks(name, problem):
    """What a method needs and the problem has not, as the method says it; None where nothing is missing."""
    if name in NEEDS_GRAPH and not has_graph(problem):
        return "no component graph"
    if name in NEEDS_DERIVATIVES and not isinstance(problem, Differentiable):
        return "no derivatives"
    return None


def has_graph(problem):
    try:
        return len(components_of(problem).edges) > 0
    except SpecError:
        return False


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_keeps_the_laws(name):
    check_problem(problem_of(name), rng=np.random.default_rng(0), n=8)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["numbers under constraints", "an order and machines"])
def test_an_optimizer_keeps_the_laws(name, kind):
    problem = Bnh() if kind == "numbers under constraints" else make_problem("two-machine-schedule", graph="gaussian-3")
    if what_lacks(name, joined(problem)) is not None:
        pytest.skip(f"{what_lacks(name, joined(problem))}; the next tests hold the method to saying so")
    check_optimizer(maker_of(name), problem, rng=np.random.default_rng(0), sphere_trials=None)


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - SPACE_FILLING))
def test_an_optimizer_learns(name):
    check_learning(maker_of(name), SPHERE_TRIALS.get(name, 600), seed=1)


@pytest.mark.parametrize("problem_name", PROBLEMS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_runs_on_every_problem(name, problem_name):
    problem, make = problem_of(problem_name), maker_of(name)
    goals = Goals.read(problem.goals, problem.metrics)
    if (lacking := what_lacks(name, problem)) is not None:
        with pytest.raises(SpecError, match=f"{name} on {problem.name}: '{lacking}'") as refused:
            find("optimizers", name).load()(problem, goals)
        assert "\n" not in str(refused.value)
        return
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
    assert {"random", "sobol", "differential_evolution", "nsga2", "cmaes", "ddpg"} <= set(OPTIMIZERS)
    assert {"gcn_ddpg", "gradient"} <= set(OPTIMIZERS)
