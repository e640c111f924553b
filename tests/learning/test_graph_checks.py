import numpy as np
import pytest

from archwright.learning import graph_convolution
from archwright.learning.components import Components
from archwright.learning.graph_checks import diameter, permutation_error, relabelled

PATH = np.array([[k, k + 1] for k in range(5)])


def circuit(edges=PATH, n=6):
    features = np.random.default_rng(1).random((n, 2))
    types = np.arange(n) % 2
    axes = tuple((k,) for k in range(n))
    return Components(tuple(f"m{k}" for k in range(n)), types, ("n", "p"), features, edges, axes, n)


@pytest.mark.parametrize(("edges", "expected"), [(PATH, 5), (np.vstack([PATH, [[0, 5]]]), 3), (PATH[[0, 1, 3]], 2)])
def test_the_diameter_is_that_of_the_longest_way(edges, expected):
    assert diameter(circuit(edges)) == expected


def test_relabelling_keeps_who_is_joined_to_whom():
    before, order = circuit(), [3, 0, 5, 1, 4, 2]
    after = relabelled(before, order)
    pairs = {frozenset((before.names[a], before.names[b])) for a, b in before.edges.tolist()}
    assert {frozenset((after.names[a], after.names[b])) for a, b in after.edges.tolist()} == pairs
    assert after.names[0] == "m3" and after.axes[0] == (3,)


def test_the_networks_do_not_care_for_labels():
    assert permutation_error(circuit(), np.random.default_rng(0)) < 1e-5


def test_a_network_that_cares_is_seen(monkeypatch):
    right = graph_convolution.normalised_adjacency
    lopsided = np.diag(np.arange(1.0, 7.0))
    monkeypatch.setattr(graph_convolution, "normalised_adjacency", lambda joined: lopsided @ right(joined))
    assert permutation_error(circuit(), np.random.default_rng(0)) > 1e-3
