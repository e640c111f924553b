"""A packet's way, compiled: how it is made, enters, picks its outputs, arrives and is accounted for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic

from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layout import Demand, Fabric, Rules, State

# Only kernels call these, and none makes an array: no counting of references, which would take most of the time.
INNER: Any = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,
    "forceinline": True,
}


@intrinsic
def _kernel_lowest(context: Any, mask: Any) -> Any:
    """Index of the lowest set bit; the mask is not empty."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], context.get_constant(types.boolean, True))

    return types.int64(types.int64), build


@njit(cache=True, **INNER)
def _kernel_from(mask: int, turn: int) -> Any:
    """The first set bit from `turn` on, round and round."""
    later = mask & (-1 << turn)
    return _kernel_lowest(later) if later else _kernel_lowest(mask)


@njit(cache=True, **INNER)
def _kernel_mix(word: Any) -> Any:
    """The output function of SplitMix64 (Steele, Lea and Flood, 2014)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit(cache=True, **INNER)
def _kernel_draw(s: State) -> Any:
    """A number in [0, 1)."""
    s.word[0] += np.uint64(0x9E3779B97F4A7C15)
    return np.float64(_kernel_mix(s.word[0]) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, **INNER)
def _kernel_chance(packet_word: int, place: int, n: int) -> Any:
    """One of `n`, by the packet's own word and a place: the same whoever asks, and when."""
    mixed = _kernel_mix(np.uint64(packet_word) + np.uint64(place) * np.uint64(0x9E3779B97F4A7C15))
    return np.int64((mixed >> np.uint64(33)) % np.uint64(n))


@njit(cache=True, **INNER)
def _kernel_create(s: State, node: int, dest: int, size: int, kind: int, created: int, origin: int) -> None:
    """Queue a packet at its source."""
    n = s.numbers
    k = n[of.FREE_SLOT]
    packet = s.packets[k]
    n[of.FREE_SLOT] = packet[of.NEXT]
    n[of.N_FREE] -= 1
    packet[of.SOURCE], packet[of.DEST], packet[of.SIZE], packet[of.KIND] = node, dest, size, kind
    packet[of.CREATED], packet[of.ORIGIN], packet[of.NEXT], packet[of.HOPS] = created, origin, -1, 0
    packet[of.SERIAL] = n[of.SERIALS]
    packet[of.WORD] = np.int64(_kernel_draw(s) * 1073741824.0)
    packet[of.IS_MEASURED] = n[of.MEASURE_FROM] <= created < n[of.MEASURE_UNTIL]
    n[of.MEASURED_OPEN] += packet[of.IS_MEASURED]
    n[of.SERIALS] += 1
    n[of.QUEUED_PACKETS] += 1
    s.counts[of.PACKETS_CREATED] += 1
    if s.sources[node, of.HEAD] < 0:
        s.sources[node, of.HEAD] = k
    else:
        s.packets[s.sources[node, of.TAIL], of.NEXT] = k
    s.sources[node, of.TAIL] = k


@njit(cache=True, **INNER)
def _kernel_generate(s: State, d: Demand, node: int, per_cycle: float) -> None:
    """Whether a node makes a packet in this cycle, where to, and how long."""
    if d.burst[0] > 0.0:
        flips = d.burst[1] if s.sources[node, of.IS_ON] else d.burst[0]
        if _kernel_draw(s) < flips:
            s.sources[node, of.IS_ON] = 1 - s.sources[node, of.IS_ON]
        if s.sources[node, of.IS_ON] == 0:
            return
        per_cycle *= 1.0 + d.burst[1] / d.burst[0]
    if _kernel_draw(s) >= per_cycle:
        return
    chance, low, high = _kernel_draw(s), 0, d.destinations.shape[1] - 1
    while low < high:
        middle = (low + high) // 2
        if chance < d.destinations[node, middle]:
            high = middle
        else:
            low = middle + 1
    size = 0
    if len(d.sizes) > 1:
        chance = _kernel_draw(s)
        while chance >= d.size_shares[size]:
            size += 1
    now = s.numbers[of.NOW]
    kind = of.REQUEST if d.is_memory[low] else of.PLAIN
    _kernel_create(s, node, low, d.sizes[size], kind, now, now)


@njit(cache=True, **INNER)
def _kernel_demand(s: State, d: Demand) -> None:
    """All packets of this cycle: events that are due, and those that are drawn."""
    n = s.numbers
    while n[of.NEXT_EVENT] < len(d.events) and n[of.N_FREE] > 2 * len(s.sources):
        event = d.events[n[of.NEXT_EVENT]]
        if event[0] > n[of.NOW]:
            break
        kind = of.REQUEST if d.is_memory[event[2]] else of.PLAIN
        _kernel_create(s, event[1], event[2], event[3], kind, event[0], event[0])
        n[of.NEXT_EVENT] += 1
    for node in range(len(s.sources)):
        if d.per_cycle[node] > 0.0:
            _kernel_generate(s, d, node, d.per_cycle[node])


@njit(cache=True, **INNER)
def _kernel_least(s: State, f: Fabric, r: Rules, router: int, dest: int) -> Any:
    """The least estimated time from a router to a node."""
    if router == dest:
        return 0.0
    least = np.inf
    for port in range(f.shape[0] - 1):
        if f.links[router, port, of.TO_ROUTER] >= 0:
            least = min(least, r.quality[router, dest, port])
    return least


@njit(cache=True, **INNER)
def _kernel_pick(s: State, f: Fabric, r: Rules, router: int, want: int, packet: Any, select: int) -> Any:
    """Of all that a packet may take, the channels of one port: by chance, by credits, or by what was learned."""
    n_vcs = f.shape[1]
    every = (1 << n_vcs) - 1
    n_ports = 0
    for port in range(f.shape[0]):
        n_ports += ((want >> (port * n_vcs)) & every) != 0
    if n_ports < 2:
        return want
    place = 3 * (router * 64 + packet[of.HOPS])
    turn = _kernel_chance(packet[of.WORD], place, n_ports)
    explores = False
    if select == of.LEARNED:
        explores = _kernel_chance(packet[of.WORD], place + 1, 1 << 20) < r.rates[of.EXPLORATION] * (1 << 20)
    goal = _kernel_chance(packet[of.WORD], place + 2, 1 << 20) / (1 << 20) if select == of.PROBABLE else 0.0
    best, at, least = 0, 0, np.float64(np.inf)
    for port in range(f.shape[0]):
        channels = want & (every << (port * n_vcs))
        if channels == 0:
            continue
        # Ties are broken by chance: the port whose turn it is has a lead of less than one flit.
        value = np.float64((at - turn) % n_ports) / 64.0
        if select == of.CREDIT:
            value += s.used[router, port]
        elif select == of.LEARNED and not explores:
            value = r.quality[router, packet[of.DEST], port]
        elif select == of.PROBABLE:
            value = np.float64(port if goal < r.probabilities[router, packet[of.DEST], port] else port + f.shape[0])
        at += 1
        if value < least:
            best, least = channels, value
    return best


@njit(cache=True, **INNER)
def _kernel_route(s: State, f: Fabric, r: Rules, router: int, channel: int) -> Any:
    """The output channels that the packet at the front of an input channel may take."""
    n_vcs, local = f.shape[1], f.shape[0] - 1
    here = router * len(f.port_of) + channel
    packet = s.packets[s.flits[here, s.inputs[here, of.FIRST]] >> 2]
    if packet[of.TARGET] == router and packet[of.DEST] != router:
        packet[of.TARGET] = packet[of.DEST]
        packet[of.PHASE] += 1
    elif packet[of.DEST] == router and packet[of.TARGET] == router:
        return ((1 << n_vcs) - 1) << (local * n_vcs)
    port, phase, target = f.port_of[channel], packet[of.PHASE], packet[of.TARGET]
    has_escape = r.phases[phase, of.HAS_ESCAPE] != 0
    escape = r.escapes[phase, router, target] if has_escape else 0
    if has_escape and port != local and channel - port * n_vcs == 0:
        return escape
    by_port = port if r.wants.shape[1] > 1 else 0
    want, select = r.wants[phase, by_port, router, target], r.phases[phase, of.SELECT]
    if select != of.ALL:
        want = _kernel_pick(s, f, r, router, want, packet, select)
    return want | escape


@njit(cache=True, **INNER)
def _kernel_start(s: State, f: Fabric, r: Rules, k: int) -> None:
    """Phase and target of a packet that enters the network."""
    packet = s.packets[k]
    node, dest = packet[of.SOURCE], packet[of.DEST]
    start, first = r.settings[s.numbers[of.ACTIVE], of.START], r.settings[s.numbers[of.ACTIVE], of.FIRST_PHASE]
    packet[of.TARGET] = dest
    packet[of.PHASE] = first
    if start == of.BY_PAIR:
        entry = r.first_phase[s.numbers[of.ACTIVE], node, dest] if r.first_phase.shape[1] > 1 else of.PAIR_FIRST
        start = of.BY_TABLE
        if entry == of.PAIR_CHANCE:
            start = of.BY_CHANCE
        elif entry == of.PAIR_CREDIT:
            start = of.BY_CREDIT
    if start == of.BY_TABLE and r.first_phase.shape[1] > 1:
        packet[of.PHASE] = first + r.first_phase[s.numbers[of.ACTIVE], node, dest]
    elif start == of.BY_CHANCE:
        packet[of.PHASE] = first + _kernel_chance(packet[of.WORD], 1, 2)
    elif start == of.BY_CREDIT and node != dest:
        one = s.used[node, f.port_of[_kernel_lowest(r.wants[first, 0, node, dest])]]
        other = s.used[node, f.port_of[_kernel_lowest(r.wants[first + 1, 0, node, dest])]]
        is_other = one > other or (one == other and _kernel_chance(packet[of.WORD], 1, 2) == 1)
        packet[of.PHASE] = first + is_other
    elif start == of.VIA_ANY:
        packet[of.TARGET] = _kernel_chance(packet[of.WORD], 2, len(s.sources))
    elif start == of.VIA_QUADRANT:
        width = f.shape[3]
        x, y = node % width, node // width
        across, down = dest % width - x, dest // width - y
        x += (1 if across >= 0 else -1) * _kernel_chance(packet[of.WORD], 2, abs(across) + 1)
        y += (1 if down >= 0 else -1) * _kernel_chance(packet[of.WORD], 3, abs(down) + 1)
        packet[of.TARGET] = y * width + x
    if packet[of.TARGET] == node and (start == of.VIA_ANY or start == of.VIA_QUADRANT):
        packet[of.TARGET] = dest
        packet[of.PHASE] += 1


@njit(cache=True, **INNER)
def _kernel_send(s: State, delay: int, to: int, flit: int) -> None:
    """A flit is at `to` after `delay` cycles: an input channel, or -1 - node."""
    slot = (s.numbers[of.NOW] + delay) & (len(s.n_arrivals) - 1)
    at = s.n_arrivals[slot]
    s.arrivals[slot, at, 0], s.arrivals[slot, at, 1] = to, flit
    s.n_arrivals[slot] = at + 1


@njit(cache=True, **INNER)
def _kernel_return(s: State, delay: int, to: int) -> None:
    """A credit is at the output channel `to` after `delay` cycles."""
    slot = (s.numbers[of.NOW] + delay) & (len(s.n_returns) - 1)
    s.returns[slot, s.n_returns[slot]] = to
    s.n_returns[slot] += 1


@njit(cache=True, **INNER)
def _kernel_inject(s: State, f: Fabric, r: Rules, node: int) -> None:
    """Send the next flit of a source if its virtual channel has room."""
    source = s.sources[node]
    n_vcs, k = f.shape[1], source[of.HEAD]
    first = (len(s.sources) * f.shape[0] + node) * n_vcs
    is_head = source[of.LEFT] == 0
    packet = s.packets[k]
    if is_head:
        if packet[of.CREATED] > s.numbers[of.NOW]:
            return
        channel = -1
        for i in range(1, n_vcs + 1):
            one = (source[of.LAST_CHANNEL] + i) % n_vcs
            if s.outputs[first + one, of.CREDITS] > 0:
                channel = one
                break
        if channel < 0:
            return
        source[of.CHANNEL], source[of.LAST_CHANNEL], source[of.LEFT] = channel, channel, packet[of.SIZE]
        now = s.numbers[of.NOW]
        packet[of.INJECTED], packet[of.ARRIVED] = now, now + 2
        s.numbers[of.IN_NETWORK] += 1
        s.numbers[of.QUEUED_PACKETS] -= 1
        _kernel_start(s, f, r, k)
    channel = source[of.CHANNEL]
    if s.outputs[first + channel, of.CREDITS] <= 0:
        return
    s.outputs[first + channel, of.CREDITS] -= 1
    source[of.LEFT] -= 1
    is_tail = source[of.LEFT] == 0
    _kernel_send(s, 2, node * len(f.port_of) + (f.shape[0] - 1) * n_vcs + channel, k * 4 + is_head + 2 * is_tail)
    s.counts[of.FLITS_INJECTED] += 1
    s.numbers[of.MOVED_AT] = s.numbers[of.NOW]
    if is_tail:
        source[of.HEAD] = packet[of.NEXT]


@njit(cache=True, **INNER)
def _kernel_learn(s: State, f: Fabric, r: Rules, router: int, port: int, packet: Any) -> None:
    """Boyan and Littman (1993): the time of the last hop and the rest of the way correct the router before."""
    now = s.numbers[of.NOW]
    before, by = f.feeds[router, port, of.TO_ROUTER], f.feeds[router, port, of.TO_PORT]
    seen = now - packet[of.ARRIVED] + _kernel_least(s, f, r, router, packet[of.DEST])
    old = r.quality[before, packet[of.DEST], by]
    r.quality[before, packet[of.DEST], by] = old + r.rates[of.LEARNING] * (seen - old)


@njit(cache=True, **INNER)
def _kernel_arrive(s: State, f: Fabric, r: Rules, to: int, flit: int) -> None:
    """A flit enters an input buffer."""
    n_channels = len(f.port_of)
    router, channel = to // n_channels, to % n_channels
    row = s.inputs[to]
    depth, count = f.shape[2], row[of.COUNT]
    at = row[of.FIRST] + count
    s.flits[to, at - depth if at >= depth else at] = flit
    row[of.COUNT] = count + 1
    if flit & 1:
        packet, port = s.packets[flit >> 2], f.port_of[channel]
        packet[of.HOPS] += 1
        if port != f.shape[0] - 1:
            if r.rates[of.LEARNING] > 0.0:
                _kernel_learn(s, f, r, router, port, packet)
            packet[of.ARRIVED] = s.numbers[of.NOW]
    if count == 0:
        if row[of.OUTPUT] >= 0:
            s.moving[router] |= 1 << channel
        else:
            s.want[to] = _kernel_route(s, f, r, router, channel)
            s.waiting[router] |= 1 << channel


@njit(cache=True, **INNER)
def _kernel_deliver(s: State, d: Demand, node: int, flit: int) -> None:
    """A flit reaches its node; the last one of a packet closes its account, a request makes its reply."""
    n, c, k = s.numbers, s.counts, flit >> 2
    packet, now = s.packets[k], n[of.NOW]
    c[of.FLITS_DELIVERED] += 1
    if n[of.LOGGED] < len(s.log):
        line = s.log[n[of.LOGGED]]
        line[of.LOG_SERIAL], line[of.LOG_CYCLE], line[of.LOG_IS_TAIL] = packet[of.SERIAL], now, (flit >> 1) & 1
        n[of.LOGGED] += 1
    if flit & 2 == 0:
        return
    latency, network = now - packet[of.CREATED], now - packet[of.INJECTED]
    c[of.PACKETS_DELIVERED] += 1
    c[of.LATENCY_SUM] += latency
    c[of.NETWORK_SUM] += network
    c[of.HOPS_SUM] += packet[of.HOPS]
    s.histogram[min(latency, len(s.histogram) - 1)] += 1
    if packet[of.IS_MEASURED]:
        n[of.MEASURED_OPEN] -= 1
        c[of.MEASURED] += 1
        c[of.MEASURED_LATENCY] += latency
        c[of.MEASURED_NETWORK] += network
        c[of.MEASURED_HOPS] += packet[of.HOPS]
    if packet[of.KIND] == of.REPLY:
        c[of.REPLIES] += 1
        c[of.ROUND_TRIP_SUM] += now - packet[of.ORIGIN]
    elif packet[of.KIND] == of.REQUEST and d.reply[0] > 0:
        _kernel_create(s, node, packet[of.SOURCE], d.reply[0], of.REPLY, now + d.reply[1], packet[of.ORIGIN])
    n[of.IN_NETWORK] -= 1
    packet[of.NEXT] = n[of.FREE_SLOT]
    n[of.FREE_SLOT] = k
    n[of.N_FREE] += 1
