import numpy as np

from archwright.core.errors import Infeasible
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.optimizers.latest_ranks import MEMORY, LatestRanks
from archwright.testing.functions import Sphere

GOALS = Goals(Sphere(1).goals)


def trials(values):
    outcomes = [Infeasible("no") if value is None else {"f": value} for value in values]
    return [judge(i, {}, outcome, GOALS, seconds=0.0, attempts=1) for i, outcome in enumerate(outcomes)]


def test_a_design_is_worth_its_rank_among_those_before_it_too():
    ranks = LatestRanks(GOALS)
    ranks.rewards(trials([1.0, 2.0, 3.0]))
    best, worst = ranks.rewards(trials([0.5, 9.0]))
    assert best > 0.0 > worst == -best


def test_no_answer_is_worth_least():
    rewards = LatestRanks(GOALS).rewards(trials([1.0, None, 5.0]))
    assert np.argmin(rewards) == 1


def test_it_forgets():
    ranks = LatestRanks(GOALS)
    ranks.rewards(trials([0.0] * MEMORY))
    assert ranks.rewards(trials([1.0] * MEMORY)).tolist() == [0.0] * MEMORY


def test_nothing_told_is_nothing_learned():
    assert LatestRanks(GOALS).rewards([]).shape == (0,)
