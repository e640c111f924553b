"""The networks are the slow twins."""

import numpy as np
import pytest
import torch

from archwright.learning.policies import FeedForwardPolicy, RecurrentPolicy
from archwright.learning.quick_steps import feed_forward_step, recurrent_step
from archwright.learning.seeding import one_thread, seeded

CASES = {
    "recurrent": (lambda: RecurrentPolicy((12, 1, 3), 2, 12), recurrent_step),
    "one part, one slot": (lambda: RecurrentPolicy((16,), 1, 3, 8), recurrent_step),
    "feed-forward": (lambda: FeedForwardPolicy(16, 2, 12), feed_forward_step),
}


@pytest.mark.parametrize("name", CASES)
def test_it_says_what_the_network_says(name):
    make, quick = CASES[name]
    policy = seeded(make, np.random.default_rng(0))
    with torch.no_grad():
        for weight in policy.parameters():
            weight.mul_(3.0)  # far from the middle of every curve
    inputs = np.random.default_rng(1).normal(size=(8, 60, 16)) * 2.0
    with torch.no_grad():
        whole, _ = policy(torch.tensor(inputs, dtype=torch.float32))
    ask, carry = quick(policy), None
    for step in range(60):
        logits, carry = ask(inputs[:, step], carry)
        np.testing.assert_allclose(logits, whole[:, step].numpy(), atol=2e-5 * float(whole.abs().max()))
    assert float(whole.abs().max()) > 0.1


def test_the_number_of_threads_changes_nothing():
    from threadpoolctl import threadpool_limits

    policy = seeded(CASES["recurrent"][0], np.random.default_rng(0))
    inputs, found = np.random.default_rng(1).normal(size=(64, 16)), []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads), one_thread():
            ask, carry = recurrent_step(policy), None
            for _ in range(3):
                logits, carry = ask(inputs, carry)
        found.append(logits)
    np.testing.assert_array_equal(*found)
