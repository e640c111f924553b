import numpy as np
import pytest
import torch

from archwright.learning.policies import FeedForwardPolicy, log_probabilities
from archwright.learning.policy_gradient import Lesson
from archwright.learning.seeding import seeded
from archwright.learning.soft_actor_critic import SoftActorCritic

REWARDS = torch.tensor([0.0, 0.5, 1.0])


def learner(discount=1.0, share=0.2, seed=0):
    rng = np.random.default_rng(seed)
    policy, *critics = (seeded(lambda: FeedForwardPolicy(2, 1, 3, 16), rng) for _ in range(3))
    return SoftActorCritic(policy, critics, 1e-2, discount, 0.1, share)


def lesson(levels):
    """Two steps; the reward of a step is that of its level."""
    levels = torch.tensor(levels)
    n, n_steps = levels.shape
    inputs = torch.stack([torch.arange(n_steps).float().expand(n, -1), torch.ones(n, n_steps)], dim=2)
    legal, ones = torch.ones(n, n_steps, 1, 3, dtype=torch.bool), torch.ones(n, n_steps)
    return Lesson(inputs, levels[..., None], legal, REWARDS[levels], ones)


EVERYTHING = lesson([[a, b] for a in range(3) for b in range(3)])


def probabilities(one):
    return torch.softmax(one.policy(EVERYTHING.inputs[:1])[0].detach(), -1)[0, :, 0].numpy()


def test_it_comes_to_prefer_the_level_with_the_largest_reward():
    one = learner()
    for _ in range(300):
        one.learn(EVERYTHING)
    assert (probabilities(one).argmax(axis=1) == 2).all() and probabilities(one)[:, 2].min() > 0.8


def test_critics_come_to_value_this_step_and_what_follows():
    one = learner(share=0.0)
    for _ in range(600):
        one.learn(EVERYTHING)
    values = one.critics[0](EVERYTHING.inputs[:1])[0].detach()[0, :, 0]
    np.testing.assert_allclose(values[1], REWARDS, atol=0.1)
    assert float(values[0, 2] - values[0, 0]) == pytest.approx(1.0, abs=0.15)
    assert float(values[0, 2]) == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize(("share", "rises"), [(0.2, False), (1.0, True)])
def test_the_temperature_rises_while_the_entropy_is_below_its_share(share, rises):
    one = learner(share=share)
    decided = log_probabilities(torch.tensor([2.0, 0.0, 0.0]).expand(9, 2, 1, 3), EVERYTHING.legal)
    before = one.temperature
    one._warm(EVERYTHING, decided)
    assert (one.temperature > before) == rises and one.temperature != before


def test_a_restored_learner_goes_on_as_the_one_saved():
    first, second = learner(), learner(seed=1)
    for _ in range(3):
        first.learn(EVERYTHING)
    second.restore(first.state())
    for one in (first, second):
        one.learn(EVERYTHING)
    assert (probabilities(first) == probabilities(second)).all()
    assert first.temperature == second.temperature
