"""Routing on any graph, by tables: shortest ways in layers of channels, and adaptive ways with an up*/down* escape.

`shortest`: the shortest way to every node; ways that would close a cycle of waiting channels move to a layer of virtual
channels of their own (Skeie, Lysne and Theiss, LASH, 2002). `adaptive`: all shortest ways, and virtual channel 0 as an
escape: XY on a mesh, else up*/down* (Schroeder et al., Autonet, 1991), which needs links both ways. `table` and
`q-routing` are `adaptive` with chances and with learned estimates.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layers import layered_routing
from archwright.interconnect.noc.layout import Masks, Small
from archwright.interconnect.noc.routing import GRID_ROUTINGS, Routing, grid_routing
from archwright.interconnect.noc.topology import Topology

GRAPH_ROUTINGS = ("shortest", "up-down", "adaptive", "table", "q-routing")
ROUTINGS = (*GRID_ROUTINGS, *GRAPH_ROUTINGS)


def find_routing(name: str, topology: Topology, n_vcs: int) -> Routing:
    """A routing function for a topology.

    Args:
        name: of `ROUTINGS`.
        topology: of the network.
        n_vcs: virtual channels per port.

    Raises:
        SpecError: there is no such routing, or it does not suit the topology or the number of channels.

    Example:
        >>> from archwright.interconnect.noc.topology import Topology
        >>> ring = Topology("ring", 3, [(0, 1, 1), (1, 2, 1), (2, 0, 1)])
        >>> len(find_routing("shortest", ring, 2).wants)
        2
    """
    if name in GRID_ROUTINGS:
        return grid_routing(name, topology, n_vcs)
    if name == "shortest":
        return _shortest(topology, n_vcs)
    if name == "up-down":
        return Routing(name, _up_down(topology, n_vcs, (1 << n_vcs) - 1)[None, None])
    if name not in GRAPH_ROUTINGS:
        raise SpecError("routing", name, f"one of {', '.join(ROUTINGS)}")
    if n_vcs < 2:
        raise SpecError("n_vcs", n_vcs, "2 or more for a routing with an escape channel")
    select = {"adaptive": of.CREDIT, "table": of.PROBABLE, "q-routing": of.LEARNED}[name]
    wants = _minimal(topology, n_vcs, ((1 << n_vcs) - 1) & ~1)
    return Routing(name, wants[None, None], select, escapes=_escape(topology, n_vcs))


def _minimal(topology: Topology, n_vcs: int, vcs: int) -> Masks:
    """Channels `vcs` of every port on a shortest way."""
    n, distances = topology.n_nodes, topology.distances
    found = np.zeros((n, n), np.int64)
    for (a, b, latency), (port, _) in zip(topology.links, topology.ports, strict=True):
        is_nearer = np.isclose(distances[b] + latency + 3.0, distances[a])
        found[a] |= np.where(is_nearer, np.int64(vcs) << np.int64(port * n_vcs), 0)
    return found


def _escape(topology: Topology, n_vcs: int) -> Masks:
    if topology.columns and not topology.is_torus:
        first: Masks = grid_routing("xy", topology, n_vcs).wants[0, 0] & _first_channels(topology, n_vcs)
        return first
    return _up_down(topology, n_vcs, 1)


def _first_channels(topology: Topology, n_vcs: int) -> int:
    return sum(1 << (port * n_vcs) for port in range(topology.n_ports))


def _levels(topology: Topology) -> list[int]:
    """Hops from the most central node, breadth first; every link must have its opposite."""
    pairs = {(int(a), int(b)) for a, b, _ in topology.links}
    lone = sorted((a, b) for a, b in pairs if (b, a) not in pairs)
    if lone:
        a, b = lone[0]
        raise SpecError("topology", topology.name, f"links both ways for an up*/down* escape: {a}-{b} has no opposite")
    root = int(topology.distances.max(axis=1).argmin())
    level, queue = {root: 0}, deque([root])
    after: dict[int, list[int]] = {node: [] for node in range(topology.n_nodes)}
    for a, b in sorted(pairs):
        after[a].append(b)
    while queue:
        node = queue.popleft()
        for to in after[node]:
            if to not in level:
                level[to] = level[node] + 1
                queue.append(to)
    return [level[node] for node in range(topology.n_nodes)]


def _up_down(topology: Topology, n_vcs: int, vcs: int) -> Masks:
    """Down at once where a way down exists, else up towards the root by the shortest way; so never up after down."""
    n, level = topology.n_nodes, _levels(topology)
    rank = np.array([level[node] * n + node for node in range(n)])
    down = np.full((n, n), np.inf)
    np.fill_diagonal(down, 0.0)
    links = topology.links[np.argsort(-rank[topology.links[:, 0]], kind="stable")]
    for a, b, latency in links:  # lowest routers first: their ways down are known when those above ask
        if rank[b] > rank[a]:
            down[a] = np.minimum(down[a], down[b] + latency + 3.0)
    best = down.copy()
    for a, b, latency in links[::-1]:  # from the root: up where there is no way down
        if rank[b] < rank[a]:
            best[a] = np.where(np.isfinite(down[a]), best[a], np.minimum(best[a], best[b] + latency + 3.0))
    wants = np.zeros((n, n), np.int64)
    for (a, b, latency), (port, _) in zip(topology.links, topology.ports, strict=True):
        is_down = rank[b] > rank[a]
        may = np.isfinite(down[a]) == is_down
        way = (down if is_down else best)[b] + latency + 3.0
        takes = may & (wants[a] == 0) & np.isclose(way, best[a]) & (np.arange(n) != a)
        wants[a, takes] = vcs << int(port * n_vcs)
    return wants


def _next_links(topology: Topology) -> Small:
    """(nodes, nodes) int32: the link that the shortest way takes; -1 at its end."""
    n, distances = topology.n_nodes, topology.distances
    found = np.full((n, n), -1, np.int32)
    for i, (a, b, latency) in enumerate(topology.links):
        takes = (found[a] < 0) & np.isclose(distances[b] + latency + 3.0, distances[a])
        found[a, takes] = i
    return found


def _shortest(topology: Topology, n_vcs: int) -> Routing:
    pairs = sorted(np.ndindex(*topology.distances.shape), key=lambda pair: -topology.distances[pair])
    return layered_routing("shortest", topology, _next_links(topology), [np.array([pair]) for pair in pairs], n_vcs)
