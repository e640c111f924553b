import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.trial import Proposal
from archwright.optimizers.local_genetic import LocalGenetic
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline


def small(problem, goals, **options):
    return LocalGenetic(problem, goals, **{"population": 6, "parents": 3, **options})


def tuner(answer, problem, design, **options):
    goals = Goals(problem.goals)
    local = small(problem, goals, **options)
    local.tell(answer(problem, goals, [Proposal(design)], 0))
    return local


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem)


@pytest.mark.parametrize("swap", [0.0, 1.0])
def test_children_stay_near_the_design_they_begin_with(answer, swap):
    design = Pipeline(4).references()[0].design
    local = tuner(answer, Pipeline(4), design, swap=swap)
    assert local.generations.has_begun
    for proposal in local.ask(50, np.random.default_rng(0)):
        moved = [axis for axis in design if proposal.design[axis] != design[axis]]
        assert len(moved) <= 1 + 2 * int(swap)
    moved = [one.design != design for one in local.ask(50, np.random.default_rng(0))]
    assert np.mean(moved) > 0.9


def test_a_swap_is_between_the_same_decisions_of_two_components(answer):
    problem = Pipeline(3)
    local = tuner(answer, problem, problem.references()[0].design)
    for seed in range(30):
        keys = np.arange(6.0)
        local._swap(keys, np.random.default_rng(seed))
        changed = np.flatnonzero(keys != np.arange(6.0))
        assert len(changed) == 2 and len(set(changed % 2)) == 1
        assert keys[changed].tolist() == changed[::-1].tolist()


def test_steps_are_at_most_half_of_alpha(answer):
    local = tuner(answer, Sphere(3), {"x1": 0.0, "x2": 0.0, "x3": 0.0}, alpha=0.2, swap=0.0)
    designs = [one.design for one in local.ask(200, np.random.default_rng(0))]
    steps = np.abs([[design[axis] for axis in ("x1", "x2", "x3")] for design in designs])
    assert 0.9 < steps.max() <= 1.0 and (np.count_nonzero(steps, axis=1) <= 1).all()


def test_a_better_design_from_elsewhere_is_the_new_beginning(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    local = tuner(answer, problem, {"x1": 3.0, "x2": 3.0})
    local.tell(answer(problem, goals, [Proposal({"x1": 4.0, "x2": 4.0})], 1))
    assert set(local.generations.members.losses) == {18.0}
    local.tell(answer(problem, goals, [Proposal({"x1": 1.0, "x2": 1.0})], 2))
    assert local.generations.members.losses.tolist() == [2.0] * 6


def test_feasible_parents_are_preferred_to_any_other(answer):
    problem = Pipeline(3)
    local = tuner(answer, problem, problem.references()[0].design)
    goals = Goals(problem.goals)
    for number in range(1, 60, 6):
        local.tell(answer(problem, goals, local.ask(6, np.random.default_rng(number)), number))
        assert local.generations.members.violations[0] == 0.0
        assert (np.diff(local.generations.members.violations) >= 0).all()


def test_it_is_far_better_than_random_search(best_loss, drive):
    assert best_loss(LocalGenetic, Sphere(4), 1500) < 0.5 * best_loss(Random, Sphere(4), 1500, batch=20)
    problem = Pipeline(6)
    best = min(one.metrics["latency_s"] for one in drive(LocalGenetic, problem, 1500) if one.is_feasible)
    assert best < 1.1 * problem.references()[0].metrics["latency_s"]


@pytest.mark.parametrize(
    ("option", "value"), [("population", 1), ("parents", 0), ("parents", 21), ("alpha", 0.0), ("swap", 1.5)]
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        LocalGenetic(Sphere(2), Goals(Sphere(2).goals), **{option: value})
