"""What a graph policy must not care for, and what it must see: labels of components, and all of their circuit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from archwright.learning.components import Components


def diameter(components: Components) -> int:
    """The largest number of edges between two components of one connected part: layers needed to see all of it.

    Example:
        >>> edges = np.array([[0, 1], [1, 2], [2, 3]])
        >>> diameter(Components(tuple("abcd"), np.zeros(4, dtype=int), ("r",), np.zeros((4, 0)), edges, ((),) * 4, 0))
        3
    """
    steps = components.adjacency() + np.eye(len(components))
    seen, n_steps = np.eye(len(components)) > 0, 0
    while True:
        wider = (seen @ steps) > 0
        if (wider == seen).all():
            return n_steps
        seen, n_steps = wider, n_steps + 1


def relabelled(components: Components, order: list[int]) -> Components:
    """The same circuit with its components in another order."""
    place = np.argsort(order)
    return replace(
        components,
        names=tuple(components.names[i] for i in order),
        types=components.types[order],
        features=components.features[order],
        edges=place[components.edges],
        axes=tuple(components.axes[i] for i in order),
    )


def permutation_error(components: Components, rng: np.random.Generator, *, n_layers: int = 7) -> float:
    """Largest change of any action or value when components change places.

    Actor and critic of `gcn_ddpg` with random weights answer before and after; the components' actions must change
    places with them, the values must stay.

    Args:
        components: a circuit.
        rng: draws weights, order and actions.
        n_layers: graph convolutions.
    """
    import torch

    from archwright.learning.graph_convolution import GraphActor, GraphCritic, Wiring
    from archwright.learning.seeding import one_thread, seeded

    states = torch.tensor(components.states(index="one-hot"), dtype=torch.float32)
    actions = torch.tensor(rng.uniform(-1.0, 1.0, (8, components.n_axes)), dtype=torch.float32)
    order = rng.permutation(len(components)).tolist()
    wirings = [Wiring(one, aggregate=True) for one in (components, relabelled(components, order))]
    shape = (states.shape[1], wirings[0], 64, n_layers)
    networks = seeded(lambda: GraphActor(*shape), rng), seeded(lambda: GraphCritic(*shape), rng)
    with one_thread(), torch.no_grad():
        before, values = networks[0].slots(states), networks[1](states, actions)
        for network in networks:
            network.wiring = wirings[1]
        after, values_after = networks[0].slots(states[order]), networks[1](states[order], actions)
    errors = (after - before[order]).abs().max(), (values_after - values).abs().max()
    return max(float(error) for error in errors)
