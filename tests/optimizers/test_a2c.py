import numpy as np

from archwright.optimizers.a2c import A2c
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline


def test_it_learns_to_stay_within_a_budget(drive):
    problem = Pipeline(16, share=0.2)
    table = drive(A2c, problem, 480, hidden=32)
    best = min(trial.metrics["latency_s"] for trial in table if trial.is_feasible)
    assert best < 1.6 * problem.references()[0].metrics["latency_s"]
    early, late = ([trial.is_feasible for trial in part] for part in (table[:100], table[-100:]))
    assert np.mean(late) > np.mean(early) + 0.3


def test_it_learns_from_the_rank_of_whole_designs(best_loss):
    ours = [best_loss(A2c, Sphere(3), 320, seed=seed, hidden=32) for seed in range(2)]
    theirs = [best_loss(Random, Sphere(3), 320, seed=seed, batch=16) for seed in range(2)]
    assert np.mean(ours) < 0.7 * np.mean(theirs)
