import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.bandit import Bandit
from archwright.optimizers.random import Random
from archwright.testing.functions import Sphere


@pytest.mark.parametrize("rule", ["ucb", "thompson"])
def test_it_finds_more_than_random_search_in_most_seeds(drive, rule):
    ours = [-max(trial.score for trial in drive(Bandit, Sphere(3), 600, seed=seed, rule=rule)) for seed in range(5)]
    chance = [-max(trial.score for trial in drive(Random, Sphere(3), 600, seed=seed)) for seed in range(5)]
    assert np.median(ours) < 0.5 * np.median(chance)


def test_the_rule_random_does_not_learn(drive):
    losses = [-trial.score for trial in drive(Bandit, Sphere(3), 600, rule="random")]
    assert np.mean(losses[-200:]) > 0.7 * np.mean(losses[:200])


def test_every_choice_is_made_before_any_is_weighed():
    problem = Sphere(1)
    search = Bandit(problem, Goals(problem.goals), rule="ucb", levels=4, batch=1)
    assert np.all(np.isinf(search.bandit.worths(0, np.random.default_rng(0))))


@pytest.mark.parametrize(("name", "value"), [("rule", "best"), ("batch", 0), ("levels", 1), ("width", -1.0)])
def test_options_out_of_range_are_refused(name, value):
    problem = Sphere(1)
    with pytest.raises(SpecError, match=name):
        Bandit(problem, Goals(problem.goals), **{name: value})
