"""Routing functions of meshes: what each may do, and what it must not."""

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import find_routing, mesh, torus
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.deadlock import find_cycle
from archwright.interconnect.noc.routing import GRID_ROUTINGS, grid_routing, port_mask

GRID = mesh(5, 4)


def neighbours(routing, at, to, phase=0, inputs=-1):
    """Nodes that a packet may go to next."""
    mask = int(routing.wants[phase, inputs, at, to])
    return sorted(
        int(b) for (a, b, _), (port, _) in zip(GRID.links, GRID.ports, strict=True)
        if a == at and mask & port_mask(2, int(port))
    )  # fmt: skip


@pytest.mark.parametrize("name", GRID_ROUTINGS)
def test_every_way_is_minimal_and_arrives(name):
    routing = grid_routing(name, GRID, 2)
    for phase in range(len(routing.wants)):
        for at, to in np.ndindex(20, 20):
            found = neighbours(routing, at, to, phase)
            assert bool(found) == (at != to)
            assert all(GRID.distances[one, to] < GRID.distances[at, to] for one in found)


@pytest.mark.parametrize("name", GRID_ROUTINGS)
def test_none_can_deadlock(name):
    assert find_cycle(GRID, [grid_routing(name, GRID, 2)], 2) is None


@pytest.mark.parametrize(
    ("name", "at", "to", "expected"),
    [
        ("xy", 0, 18, [1]), ("yx", 0, 18, [5]), ("west-first", 18, 0, [17]), ("west-first", 0, 18, [1, 5]),
        ("west-first", 15, 3, [10, 16]), ("north-last", 18, 0, [17]), ("north-last", 15, 3, [16]),
        ("north-last", 3, 15, [2, 8]), ("negative-first", 15, 3, [10]), ("negative-first", 3, 15, [2]),
        ("negative-first", 18, 0, [13, 17]), ("minimal-adaptive", 18, 0, [13, 17]),
    ],
)  # fmt: skip
def test_turns_are_those_of_the_model(name, at, to, expected):
    assert neighbours(grid_routing(name, GRID, 2), at, to) == expected


def test_odd_even_turns_north_from_east_in_odd_columns_alone():
    routing = grid_routing("odd-even", GRID, 2)
    enter = {(int(a), int(b)): int(port) for (a, b, _), (_, port) in zip(GRID.links, GRID.ports, strict=True)}
    assert neighbours(routing, 11, 4, inputs=enter[10, 11]) == [6, 12]
    assert neighbours(routing, 12, 4, inputs=enter[11, 12]) == [13]


def test_two_orders_keep_to_their_halves():
    routing = grid_routing("o1turn", GRID, 4)
    lower, upper = (int(np.bitwise_or.reduce(one, axis=None)) for one in routing.wants)
    assert lower & upper == 0 and routing.start == of.BY_CHANCE


def test_express_links_are_taken_where_they_do_not_overshoot():
    grid = mesh(6, 6, express=2)
    routing = grid_routing("xy", grid, 1)
    for to, step in ((1, 1), (2, 2), (3, 2), (5, 2)):
        assert routing.wants[0, 0, 0, to] == 1 << grid.port_to[0, step]


@pytest.mark.parametrize(
    ("name", "topology", "n_vcs", "line"),
    [
        ("zigzag", GRID, 2, "one of xy, yx"),
        ("o1turn", GRID, 1, "2 or more"),
        ("minimal-adaptive", GRID, 1, "2 or more"),
        ("west-first", torus(4, 4), 2, "on a torus"),
        ("xy", torus(4, 4), 1, "2 or more"),
    ],
)
def test_what_does_not_fit_is_refused(name, topology, n_vcs, line):
    with pytest.raises(SpecError, match=line):
        find_routing(name, topology, n_vcs)
