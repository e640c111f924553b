import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.genetic_algorithm import GeneticAlgorithm
from archwright.optimizers.random import Random
from archwright.testing.functions import Rastrigin, Sphere
from archwright.testing.pipeline import Pipeline


def small(problem, goals, **options):
    return GeneticAlgorithm(problem, goals, **{"population": 10, **options})


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem)


@pytest.mark.parametrize("problem", [Sphere(6), Rastrigin(5)])
def test_is_far_better_than_random_search(best_loss, problem):
    ours = [best_loss(GeneticAlgorithm, problem, 2000, seed=seed) for seed in range(3)]
    theirs = [best_loss(Random, problem, 2000, seed=seed) for seed in range(3)]
    assert max(ours) < 0.5 * min(theirs)


def test_it_comes_near_the_optimum_under_a_budget(drive):
    problem = Pipeline(6)
    table = drive(GeneticAlgorithm, problem, 2000)
    best = min(trial.metrics["latency_s"] for trial in table if trial.is_feasible)
    assert best < 1.1 * problem.references()[0].metrics["latency_s"]


def test_children_take_a_piece_of_each_parent(drive):
    drive(small, Sphere(8), 10, mutation=0.0, crossover=1.0)
    algorithm = drive.optimizer
    members = algorithm.generations.members.keys
    for child in algorithm._children(50, np.random.default_rng(0)):
        origins = [np.flatnonzero((members == child).T[axis]) for axis in range(8)]
        assert all(len(one) == 1 for one in origins)
        changes = np.count_nonzero(np.diff([one[0] for one in origins]))
        assert changes <= 1


def test_without_crossover_and_mutation_children_are_copies(drive):
    drive(small, Sphere(4), 10, mutation=0.0, crossover=0.0)
    algorithm = drive.optimizer
    members = algorithm.generations.members.keys.tolist()
    assert all(child in members for child in algorithm._children(20, np.random.default_rng(0)).tolist())


def test_the_best_one_survives(drive):
    table = drive(small, Sphere(4), 200)
    assert -drive.optimizer.generations.members.losses[0] == max(trial.score for trial in table[:190])


@pytest.mark.parametrize(
    ("option", "value"), [("population", 1), ("crossover", 1.5), ("mutation", -0.1), ("tournament", 0)]
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        GeneticAlgorithm(Sphere(2), Goals(Sphere(2).goals), **{option: value})
