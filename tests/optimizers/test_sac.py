import numpy as np

from archwright.optimizers.random import Random
from archwright.optimizers.sac import Sac
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline


def test_it_learns_to_stay_within_a_budget(drive):
    problem = Pipeline(16, share=0.2)
    table = drive(Sac, problem, 240, hidden=32, minibatch=8)
    early, late = ([trial.is_feasible for trial in part] for part in (table[:16], table[-100:]))
    assert np.mean(late) > np.mean(early) + 0.3


def test_it_learns_from_the_rank_of_whole_designs(best_loss):
    ours = [best_loss(Sac, Sphere(3), 320, seed=seed, hidden=32) for seed in range(2)]
    theirs = [best_loss(Random, Sphere(3), 320, seed=seed, batch=16) for seed in range(2)]
    assert np.mean(ours) < 0.7 * np.mean(theirs)
