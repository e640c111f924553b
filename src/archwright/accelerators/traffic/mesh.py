"""Where the elements and the ports of the shared buffer stand on a mesh of routers.

Elements fill the nodes one after the other in rows that turn round at their ends, so that neighbours in the order of
the elements are neighbours on the mesh. A port is a bank of the shared buffer, with its memory controller behind it;
words are spread over all ports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints
from archwright.core.errors import SpecError, check_name

PORTS = ("west", "sides", "corners")


@dataclass(frozen=True)
class Mesh:
    """A mesh of clusters of elements; node x + y columns stands in column x and row y.

    Args:
        columns: of the mesh, >= 1.
        rows: of the mesh, >= 1.
        ports: at the nodes of the first column (`west`), of the first and the last one (`sides`), or at the `corners`.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> Mesh(4, 3, "sides").port_nodes.tolist()
        [0, 3, 4, 7, 8, 11]
    """

    columns: int = 8
    rows: int = 8
    ports: str = "west"

    def __post_init__(self) -> None:
        """Check every value."""
        check_name("ports", self.ports, PORTS)
        for name in ("columns", "rows"):
            if type(getattr(self, name)) is not int or getattr(self, name) < 1:
                raise SpecError(name, getattr(self, name), "a whole number >= 1")

    @property
    def n_nodes(self) -> int:
        """Routers."""
        return self.columns * self.rows

    @property
    def port_nodes(self) -> Ints:
        """Nodes with a port, ascending."""
        x, y = np.arange(self.n_nodes) % self.columns, np.arange(self.n_nodes) // self.columns
        is_first, is_last = x == 0, x == self.columns - 1
        chosen = {
            "west": is_first,
            "sides": is_first | is_last,
            "corners": (is_first | is_last) & ((y == 0) | (y == self.rows - 1)),
        }
        return np.flatnonzero(chosen[self.ports])

    def nodes_of_elements(self, n_pes: int) -> Ints:
        """The node of every element.

        Args:
            n_pes: elements, >= 1; as many to a node as to any other, or one more.

        Example:
            >>> Mesh(2, 2).nodes_of_elements(6).tolist()
            [0, 0, 1, 3, 3, 2]
        """
        rows = np.arange(self.n_nodes).reshape(self.rows, self.columns)
        rows[1::2] = rows[1::2, ::-1]
        return np.asarray(rows.ravel()[np.arange(n_pes) * self.n_nodes // n_pes])

    def path(self, source: int, destination: int) -> Iterator[tuple[int, int]]:
        """Links from node to node, along the row first; those from one source to all others make a tree.

        Args:
            source, destination: nodes.

        Example:
            >>> list(Mesh(3, 3).path(0, 7))
            [(0, 1), (1, 4), (4, 7)]
        """
        at = source
        while at != destination:
            across, down = (
                destination % self.columns - at % self.columns,
                destination // self.columns - at // self.columns,
            )
            step = int(np.sign(across)) if across else self.columns * int(np.sign(down))
            yield at, at + step
            at += step
