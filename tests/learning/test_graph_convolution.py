import numpy as np
import pytest
import torch

from archwright.learning.components import Components, components_of
from archwright.learning.graph_convolution import (
    GraphActor,
    GraphConvolutions,
    GraphCritic,
    TypedLinear,
    Wiring,
    normalised_adjacency,
)
from archwright.learning.seeding import seeded

TYPES = [0, 1, 0, 2, 1, 0]


def networks(components, *, index="one-hot", aggregate=True, residual=True, n_layers=7):
    states = torch.tensor(components.states(index=index), dtype=torch.float32)
    wiring = Wiring(components, aggregate=aggregate)
    rng = np.random.default_rng(0)
    shape = (states.shape[1], wiring, 16, n_layers)
    return states, *(seeded(lambda k=k: k(*shape, residual=residual), rng) for k in (GraphActor, GraphCritic))


def grown(actor, states):
    """Larger last weights, so that outputs differ by more than rounding and tanh keeps its slope."""
    with torch.no_grad():
        factor = 0.7 / actor.slots(states).abs().max()
        actor.decode.weight.mul_(factor)
        actor.decode.bias.mul_(factor)
    return actor


def relabelled(components, order):
    place = {old: new for new, old in enumerate(order)}
    edges = np.array([(place[a], place[b]) for a, b in components.edges.tolist()])
    return Components(
        tuple(components.names[i] for i in order), components.types[order], components.type_names,
        components.features[order], edges, tuple(components.axes[i] for i in order), components.n_axes,
    )  # fmt: skip


def test_the_normalised_adjacency_of_a_star():
    star = np.zeros((3, 3))
    star[0, 1:] = star[1:, 0] = 1.0
    degrees = np.diag([3.0, 2.0, 2.0])
    expected = np.linalg.inv(np.sqrt(degrees)) @ (star + np.eye(3)) @ np.linalg.inv(np.sqrt(degrees))
    np.testing.assert_allclose(normalised_adjacency(star), expected)
    np.testing.assert_array_equal(normalised_adjacency(np.zeros((4, 4))), np.eye(4))


def norm(h):
    return (h - h.mean(dim=-1, keepdim=True)) / torch.sqrt(h.var(dim=-1, correction=0, keepdim=True) + 1e-5)


@pytest.mark.parametrize("residual", [True, False])
def test_a_layer_is_the_paper_s_equation(residual):
    layers = seeded(lambda: GraphConvolutions(4, 2, residual=residual), np.random.default_rng(0))
    adjacency, nodes = torch.tensor(normalised_adjacency(np.eye(3)[::-1].copy())).float(), torch.randn(3, 5, 4)
    result = layers(nodes, adjacency)
    for sample in range(5):
        h = nodes[:, sample]
        for weight in layers.weights:
            h = h + torch.relu(adjacency @ norm(h) @ weight) if residual else torch.relu(adjacency @ h @ weight)
        assert torch.allclose(result[:, sample], norm(h) if residual else h, atol=1e-5)


def test_each_type_has_weights_of_its_own():
    layer = seeded(lambda: TypedLinear(2, 3, 4), np.random.default_rng(0))
    nodes, types = torch.randn(3, 5, 3), torch.tensor([1, 0, 1])
    outputs = layer(nodes, types)
    for node, kind in enumerate(types):
        assert torch.allclose(outputs[node], nodes[node] @ layer.weight[kind] + layer.bias[kind], atol=1e-6)


@pytest.mark.parametrize("index", ["one-hot", "scalar"])
def test_relabelled_components_get_permuted_actions(path, index):
    components = path(6, width=2, types=TYPES, n_types=3, features=np.random.default_rng(1).random((6, 2)))
    order = np.array([3, 0, 5, 1, 4, 2])
    states, actor, critic = networks(components, index=index)
    grown(actor, states)
    other = Wiring(relabelled(components, order.tolist()), aggregate=True)
    before, actions = actor.slots(states), 2 * torch.rand(4, 12) - 1
    values = critic(states, actions)
    actor.wiring = critic.wiring = other
    assert torch.allclose(actor.slots(states[order]), before[order], atol=1e-5)
    assert before.std() > 0.05  # the test would see it
    assert torch.allclose(critic(states[order], actions), values, atol=1e-5)
    assert not torch.allclose(actor.slots(states), before, atol=1e-3)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("n_layers", [3, 7])
def test_a_component_sees_as_far_as_there_are_layers(path, n_layers, residual):
    states, actor, _ = networks(path(10), n_layers=n_layers, residual=residual)
    states.requires_grad_(True)
    grown(actor, states).slots(states)[0, 0].backward()
    reach = states.grad.abs().max(dim=1).values
    assert (reach[: n_layers + 1] > 0).all() and (reach[n_layers + 1 :] == 0).all()


def test_without_aggregation_no_component_sees_another(path):
    states, actor, critic = networks(path(5), aggregate=False)
    states.requires_grad_(True)
    grown(actor, states).slots(states)[2, 0].backward()
    assert np.flatnonzero(states.grad.abs().sum(dim=1).numpy()).tolist() == [2]
    with_edges = networks(path(5))[2]
    actions = torch.rand(3, 5)
    assert not torch.allclose(critic(states, actions), with_edges(states, actions))


def test_residual_layers_keep_like_components_apart_where_plain_ones_average_them(path):
    spreads = {}
    for residual in (True, False):
        states, actor, _ = networks(path(8), residual=residual)
        slots = grown(actor, states).slots(states)[:, 0]
        spreads[residual] = (slots.std() / slots.abs().mean()).item()
    assert spreads[True] > 5 * spreads[False] > 0


def test_matched_components_share_the_mean_of_what_they_want(circuit):
    components = components_of(circuit)
    wiring = Wiring(components, aggregate=True)
    slots = torch.arange(2.0 * len(components)).view(-1, 1, 2) / 10  # (component, batch, slot)
    axes = wiring.to_axes(slots)[0]
    width, length, third, resistor, capacitor, bias = axes.tolist()
    assert width == pytest.approx((0.0 + 0.2) / 2) and length == pytest.approx((0.1 + 0.3) / 2)
    assert (third, resistor, capacitor, bias) == pytest.approx((0.4, 0.6, 0.8, 1.0))
    back = wiring.to_slots(axes[None])
    assert back[:, 0].tolist() == [
        pytest.approx(row) for row in ([0.1, 0.2], [0.1, 0.2], [0.4, 0], [0.6, 0], [0.8, 0], [1.0, 0])
    ]


def test_shapes_and_ranges(circuit):
    states, actor, critic = networks(components_of(circuit))
    assert actor(states).shape == (1, 6) and actor(states).abs().max() <= 1.0
    assert critic(states, torch.rand(9, 6)).shape == (9,)


def test_the_critic_s_single_row_is_the_row_of_a_batch(circuit):
    states, _, critic = networks(components_of(circuit))
    actions = torch.rand(9, 6)
    assert torch.allclose(critic(states, actions)[3:4], critic(states, actions[3:4]), atol=1e-5)
