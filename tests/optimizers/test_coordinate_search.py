import numpy as np

from archwright.optimizers.coordinate_search import CoordinateSearch
from archwright.optimizers.random import Random
from archwright.testing.functions import Rastrigin, Sphere


def test_laws(check_laws, any_problem):
    check_laws(CoordinateSearch, any_problem)


def test_is_far_better_than_random_search_where_axes_do_not_interact(best_loss):
    ours = [best_loss(CoordinateSearch, Rastrigin(6), 800, seed=seed) for seed in range(3)]
    theirs = [best_loss(Random, Rastrigin(6), 800, seed=seed) for seed in range(3)]
    assert max(ours) < 0.5 * min(theirs)


def test_one_axis_moves_at_a_time(drive):
    drive(CoordinateSearch, Sphere(4), 8, batch=8, levels=8)
    search = drive.optimizer
    centre = search.centre.keys[0]
    for position, proposal in enumerate(search.ask(20, np.random.default_rng(3))):
        moved = np.flatnonzero(np.array(proposal.hint["keys"]) != centre)
        assert moved.tolist() == [position // 8]
        assert search.axes.levels(np.array([proposal.hint["keys"]]))[0, position // 8] == position % 8


def test_a_sweep_without_an_improvement_ends_the_climb(drive):
    table = drive(CoordinateSearch, Sphere(2), 4 * 60, batch=4, levels=4)
    starts = [trial.number for trial in table if "moved" not in trial.hint]
    assert starts[:4] == [0, 1, 2, 3] and len(starts) >= 8
