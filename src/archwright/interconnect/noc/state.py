"""The arrays of a network at its first cycle, its table of packets, and routings as one table of phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layout import Reals, Rules, State
from archwright.interconnect.noc.routing import Routing
from archwright.interconnect.noc.topology import Topology

FOREVER = 1 << 40


@dataclass(eq=False)
class Learned:
    """What `table` and `q-routing` look into; may be changed between runs.

    Args:
        probabilities: (nodes, nodes, ports) float64: by router and destination, cumulative over its ports.
        quality: (nodes, nodes, ports) float64: estimated cycles to a destination by each port; changed by the kernel.
        learning_rate: how far a packet's hop moves its estimate, 0 to 1; 0 learns nothing.
        exploration: chance that a packet takes any port, 0 to 1.
    """

    probabilities: Reals
    quality: Reals
    learning_rate: float = 0.0
    exploration: float = 0.0


def first_learned(topology: Topology) -> Learned:
    """Even chances for every port, and the cycles of an empty network.

    Args:
        topology: of the network.

    Example:
        >>> from archwright.interconnect.noc.topology import mesh
        >>> first_learned(mesh(2, 2)).quality[0, 3, :2].tolist()
        [8.0, 8.0]
    """
    n, ports = topology.n_nodes, topology.n_ports
    even = np.cumsum(np.full((n, n, ports), 1.0 / ports), axis=2)
    quality = np.full((n, n, ports), np.inf)
    for (a, b, latency), (port, _) in zip(topology.links, topology.ports, strict=True):
        quality[a, :, port] = topology.distances[b] + latency + 3
    return Learned(even, quality)


def first_state(topology: Topology, n_vcs: int, depth: int, seed: int, n_logged: int) -> State:
    """An empty network at cycle 0.

    Args:
        topology: of the network.
        n_vcs: virtual channels per port.
        depth: flits per virtual channel.
        seed: of the sources.
        n_logged: flits whose arrival is logged.
    """
    n, ports = topology.n_nodes, topology.n_ports
    channels = ports * n_vcs
    wheel = 1 << int(int(topology.links[:, 2].max()) + 8).bit_length()
    inputs = np.zeros((n * channels, 4), np.int32)
    inputs[:, of.OUTPUT] = -1
    outputs = np.zeros((n * channels + n * n_vcs, 2), np.int32)
    outputs[:, of.CREDITS] = depth
    sources = np.zeros((n, 6), np.int32)
    sources[:, of.HEAD] = -1
    numbers = np.zeros(of.N_NUMBERS, np.int64)
    numbers[of.FREE_SLOT] = -1
    numbers[of.MEASURE_FROM] = numbers[of.MEASURE_UNTIL] = FOREVER
    return State(
        waiting=np.zeros(n, np.int64), moving=np.zeros(n, np.int64),
        free=np.full(n, (1 << channels) - 1, np.int64), want=np.zeros(n * channels, np.int64),
        inputs=inputs, outputs=outputs, turns=np.zeros((n, ports, 3), np.int32), used=np.zeros((n, ports), np.int32),
        flits=np.zeros((n * channels, depth), np.int32), arrivals=np.zeros((wheel, n * (ports + 1), 2), np.int32),
        n_arrivals=np.zeros(wheel, np.int32), returns=np.zeros((wheel, n * (ports + 1)), np.int32),
        n_returns=np.zeros(wheel, np.int32), packets=np.zeros((0, 16), np.int32), sources=sources, numbers=numbers,
        word=np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.uint64),
        counts=np.zeros(of.N_COUNTS, np.int64),
        link_flits=np.zeros((n, ports), np.int64), asks=np.zeros(channels, np.int64),
        offers=np.zeros(channels, np.int64), chosen=np.zeros((ports, ports), np.int32),
        histogram=np.zeros(of.N_BINS, np.int64), log=np.zeros((n_logged, 3), np.int64),
    )  # fmt: skip


def with_slots(state: State, n_slots: int) -> State:
    """The same state with a larger table of packets, whose new rows are free.

    Args:
        state: shares all other arrays.
        n_slots: rows of the table.
    """
    old = len(state.packets)
    packets = np.zeros((n_slots, 16), np.int32)
    packets[:old] = state.packets
    packets[old:, of.NEXT] = np.arange(old + 1, n_slots + 1)
    packets[-1, of.NEXT] = state.numbers[of.FREE_SLOT]
    state.numbers[of.FREE_SLOT] = old
    state.numbers[of.N_FREE] += n_slots - old
    return state._replace(packets=packets)


def stack(routings: Sequence[Routing], topology: Topology, learned: Learned) -> Rules:
    """Several routings as one table of phases.

    Args:
        routings: for this topology.
        topology: of the network.
        learned: the tables that some routings look into.
    """
    n, sizes = topology.n_nodes, [len(one.wants) for one in routings]
    by_port = max(one.wants.shape[1] for one in routings)
    wants = np.concatenate([np.broadcast_to(one.wants, (len(one.wants), by_port, n, n)) for one in routings])
    has_escapes = any(one.escapes is not None for one in routings)
    has_tables = any(one.first_phase.any() for one in routings)
    escapes = np.zeros((sum(sizes), n, n) if has_escapes else (1, 1, 1), np.int64)
    first_phase = np.zeros((len(routings), n, n) if has_tables else (1, 1, 1), np.int32)
    phases, settings = np.zeros((sum(sizes), 2), np.int32), np.zeros((len(routings), 2), np.int64)
    at = 0
    for i, (one, size) in enumerate(zip(routings, sizes, strict=True)):
        settings[i], phases[at : at + size] = (one.start, at), (one.select, one.escapes is not None)
        if one.escapes is not None:
            escapes[at : at + size] = one.escapes
        if has_tables:
            first_phase[i] = one.first_phase
        at += size
    rates = np.array([learned.learning_rate, learned.exploration])
    tables = (np.ascontiguousarray(wants), escapes, phases, first_phase, learned.probabilities, learned.quality)
    return Rules(*tables, settings, rates)
