"""A network that runs: it resumes from where it stands, under any load, traffic and routing of its set."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from archwright.core.errors import Failed, SpecError
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.deadlock import check_deadlock, find_cycle
from archwright.interconnect.noc.graph_routing import find_routing
from archwright.interconnect.noc.layout import Demand, Masks
from archwright.interconnect.noc.routing import Routing
from archwright.interconnect.noc.state import FOREVER, first_learned, first_state, stack, with_slots
from archwright.interconnect.noc.topology import Topology
from archwright.interconnect.noc.traffic import Traffic

FIRST_SLOTS = 1 << 12


@dataclass(frozen=True, eq=False)
class Counts:
    """What happened in some cycles.

    Args:
        cycles: how many.
        packets_created: at the sources, replies with them.
        packets_delivered: whose last flit arrived.
        flits_injected: that left the sources.
        flits_delivered: that arrived.
        latency_cycles: mean of the packets delivered, from their making; waiting at the source counts.
        network_latency_cycles: mean from the first flit's start.
        hops: mean number of routers.
        round_trip_cycles: mean from a request's making to its answer; 0 without answers.
        replies: answers delivered.
        throughput: flits delivered per cycle and node that may send.
        queued_packets: at the sources at the end.
        in_network: packets under way at the end.
        link_flits: (nodes, ports) int64: flits that left by each port; the last one is the node.
        histogram: (4,096,) int64: packets by latency; the last bin holds all that took longer.
    """

    cycles: int
    packets_created: int
    packets_delivered: int
    flits_injected: int
    flits_delivered: int
    latency_cycles: float
    network_latency_cycles: float
    hops: float
    round_trip_cycles: float
    replies: int
    throughput: float
    queued_packets: int
    in_network: int
    link_flits: Masks
    histogram: Masks

    def percentile_cycles(self, share: float) -> int:
        """The latency that a share of the packets keeps to.

        Args:
            share: 0 to 1.
        """
        below = np.cumsum(self.histogram)
        return int(np.searchsorted(below, share * below[-1]))


class Network:
    """Routers, links and sources at some cycle.

    Args:
        topology: of the network.
        routing: a name, or a `Routing`; or several, among which `use` switches.
        n_vcs: virtual channels per port.
        buffer_flits: flits per virtual channel.
        seed: of the sources.
        n_logged: flits whose arrival is logged.

    Raises:
        SpecError: a value is out of its range, or a routing can deadlock: the cycle is named.

    Example:
        >>> from archwright.interconnect.noc import mesh, traffic
        >>> found = Network(mesh(4, 4), "xy").run(2000, traffic("uniform", 16), 0.1)
        >>> found.packets_delivered + found.queued_packets + found.in_network == found.packets_created
        True
    """

    def __init__(
        self,
        topology: Topology,
        routing: str | Routing | Sequence[str | Routing] = "xy",
        *,
        n_vcs: int = 4,
        buffer_flits: int = 4,
        seed: int = 0,
        n_logged: int = 0,
    ) -> None:
        self.topology, self.fabric = topology, topology.fabric(n_vcs, buffer_flits)
        several = [routing] if isinstance(routing, str | Routing) else list(routing)
        self.routings = [one if isinstance(one, Routing) else find_routing(one, topology, n_vcs) for one in several]
        for one in self.routings:
            check_deadlock(topology, one, n_vcs)
        self._may_mix = len(several) == 1 or find_cycle(topology, self.routings, n_vcs) is None
        self.learned = first_learned(topology)
        self.state = with_slots(first_state(topology, n_vcs, buffer_flits, seed, n_logged), FIRST_SLOTS)
        self._traffic: Traffic | None = None
        self._demand_of: tuple[Traffic, float] | None = None

    @property
    def now(self) -> int:
        """The cycle."""
        return int(self.state.numbers[of.NOW])

    @property
    def active(self) -> str:
        """The routing that new packets take."""
        return str(self.routings[self.state.numbers[of.ACTIVE]].name)

    def fresh(self, seed: int) -> Network:
        """The same network at cycle 0; what was learned is shared.

        Args:
            seed: of the sources.
        """
        other = copy(self)
        _, n_vcs, depth, _ = self.fabric.shape.tolist()
        other.state = with_slots(first_state(self.topology, n_vcs, depth, seed, len(self.state.log)), FIRST_SLOTS)
        other._traffic = other._demand_of = None
        return other

    def use(self, name: str) -> None:
        """Let new packets take another routing of the set; those under way keep theirs.

        Where the routings could deadlock together, the sources wait until the network is empty.

        Args:
            name: of a routing of the set.

        Raises:
            SpecError: it is not in the set.
        """
        names = [one.name for one in self.routings]
        if name not in names:
            raise SpecError("routing", name, f"one of {', '.join(names)}")
        is_new = name != self.active
        self.state.numbers[of.ACTIVE] = names.index(name)
        if is_new and not self._may_mix:
            self.state.numbers[of.IS_HELD] = 1

    def run(self, cycles: int, traffic: Traffic, load: float, *, stops_when_measured: bool = False) -> Counts:
        """Run on, and say what happened.

        Args:
            cycles: 1 or more.
            traffic: for the nodes of this topology; events count from the cycle in which a traffic is first given.
            load: flits per cycle and node that the sources offer, 0 to 1.
            stops_when_measured: end when all packets made in the measured cycles have arrived.

        Raises:
            SpecError: a value is out of its range.
            Failed: packets wait for each other for ever.
        """
        if type(cycles) is not int or cycles < 1:
            raise SpecError("cycles", cycles, "a whole number of 1 or more")
        start = self._clear()
        self._advance(cycles, self._demand(traffic, load), stops_when_measured)
        return self._counts(self.now - start)

    def drain(self, traffic: Traffic, most_cycles: int = 1_000_000) -> Counts:
        """Run until every event of a traffic has come and every packet has arrived.

        Args:
            traffic: of events.
            most_cycles: to wait for the last packets.

        Raises:
            SpecError: the traffic is not for this network.
            Failed: packets wait for each other for ever, or for too long.

        Example:
            >>> from archwright.interconnect.noc import from_events, mesh
            >>> Network(mesh(2, 2)).drain(from_events("one", 4, [(0, 0, 3, 1)])).latency_cycles
            14.0
        """
        start, demand, numbers = self._clear(), self._demand(traffic, 0.0), self.state.numbers
        numbers[of.MEASURE_FROM], numbers[of.MEASURE_UNTIL] = start, FOREVER
        last = int(demand.events[-1, 0]) if len(demand.events) else start
        self._advance(max(last - start, 0) + 1, demand, False)
        self._advance(most_cycles, demand, True)
        if numbers[of.MEASURED_OPEN] > 0:
            raise Failed(
                f"{traffic.name}: {numbers[of.MEASURED_OPEN]:,} packets are under way after {self.now:,} cycles"
            )
        return self._counts(self.now - start)

    def _clear(self) -> int:
        state = self.state
        state.counts[:], state.link_flits[:], state.histogram[:] = 0, 0, 0
        return self.now

    def _advance(self, cycles: int, demand: Demand, stops_when_measured: bool) -> None:
        from archwright.interconnect.noc.kernel import PATIENCE, kernel_run

        rules = stack(self.routings, self.topology, self.learned)
        numbers, until = self.state.numbers, self.now + cycles
        while self.now < until:
            kernel_run(self.state, self.fabric, rules, demand, until - self.now, stops_when_measured)
            if numbers[of.STATUS] == of.RUNNING:
                return
            if numbers[of.STATUS] == of.STUCK:
                raise Failed(
                    f"{self.active} on {self.topology.name}: no flit moved for {PATIENCE:,} cycles: a deadlock"
                )
            self.state = with_slots(self.state, max(2 * len(self.state.packets), 16 * self.topology.n_nodes))

    def _demand(self, traffic: Traffic, load: float) -> Demand:
        if len(traffic.matrix) != self.topology.n_nodes:
            raise SpecError("traffic", traffic.name, f"for {self.topology.n_nodes} nodes, not {len(traffic.matrix)}")
        if traffic is not self._traffic:
            self._traffic, self._begun = traffic, self.now
            self.state.numbers[of.NEXT_EVENT] = 0
        if self._demand_of is None or self._demand_of[0] is not traffic or self._demand_of[1] != load:
            demand = traffic.demand(load)
            shift = np.array([self._begun, 0, 0, 0])
            self._tables, self._demand_of = demand._replace(events=demand.events + shift), (traffic, load)
        return self._tables

    def _counts(self, cycles: int) -> Counts:
        c, n = self.state.counts.tolist(), self.state.numbers
        delivered, replies = c[of.PACKETS_DELIVERED], c[of.REPLIES]
        return Counts(
            cycles, c[of.PACKETS_CREATED], delivered, c[of.FLITS_INJECTED], c[of.FLITS_DELIVERED],
            c[of.LATENCY_SUM] / max(delivered, 1), c[of.NETWORK_SUM] / max(delivered, 1),
            c[of.HOPS_SUM] / max(delivered, 1), c[of.ROUND_TRIP_SUM] / max(replies, 1), replies,
            c[of.FLITS_DELIVERED] / max(cycles, 1) / self.topology.n_nodes, int(n[of.QUEUED_PACKETS]),
            int(n[of.IN_NETWORK]), self.state.link_flits.copy(), self.state.histogram.copy(),
        )  # fmt: skip
