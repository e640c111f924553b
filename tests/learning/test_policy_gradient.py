import numpy as np
import pytest
import torch

from archwright.learning.networks import Mlp
from archwright.learning.policies import FeedForwardPolicy
from archwright.learning.policy_gradient import Lesson, PolicyLearner
from archwright.learning.seeding import seeded


def learner(rate=1e-2, seed=0):
    rng = np.random.default_rng(seed)
    policy = seeded(lambda: FeedForwardPolicy(2, 1, 3, 8), rng)
    return PolicyLearner(policy, seeded(lambda: Mlp((2, 8, 1)), rng), rate, 10.0)


def lesson(levels, advantages, taken=None):
    n, n_steps = np.shape(levels)
    taken = np.ones((n, n_steps)) if taken is None else taken
    return Lesson(
        torch.ones(n, n_steps, 2),
        torch.tensor(levels)[..., None],
        torch.ones(n, n_steps, 1, 3, dtype=torch.bool),
        torch.tensor(np.asarray(advantages) * taken, dtype=torch.float32),
        torch.tensor(taken, dtype=torch.float32),
    )


def probabilities(one):
    logits, _ = one.policy(torch.ones(1, 1, 2))
    return torch.softmax(logits.detach().ravel(), 0).numpy()


def test_reinforce_makes_good_decisions_likelier_and_bad_ones_rarer():
    one = learner()
    before = probabilities(one)
    for _ in range(20):
        one.reinforce(lesson([[0, 1]], [[1.0, -1.0]]))
    after = probabilities(one)
    assert after[0] > before[0] + 0.1 and after[1] < before[1] - 0.05


def test_reinforce_follows_the_policy_gradient():
    one, weights = learner(), None
    given = lesson([[0, 2], [1, 1]], [[1.0, 0.5], [-1.0, 2.0]])
    likelihood, _ = one.judge(given)
    loss = -(likelihood * given.advantages).sum() / 2
    expected = torch.cat([g.ravel() for g in torch.autograd.grad(loss, one.optimizer.weights)])
    weights = one.optimizer.flat.clone()
    one.reinforce(given)
    moved = one.optimizer.flat - weights
    clear = expected.abs() > 1e-5  # Adam's first step has the length of the rate and the sign of the gradient
    assert torch.equal(torch.sign(moved[clear]), -torch.sign(expected[clear]))


@pytest.mark.parametrize(
    ("ratio", "advantage", "moves"), [(1.5, 1.0, False), (1.5, -1.0, True), (0.5, 1.0, True), (0.5, -1.0, False)]
)
def test_a_ratio_beyond_its_bounds_is_only_brought_back(ratio, advantage, moves):
    one = learner()
    given = lesson([[0]], [[advantage]])
    now = one.judge(given)[0].detach()
    weights = one.optimizer.flat.clone()
    one.clipped(given, now - np.log(ratio), 0.2, 0.0)
    assert bool((one.optimizer.flat != weights).any()) == moves
    after = one.judge(given)[0].detach()
    assert bool((after > now) == (advantage > 0)) or not moves


def test_entropy_keeps_a_policy_undecided():
    greedy, curious = learner(), learner()
    given = lesson([[0]], [[1.0]])
    for _ in range(100):
        greedy.reinforce(given)
        curious.reinforce(given, 3.0)
    assert probabilities(greedy)[0] > 0.95 > probabilities(curious)[0] + 0.1


def test_steps_that_were_not_taken_change_nothing():
    taken = np.array([[1.0, 0.0]])
    first, second = learner(), learner()
    for one, level in ((first, 1), (second, 2)):
        given = lesson([[0, level]], [[1.0, 5.0]], taken)
        one.reinforce(given)
        one.expect(given, torch.tensor([[2.0, 100.0 * level]]))
    assert torch.equal(first.optimizer.flat, second.optimizer.flat)
    assert torch.equal(first.value_optimizer.flat, second.value_optimizer.flat)


def test_values_come_to_expect_the_returns():
    one = learner(3e-2)
    given = lesson([[0, 1]], [[0.0, 0.0]])
    for _ in range(300):
        one.expect(given, torch.tensor([[2.0, 2.0]]))
    np.testing.assert_allclose(one.values(given.inputs).detach(), 2.0, atol=0.05)


def test_a_restored_learner_goes_on_as_the_one_saved():
    first, second = learner(), learner(seed=1)
    given = lesson([[0]], [[1.0]])
    first.reinforce(given)
    first.optimizer.rate = 0.5e-2
    second.restore(first.state())
    for one in (first, second):
        one.reinforce(given)
    assert probabilities(first) == pytest.approx(probabilities(second), abs=0)
