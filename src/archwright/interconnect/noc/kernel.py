"""The network, cycle by cycle, compiled; routers without work cost nothing. `referee` is the same in Python.

A flit that enters an input buffer at cycle t gets an output virtual channel at t, the switch at t + 1, crosses it at
t + 2 and leaves a link of one cycle at t + 4, when the router before knows of the free place, too. With the two cycles
from a source to its router these are BookSim's: 4 per router and 2 more.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from numba import njit

from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layout import Demand, Fabric, Rules, State
from archwright.interconnect.noc.packets import (
    INNER,
    _kernel_arrive,
    _kernel_deliver,
    _kernel_demand,
    _kernel_from,
    _kernel_inject,
    _kernel_lowest,
    _kernel_return,
    _kernel_route,
    _kernel_send,
)

PATIENCE = 2000
"""Cycles without one moving flit after which a network that is not empty counts as stuck."""
EJECT_CREDIT = 6
"""Cycles from the switch to a node and its credit back."""


@njit(cache=True, **INNER)
def _kernel_leave(s: State, f: Fabric, r: Rules, router: int, channel: int) -> None:
    """The front flit of an input channel crosses the switch."""
    n_channels, local = len(f.port_of), f.shape[0] - 1
    here = router * n_channels + channel
    row = s.inputs[here]
    out, port = row[of.OUTPUT], f.port_of[channel]
    flit, to = s.flits[here, row[of.FIRST]], f.port_of[out]
    row[of.FIRST] += 1
    if row[of.FIRST] == f.shape[2]:
        row[of.FIRST] = 0
    row[of.COUNT] -= 1
    s.outputs[router * n_channels + out, of.CREDITS] -= 1
    s.link_flits[router, to] += 1
    if to == local:
        _kernel_send(s, 3, -1 - router, flit)
        _kernel_return(s, EJECT_CREDIT, router * n_channels + out)
    else:
        s.used[router, to] += 1
        link = f.links[router, to]
        entry = link[of.TO_PORT] * f.shape[1] + out - to * f.shape[1]
        _kernel_send(s, link[of.LATENCY] + 2, link[of.TO_ROUTER] * n_channels + entry, flit)
    inside = channel - port * f.shape[1]
    if port == local:
        _kernel_return(s, 2, (len(s.sources) * f.shape[0] + router) * f.shape[1] + inside)
    else:
        feed = f.feeds[router, port]
        before = feed[of.TO_ROUTER] * n_channels + feed[of.TO_PORT] * f.shape[1] + inside
        _kernel_return(s, feed[of.LATENCY] + 2, before)
    if flit & 2:
        s.free[router] |= 1 << out
        row[of.OUTPUT] = -1
        s.moving[router] &= ~(1 << channel)
        if row[of.COUNT] > 0:
            s.want[here] = _kernel_route(s, f, r, router, channel)
            s.waiting[router] |= 1 << channel
    elif row[of.COUNT] == 0:
        s.moving[router] &= ~(1 << channel)


@njit(cache=True, **INNER)
def _kernel_switch(s: State, f: Fabric, r: Rules, router: int) -> None:
    """One round of iSLIP between inputs and outputs of the switch (McKeown, 1999)."""
    n_channels, n_ports, n_vcs = len(f.port_of), f.shape[0], f.shape[1]
    first, outs, ins, moving = router * n_channels, 0, 0, s.moving[router]
    while moving:
        i = _kernel_lowest(moving)
        moving &= moving - 1
        out = s.inputs[first + i, of.OUTPUT]
        if s.outputs[first + out, of.CREDITS] <= 0:
            continue
        port, to = f.port_of[i], f.port_of[out]
        if s.asks[to] >> port & 1:  # of two channels of a port that want the same output, the one whose turn it is
            turn = s.turns[router, port, of.CHANNEL_TURN] + port * n_vcs
            other = s.chosen[port, to]
            if i < turn or other >= turn:
                continue
        s.asks[to] |= 1 << port
        s.chosen[port, to] = i
        outs |= 1 << to
    while outs:
        to = _kernel_lowest(outs)
        outs &= outs - 1
        port = _kernel_from(s.asks[to], s.turns[router, to, of.SWITCH_GRANT])
        s.asks[to] = 0
        s.offers[port] |= 1 << to
        ins |= 1 << port
    while ins:
        port = _kernel_lowest(ins)
        ins &= ins - 1
        to = _kernel_from(s.offers[port], s.turns[router, port, of.SWITCH_ACCEPT])
        s.offers[port] = 0
        i = s.chosen[port, to]
        s.turns[router, to, of.SWITCH_GRANT] = port + 1 if port + 1 < n_ports else 0
        s.turns[router, port, of.SWITCH_ACCEPT] = to + 1 if to + 1 < n_ports else 0
        turn = i + 1 - port * n_vcs
        s.turns[router, port, of.CHANNEL_TURN] = turn if turn < n_vcs else 0
        _kernel_leave(s, f, r, router, i)
        s.numbers[of.MOVED_AT] = s.numbers[of.NOW]


@njit(cache=True, **INNER)
def _kernel_take(s: State, f: Fabric, router: int, i: int, out: int) -> None:
    """Input channel `i` holds output channel `out` from now on."""
    n_channels = len(f.port_of)
    row = s.inputs[router * n_channels + i]
    row[of.OUTPUT] = out
    row[of.ACCEPT_TURN] = out + 1 if out + 1 < n_channels else 0
    s.outputs[router * n_channels + out, of.GRANT_TURN] = i + 1 if i + 1 < n_channels else 0
    s.free[router] &= ~(1 << out)
    s.waiting[router] &= ~(1 << i)
    s.moving[router] |= 1 << i


@njit(cache=True, **INNER)
def _kernel_allocate(s: State, f: Fabric, router: int, waiting: int, free: int) -> None:
    """One round of iSLIP between waiting packets and output channels that were free at the start of the cycle."""
    first, outs, ins = router * len(f.port_of), 0, 0
    if waiting & (waiting - 1) == 0:  # one packet alone gets what it wants
        i = _kernel_lowest(waiting)
        can = s.want[first + i] & free
        if can:
            _kernel_take(s, f, router, i, _kernel_from(can, s.inputs[first + i, of.ACCEPT_TURN]))
        return
    while waiting:
        i = _kernel_lowest(waiting)
        waiting &= waiting - 1
        can = s.want[first + i] & free
        outs |= can
        while can:
            out = _kernel_lowest(can)
            can &= can - 1
            s.asks[out] |= 1 << i
    while outs:
        out = _kernel_lowest(outs)
        outs &= outs - 1
        i = _kernel_from(s.asks[out], s.outputs[first + out, of.GRANT_TURN])
        s.asks[out] = 0
        s.offers[i] |= 1 << out
        ins |= 1 << i
    while ins:
        i = _kernel_lowest(ins)
        ins &= ins - 1
        _kernel_take(s, f, router, i, _kernel_from(s.offers[i], s.inputs[first + i, of.ACCEPT_TURN]))
        s.offers[i] = 0


@njit(cache=True, **INNER)
def _kernel_routers(s: State, f: Fabric, r: Rules) -> None:
    """Switch and channels of every router with work; both see what was so at the start of the cycle."""
    for router in range(len(s.waiting)):
        waiting, free = s.waiting[router], s.free[router]
        if s.moving[router]:
            _kernel_switch(s, f, r, router)
        if waiting:
            _kernel_allocate(s, f, router, waiting, free)


@njit(cache=True, **INNER)
def _kernel_events(s: State, f: Fabric, r: Rules, d: Demand) -> None:
    """Flits and credits that are there now."""
    slot = s.numbers[of.NOW] & (len(s.n_arrivals) - 1)
    for i in range(s.n_returns[slot]):
        to = s.returns[slot, i]
        s.outputs[to, of.CREDITS] += 1
        router, channel = to // len(f.port_of), to % len(f.port_of)
        if router < len(s.waiting) and f.port_of[channel] != f.shape[0] - 1:
            s.used[router, f.port_of[channel]] -= 1
    s.n_returns[slot] = 0
    for i in range(s.n_arrivals[slot]):
        to, flit = s.arrivals[slot, i, 0], s.arrivals[slot, i, 1]
        if to >= 0:
            _kernel_arrive(s, f, r, to, flit)
        else:
            _kernel_deliver(s, d, -1 - to, flit)
    s.n_arrivals[slot] = 0


def _stamped(dispatcher: Any) -> Any:
    """Let the compiled code on disk be used only while no kernel has changed; numba looks at this file alone."""
    index = getattr(dispatcher._cache, "_cache_file", None)
    if index is not None:
        texts = [Path(__file__).with_name(name).read_bytes() for name in ("kernel.py", "packets.py", "layout.py")]
        index._source_stamp = (index._source_stamp, hashlib.sha256(b"".join(texts)).hexdigest())
    return dispatcher


@njit(cache=True, nogil=True, error_model="numpy")
def _kernel_run(s: State, f: Fabric, r: Rules, d: Demand, cycles: int, stops_when_measured: bool) -> None:
    """Run for so many cycles; stops before if the table of packets is full, nothing moves, or all is measured."""
    n = s.numbers
    until = n[of.NOW] + cycles
    n[of.STATUS] = of.RUNNING
    while n[of.NOW] < until:
        if n[of.N_FREE] < 4 * len(s.sources):
            n[of.STATUS] = of.FULL_TABLE
            return
        if stops_when_measured and n[of.MEASURED_OPEN] == 0:
            return
        _kernel_events(s, f, r, d)
        if n[of.IS_HELD] and n[of.IN_NETWORK] == 0:
            n[of.IS_HELD] = 0
        _kernel_demand(s, d)
        for node in range(len(s.sources)):
            is_begun = s.sources[node, of.LEFT] > 0
            if s.sources[node, of.HEAD] >= 0 and (is_begun or n[of.IS_HELD] == 0):
                _kernel_inject(s, f, r, node)
        _kernel_routers(s, f, r)
        if n[of.IN_NETWORK] == 0:
            n[of.MOVED_AT] = n[of.NOW]
        elif n[of.NOW] - n[of.MOVED_AT] > PATIENCE:
            n[of.STATUS] = of.STUCK
            return
        n[of.NOW] += 1


kernel_run = _stamped(_kernel_run)
"""The compiled `_kernel_run`."""
