"""Whether a routing can deadlock: a cycle among channels that may wait for each other (Dally and Seitz, 1987).

With escape channels, which a packet may always ask for and never leaves, only these must be free of cycles (Duato,
1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layout import Masks
from archwright.interconnect.noc.routing import Routing
from archwright.interconnect.noc.topology import Topology

Flags = np.ndarray[Any, np.dtype[np.bool_]]


class _Channels:
    """The dependencies between the channels (link, virtual channel) of a topology, filled routing by routing."""

    def __init__(self, topology: Topology, n_vcs: int) -> None:
        self.topology, self.n_vcs = topology, n_vcs
        n_links = len(topology.links)
        self.waits = np.zeros((n_links, n_vcs, topology.n_ports * n_vcs), bool)

    def add(self, wants: Masks, starts: Flags, next_wants: Masks | None = None) -> None:
        """A phase: (1 or ports, nodes, nodes) masks for packets that enter it as `starts` (nodes, nodes) says.

        At its target a packet may go on to any node by `next_wants`.
        """
        reached = self._reached(wants, starts)
        for i, ((a, b, _), (leave, enter)) in enumerate(zip(self.topology.links, self.topology.ports, strict=True)):
            used = np.bitwise_or.reduce(np.where(reached[:, a], wants[:, a], 0), axis=0)
            asked = wants[min(enter, len(wants) - 1), b].copy()
            asked[b] = 0 if next_wants is None else np.bitwise_or.reduce(next_wants[0, b])
            for vc in range(self.n_vcs):
                held = used >> (leave * self.n_vcs + vc) & 1 == 1
                mask = int(np.bitwise_or.reduce(asked[held], initial=0))
                self.waits[i, vc] |= (mask >> np.arange(self.waits.shape[2]) & 1).astype(bool)

    def _reached(self, wants: Masks, starts: Flags) -> Flags:
        """(inputs, nodes, nodes): whether a packet to a node may be at a router, having come by an input."""
        reached = np.zeros(wants.shape, bool)
        reached[-1] = starts  # a router's own node is its last port
        links = list(zip(self.topology.links.tolist(), self.topology.ports.tolist(), strict=True))
        every, before = (1 << self.n_vcs) - 1, -1
        while before != (before := int(reached.sum())) and not reached.all():
            for (a, b, _), (leave, enter) in links:
                takes = wants[:, a] >> (leave * self.n_vcs) & every != 0
                reached[min(enter, len(wants) - 1), b] |= (takes & reached[:, a]).any(axis=0)
        return reached

    def cycle(self) -> list[tuple[int, int]] | None:
        """(link, virtual channel) of a cycle, or None."""
        after = self._successors()
        state: dict[int, int] = {}
        for root in after:
            found = _walk(root, after, state)
            if found:
                return [(one // self.n_vcs, one % self.n_vcs) for one in found]
        return None

    def _successors(self) -> dict[int, list[int]]:
        links, ports = self.topology.links, self.topology.ports
        by_port = {(int(a), int(leave)): i for i, ((a, _, _), (leave, _)) in enumerate(zip(links, ports, strict=True))}
        found = {}
        for i, vc in np.ndindex(len(links), self.n_vcs):
            outputs = np.flatnonzero(self.waits[i, vc]).tolist()
            pairs = [(by_port.get((int(links[i, 1]), out // self.n_vcs)), out % self.n_vcs) for out in outputs]
            found[i * self.n_vcs + vc] = [link * self.n_vcs + to for link, to in pairs if link is not None]
        return found


def _walk(root: int, after: dict[int, list[int]], state: dict[int, int]) -> list[int] | None:
    """Depth first from `root`; the first cycle met. State 1 is on the way, 2 is done."""
    if root in state:
        return None
    path, todo = [root], [iter(after[root])]
    state[root] = 1
    while path:
        following = next(todo[-1], None)
        if following is None:
            state[path.pop()] = 2
            todo.pop()
        elif state.get(following) == 1:
            return path[path.index(following) :]
        elif following not in state:
            state[following] = 1
            path.append(following)
            todo.append(iter(after[following]))
    return None


def find_cycle(topology: Topology, routings: Sequence[Routing], n_vcs: int) -> list[tuple[int, int]] | None:
    """A cycle of channels that packets of these routings, together in a network, may wait around.

    Args:
        topology: of the network.
        routings: one or several.
        n_vcs: virtual channels per port.

    Returns:
        (link, virtual channel) around the cycle, or None if there is none.

    Example:
        >>> from archwright.interconnect.noc.routing import grid_routing
        >>> from archwright.interconnect.noc.topology import mesh
        >>> find_cycle(mesh(4, 4), [grid_routing("xy", mesh(4, 4), 2)], 2) is None
        True
    """
    channels = _Channels(topology, n_vcs)
    anywhere = np.ones((topology.n_nodes, topology.n_nodes), bool)
    escapes_only = all(one.escapes is not None for one in routings)
    for one in routings:
        if one.escapes is not None and escapes_only:
            channels.add(one.escapes[None], anywhere)
            continue
        via = one.start in (of.VIA_ANY, of.VIA_QUADRANT)
        for phase, wants in enumerate(one.wants):
            is_told = one.start == of.BY_TABLE and one.first_phase.any()
            starts = one.first_phase == phase if is_told else anywhere
            both = wants if one.escapes is None else wants | one.escapes[None]
            channels.add(both, starts, one.wants[1] if via and phase == 0 else None)
    return channels.cycle()


def check_deadlock(topology: Topology, routing: Routing, n_vcs: int) -> None:
    """Refuse a routing that can deadlock.

    Args:
        topology: of the network.
        routing: for it.
        n_vcs: virtual channels per port.

    Raises:
        SpecError: names the cycle.
    """
    cycle = find_cycle(topology, [routing], n_vcs)
    if cycle is None:
        return
    way = " -> ".join(f"{topology.links[i, 0]}-{topology.links[i, 1]}.{vc}" for i, vc in cycle)
    raise SpecError(
        "routing", routing.name, f"one without deadlock on {topology.name}; links.channels that wait in a ring: {way}"
    )
