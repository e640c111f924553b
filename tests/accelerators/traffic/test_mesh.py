import numpy as np
import pytest

from archwright.accelerators.traffic.mesh import Mesh
from archwright.core.errors import SpecError


@pytest.mark.parametrize(
    ("ports", "nodes"), [("west", [0, 5, 10]), ("sides", [0, 4, 5, 9, 10, 14]), ("corners", [0, 4, 10, 14])]
)
def test_ports_stand_at_the_edge(ports, nodes):
    assert Mesh(5, 3, ports).port_nodes.tolist() == nodes


@pytest.mark.parametrize("n_pes", [1, 3, 15, 16, 64, 100])
def test_elements_are_spread_evenly_and_neighbours_stand_together(n_pes):
    mesh = Mesh(5, 3)
    nodes = mesh.nodes_of_elements(n_pes)
    counts = np.bincount(nodes, minlength=15)
    assert len(nodes) == n_pes and counts.max() - counts.min() <= 1
    x, y = nodes % 5, nodes // 5
    hops = np.abs(np.diff(x)) + np.abs(np.diff(y))
    assert n_pes < 15 or hops.max(initial=0) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [({"columns": 0}, "columns: 0"), ({"rows": 2.5}, "rows: 2.5"), ({"ports": "north"}, "ports: 'north'")],
)
def test_the_mesh_is_checked(options, message):
    with pytest.raises(SpecError, match=message):
        Mesh(**options)


def test_paths_follow_the_row_first():
    mesh = Mesh(5, 3)
    for source in range(15):
        ends = {}
        for destination in range(15):
            path = list(mesh.path(source, destination))
            nodes = [source, *(end for _, end in path)]
            assert [start for start, _ in path] == nodes[:-1] and nodes[-1] == destination
            turns = [abs(end - start) == 5 for start, end in path]
            assert turns == sorted(turns) and len(path) == abs(source % 5 - destination % 5) + abs(
                source // 5 - destination // 5
            )
            for start, end in path:
                assert ends.setdefault(end, start) == start, "a tree has one way to every node"
