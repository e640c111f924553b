"""The heat map."""

import xml.etree.ElementTree as ElementTree

import numpy as np

from archwright.interconnect.noc import Topology, mesh
from archwright.interconnect.noc.picture import draw_links


def test_every_link_and_router_is_drawn_and_busy_ones_are_red():
    grid = mesh(3, 3)
    busy = np.zeros((9, grid.n_ports))
    busy[0, 0] = 1.0
    root = ElementTree.fromstring(draw_links(grid, busy, "a < b"))
    lines = root.findall(".//{*}line")
    assert len(lines) == 24 and len(root.findall(".//{*}circle")) == 9
    assert [one.get("stroke") for one in lines].count("#be1828") == 1


def test_other_graphs_stand_around_a_circle():
    ring = Topology("ring", 5, [(i, (i + 1) % 5, 1) for i in range(5)])
    root = ElementTree.fromstring(draw_links(ring, np.zeros((5, 2)), "ring"))
    places = {(one.get("cx"), one.get("cy")) for one in root.findall(".//{*}circle")}
    assert len(places) == 5
