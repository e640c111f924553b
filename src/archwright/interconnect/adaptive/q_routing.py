"""Q-routing: every router learns how long packets take to each destination by each of its ports.

Paper: Boyan and Littman, "Packet Routing in Dynamically Changing Networks: A Reinforcement Learning Approach", NIPS
1993. When router x sends a packet for d to its neighbour y, it waited q cycles, the link takes s, and y reports its own
best:

    Q_x(d, y) <- Q_x(d, y) + rate (q + s + min_z Q_y(d, z) - Q_x(d, y))

The updates run inside the network's kernel, hop by hop. What differs: ways are minimal, and virtual channel 0 is an
escape in dimension order, so that nothing can deadlock; the paper's network has buffers without bounds.
"""

from __future__ import annotations

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, Topology
from archwright.interconnect.noc.traffic import Traffic


def learned_network(
    topology: Topology,
    traffic: Traffic,
    load: float,
    *,
    cycles: int = 20_000,
    rate: float = 0.1,
    exploration: float = 0.0,
    n_vcs: int = 4,
    buffer_flits: int = 4,
    seed: int = 0,
) -> Network:
    """A network whose routers have learned under some traffic; it still runs, and learns on.

    Args:
        topology: of the network.
        traffic: for its nodes.
        load: flits per cycle and node.
        cycles: to learn in, >= 1.
        rate: of the updates, 0 to 1.
        exploration: chance that a packet takes any port, 0 to 1.
        n_vcs: virtual channels per port, >= 2.
        buffer_flits: per virtual channel.
        seed: of the sources.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> from archwright.interconnect.noc import mesh, traffic
        >>> network = learned_network(mesh(4, 4), traffic("transpose", 16, columns=4), 0.2, cycles=500)
        >>> 5.0 < network.run(500, traffic("transpose", 16, columns=4), 0.2).latency_cycles < 60.0
        True
    """
    for name, value in (("rate", rate), ("exploration", exploration)):
        if not 0.0 <= value <= 1.0:
            raise SpecError(name, value, "0 to 1")
    network = Network(topology, "q-routing", n_vcs=n_vcs, buffer_flits=buffer_flits, seed=seed)
    network.learned.learning_rate, network.learned.exploration = rate, exploration
    network.run(cycles, traffic, load)
    return network
