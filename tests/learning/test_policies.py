import math

import numpy as np
import pytest
import torch

from archwright.learning.policies import (
    FeedForwardPolicy,
    ParallelPolicies,
    RecurrentPolicy,
    entropy,
    log_likelihood,
    log_probabilities,
    one_step,
)
from archwright.learning.seeding import seeded

MAKERS = {
    "recurrent": lambda: RecurrentPolicy((3, 1, 2), 2, 5, 16),
    "feed-forward": lambda: FeedForwardPolicy(6, 2, 5, 16),
}


@pytest.mark.parametrize("name", MAKERS)
def test_step_by_step_it_says_the_same_as_on_whole_walks(name):
    policy = seeded(MAKERS[name], np.random.default_rng(0))
    inputs = np.random.default_rng(1).normal(size=(4, 7, 6))
    whole, _ = policy(torch.tensor(inputs, dtype=torch.float32))
    assert whole.shape == (4, 7, 2, 5)
    ask, carry = one_step(policy), None
    for step in range(7):
        logits, carry = ask(inputs[:, step], carry)
        np.testing.assert_allclose(logits, whole[:, step].detach().numpy(), atol=1e-6)


def test_only_the_recurrent_policy_remembers():
    inputs = torch.zeros(1, 3, 6)
    other = inputs.clone()
    other[0, 0] = 1.0
    differs = {}
    for name, make in MAKERS.items():
        policy = seeded(make, np.random.default_rng(0))
        differs[name] = bool((policy(inputs)[0][:, 2] != policy(other)[0][:, 2]).any())
    assert differs == {"recurrent": True, "feed-forward": False}


def test_the_feed_forward_policy_starts_near_uniform():
    policy = seeded(MAKERS["feed-forward"], np.random.default_rng(0))
    logits, _ = policy(torch.randn(20, 3, 6, generator=torch.Generator().manual_seed(0)))
    assert float(logits.detach().abs().max()) < 0.1


def test_probabilities_of_legal_levels_sum_to_one():
    legal = torch.tensor([[True, False, True, True], [True, False, False, False]])
    log_probs = log_probabilities(torch.tensor([[1.0, 9.0, 2.0, 0.0]] * 2), legal)
    weights = [math.e, math.e**2, 1.0]
    expected = [weights[0] / sum(weights), 0.0, weights[1] / sum(weights), weights[2] / sum(weights)]
    np.testing.assert_allclose(log_probs[0].exp(), expected, rtol=1e-6)
    assert log_probs[1].exp().tolist() == [1.0, 0.0, 0.0, 0.0]


def test_likelihood_and_entropy_add_up_over_the_decisions_of_a_step():
    legal = torch.ones(1, 1, 2, 4, dtype=torch.bool)
    legal[0, 0, 1, 2:] = False
    log_probs = log_probabilities(torch.zeros(1, 1, 2, 4), legal)
    assert float(log_likelihood(log_probs, torch.tensor([[[3, 1]]]))) == pytest.approx(-math.log(8))
    assert float(entropy(log_probs)) == pytest.approx(math.log(8))


def test_gradients_stay_finite_where_levels_are_not_legal():
    logits = torch.zeros(1, 1, 1, 3, requires_grad=True)
    log_probs = log_probabilities(logits, torch.tensor([[[[True, False, True]]]]))
    (entropy(log_probs).sum() + log_likelihood(log_probs, torch.tensor([[[0]]])).sum()).backward()
    assert bool(torch.isfinite(logits.grad).all())


def test_parallel_policies_have_weights_and_inputs_of_their_own():
    policy = seeded(lambda: ParallelPolicies(3, 4, 5, 8), np.random.default_rng(0))
    inputs = torch.zeros(2, 3, 4)
    same, _ = policy(inputs)
    assert same.shape == (2, 3, 1, 5) and not torch.equal(same[0, 0], same[0, 1])
    inputs[:, 1] = 1.0
    moved, _ = policy(inputs)
    assert (moved != same).any(dim=(0, 2, 3)).tolist() == [False, True, False]
