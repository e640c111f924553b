import numpy as np
import pytest
import torch

from archwright.core.errors import SpecError
from archwright.learning.seeding import seeded
from archwright.learning.sequence import CELLS, Attention, SequenceActor, SequenceCritic

# Component 0 sizes axes 2 and 0, component 1 sizes axis 1.
ENTRIES = np.array([[0, 0, 2], [0, 1, 0], [1, 0, 1]])


def made(kind, cell="lstm", n_state=5, hidden=8, entries=ENTRIES):
    return seeded(lambda: kind(n_state, entries, hidden, cell=cell), np.random.default_rng(0))


def test_attention_weighs_the_memory():
    attention = seeded(lambda: Attention(4), np.random.default_rng(0))
    memory, query = torch.rand(3, 6, 4), torch.rand(3, 4)
    context, weights = attention(query, memory)
    assert context.shape == (3, 4) and weights.shape == (3, 6)
    assert torch.allclose(weights.sum(dim=1), torch.ones(3)) and (weights > 0).all()
    assert torch.allclose(context, (weights[:, :, None] * memory).sum(dim=1))


def test_attention_prefers_what_resembles_the_query():
    attention = Attention(4)
    with torch.no_grad():
        attention.key.weight.copy_(torch.eye(4))
    memory = torch.eye(4)[None] * 10
    _, weights = attention(torch.eye(4)[2:3] * 10, memory)
    assert weights.argmax() == 2 and weights.max() > 0.99


@pytest.mark.parametrize("cell", CELLS)
def test_shapes(cell):
    actor, critic = made(SequenceActor, cell), made(SequenceCritic, cell)
    states = torch.rand(6, 2, 5)
    actions = actor(states)
    assert actions.shape == (6, 3) and actions.abs().max() <= 1.0
    assert critic(states, actions).shape == (6,)
    assert torch.allclose(critic(states[:1], actions), critic(states[:1].repeat(6, 1, 1), actions), atol=1e-6)


def test_sizes_stand_on_their_axes():
    actor = made(SequenceActor)
    emitted = []
    actor.sizes.register_forward_hook(lambda _, __, output: emitted.append(torch.tanh(output)))
    actions = actor(torch.rand(1, 2, 5))
    first, second = emitted
    assert torch.equal(actions[0], torch.stack([first[0, 1], second[0, 0], first[0, 0]]))


def test_a_later_component_answers_to_the_sizes_of_an_earlier_one():
    actor = made(SequenceActor)
    with torch.no_grad():
        actor.sizes.bias.copy_(torch.tensor([2.0, -2.0]))
    before = actor(torch.zeros(1, 2, 5))[0, 1]
    with torch.no_grad():
        actor.decoder.weight_ih[:, -2:] = 0.0  # the decoder no longer hears what was emitted
    assert not torch.equal(actor(torch.zeros(1, 2, 5))[0, 1], before)


def test_the_decoder_sees_components_that_stand_later():
    actor = made(SequenceActor)
    states = torch.rand(1, 2, 5, requires_grad=True)
    actor(states)[0, 0].backward()  # an axis of the first component
    assert states.grad[0, 1].abs().max() > 0


def test_the_critic_sees_every_axis():
    critic = made(SequenceCritic)
    actions = torch.rand(1, 3, requires_grad=True)
    critic(torch.rand(1, 2, 5), actions).sum().backward()
    assert (actions.grad.abs() > 0).all()


@pytest.mark.parametrize("kind", [SequenceActor, SequenceCritic])
def test_another_cell_is_refused(kind):
    with pytest.raises(SpecError, match="did you mean 'lstm'"):
        made(kind, cell="lstn")
