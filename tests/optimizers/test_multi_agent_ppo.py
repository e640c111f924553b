import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers.multi_agent_ppo import MultiAgentPpo
from archwright.optimizers.random import Random
from archwright.testing.functions import Rastrigin, Sphere


def small(problem, goals, **options):
    return MultiAgentPpo(problem, goals, **{"batch": 8, "hidden": 8, "epochs": 2, **options})


@pytest.mark.parametrize("agents", ["per-axis", "one-for-all", "one-in-turn"])
def test_laws(check_laws, agents):
    check_laws(lambda problem, goals: small(problem, goals, agents=agents), Sphere(3))


@pytest.mark.parametrize("agents", ["per-axis", "one-for-all", "one-in-turn"])
def test_each_team_is_better_than_random_search(best_loss, agents):
    ours = [best_loss(MultiAgentPpo, Rastrigin(5), 640, seed=seed, agents=agents) for seed in range(2)]
    theirs = [best_loss(Random, Rastrigin(5), 640, seed=seed) for seed in range(2)]
    assert np.mean(ours) < 0.75 * np.mean(theirs)


def test_the_agents_of_a_team_learn_alone():
    """What one agent learns does not depend on how many others there are beside it."""
    from archwright.learning.policies import log_probabilities

    problem = Sphere(2)
    agent = small(problem, Goals(problem.goals))
    agent.learner = agent._new_learner(np.random.default_rng(0))
    seen, levels = np.zeros((4, 2)), np.array([[0, 3], [1, 3], [0, 5], [1, 5]])
    lesson = agent.layout.lesson(seen, levels, np.zeros((4, 2)))
    lesson.advantages[:, 0] = lesson.advantages.new_tensor([1.0, -1.0, 1.0, -1.0])
    before = log_probabilities(agent.learner.policy(lesson.inputs)[0], lesson.legal).detach()
    likelihood, _ = agent.learner.judge(lesson)
    agent.learner.clipped(lesson, likelihood.detach(), 0.2, 0.0)
    after = log_probabilities(agent.learner.policy(lesson.inputs)[0], lesson.legal).detach()
    assert after[0, 0, 0, 0] > before[0, 0, 0, 0] and after[0, 0, 0, 1] < before[0, 0, 0, 1]
    assert (after[:, 1] == before[:, 1]).all()


def test_a_wrong_option_is_refused():
    problem = Sphere(2)
    with pytest.raises(SpecError, match="agents: 'all'"):
        MultiAgentPpo(problem, Goals(problem.goals), agents="all")
    with pytest.raises(SpecError, match="levels: 1"):
        MultiAgentPpo(problem, Goals(problem.goals), levels=1)
