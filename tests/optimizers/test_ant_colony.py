import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.ant_colony import AntColony
from archwright.optimizers.random import Random
from archwright.testing.functions import Rastrigin, Sphere


def test_laws(check_laws, any_problem):
    check_laws(AntColony, any_problem)


def test_is_better_than_random_search(best_loss):
    ours = [best_loss(AntColony, Rastrigin(5), 1000, seed=seed) for seed in range(3)]
    theirs = [best_loss(Random, Rastrigin(5), 1000, seed=seed) for seed in range(3)]
    assert np.median(ours) < 0.6 * np.median(theirs)


def test_only_the_best_ant_leaves_a_trail_and_the_others_fade(drive):
    table = drive(AntColony, Sphere(2), 16, batch=16, evaporation=0.5, levels=4)
    ants = drive.optimizer
    best = min(table, key=lambda trial: trial.rank_key)
    marked = ants.axes.levels(np.array([best.hint["keys"]]))[0]
    expected = np.full((2, 4), 0.5)
    expected[np.arange(2), marked] = 1.0
    assert np.array_equal(ants.trails, expected)


def test_no_trail_leaves_its_limits(drive):
    drive(AntColony, Sphere(3), 1600, evaporation=0.5, least=0.05, levels=4)
    trails = drive.optimizer.trails
    assert trails.min() == 0.05 and trails.max() <= 1.0


def test_a_wrong_option_is_refused():
    problem = Sphere(2)
    for option in ({"evaporation": 0.0}, {"least": 1.0}, {"ants": 0}):
        with pytest.raises(SpecError, match=next(iter(option))):
            AntColony(problem, Goals(problem.goals), **option)
