"""Ways through a network divided among layers of virtual channels, so that packets never wait in a circle.

Within a layer, the links that packets hold while they wait for others form no cycle (Dally and Seitz, 1987); a way that
would close one moves to the next layer (Skeie, Lysne and Theiss, "Layered shortest path (LASH) routing", 2002).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc.routing import Routing
from archwright.interconnect.noc.topology import Topology

Pairs = np.ndarray[Any, np.dtype[np.integer[Any]]]


class Layer:
    """A growing graph of links that wait for each other, kept free of cycles.

    Example:
        >>> layer = Layer()
        >>> layer.takes([[0, 1], [1, 2]]), layer.takes([[2, 0]]), layer.takes([[2, 3]])
        (True, False, True)
    """

    def __init__(self) -> None:
        self.after: dict[int, set[int]] = {}

    def takes(self, ways: Iterable[Sequence[int]]) -> bool:
        """Add ways, lists of links, unless one of them closes a cycle; then none is added."""
        added: list[tuple[int, int]] = []
        for a, b in (pair for way in ways for pair in pairwise(way)):
            if b in self.after.get(a, ()):
                continue
            if self._reaches(b, a):
                for x, y in added:
                    self.after[x].discard(y)
                return False
            self.after.setdefault(a, set()).add(b)
            added.append((a, b))
        return True

    def _reaches(self, start: int, end: int) -> bool:
        seen, todo = {start}, [start]
        while todo:
            one = todo.pop()
            if one == end:
                return True
            more = self.after.get(one, set()) - seen
            seen |= more
            todo += more
        return False


class _Ways:
    """The ways of a table, placed in layers."""

    def __init__(self, topology: Topology, next_links: Pairs, n_vcs: int) -> None:
        self.topology, self.next_links = topology, next_links
        self.layers = [Layer() for _ in range(n_vcs)]
        self.numbers = np.full(next_links.shape, -1)

    def way(self, source: int, target: int) -> list[int]:
        found, at = [], source
        while at != target:
            found.append(int(self.next_links[at, target]))
            at = int(self.topology.links[found[-1], 1])
        return found

    def place(self, pairs: Pairs) -> None:
        """Put ways into the first layer that takes them, together where it can be, else half by half."""
        ways = [self.way(source, target) for source, target in pairs.tolist()]
        number = next((i for i, layer in enumerate(self.layers) if layer.takes(ways)), None)
        if number is not None:
            self.numbers[tuple(pairs.T)] = number
            return
        if len(pairs) == 1:
            allowed = f"more virtual channels for shortest ways without deadlock on {self.topology.name}"
            raise SpecError("n_vcs", len(self.layers), allowed)
        for half in np.array_split(pairs, 2):
            self.place(half)


def layered_routing(name: str, topology: Topology, next_links: Pairs, batches: Iterable[Pairs], n_vcs: int) -> Routing:
    """A routing by table whose ways cannot wait for each other in a circle.

    Args:
        name: of the routing.
        topology: of the network.
        next_links: (nodes, nodes) by node and destination: the link that the way takes.
        batches: (k, 2) pairs of source and destination that are used, in the order in which they are placed.
        n_vcs: virtual channels per port.

    Raises:
        SpecError: the channels are too few for the ways.
    """
    ways = _Ways(topology, next_links, n_vcs)
    for batch in batches:
        ways.place(batch)
    n_nodes, n_layers = topology.n_nodes, max(int(ways.numbers.max()) + 1, 1)
    ports = topology.ports[:, 0].astype(np.int64)
    wants = np.zeros((n_layers, 1, n_nodes, n_nodes), np.int64)
    for number in range(n_layers):
        channels = sum(1 << vc for vc in range(n_vcs) if vc % n_layers == number)
        for source, target in np.argwhere(ways.numbers == number).tolist():
            way = ways.way(source, target)
            wants[number, 0, topology.links[way, 0], target] = np.int64(channels) << (ports[way] * n_vcs)
    return Routing(name, wants, first_phase=np.maximum(ways.numbers, 0).astype(np.int32))
