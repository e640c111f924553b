"""What the embedded simulator knows of a netlist before any size: unknowns, branches and stamps.

Nets tied together by voltage sources share one unknown, so that sources cost no equation. A *branch* is a linear
element between two nets, controlled by the voltage between two nets; its value is one row of a table of
quantities. *Stamps* say which quantity is added, with which weight, to which slot of a linear system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.devices import GROUND, Capacitor, CurrentSource, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.elimination import Slots
from archwright.circuits.netlist import Netlist

Integers = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Weights = dict[tuple[int, int], float]
"""`(target, row): weight`: the quantity in `row` counts with `weight` in `target`."""

N_CURRENTS, N_CONDUCTANCES, N_CAPACITANCES = 3, 5, 5
"""Rows per MOSFET in the tables of currents, conductances and capacitances."""
N_SIZES = 13
"""Rows per MOSFET in the kernels' table of sizes. Level 1: beta, modulation; EKV: specific current, modulation; both:
oxide, overlap, bottom and sidewall capacitance, saturation current; EKV: threshold, drain barrier, velocity, reduction,
gamma, charge stretch.
"""


class Stamps(NamedTuple):
    """`target[at[k]] += weight[k] * quantity[row[k]]` for every k."""

    at: Integers
    row: Integers
    weight: Floats


class Unknowns(NamedTuple):
    """Which net voltages are unknown.

    Args:
        root: unknown of each net; `n` for nets tied to ground.
        n: number of unknowns.
        offsets: (n_nets, n_sources) how often each voltage source adds to the unknown to give the net.
    """

    root: dict[str, int]
    n: int
    offsets: Floats


class Branch(NamedTuple):
    """The current from net `start` to net `end` is quantity `row` times the voltage from `plus` to `minus`."""

    start: str
    end: str
    plus: str
    minus: str
    row: int


def find_unknowns(netlist: Netlist) -> Unknowns:
    """Merge the nets that voltage sources tie together; those tied to ground are known."""
    sources = [device for device in netlist.devices if isinstance(device, VoltageSource)]
    root = {net: net for net in netlist.nets}
    offsets = {net: np.zeros(len(sources)) for net in netlist.nets}
    for at, source in enumerate(sources):
        kept, moved, sign = source.negative, source.positive, 1.0
        if root[moved] == root[GROUND]:
            kept, moved, sign = moved, kept, -1.0
        shift = offsets[kept] - offsets[moved]
        shift[at] += sign
        old, new = root[moved], root[kept]
        for net in [net for net in netlist.nets if root[net] == old]:
            root[net] = new
            offsets[net] = offsets[net] + shift
    free = [net for net in netlist.nets if root[net] == net and net != root[GROUND]]
    number = {net: at for at, net in enumerate(free)} | {root[GROUND]: len(free)}
    table = np.array([offsets[net] for net in netlist.nets]).reshape(len(netlist.nets), len(sources))
    return Unknowns({net: number[root[net]] for net in netlist.nets}, len(free), table)


def conductances(netlist: Netlist) -> list[Branch]:
    """Every conductance: five per MOSFET (gds, gm, gmbs, bulk-drain, bulk-source), then one per resistor."""
    branches = []
    for m, (d, g, s, b) in enumerate(_mosfet_nets(netlist)):
        ends = ((d, s, d, s), (d, s, g, s), (d, s, b, s), (b, d, b, d), (b, s, b, s))
        branches += [Branch(*four, N_CONDUCTANCES * m + k) for k, four in enumerate(ends)]
    return branches + _two_terminal(netlist, Resistor, len(branches))


def capacitances(netlist: Netlist) -> list[Branch]:
    """Every capacitance: five per MOSFET (gs, gd, gb, bulk-drain, bulk-source), then one per capacitor."""
    branches = []
    for m, (d, g, s, b) in enumerate(_mosfet_nets(netlist)):
        ends = ((g, s), (g, d), (g, b), (b, d), (b, s))
        branches += [Branch(*two, *two, N_CAPACITANCES * m + k) for k, two in enumerate(ends)]
    return branches + _two_terminal(netlist, Capacitor, len(branches))


def currents(netlist: Netlist) -> list[Branch]:
    """Every current: three per MOSFET (channel, bulk-drain, bulk-source), then resistors, then current sources."""
    branches = []
    for m, (d, _, s, b) in enumerate(_mosfet_nets(netlist)):
        branches += [Branch(*two, *two, N_CURRENTS * m + k) for k, two in enumerate(((d, s), (b, d), (b, s)))]
    branches += _two_terminal(netlist, Resistor, len(branches))
    return branches + _two_terminal(netlist, CurrentSource, len(branches))


def _mosfet_nets(netlist: Netlist) -> Iterator[tuple[str, str, str, str]]:
    return ((d.drain, d.gate, d.source, d.bulk) for d in netlist.devices if isinstance(d, Mosfet))


def _two_terminal(netlist: Netlist, kind: type[Resistor | Capacitor | CurrentSource], first: int) -> list[Branch]:
    ends = [(d.positive, d.negative) for d in netlist.devices if isinstance(d, kind)]
    return [Branch(*two, *two, row) for row, two in enumerate(ends, start=first)]


def matrix_weights(unknowns: Unknowns, branches: Iterable[Branch], slots: Slots) -> Weights:
    """Where each branch stands in the nodal matrix; entries without a slot get the next free one."""
    weights: Weights = {}
    for branch in branches:
        for at, of, sign in _corners(branch):
            row, column = unknowns.root[at], unknowns.root[of]
            if max(row, column) < unknowns.n:
                key = (slots.setdefault((row, column), len(slots)), branch.row)
                weights[key] = weights.get(key, 0.0) + sign
    return weights


def drive_weights(unknowns: Unknowns, branches: Iterable[Branch], drive_v: dict[str, float]) -> Weights:
    """What the small-signal voltages of driven nets add to the right-hand side of each unknown."""
    weights: Weights = {}
    for branch in branches:
        for at, of, sign in _corners(branch):
            if unknowns.root[at] < unknowns.n and drive_v[of]:
                key = (unknowns.root[at], branch.row)
                weights[key] = weights.get(key, 0.0) - sign * drive_v[of]
    return weights


def balance_weights(unknowns: Unknowns, branches: Iterable[Branch]) -> Weights:
    """How the branch currents add up to the current that enters each unknown's nets."""
    weights: Weights = {}
    for branch in branches:
        for net, sign in ((branch.start, -1.0), (branch.end, 1.0)):
            if unknowns.root[net] < unknowns.n:
                key = (unknowns.root[net], branch.row)
                weights[key] = weights.get(key, 0.0) + sign
    return weights


def source_weights(netlist: Netlist, branches: Iterable[Branch]) -> Weights:
    """How the branch currents add up to the current of each voltage source, positive net through it to negative."""
    weights: Weights = {}
    sources = [device for device in netlist.devices if isinstance(device, VoltageSource)]
    for at, source in enumerate(sources):
        side = _side(source.positive, [other for other in sources if other is not source])
        sign = 1.0
        if GROUND in side:
            side, sign = _side(source.negative, [other for other in sources if other is not source]), -1.0
        for branch in branches:
            entering = sign * ((branch.end in side) - (branch.start in side))
            weights[at, branch.row] = weights.get((at, branch.row), 0.0) + entering
    return weights


def stamp_arrays(weights: Weights) -> Stamps:
    """The weights as arrays, sorted by target, without those that cancel."""
    ordered = sorted((key, weight) for key, weight in weights.items() if weight)
    keys = np.array([key for key, _ in ordered], dtype=np.int64).reshape(-1, 2)
    values = np.array([weight for _, weight in ordered], dtype=float)
    return Stamps(np.ascontiguousarray(keys[:, 0]), np.ascontiguousarray(keys[:, 1]), values)


def _corners(branch: Branch) -> Iterator[tuple[str, str, float]]:
    for at, sign in ((branch.start, 1.0), (branch.end, -1.0)):
        yield at, branch.plus, sign
        yield at, branch.minus, -sign


def _side(net: str, sources: list[VoltageSource]) -> set[str]:
    side, grown = {net}, True
    while grown:
        more = {n for s in sources for n in s.nets if side & set(s.nets)} - side
        side |= more
        grown = bool(more)
    return side
