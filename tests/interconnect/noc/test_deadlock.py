"""Cycles of channels that wait for each other are found and named; without the check, the network does stop."""

from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.interconnect.noc import Network, Routing, Topology, find_routing, mesh, traffic
from archwright.interconnect.noc import network as network_module
from archwright.interconnect.noc.deadlock import check_deadlock, find_cycle

GRID = mesh(3, 3)


def unrestricted(n_vcs=1):
    """Any minimal way on any channel."""
    xy, yx = find_routing("xy", GRID, n_vcs), find_routing("yx", GRID, n_vcs)
    return replace(xy, name="anything", wants=xy.wants | yx.wants)


def test_a_free_routing_is_refused_and_its_cycle_is_one():
    cycle = find_cycle(GRID, [unrestricted()], 1)
    ends = [tuple(GRID.links[link, :2]) for link, _ in cycle]
    assert all(one[1] == following[0] for one, following in zip(ends, ends[1:] + ends[:1], strict=True))
    with pytest.raises(SpecError, match=r"wait in a ring: \d-\d\.0 -> "):
        check_deadlock(GRID, unrestricted(), 1)


def test_a_ring_without_layers_is_refused():
    ring = Topology("ring", 4, [(i, (i + 1) % 4, 1) for i in range(4)])
    routing = find_routing("shortest", ring, 2)
    anyhow = np.where(routing.wants[:1] | routing.wants[1:], np.int64(3), 0)  # both channels of the only link
    flat = replace(routing, wants=anyhow, first_phase=np.zeros((1, 1), np.int32))
    with pytest.raises(SpecError, match="0-1"):
        Network(ring, flat, n_vcs=2)


def test_routings_that_are_safe_alone_may_not_be_together():
    pair = [find_routing("xy", GRID, 1), find_routing("yx", GRID, 1)]
    assert [find_cycle(GRID, [one], 1) for one in pair] == [None, None]
    assert find_cycle(GRID, pair, 1) is not None
    assert find_cycle(GRID, [pair[0], find_routing("west-first", GRID, 1)], 1) is None


def test_the_watchdog_sees_what_the_check_would_have_refused(monkeypatch):
    monkeypatch.setattr(network_module, "check_deadlock", lambda *_: None)
    ring = Topology("ring", 4, [(i, (i + 1) % 4, 1) for i in range(4)])
    onward = Routing("onward", (1 - np.eye(4, dtype=np.int64))[None, None])
    network = Network(ring, onward, n_vcs=1, buffer_flits=1, seed=1)
    with pytest.raises(Failed, match="no flit moved for 2,000 cycles"):
        network.run(20_000, traffic("uniform", 4, packet_flits=8), 1.0)
