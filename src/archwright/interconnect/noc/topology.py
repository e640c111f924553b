"""Topologies as plain data: nodes, directed links with latencies, and where the nodes stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc.layout import Fabric, Masks, Small

MASK_BITS = 62
"""Ports times virtual channels of a router that fit into one mask."""
MAX_NODES = 1024


@dataclass(frozen=True, eq=False)
class Topology:
    """Routers, each with a node of its own, and the directed links between them.

    Args:
        name: for people.
        n_nodes: 2 to 1,024.
        links: (n_links, 3) int64: from, to, latency in cycles (1 to 64).
        columns: of a mesh or torus, whose node `y * columns + x` stands at (x, y); 0 for other graphs.
        is_torus: whether rows and columns are rings.

    Raises:
        SpecError: a link leads nowhere, is there twice, or not every node reaches every other.

    Example:
        >>> Topology("two", 2, [(0, 1, 1)])
        Traceback (most recent call last):
        archwright.core.errors.SpecError: links: 'two' is not possible; allowed: a strongly connected graph: node 1 ...
    """

    name: str
    n_nodes: int
    links: Masks
    columns: int = 0
    is_torus: bool = False

    def __init__(
        self, name: str, n_nodes: int, links: Masks | Sequence[Sequence[int]], columns: int = 0, is_torus: bool = False
    ) -> None:
        table = np.array(links, dtype=np.int64).reshape(-1, 3)
        for field, value in zip(
            ("name", "n_nodes", "links", "columns", "is_torus"),
            (name, n_nodes, table, columns, is_torus),
            strict=True,
        ):
            object.__setattr__(self, field, value)
        self._check()

    def _check(self) -> None:
        if not 2 <= self.n_nodes <= MAX_NODES:
            raise SpecError("n_nodes", self.n_nodes, f"2 to {MAX_NODES:,}")
        ends, latency = self.links[:, :2], self.links[:, 2]
        if len(ends) and (ends.min() < 0 or ends.max() >= self.n_nodes or (ends[:, 0] == ends[:, 1]).any()):
            raise SpecError("links", self.name, f"links between two different nodes, 0 to {self.n_nodes - 1}")
        if len(np.unique(ends, axis=0)) < len(ends):
            raise SpecError("links", self.name, "each link once")
        if len(latency) and (latency.min() < 1 or latency.max() > 64):
            raise SpecError("links", self.name, "latencies of 1 to 64 cycles")
        lost = np.argwhere(~np.isfinite(self.distances))
        if len(lost):
            raise SpecError(
                "links", self.name, f"a strongly connected graph: node {lost[0, 0]} never reaches node {lost[0, 1]}"
            )

    @cached_property
    def distances(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """(n_nodes, n_nodes) cycles along the shortest way, 4 per router less 1 and the links' latencies."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        weights = self.links[:, 2] + 3.0  # three cycles in a router
        graph = csr_array((weights, (self.links[:, 0], self.links[:, 1])), shape=(self.n_nodes, self.n_nodes))
        found: np.ndarray[tuple[int, int], np.dtype[np.float64]] = dijkstra(graph)
        return found

    @cached_property
    def ports(self) -> Small:
        """(n_links, 2) int32: the port that a link leaves by, and the one that it enters by."""
        leaving, entering = np.zeros(self.n_nodes, np.int32), np.zeros(self.n_nodes, np.int32)
        found = np.zeros((len(self.links), 2), np.int32)
        for i, (a, b, _) in enumerate(self.links):
            found[i] = leaving[a], entering[b]
            leaving[a] += 1
            entering[b] += 1
        return found

    @cached_property
    def n_ports(self) -> int:
        """Ports of a router, the last of which is its node."""
        return int(self.ports.max()) + 2

    @cached_property
    def port_to(self) -> Small:
        """(n_nodes, n_nodes) int32: the port of the first that leads to the second, or -1."""
        found = np.full((self.n_nodes, self.n_nodes), -1, np.int32)
        found[self.links[:, 0], self.links[:, 1]] = self.ports[:, 0]
        return found

    def fabric(self, n_vcs: int, buffer_flits: int) -> Fabric:
        """The kernel's tables.

        Args:
            n_vcs: virtual channels per port, 1 or more.
            buffer_flits: flits per virtual channel, 1 or more.

        Raises:
            SpecError: more channels than a mask holds.
        """
        most = MASK_BITS // self.n_ports
        if type(n_vcs) is not int or not 1 <= n_vcs <= most:
            raise SpecError("n_vcs", n_vcs, f"a whole number from 1 to {most} on routers with {self.n_ports} ports")
        if type(buffer_flits) is not int or not 1 <= buffer_flits <= 256:
            raise SpecError("buffer_flits", buffer_flits, "a whole number from 1 to 256")
        tables = np.full((2, self.n_nodes, self.n_ports, 3), -1, np.int32)
        a, b, latency = self.links.T
        leave, enter = self.ports.T
        tables[0, a, leave] = np.stack([b, enter, latency], axis=1)
        tables[1, b, enter] = np.stack([a, leave, latency], axis=1)
        port_of = np.repeat(np.arange(self.n_ports, dtype=np.int32), n_vcs)
        shape = np.array([self.n_ports, n_vcs, buffer_flits, self.columns], np.int64)
        return Fabric(tables[0], tables[1], port_of, shape)

    def without(self, gone: Sequence[tuple[int, int]], name: str | None = None) -> Topology:
        """The same nodes with some links switched off.

        Args:
            gone: pairs of from and to.
            name: of what is left.

        Raises:
            SpecError: what is left is not strongly connected.
        """
        off = {(int(a), int(b)) for a, b in gone}
        kept = [link for link in self.links.tolist() if (link[0], link[1]) not in off]
        return Topology(name or f"{self.name} less {len(self.links) - len(kept)} links", self.n_nodes, kept)


def _grid_links(columns: int, rows: int, is_ring: bool, latency: int) -> list[tuple[int, int, int]]:
    found = []
    for node in range(columns * rows):
        x, y = node % columns, node // columns
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            to_x, to_y = x + dx, y + dy
            if is_ring:
                to_x, to_y = to_x % columns, to_y % rows
            if 0 <= to_x < columns and 0 <= to_y < rows:
                found.append((node, to_y * columns + to_x, latency))
    return found


def _check_grid(columns: int, rows: int, least: int) -> None:
    for field, value in (("columns", columns), ("rows", rows)):
        if type(value) is not int or not least <= value <= 64:
            raise SpecError(field, value, f"a whole number from {least} to 64")


def mesh(columns: int = 8, rows: int = 8, *, express: int = 0, latency: int = 1) -> Topology:
    """A mesh, maybe with express links.

    Args:
        columns: 2 to 64.
        rows: 2 to 64.
        express: 0 for none; else every row and column has links between its routers number 0, `express`,
            2 * `express` and so on, 2 or more. A link takes as many cycles as the hops that it replaces.
        latency: cycles of a link.

    Raises:
        SpecError: a size is out of its range.

    Example:
        >>> mesh(4, 4).n_ports, len(mesh(4, 4).links)
        (5, 48)
    """
    _check_grid(columns, rows, 2)
    if express and not 2 <= express < max(columns, rows):
        raise SpecError("express", express, f"0, or 2 to {max(columns, rows) - 1}")
    links = _grid_links(columns, rows, False, latency)
    for node in range(columns * rows if express else 0):
        x, y = node % columns, node // columns
        if x % express == 0 and x + express < columns:
            links += [(node, node + express, express * latency), (node + express, node, express * latency)]
        if y % express == 0 and y + express < rows:
            below = node + express * columns
            links += [(node, below, express * latency), (below, node, express * latency)]
    name = f"mesh-{columns}x{rows}" + (f"-express-{express}" if express else "")
    return Topology(name, columns * rows, links, columns)


def torus(columns: int = 8, rows: int = 8, *, latency: int = 1) -> Topology:
    """A torus: a mesh whose rows and columns are rings.

    Args:
        columns: 3 to 64.
        rows: 3 to 64.
        latency: cycles of a link.

    Raises:
        SpecError: a size is out of its range.
    """
    _check_grid(columns, rows, 3)
    links = _grid_links(columns, rows, True, latency)
    return Topology(f"torus-{columns}x{rows}", columns * rows, links, columns, True)
