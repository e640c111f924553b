"""Topologies as data."""

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Topology, mesh, torus


def test_a_mesh_has_its_links():
    assert len(mesh(8, 8).links) == 2 * (8 * 7 + 8 * 7)
    assert len(torus(4, 3).links) == 4 * 12
    assert len(mesh(8, 8, express=4).links) == 224 + 8 * 2 * 2


def test_distances_count_routers_and_links():
    assert mesh(4, 4).distances[0, 15] == 6 * 4
    assert torus(4, 4).distances[0, 15] == 2 * 4
    assert mesh(8, 8, express=4).distances[0, 4] == 4 + 3


def test_express_links_stand_on_multiples_alone():
    pairs = {(a, b) for a, b, latency in mesh(8, 8, express=4).links.tolist() if latency == 4}
    rows = {pair for y in range(0, 64, 8) for pair in ((y, y + 4), (y + 4, y))}
    assert pairs == rows | {pair for x in range(8) for pair in ((x, x + 32), (x + 32, x))}


def test_tables_of_both_ends_agree():
    one = mesh(4, 3, express=2)
    fabric = one.fabric(2, 4)
    for a, b, latency in one.links.tolist():
        to, enter, cycles = fabric.links[a, one.port_to[a, b]].tolist()
        assert (to, cycles) == (b, latency)
        assert fabric.feeds[b, enter].tolist() == [a, one.port_to[a, b], latency]


@pytest.mark.parametrize(
    ("links", "line"),
    [
        ([(0, 1, 1), (1, 0, 1), (2, 0, 1)], "node 0 never reaches node 2"),
        ([(0, 3, 1)], "two different nodes, 0 to 2"),
        ([(0, 0, 1)], "two different nodes"),
        ([(0, 1, 1), (0, 1, 2)], "each link once"),
        ([(0, 1, 0)], "1 to 64 cycles"),
    ],
)
def test_a_graph_that_is_none_is_refused(links, line):
    with pytest.raises(SpecError, match=line):
        Topology("odd", 3, links)


@pytest.mark.parametrize(("make", "field"), [(lambda: mesh(1, 4), "columns"), (lambda: torus(4, 2), "rows"),
                                             (lambda: mesh(4, 4, express=4), "express")])  # fmt: skip
def test_odd_sizes_are_refused(make, field):
    with pytest.raises(SpecError, match=field):
        make()


def test_links_that_are_off_are_gone():
    less = mesh(3, 3).without([(0, 1), (1, 0)])
    assert len(less.links) == 22 and less.port_to[0, 1] == -1
    with pytest.raises(SpecError, match="strongly connected"):
        mesh(3, 3).without([(0, 1), (0, 3)])


def test_too_many_channels_are_refused():
    with pytest.raises(SpecError, match="1 to 12 on routers with 5 ports"):
        mesh(8, 8).fabric(13, 4)
    assert np.array_equal(mesh(8, 8).fabric(2, 4).port_of, np.repeat(np.arange(5), 2))
