import copy

import numpy as np
import pytest
import torch

from archwright.core.errors import SpecError
from archwright.learning.actor_critic import ActorCritic, Rates, Transitions
from archwright.learning.blobs import pack, unpack
from archwright.learning.networks import MlpActor, MlpCritic
from archwright.learning.seeding import seeded


def made(seed=0, has_targets=True, **rates):
    rng = np.random.default_rng(seed)
    actor, critic = seeded(lambda: MlpActor(1, 2, 32), rng), seeded(lambda: MlpCritic(1, 2, 32), rng)
    return ActorCritic(actor, critic, Rates(**rates), has_targets=has_targets)


def batch(seed=0, n=64, is_last=0.0):
    rng = np.random.default_rng(seed)
    actions = torch.tensor(rng.uniform(-1, 1, (n, 2)), dtype=torch.float32)
    rewards = -((actions - torch.tensor([0.5, -0.3])) ** 2).sum(dim=1)
    return Transitions(torch.zeros(n, 1), actions, rewards, torch.ones(n, 1), torch.full((n,), is_last))


def test_the_actor_finds_the_action_of_the_highest_reward():
    learner = made(has_targets=False, actor=3e-3, critic=3e-3)
    losses = [learner.update(Transitions(torch.zeros(1, 1), *batch(seed)[1:3])) for seed in range(500)]
    assert np.mean(losses[-20:]) < 0.1 * np.mean(losses[:20])
    np.testing.assert_allclose(learner.actor(torch.zeros(1, 1)).detach()[0], [0.5, -0.3], atol=0.15)


def test_returns_add_the_slow_value_of_the_next_state_unless_it_is_the_last():
    learner = made()
    actor, critic = learner.targets
    open_ended, closed = batch(), batch(is_last=1.0)
    later = critic(open_ended.next_states, actor(open_ended.next_states))
    assert torch.allclose(learner._returns(open_ended), open_ended.rewards + later)
    assert torch.equal(learner._returns(closed), closed.rewards)
    assert made(has_targets=False)._returns(open_ended) is open_ended.rewards


def test_slow_copies_follow_by_tau():
    learner = made(tau=0.25)
    before = [copy.deepcopy(module.state_dict()) for module in learner.targets]
    learner.update(batch())
    for old, slow, fast in zip(before, learner.targets, (learner.actor, learner.critic), strict=True):
        for name, value in slow.state_dict().items():
            assert torch.allclose(value, 0.75 * old[name] + 0.25 * fast.state_dict()[name])


def test_one_state_for_all_is_the_same_update_as_the_state_repeated():
    one, many = made(has_targets=False), made(has_targets=False)
    _, actions, rewards, _, _ = batch()
    for _ in range(3):
        one.update(Transitions(torch.zeros(1, 1), actions, rewards))
        many.update(Transitions(torch.zeros(64, 1), actions, rewards))
    for name, weight in one.actor.state_dict().items():
        assert torch.allclose(weight, many.actor.state_dict()[name], atol=1e-6), name


@pytest.mark.parametrize("has_targets", [True, False])
def test_a_restored_learner_learns_the_same(has_targets):
    first, second = made(0, has_targets), made(1, has_targets)
    for seed in range(5):
        first.update(batch(seed))
    second.restore(unpack(pack(first.state())))
    for learner in (first, second):
        for seed in range(5, 10):
            learner.update(batch(seed))
    states = [unpack(pack(learner.state())) for learner in (first, second)]
    assert all(torch.equal(weight, states[1]["actor"][name]) for name, weight in states[0]["actor"].items())
    assert ("slow_critic" in states[0]) == has_targets


@pytest.mark.parametrize(
    ("rates", "field"), [({"actor": 0.0}, "actor_rate"), ({"critic": 2.0}, "critic_rate"), ({"tau": -1}, "tau")]
)
def test_rates_that_make_no_sense_are_refused(rates, field):
    with pytest.raises(SpecError, match=field):
        Rates(**rates)
