"""What a network costs in silicon: a proxy that counts bits of buffers, crossings of switches, arbiters and wires."""

from __future__ import annotations

from archwright.interconnect.noc.topology import Topology

FLIT_BITS = 128
BUFFER_BIT_UM2 = 2.5
"""A flip-flop with its share of the multiplexers, at about 45 nm."""
WIRE_PITCH_UM = 0.2
"""Of a crossbar and of links."""
ARBITER_UM2 = 5.0
"""Of a pair of requester and resource in an allocator."""
TILE_UM = 1000.0
"""Length of a link of one cycle."""
REPEATER_SHARE = 0.1
"""Share of the area below a link that its repeaters take."""


def area_mm2(topology: Topology, n_vcs: int, buffer_flits: int) -> float:
    """Area of all routers and links.

    A router has the ports that it uses: buffers grow with ports, channels and depth, the crossbar with the square of
    ports times the width of a flit, the allocators with the square of ports times channels.

    Args:
        topology: of the network.
        n_vcs: virtual channels per port.
        buffer_flits: flits per virtual channel.

    Example:
        >>> from archwright.interconnect.noc import mesh
        >>> round(area_mm2(mesh(8, 8), 4, 4), 2)
        3.03
    """
    a, b, latency = topology.links.T
    total = 0.0
    for node in range(topology.n_nodes):
        inputs, outputs = int((b == node).sum()) + 1, int((a == node).sum()) + 1
        total += inputs * n_vcs * buffer_flits * FLIT_BITS * BUFFER_BIT_UM2
        total += inputs * outputs * (FLIT_BITS * WIRE_PITCH_UM) ** 2
        total += inputs * outputs * (n_vcs**2 + 1) * ARBITER_UM2
    wires = float(latency.sum()) * TILE_UM * FLIT_BITS * WIRE_PITCH_UM
    return (total + REPEATER_SHARE * wires) / 1e6
