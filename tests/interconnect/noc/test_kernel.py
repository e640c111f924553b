"""Laws of the running network: nothing is lost, nothing overtakes, nothing stands still."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.interconnect.noc import Network, find_routing, from_events, mesh, traffic
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.referee import Referee


def credits_are_conserved(network):
    """For every link and channel: credits, places taken, flits and credits under way make the depth."""
    s, f = network.state, network.fabric
    n_channels, (_, n_vcs, depth, _) = len(f.port_of), f.shape.tolist()
    under_way = np.zeros(len(s.outputs), int)
    for slot, many in enumerate(s.n_returns):
        np.add.at(under_way, s.returns[slot, :many], 1)
    arriving = np.zeros(len(s.inputs), int)
    for slot, many in enumerate(s.n_arrivals):
        to = s.arrivals[slot, :many, 0]
        np.add.at(arriving, to[to >= 0], 1)
    for (a, b, _), (leave, enter) in zip(network.topology.links, network.topology.ports, strict=True):
        for vc in range(n_vcs):
            out, into = a * n_channels + leave * n_vcs + vc, b * n_channels + enter * n_vcs + vc
            total = s.outputs[out, of.CREDITS] + under_way[out] + arriving[into] + s.inputs[into, of.COUNT]
            if total != depth:
                return False
    return bool((s.outputs[:, of.CREDITS] >= 0).all() and (s.inputs[:, of.COUNT] <= depth).all())


@pytest.mark.parametrize("routing", ["xy", "valiant", "odd-even", "minimal-adaptive", "q-routing"])
def test_flits_and_credits_are_conserved(routing):
    network = Network(mesh(5, 5), routing, seed=2)
    one = traffic("uniform", 25, packet_flits=(1, 3))
    for load in (0.1, 0.9, 0.3):
        for _ in range(5):
            found = network.run(137, one, load)
            assert credits_are_conserved(network)
            numbers = network.state.numbers
            busy = len(network.state.packets) - int(numbers[of.N_FREE])
            assert busy == found.queued_packets + found.in_network
    rest = network.run(5000, one, 0.0)
    assert rest.in_network == rest.queued_packets == 0
    assert not network.state.inputs[:, of.COUNT].any() and (network.state.outputs[:, of.CREDITS] == 4).all()


def test_flits_of_a_packet_stay_in_order_and_together_per_channel():
    network = Network(mesh(4, 4), "minimal-adaptive", seed=5, n_logged=200_000)
    found = network.run(4000, traffic("uniform", 16, packet_flits=4), 0.5)
    log = network.state.log[: found.flits_delivered]
    serials, counts = np.unique(log[:, of.LOG_SERIAL], return_counts=True)
    tails = log[log[:, of.LOG_IS_TAIL] == 1]
    whole = np.isin(serials, tails[:, of.LOG_SERIAL])
    assert (counts[whole] == 4).all() and whole.sum() == found.packets_delivered
    last = {int(serial): int(cycle) for serial, cycle, _ in log}
    assert all(last[int(serial)] == cycle for serial, cycle, _ in tails)


def test_the_same_seed_gives_the_same_run_however_it_is_cut():
    one = traffic("shuffle", 16)
    whole = Network(mesh(4, 4), "o1turn", seed=9, n_logged=5000)
    whole.run(900, one, 0.4)
    cut = Network(mesh(4, 4), "o1turn", seed=9, n_logged=5000)
    for cycles in (1, 99, 300, 500):
        cut.run(cycles, one, 0.4)
    assert np.array_equal(whole.state.log, cut.state.log)
    other = Network(mesh(4, 4), "o1turn", seed=10, n_logged=5000)
    other.run(900, one, 0.4)
    assert not np.array_equal(whole.state.log, other.state.log)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_small_network_agrees_with_the_referee(data):
    grid = mesh(data.draw(st.integers(2, 4)), data.draw(st.integers(2, 3)))
    routing = data.draw(
        st.sampled_from(["xy", "o1turn", "west-first-adaptive", "odd-even", "minimal-adaptive", "romm"])
    )
    n_vcs, depth = data.draw(st.integers(2, 3)), data.draw(st.integers(1, 4))
    node = st.integers(0, grid.n_nodes - 1)
    events = sorted(data.draw(st.lists(st.tuples(st.integers(0, 30), node, node, st.integers(1, 6)), max_size=40)))
    network = Network(grid, routing, n_vcs=n_vcs, buffer_flits=depth, seed=1, n_logged=300)
    found = network.run(400, from_events("drawn", grid.n_nodes, events), 0.0)
    referee = Referee(grid, find_routing(routing, grid, n_vcs), n_vcs, depth, events, seed=1)
    assert [tuple(one) for one in network.state.log[: found.flits_delivered].tolist()] == referee.run(400)


@pytest.mark.slow
@pytest.mark.parametrize("routing", ["xy", "odd-even", "minimal-adaptive", "romm", "q-routing"])
def test_a_million_cycles_above_saturation_do_not_deadlock(routing):
    network = Network(mesh(4, 4), routing, n_vcs=2, buffer_flits=2, seed=4)
    one = traffic("uniform", 16, packet_flits=3)
    moved = [network.run(10_000, one, 0.9 if i % 2 else 0.0).flits_delivered for i in range(100)]
    assert min(moved[1::2]) > 1000
