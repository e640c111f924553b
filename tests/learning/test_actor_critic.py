import copy

import numpy as np
import pytest
import torch

from archwright.learning.actor_critic import ActorCritic, Transitions
from archwright.learning.blobs import pack, unpack
from archwright.learning.exploration import truncated_normal
from archwright.learning.networks import MlpActor, MlpCritic
from archwright.learning.rates import Rates
from archwright.learning.replay import Experience
from archwright.learning.seeding import seeded


def made(seed=0, has_targets=True, n_critics=1, **rates):
    rng = np.random.default_rng(seed)
    actor = seeded(lambda: MlpActor(1, 2, 32), rng)
    critics = [seeded(lambda: MlpCritic(1, 2, 32), rng) for _ in range(n_critics)]
    return ActorCritic(actor, critics, Rates(**rates), has_targets=has_targets)


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
    learner = made(n_critics=2)
    actor, critics = learner.targets
    open_ended, closed = batch(), batch(is_last=1.0)
    actions = actor(open_ended.next_states)
    later = torch.minimum(*(critic(open_ended.next_states, actions) for critic in critics))
    assert torch.allclose(learner._returns(open_ended), open_ended.rewards + later)
    assert torch.equal(learner._returns(closed), closed.rewards)
    assert made(has_targets=False)._returns(open_ended) is open_ended.rewards


def test_slow_copies_follow_by_tau():
    learner = made(tau=0.25)
    before = [copy.deepcopy(module.state_dict()) for module in learner.targets]
    learner.update(batch())
    for old, slow, fast in zip(before, learner.targets, (learner.actor, learner.critics), strict=True):
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
    assert ("slow_critics" in states[0]) == has_targets


def test_the_actor_waits_for_its_turn_also_after_a_restore():
    first, second = made(delay=3), made(1, delay=3)
    moved = []
    for seed in range(6):
        before = first.policy(np.zeros((1, 1)))
        first.update(batch(seed))
        moved.append(bool((first.policy(np.zeros((1, 1))) != before).any()))
        if seed == 3:
            second.restore(unpack(pack(first.state())))
    assert moved == [False, False, True, False, False, True]
    for seed in (4, 5):
        second.update(batch(seed))
    assert (second.policy(np.zeros((1, 1))) == first.policy(np.zeros((1, 1)))).all()


def test_the_actor_climbs_the_mean_of_the_critics():
    learner = made(n_critics=3, has_targets=False, critic=1e-12)
    states = torch.ones(1, 1)
    mean = sum(critic(states, learner.actor(states)) for critic in learner.critics) / 3
    downhill = torch.cat([one.ravel() for one in torch.autograd.grad(-mean.mean(), list(learner.actor.parameters()))])
    learner.update(Transitions(states, torch.zeros(4, 2), torch.ones(4)))
    torch.testing.assert_close(learner.actor_optimizer.mean, 0.1 * downhill)  # the first step's moving average


def test_exploring_takes_the_draw_that_the_critics_value_most():
    learner = made(n_critics=2, has_targets=False)
    sigmas = np.full(5, 0.5)
    chosen = learner.explore(np.zeros((1, 1)), sigmas, 16, np.random.default_rng(0))
    draws = truncated_normal(
        np.broadcast_to(learner.policy(np.zeros((1, 1))), (5, 16, 2)), 0.5, np.random.default_rng(0)
    )
    for one, candidates in zip(chosen, draws, strict=True):
        actions = torch.tensor(candidates, dtype=torch.float32)
        values = sum(critic(torch.zeros(1, 1), actions) for critic in learner.critics)
        np.testing.assert_array_equal(one, candidates[int(values.argmax())])
    alone = learner.explore(np.zeros((1, 1)), sigmas, 1, np.random.default_rng(0))
    assert len({*map(tuple, alone)}) == 5


def test_exploring_in_several_states_is_exploring_in_each():
    learner = made(has_targets=False)
    states, sigmas = np.array([[0.0], [3.0], [-3.0]]), np.array([0.1, 0.2, 0.3])
    together = learner.explore(states, sigmas, 4, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    alone = [learner.explore(states[i : i + 1], sigmas[i : i + 1], 4, rng)[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_learning_is_an_update_per_minibatch():
    first, second = made(), made()
    rng = np.random.default_rng(0)
    rows = Experience(np.zeros((70, 1)), rng.uniform(-1, 1, (70, 2)), rng.random(70), np.ones((70, 1)), np.zeros(70))
    first.learn(rows, 32)
    for part in (slice(0, 32), slice(32, 64), slice(64, 70)):
        second.update(Transitions(*(torch.tensor(one[part], dtype=torch.float32) for one in rows)))
    assert first.n_updates == second.n_updates == 3
    assert (first.policy(np.ones((1, 1))) == second.policy(np.ones((1, 1)))).all()
