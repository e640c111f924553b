import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.multi_agent_sac import MultiAgentSac
from archwright.optimizers.random import Random
from archwright.testing.functions import Rastrigin, Sphere


def small(problem, goals, **options):
    return MultiAgentSac(problem, goals, **{"batch": 8, "hidden": 8, "minibatch": 8, **options})


@pytest.mark.parametrize("agents", ["per-axis", "one-for-all", "one-in-turn"])
def test_laws(check_laws, agents):
    check_laws(lambda problem, goals: small(problem, goals, agents=agents), Sphere(3))


def test_a_team_is_better_than_random_search(best_loss):
    ours = [best_loss(MultiAgentSac, Rastrigin(5), 480, seed=seed) for seed in range(2)]
    theirs = [best_loss(Random, Rastrigin(5), 480, seed=seed) for seed in range(2)]
    assert np.mean(ours) < 0.75 * np.mean(theirs)


def test_updates_come_as_often_as_asked_for_and_memory_is_bounded(drive):
    drive(small, Sphere(2), 40, updates=0.3, memory=16)
    agent = drive.optimizer
    assert len(agent.kept.levels) == 16
    assert agent.learner.policy_optimizer.n_steps == agent.n_updates == 12


def test_a_wrong_option_is_refused():
    problem = Sphere(2)
    with pytest.raises(SpecError, match="memory: 0"):
        MultiAgentSac(problem, Goals(problem.goals), memory=0)
