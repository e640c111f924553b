"""How packets start and pick, seen from outside: chances, credits, learned estimates."""

import numpy as np
import pytest

from archwright.interconnect.noc import Network, from_events, mesh, traffic
from archwright.interconnect.noc import layout as of


def used_links(network, events, cycles=4000):
    found = network.run(cycles, from_events("some", network.topology.n_nodes, events), 0.0)
    assert found.in_network == 0
    links = zip(network.topology.links, network.topology.ports, strict=True)
    return {(int(a), int(b)): int(found.link_flits[a, port]) for (a, b, _), (port, _) in links}


def test_o1turn_takes_each_order_half_of_the_time():
    found = used_links(Network(mesh(2, 2), "o1turn", seed=1), [(3 * i, 0, 3, 1) for i in range(1000)])
    assert found[0, 1] + found[0, 2] == 1000 and 430 < found[0, 1] < 570


def test_credits_spread_a_burst_over_both_ways():
    found = used_links(Network(mesh(2, 2), "adaptive-xy-yx", seed=1), [(i, 0, 3, 1) for i in range(400)])
    assert 150 < found[0, 1] < 250


@pytest.mark.parametrize(("chances", "least", "most"), [((1.0, 1.0, 1.0), 999, 1000), ((0.25, 1.0, 1.0), 200, 320)])
def test_a_table_of_chances_is_kept_to(chances, least, most):
    network = Network(mesh(2, 2), "table", n_vcs=4, seed=1)
    network.learned.probabilities[:] = chances
    network.routings[0] = type(network.routings[0])(
        "table", network.routings[0].wants, of.PROBABLE, escapes=np.zeros_like(network.routings[0].escapes)
    )
    found = used_links(network, [(6 * i, 0, 3, 1) for i in range(1000)], 7000)
    assert least <= found[0, 1] <= most


def test_estimates_move_towards_what_hops_take():
    network = Network(mesh(4, 4), "q-routing", seed=1)
    network.learned.learning_rate = 0.5
    before = network.learned.quality.copy()
    network.run(3000, traffic("uniform", 16), 0.02)
    after = network.learned.quality
    ways = np.isfinite(before) & (before == before.min(axis=2, keepdims=True)) & (before > 0)
    assert not np.array_equal(before, after)
    assert np.abs(after[ways] - before[ways]).max() < 12  # an idle network takes what it was thought to
    congested = Network(mesh(4, 4), "q-routing", seed=1)
    congested.learned.learning_rate = 0.5
    congested.run(3000, traffic("transpose", 16, columns=4), 0.7)
    assert congested.learned.quality[ways].mean() > after[ways].mean() + 1
