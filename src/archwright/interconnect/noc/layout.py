"""Where things stand in the arrays that the network's kernel takes and fills."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Masks = np.ndarray[Any, np.dtype[np.int64]]
Small = np.ndarray[Any, np.dtype[np.int32]]
Reals = np.ndarray[Any, np.dtype[np.float64]]
Words = np.ndarray[Any, np.dtype[np.uint64]]

# An input virtual channel: columns of `State.inputs`.
FIRST, COUNT, OUTPUT, ACCEPT_TURN = range(4)
# An output virtual channel, or one of a source: columns of `State.outputs`.
CREDITS, GRANT_TURN = range(2)
# A port of the switch: last axis of `State.turns`.
SWITCH_GRANT, SWITCH_ACCEPT, CHANNEL_TURN = range(3)
# A directed link, by the router and the port it leaves; and one by those it enters: last axis of `Fabric`'s tables.
TO_ROUTER, TO_PORT, LATENCY = range(3)
# A packet: columns of `State.packets`. KIND is a plain packet, a request or a reply.
(
    SOURCE, DEST, TARGET, PHASE, SIZE, KIND, CREATED, INJECTED, ARRIVED, HOPS, ORIGIN, WORD, NEXT, IS_MEASURED, SERIAL,
) = range(15)  # fmt: skip
PLAIN, REQUEST, REPLY = range(3)
# A node's source: columns of `State.sources`.
HEAD, TAIL, LEFT, CHANNEL, LAST_CHANNEL, IS_ON = range(6)
# One number each: `State.numbers`.
(
    NOW, FREE_SLOT, N_FREE, IN_NETWORK, QUEUED_PACKETS, MOVED_AT, NEXT_EVENT, IS_HELD, MEASURE_FROM, MEASURE_UNTIL,
    MEASURED_OPEN, SERIALS, LOGGED, STATUS, ACTIVE,
) = range(15)  # fmt: skip
N_NUMBERS = 15
RUNNING, FULL_TABLE, STUCK = range(3)
# Sums since they were last cleared: `State.counts`.
(
    PACKETS_CREATED, FLITS_INJECTED, FLITS_DELIVERED, PACKETS_DELIVERED, LATENCY_SUM, NETWORK_SUM, HOPS_SUM,
    MEASURED, MEASURED_LATENCY, MEASURED_NETWORK, MEASURED_HOPS, REPLIES, ROUND_TRIP_SUM,
) = range(13)  # fmt: skip
N_COUNTS = 13
N_BINS = 4096

# How a packet picks among the ports that it may take.
ALL, RANDOM, CREDIT, PROBABLE, LEARNED = range(5)
# How a packet starts: its phase by a table of sources and destinations, by chance, by credits of the first hop; or at
# an intermediate node, anywhere or between source and destination; or as a table says: phase 0 or 1, by chance, by
# credits.
BY_TABLE, BY_CHANCE, BY_CREDIT, VIA_ANY, VIA_QUADRANT, BY_PAIR = range(6)
PAIR_FIRST, PAIR_SECOND, PAIR_CHANCE, PAIR_CREDIT = range(4)
# A phase: columns of `Rules.phases`.
SELECT, HAS_ESCAPE = range(2)
# A routing of a set: columns of `Rules.settings`.
START, FIRST_PHASE = range(2)
# `Rules.rates`.
LEARNING, EXPLORATION = range(2)
# `State.log`: a line per flit that reached its node.
LOG_SERIAL, LOG_CYCLE, LOG_IS_TAIL = range(3)


class Fabric(NamedTuple):
    """What never changes: `links` (routers, ports, 3) by output, `feeds` (routers, ports, 3) by input, `port_of` a VC.

    The last port of every router is its node. `shape` is ports, virtual channels per port, flits per buffer,
    columns of the mesh.
    """

    links: Small
    feeds: Small
    port_of: Small
    shape: Masks


class State(NamedTuple):
    """A network at a cycle; everything that changes."""

    waiting: Masks
    moving: Masks
    free: Masks
    want: Masks
    inputs: Small
    outputs: Small
    turns: Small
    used: Small
    flits: Small
    arrivals: Small
    n_arrivals: Small
    returns: Small
    n_returns: Small
    packets: Small
    sources: Small
    numbers: Masks
    word: Words
    counts: Masks
    link_flits: Masks
    asks: Masks
    offers: Masks
    chosen: Small
    histogram: Masks
    log: Masks


class Rules(NamedTuple):
    """Routing as data: masks of output virtual channels by phase, input port, router and destination."""

    wants: Masks
    escapes: Masks
    phases: Small
    first_phase: Small
    probabilities: Reals
    quality: Reals
    settings: Masks
    rates: Reals


class Demand(NamedTuple):
    """What the sources do: packets per cycle by node, destinations (cumulative), sizes, bursts, events, replies."""

    per_cycle: Reals
    destinations: Reals
    sizes: Small
    size_shares: Reals
    burst: Reals
    events: Masks
    is_memory: Small
    reply: Masks
