"""Words as packets: flits on the links, and when every packet sets out.

A packet has a head flit and the flits of up to a line of 64 bytes; a word is a byte. The packets of a flow, from one
node to another, set out evenly over the cycles of the layer; each flow begins at another part of its interval, so that
flows of the same rate do not meet all the time.
"""

from __future__ import annotations

import numpy as np

from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.traffic.flows import Traffic
from archwright.core.errors import SpecError

PACKET_BYTES = 64

# A packet: columns of an (n, 4) int64 array.
CYCLE, SOURCE, DESTINATION, FLITS = range(4)

_GOLDEN = 0.6180339887498949  # multiples of it modulo 1 are spread evenly


def flits_of(n_bytes: Ints, flit_bytes: int = 16) -> Ints:
    """Flits of all packets of a flow, heads included.

    Args:
        n_bytes: of the flow.
        flit_bytes: that a link moves in a cycle, >= 1.

    Raises:
        SpecError: a flit has no byte.

    Example:
        >>> flits_of(np.array([0, 1, 64, 65, 1000])).tolist()
        [0, 2, 5, 7, 79]
    """
    if type(flit_bytes) is not int or flit_bytes < 1:
        raise SpecError("flit_bytes", flit_bytes, "a whole number >= 1")
    full, rest = n_bytes // PACKET_BYTES, n_bytes % PACKET_BYTES
    return np.asarray(full * (1 - -PACKET_BYTES // flit_bytes) + (rest > 0) * (1 - -rest // flit_bytes))


def packets_of(traffic: Traffic, n_cycles: int, flit_bytes: int = 16) -> Ints:
    """Packets that set out in the first cycles of a layer.

    Args:
        traffic: of the layer.
        n_cycles: at least 1; the whole layer if there are fewer.
        flit_bytes: that a link moves in a cycle.

    Returns:
        (n, 4) int64: cycle, source, destination, flits; in the order of the cycles.

    Raises:
        SpecError: a number below 1.

    Example:
        >>> from archwright.accelerators.requests import Array
        >>> from archwright.accelerators.traffic import Mesh, traffic_of
        >>> from archwright.accelerators.workloads import Layer
        >>> found = traffic_of(Layer("conv", 8, 4, 5, 5, 3, 3), Array(n_pes=4), Mesh(2, 2))
        >>> packets_of(found, 100).tolist()
        [[30, 2, 0, 5], [78, 0, 2, 5]]
    """
    if type(n_cycles) is not int or n_cycles < 1:
        raise SpecError("n_cycles", n_cycles, "a whole number >= 1")
    sources, destinations = np.nonzero(traffic.between_nodes)
    n_bytes = traffic.between_nodes[sources, destinations]
    counts = -(-n_bytes // PACKET_BYTES)
    phases = np.arange(1, len(counts) + 1) * _GOLDEN % 1.0
    share = min(n_cycles, traffic.cycles) / traffic.cycles
    early = np.minimum(counts, np.ceil(counts * share).astype(np.int64))
    flow = np.repeat(np.arange(len(early)), early)
    place = np.arange(len(flow)) - np.repeat(np.cumsum(early) - early, early)
    cycles = ((place + phases[flow]) * traffic.cycles / counts[flow]).astype(np.int64)
    flits = flits_of(np.minimum(PACKET_BYTES, n_bytes[flow] - place * PACKET_BYTES), flit_bytes)
    packets = np.stack([cycles, sources[flow], destinations[flow], flits], axis=1)
    packets = packets[cycles < n_cycles]
    return np.ascontiguousarray(packets[np.argsort(packets[:, CYCLE], kind="stable")])


def link_flits(traffic: Traffic, flit_bytes: int = 16) -> Ints:
    """Flits over every link while a layer runs, where all packets go along the row first.

    Args:
        traffic: of the layer.
        flit_bytes: that a link moves in a cycle.

    Returns:
        (n_nodes, n_nodes) int64, from row to column; zero where there is no link.

    Example:
        >>> from archwright.accelerators.requests import Array
        >>> from archwright.accelerators.traffic import Mesh, traffic_of
        >>> from archwright.accelerators.workloads import Layer
        >>> found = traffic_of(Layer("conv", 8, 4, 5, 5, 3, 3), Array(n_pes=4), Mesh(2, 2))
        >>> int(link_flits(found).max()), found.cycles
        (20, 667)
    """
    flits = flits_of(traffic.between_nodes, flit_bytes)
    found = np.zeros_like(flits)
    for source, destination in np.argwhere(flits).tolist():
        for link in traffic.mesh.path(source, destination):
            found[link] += flits[source, destination]
    return found
