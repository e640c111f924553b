import numpy as np
import torch

from archwright.learning.networks import SMALL, Mlp, MlpActor, MlpCritic, ParallelMlp, SmallLinear, normed
from archwright.learning.seeding import seeded


def test_layers_are_applied_with_relu_between_them():
    layers = seeded(lambda: Mlp((2, 3, 1)), np.random.default_rng(0))
    inputs = torch.tensor([[0.3, -2.0], [1.0, 5.0]])
    (hidden,), last = layers.hidden, layers.last
    expected = torch.clamp(inputs @ hidden.weight.T + hidden.bias, min=0) @ last.weight.T + last.bias
    assert torch.allclose(layers(inputs), expected)
    assert layers(inputs.view(2, 1, 2)).shape == (2, 1, 1)


def test_normed_layers_are_normalised_before_relu():
    layers = seeded(lambda: Mlp((2, 8, 1), is_normed=True), np.random.default_rng(0))
    inputs = torch.tensor([[0.3, -2.0]])
    (hidden,) = layers.hidden
    before = (inputs @ hidden.weight.T + hidden.bias)[0]
    scaled = (before - before.mean()) / torch.sqrt(before.var(correction=0) + 1e-5)
    assert torch.allclose(layers(inputs)[0], layers.last(torch.relu(scaled)), atol=1e-6)
    assert torch.allclose(normed(before), scaled, atol=1e-6)


def test_a_small_layer_starts_near_zero():
    layer = seeded(lambda: SmallLinear(100, 100), np.random.default_rng(0))
    assert 0.9 * SMALL < layer.weight.abs().max() <= SMALL


def test_a_policy_starts_in_the_middle_and_stays_in_range():
    actor = seeded(lambda: MlpActor(4, 6, 32), np.random.default_rng(0))
    assert actor(torch.zeros(5, 4)).abs().max() < 0.05
    assert actor(1e6 * torch.ones(1, 4)).abs().max() <= 1.0


def test_one_state_serves_a_batch_of_actions():
    critic = seeded(lambda: MlpCritic(4, 2, 16), np.random.default_rng(0))
    state, actions = torch.rand(1, 4), torch.rand(7, 2)
    assert critic(state, actions).shape == (7,)
    assert torch.allclose(critic(state, actions), critic(state.repeat(7, 1), actions))


def test_a_plain_critic_adds_what_it_makes_of_state_and_action():
    critic = seeded(lambda: MlpCritic(4, 2, 16, is_normed=False), np.random.default_rng(0))
    states, actions = torch.rand(7, 4), torch.rand(7, 2)
    first, second = critic.body.hidden
    hidden = torch.relu(states @ first.weight[:, :4].T + actions @ first.weight[:, 4:].T + first.bias)
    hidden = torch.relu(second(hidden))
    assert torch.allclose(critic(states, actions), critic.body.last(hidden).squeeze(1), atol=1e-6)


def test_parallel_networks_are_as_many_single_ones():
    both = seeded(lambda: ParallelMlp(2, (3, 4, 1), is_small=True), np.random.default_rng(0))
    inputs = torch.rand(5, 2, 3)
    outputs = both(inputs)
    assert both.weights[1].abs().max() <= SMALL < both.weights[0].abs().max() <= 3**-0.5
    for i in range(2):
        first, last = ((weight[i], bias[i]) for weight, bias in zip(both.weights, both.biases, strict=True))
        expected = torch.relu(inputs[:, i] @ first[0] + first[1]) @ last[0] + last[1]
        assert torch.allclose(outputs[:, i], expected, atol=1e-7)
