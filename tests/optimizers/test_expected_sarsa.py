import numpy as np

from archwright.optimizers.expected_sarsa import ExpectedSarsa
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere


def test_it_finds_more_than_random_search_in_most_seeds(drive):
    bests = [
        [-max(trial.score for trial in drive(make, Sphere(3), 600, seed=seed)) for make in (ExpectedSarsa, Random)]
        for seed in range(5)
    ]
    ours, chance = np.median(bests, axis=0)
    assert ours < 0.5 * chance


def test_its_rule_is_its_name():
    assert ExpectedSarsa.rule == "expected_sarsa"
