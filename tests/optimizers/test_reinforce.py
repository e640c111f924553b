import numpy as np
import pytest

from archwright.core.goal import Goals
from archwright.optimizers.random import Random
from archwright.optimizers.reinforce import Reinforce
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline

QUICK = {"hidden": 64, "rate": 2e-3}


@pytest.mark.parametrize("options", [{}, {"shuffles": True}], ids=["in order", "shuffled"])
def test_it_learns_to_use_a_budget_and_to_stay_within_it(drive, options):
    problem = Pipeline(16, share=0.2)
    ours, theirs = (
        drive(make, problem, 480, batch=8, **given) for make, given in ((Reinforce, QUICK | options), (Random, {}))
    )
    best, chance = (min(one.metrics["latency_s"] for one in table if one.is_feasible) for table in (ours, theirs))
    assert best < 0.9 * chance
    early, late = ([trial.is_feasible for trial in part] for part in (ours[:100], ours[-100:]))
    assert np.mean(early) < 0.2 and np.mean(late) > 0.5


def test_it_learns_from_the_rank_of_whole_designs(drive):
    losses = [-trial.score for trial in drive(Reinforce, Sphere(3), 480, hidden=64)]
    assert np.mean(losses[-100:]) < 0.7 * np.mean(losses[:100])


def test_returns_are_normalised_and_compared_step_by_step():
    problem = Pipeline(3)
    agents = [Reinforce(problem, Goals(problem.goals), baseline=on) for on in (True, False)]
    rewards = np.array([[1.0, 0.0, 0.2], [0.8, 0.1, 0.0], [0.9, 0.3, 0.1]])
    taken = np.ones((3, 3), dtype=bool)
    with_baseline, without = (agent._advantages(rewards, taken) for agent in agents)
    np.testing.assert_allclose(with_baseline.mean(axis=0), 0.0, atol=1e-12)
    assert abs(without.mean(axis=0)).max() > 0.5
    for found in (with_baseline, without):
        assert found.std() == pytest.approx(1.0)


def test_a_single_walk_is_normalised_as_in_the_paper():
    problem = Pipeline(3)
    agent = Reinforce(problem, Goals(problem.goals), batch=1)
    rewards = np.array([[1.0, 0.0, 0.5]])
    centred = (rewards - 0.5) / rewards.std()
    returns = [centred[0, 0] + 0.9 * centred[0, 1] + 0.81 * centred[0, 2], centred[0, 1] + 0.9 * centred[0, 2], 0.0]
    expected = (np.array(returns) - np.mean(returns)) / np.std(returns)
    np.testing.assert_allclose(agent._advantages(rewards, np.ones((1, 3), bool))[0], expected, atol=1e-12)


def test_the_rate_falls_after_the_first_feasible_design(drive):
    problem = Pipeline(2)
    table = drive(Reinforce, problem, 320, batch=10, hidden=8)
    agent = drive.optimizer
    first = next(i for i, trial in enumerate(table) if trial.is_feasible)
    assert agent.first_feasible == 10 * (first // 10 + 1)
    assert agent.learner.optimizer.rate == pytest.approx(1e-3 * 0.8 ** ((320 - agent.first_feasible) // 100))
    agent.n_told = 10**6
    assert agent._rate_after(agent.measure.read(table[:1])) == 1e-6
