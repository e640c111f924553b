"""Links of a network on chip switched off: what is left as a topology, its routing, and its request-response latency.

Requests go from every node to memory controllers, and answers back, so only round trips between controllers and nodes
need ways. Every way is a shortest one of the links that are left, by one table for all, in layers of virtual channels
(`noc.layers`): up*/down* would need links in pairs, which a spanner does not keep.

Powers: of all links the share that is off; a link that is on is taken to cost the same whatever passes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, Routing, Topology, request_reply
from archwright.interconnect.noc.layers import layered_routing
from archwright.interconnect.spanner.families import ROUTER_CYCLES
from archwright.interconnect.spanner.graph import Digraph, Ints, Mask, Places
from archwright.interconnect.spanner.paths import shortest_trees

REQUEST_FLITS, REPLY_FLITS, MEMORY_CYCLES = 1, 5, 20
N_VCS, BUFFER_FLITS = 12, 4


class Load(NamedTuple):
    """What a network did under one load.

    Args:
        offered: flits per cycle and node, requests and answers together.
        round_trip_cycles: mean from a request's making to its answer.
        delivered: share of the answers that were due.
    """

    offered: float
    round_trip_cycles: float
    delivered: float


def topology_of(graph: Digraph, kept: Mask, name: str) -> Topology:
    """The links that are on.

    Args:
        graph: of routers; lengths are cycles of a link and of a router.
        kept: (m,) links that are on.
        name: of the topology.

    Raises:
        SpecError: a length is no whole number from 4 to 67, or not every node reaches every other.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> graph, _ = named_instance("mesh-4x4")
        >>> len(topology_of(graph, graph.everything, "mesh").links)
        48
    """
    cycles = graph.lengths - ROUTER_CYCLES
    if (cycles != np.round(cycles)).any() or cycles.min() < 1 or cycles.max() > 64:
        raise SpecError("lengths", name, f"whole numbers from {ROUTER_CYCLES + 1} to {ROUTER_CYCLES + 64}")
    links = np.stack([graph.tails, graph.heads, cycles.astype(np.int64)], axis=1)[kept]
    return Topology(name, graph.n, links)


def round_trip_routing(graph: Digraph, kept: Mask, sources: Places, *, n_vcs: int = N_VCS) -> Routing:
    """Shortest ways between controllers and nodes, in layers without deadlock.

    Args:
        graph: of routers.
        kept: (m,) links that are on.
        sources: controllers.
        n_vcs: virtual channels per port.

    Raises:
        SpecError: the channels are too few for the ways.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> graph, sources = named_instance("mesh-4x4")
        >>> round_trip_routing(graph, graph.everything, sources).wants.shape
        (2, 1, 16, 16)
    """
    part = graph.part(kept)
    vertices = np.arange(part.n, dtype=np.int32)
    towards = shortest_trees(part, part.everything, vertices, part.backwards)[1].T  # (from, to): the first link
    left = topology_of(graph, kept, "links left")
    return layered_routing("round-trip", left, towards, _batches(part, sources), n_vcs)


def _batches(graph: Digraph, sources: Places) -> Iterator[Ints]:
    """Pairs of from and to: all requests to a controller, then all answers from it."""
    for source in sources:
        others = np.delete(np.arange(graph.n), source)
        yield np.stack([others, np.full(len(others), source)], axis=1)
    for source in sources:
        others = np.delete(np.arange(graph.n), source)
        yield np.stack([np.full(len(others), source), others], axis=1)


def measure_loads(
    graph: Digraph, kept: Mask, sources: Places, loads: tuple[float, ...], *, cycles: int = 10_000, seed: int = 0
) -> list[Load]:
    """Request-response latency of what is on, under several loads.

    Args:
        graph: of routers.
        kept: (m,) links that are on.
        sources: controllers, which answer requests of 1 flit by 5 flits after 20 cycles.
        loads: flits per cycle and node, requests and answers together.
        cycles: that are measured, after a fifth as many to warm up.
        seed: of the requests.

    Raises:
        SpecError: links are not those of a network, or a load is out of its range.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> graph, sources = named_instance("mesh-4x4")
        >>> (found,) = measure_loads(graph, graph.everything, sources, (0.02,), cycles=2_000)
        >>> 50.0 < found.round_trip_cycles < 70.0
        True
    """
    topology = topology_of(graph, kept, "links left")
    routing = round_trip_routing(graph, kept, sources)
    memories = [int(source) for source in sources]
    traffic = request_reply(graph.n, memories, request_flits=REQUEST_FLITS, reply_flits=REPLY_FLITS,
                            reply_cycles=MEMORY_CYCLES)  # fmt: skip
    found, senders = [], graph.n - len(sources)
    fresh = Network(topology, routing, n_vcs=N_VCS, buffer_flits=BUFFER_FLITS, seed=seed)
    for load in loads:
        rate = load * graph.n / senders / (REQUEST_FLITS + REPLY_FLITS)
        network = deepcopy(fresh)  # it is held against deadlock once
        network.run(max(1, cycles // 5), traffic, rate)
        counts = network.run(cycles, traffic, rate)
        found.append(Load(load, counts.round_trip_cycles, counts.replies / max(1.0, rate * senders * cycles)))
    return found
