"""The same network in plain Python, cycle by cycle, written apart from the kernel, with packets and buffers as objects.

Slow. Tests compare it with the kernel flit for flit.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.routing import Routing
from archwright.interconnect.noc.topology import Topology

_WORD = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(word: int) -> int:
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _WORD
    return word ^ word >> 31


def _chance(word: int, place: int, n: int) -> int:
    return (_mix((word + place * _GOLDEN) & _WORD) >> 33) % n


@dataclass
class _Packet:
    serial: int
    source: int
    dest: int
    flits: int
    word: int
    phase: int = 0
    target: int = 0
    hops: int = 0


@dataclass
class _Flit:
    packet: _Packet
    is_head: bool
    is_tail: bool


@dataclass
class _Input:
    """An input virtual channel."""

    queue: deque[_Flit] = field(default_factory=deque)
    output: int = -1
    want: set[int] = field(default_factory=set)
    turn: int = 0
    waits: bool = False


@dataclass
class _Router:
    inputs: list[_Input]
    credits: list[int]
    holders: list[int]
    channel_grants: list[int]
    grants: list[int]
    accepts: list[int]
    vc_turns: list[int]


def _next_from(members: Iterable[int], turn: int, size: int) -> int:
    return min(members, key=lambda one: (one - turn) % size)


class Referee:
    """A network that carries a list of packets.

    Args:
        topology: of the network.
        routing: for it; one that picks ports by learned tables is not played.
        n_vcs: virtual channels per port.
        buffer_flits: flits per virtual channel.
        events: (cycle, source, destination, flits), sorted by cycle.
        seed: of the packets' words.

    Example:
        >>> from archwright.interconnect.noc import find_routing, mesh
        >>> grid = mesh(2, 2)
        >>> Referee(grid, find_routing("xy", grid, 1), 1, 4, [(0, 0, 3, 1)]).run(20)
        [(0, 14, True)]
    """

    def __init__(
        self,
        topology: Topology,
        routing: Routing,
        n_vcs: int,
        buffer_flits: int,
        events: Sequence[tuple[int, int, int, int]],
        seed: int = 0,
    ) -> None:
        self.topology, self.routing, self.n_vcs, self.depth = topology, routing, n_vcs, buffer_flits
        self.ports, self.local = topology.n_ports, topology.n_ports - 1
        n, size = topology.n_nodes, topology.n_ports * n_vcs
        self.routers = [
            _Router([_Input() for _ in range(size)], [buffer_flits] * size, [-1] * size, [0] * size,
                    [0] * self.ports, [0] * self.ports, [0] * self.ports)
            for _ in range(n)
        ]  # fmt: skip
        self.out: dict[tuple[int, int], tuple[int, int, int]] = {}
        self.back: dict[tuple[int, int], tuple[int, int, int]] = {}
        for (a, b, latency), (leave, enter) in zip(topology.links.tolist(), topology.ports.tolist(), strict=True):
            self.out[a, leave], self.back[b, enter] = (b, enter, latency), (a, leave, latency)
        self.sources: list[deque[_Packet]] = [deque() for _ in range(n)]
        self.source_credits, self.source_vc, self.sent = [[buffer_flits] * n_vcs for _ in range(n)], [0] * n, [0] * n
        self.flights: dict[int, list[tuple[int, int, _Flit]]] = defaultdict(list)
        self.returns: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
        self.events, self.word = deque(events), int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])
        self.now, self.serial = 0, 0
        self.log: list[tuple[int, int, bool]] = []

    def run(self, cycles: int) -> list[tuple[int, int, bool]]:
        """Play so many cycles.

        Args:
            cycles: 0 or more.

        Returns:
            (packet, cycle, whether it is the last) of every flit that reached its node.
        """
        for _ in range(cycles):
            self._events()
            for node in range(len(self.routers)):
                self._inject(node)
            for number, router in enumerate(self.routers):
                waiting = [i for i, one in enumerate(router.inputs) if one.waits]
                free = {out for out, holder in enumerate(router.holders) if holder < 0}
                self._switch(number, router)
                self._allocate(router, waiting, free)
            self.now += 1
        return self.log

    def _events(self) -> None:
        for router, channel, is_source in self.returns.pop(self.now, []):
            (self.source_credits if is_source else [one.credits for one in self.routers])[router][channel] += 1
        for router, channel, flit in self.flights.pop(self.now, []):
            if channel < 0:
                self.log.append((flit.packet.serial, self.now, flit.is_tail))
                continue
            one = self.routers[router].inputs[channel]
            one.queue.append(flit)
            flit.packet.hops += flit.is_head
            if len(one.queue) == 1 and one.output < 0:
                self._route(router, channel, one)
        while self.events and self.events[0][0] <= self.now:
            _, source, dest, flits = self.events.popleft()
            self.word = self.word + _GOLDEN & _WORD
            word = int((_mix(self.word) >> 11) / 2**53 * 2**30)
            self.sources[source].append(_Packet(self.serial, source, dest, flits, word))
            self.serial += 1

    def _used(self, router: int, port: int) -> int:
        return sum(
            self.depth - one for one in self.routers[router].credits[port * self.n_vcs : (port + 1) * self.n_vcs]
        )

    def _start(self, packet: _Packet) -> None:
        routing, node, dest, columns = self.routing, packet.source, packet.dest, self.topology.columns
        packet.target, start = dest, routing.start
        if start == of.BY_PAIR:
            entry = int(routing.first_phase[node, dest])
            start = {of.PAIR_CHANCE: of.BY_CHANCE, of.PAIR_CREDIT: of.BY_CREDIT}.get(entry, of.BY_TABLE)
        if start == of.BY_TABLE:
            packet.phase = int(routing.first_phase[node, dest]) if len(routing.first_phase) > 1 else 0
        elif start == of.BY_CHANCE:
            packet.phase = _chance(packet.word, 1, 2)
        elif start == of.BY_CREDIT and node != dest:
            one, other = (self._used(node, self._ports(int(routing.wants[k, 0, node, dest]))[0]) for k in (0, 1))
            packet.phase = int(other < one) if one != other else _chance(packet.word, 1, 2)
        elif start == of.VIA_ANY:
            packet.target = _chance(packet.word, 2, len(self.routers))
        elif start == of.VIA_QUADRANT:
            (x, y), (to_x, to_y) = (node % columns, node // columns), (dest % columns, dest // columns)
            x += (1 if to_x >= x else -1) * _chance(packet.word, 2, abs(to_x - x) + 1)
            y += (1 if to_y >= y else -1) * _chance(packet.word, 3, abs(to_y - y) + 1)
            packet.target = y * columns + x
        if start in (of.VIA_ANY, of.VIA_QUADRANT) and packet.target == node:
            packet.target, packet.phase = dest, packet.phase + 1

    def _ports(self, want: int) -> list[int]:
        return [port for port in range(self.ports) if want >> port * self.n_vcs & (1 << self.n_vcs) - 1]

    def _route(self, router: int, channel: int, one: _Input) -> None:
        packet, routing, port = one.queue[0].packet, self.routing, channel // self.n_vcs
        one.waits = True
        if packet.target == router and packet.dest != router:
            packet.target, packet.phase = packet.dest, packet.phase + 1
        elif packet.target == packet.dest == router:
            one.want = {self.local * self.n_vcs + vc for vc in range(self.n_vcs)}
            return
        escape = 0 if routing.escapes is None else int(routing.escapes[router, packet.target])
        want = int(routing.wants[packet.phase, port if routing.wants.shape[1] > 1 else 0, router, packet.target])
        if escape and port != self.local and channel % self.n_vcs == 0:
            want = 0
        elif routing.select != of.ALL and len(self._ports(want)) > 1:
            want = self._pick(router, packet, want)
        one.want = {out for out in range(self.ports * self.n_vcs) if (want | escape) >> out & 1}

    def _pick(self, router: int, packet: _Packet, want: int) -> int:
        ports = self._ports(want)
        turn = _chance(packet.word, 3 * (router * 64 + packet.hops), len(ports))
        order = ports[turn:] + ports[:turn]
        if self.routing.select == of.CREDIT:
            order.sort(key=lambda port: self._used(router, port))
        return want & ((1 << self.n_vcs) - 1) << order[0] * self.n_vcs

    def _inject(self, node: int) -> None:
        if not self.sources[node]:
            return
        packet, credits = self.sources[node][0], self.source_credits[node]
        if self.sent[node] == 0:
            order = [(self.source_vc[node] + i) % self.n_vcs for i in range(1, self.n_vcs + 1)]
            fitting = [vc for vc in order if credits[vc] > 0]
            if not fitting:
                return
            self.source_vc[node] = fitting[0]
            self._start(packet)
        vc = self.source_vc[node]
        if credits[vc] == 0:
            return
        credits[vc] -= 1
        self.sent[node] += 1
        flit = _Flit(packet, self.sent[node] == 1, self.sent[node] == packet.flits)
        self.flights[self.now + 2].append((node, self.local * self.n_vcs + vc, flit))
        if flit.is_tail:
            self.sources[node].popleft()
            self.sent[node] = 0

    def _switch(self, number: int, router: _Router) -> None:
        best: dict[tuple[int, int], int] = {}
        for i, one in enumerate(router.inputs):
            if not one.queue or one.output < 0 or router.credits[one.output] == 0:
                continue
            pair, turn = (i // self.n_vcs, one.output // self.n_vcs), router.vc_turns[i // self.n_vcs]
            rivals = {i % self.n_vcs, best.get(pair, i) % self.n_vcs}
            best[pair] = i - i % self.n_vcs + _next_from(rivals, turn, self.n_vcs)
        granted = {
            to: _next_from([port for port, other in best if other == to], router.grants[to], self.ports)
            for to in {to for _, to in best}
        }
        for port in sorted(set(granted.values())):
            offers = [to for to, winner in granted.items() if winner == port]
            to = _next_from(offers, router.accepts[port], self.ports)
            i = best[port, to]
            router.grants[to], router.accepts[port] = (port + 1) % self.ports, (to + 1) % self.ports
            router.vc_turns[port] = (i % self.n_vcs + 1) % self.n_vcs
            self._leave(number, router, i)

    def _leave(self, number: int, router: _Router, i: int) -> None:
        one, (port, vc) = router.inputs[i], divmod(i, self.n_vcs)
        flit, out = one.queue.popleft(), one.output
        to, out_vc = divmod(out, self.n_vcs)
        router.credits[out] -= 1
        if to == self.local:
            self.flights[self.now + 3].append((number, -1, flit))
            self.returns[self.now + 6].append((number, out, False))
        else:
            there, enter, latency = self.out[number, to]
            self.flights[self.now + latency + 2].append((there, enter * self.n_vcs + out_vc, flit))
        if port == self.local:
            self.returns[self.now + 2].append((number, vc, True))
        else:
            before, leave, latency = self.back[number, port]
            self.returns[self.now + latency + 2].append((before, leave * self.n_vcs + vc, False))
        if flit.is_tail:
            router.holders[out], one.output = -1, -1
            if one.queue:
                self._route(number, i, one)

    def _allocate(self, router: _Router, waiting: Sequence[int], free: set[int]) -> None:
        size = self.ports * self.n_vcs
        asks: dict[int, list[int]] = defaultdict(list)
        for i in waiting:
            for out in router.inputs[i].want & free:
                asks[out].append(i)
        offers: dict[int, list[int]] = defaultdict(list)
        for out, rivals in asks.items():
            offers[_next_from(rivals, router.channel_grants[out], size)].append(out)
        for i, outs in offers.items():
            one = router.inputs[i]
            out = _next_from(outs, one.turn, size)
            router.holders[out], one.output, one.waits = i, out, False
            one.turn, router.channel_grants[out] = (out + 1) % size, (i + 1) % size
