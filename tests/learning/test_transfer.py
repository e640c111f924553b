import numpy as np
import pytest
import torch

from archwright.core.errors import SpecError
from archwright.learning.graph_convolution import GraphActor, GraphCritic, Wiring
from archwright.learning.seeding import seeded
from archwright.learning.transfer import StateLayout, take_over


def made(components, index="scalar", seed=0, kind=GraphActor, hidden=16, n_layers=3):
    layout = StateLayout.of(components, index)
    n_state = components.states(index=index).shape[1]
    wiring = Wiring(components, aggregate=True)
    return layout, seeded(lambda: kind(n_state, wiring, hidden, n_layers), np.random.default_rng(seed))


@pytest.mark.parametrize("kind", [GraphActor, GraphCritic])
def test_weights_fit_a_graph_of_another_size(path, kind):
    small, source = made(path(4, width=2), kind=kind)
    large, target = made(path(9, width=1), seed=1, kind=kind)
    take_over(target, large, source.state_dict(), small)
    for mine, theirs in zip(target.layers.weights, source.layers.weights, strict=True):
        assert torch.equal(mine, theirs)
    assert torch.equal(target.encode.weight, source.encode.weight)


def test_the_same_graph_gives_the_same_policy(path):
    components = path(5, width=2)
    layout, source = made(components, "one-hot")
    other, target = made(components, "one-hot", seed=1)
    states = torch.tensor(components.states(index="one-hot"), dtype=torch.float32)
    assert not torch.equal(target(states), source(states))
    take_over(target, other, source.state_dict(), layout)
    assert torch.equal(target(states), source(states))


def test_types_go_by_name_and_the_rest_stays(path):
    old, source = made(path(4, types=[0, 1, 1, 0], n_types=2))  # t0, t1
    components = path(4, types=[0, 1, 2, 0], n_types=3)
    new = StateLayout("scalar", 1, ("other", "t1", "t0"), 0)
    _, target = made(components, seed=1)
    before = {name: weight.clone() for name, weight in target.state_dict().items()}
    take_over(target, new, source.state_dict(), old)
    assert torch.equal(target.decode.weight[1], source.decode.weight[1])
    assert torch.equal(target.decode.weight[2], source.decode.weight[0])
    assert torch.equal(target.decode.weight[0], before["decode.weight"][0])
    assert torch.equal(target.encode.weight[:, 0], source.encode.weight[:, 0])
    assert torch.equal(target.encode.weight[:, 1], before["encode.weight"][:, 1])
    assert torch.equal(target.encode.weight[:, 2:], source.encode.weight[:, [2, 1]])


def test_a_layout_survives_as_plain_values():
    layout = StateLayout("one-hot", 7, ("a", "b"), 3)
    assert StateLayout.from_plain(layout.as_plain()) == layout


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"index": "one-hot"}, "index='scalar'"), ({"n": 7, "index": "one-hot", "mine": "one-hot"}, "fits any number"),
        ({"features": 2}, "2 features"), ({"hidden": 8}, "same hidden width"), ({"n_layers": 4}, "same n_layers"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused(path, other, message):
    layout, target = made(path(4), other.get("mine", "scalar"))
    n = other.get("n", 4)
    features = np.random.default_rng(0).random((n, other.get("features", 0)))
    theirs, source = made(
        path(n, features=features), other.get("index", "scalar"),
        hidden=other.get("hidden", 16), n_layers=other.get("n_layers", 3),
    )  # fmt: skip
    with pytest.raises(SpecError, match=message):
        take_over(target, layout, source.state_dict(), theirs)
