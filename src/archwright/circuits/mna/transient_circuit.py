"""A netlist compiled for transient analysis: the Newton system of one time step, and its sources over time.

Capacitances between the same two nets share one charge, so that a step integrates a *pair* of nets once, however many
devices lie between them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from archwright.circuits.devices import CurrentSource, VoltageSource
from archwright.circuits.mna.elimination import Slots, elimination, pivot_order
from archwright.circuits.mna.topology import (
    Branch,
    Floats,
    Integers,
    Stamps,
    Unknowns,
    Weights,
    balance_weights,
    capacitances,
    conductances,
    currents,
    find_unknowns,
    matrix_weights,
    stamp_arrays,
)
from archwright.circuits.netlist import Netlist
from archwright.circuits.waveforms import segments


class Dynamics(NamedTuple):
    """The system of one time step; currents and slopes of devices as in `mna.circuit.Operating`.

    Args:
        n_slots: of the matrix and its right-hand side.
        program: the elimination.
        solution: (n_unknowns,) slots of the right-hand side.
        slope: stamps of device slopes, balance: of device currents.
        pairs: (n_pairs, 2) nets between which charge is stored.
        pair: stamps that add device capacitances up to those of the pairs.
        pair_slope: stamps of the pairs' slopes, pair_balance: of the currents from the first to the second net.
        net: (n_unknowns,) the net whose voltage is the unknown.
    """

    n_slots: int
    program: Integers
    solution: Integers
    slope: Stamps
    balance: Stamps
    pairs: Integers
    pair: Stamps
    pair_slope: Stamps
    pair_balance: Stamps
    net: Integers


class Course(NamedTuple):
    """Sources over time: straight between breaks.

    Args:
        rows: (n_sources,) value rows of the sources that have a waveform.
        breaks_s: (n_segments + 1,) rising, from 0 to the end of the analysis.
        values: (n_segments + 1, n_sources) at the breaks.
    """

    rows: Integers
    breaks_s: Floats
    values: Floats


def compile_dynamics(netlist: Netlist) -> Dynamics:
    """Index arrays of the time step of `netlist`."""
    unknowns = find_unknowns(netlist)
    n, nets = unknowns.n, {net: at for at, net in enumerate(netlist.nets)}
    branches = capacitances(netlist)
    pairs = _pairs(unknowns, branches)
    charges = [Branch(*pair, *pair, row) for row, pair in enumerate(pairs)]
    slots: Slots = {(at, at): at for at in range(n)}
    slope = matrix_weights(unknowns, conductances(netlist), slots)
    pair_slope = matrix_weights(unknowns, charges, slots)
    order = pivot_order(slots, n)
    right = list(range(len(slots), len(slots) + n))
    roots = {unknowns.root[net]: nets[net] for net, row in _rows(netlist, unknowns) if not row.any()}
    return Dynamics(
        n_slots=len(slots) + n,
        program=elimination(slots, order, right, range(n), range(n)),
        solution=np.array(right, dtype=np.int64),
        slope=stamp_arrays(slope),
        balance=stamp_arrays(_moved(balance_weights(unknowns, currents(netlist)), right)),
        pairs=np.array([[nets[one], nets[other]] for one, other in pairs], dtype=np.int64).reshape(-1, 2),
        pair=stamp_arrays(_pair_weights(pairs, branches)),
        pair_slope=stamp_arrays(pair_slope),
        pair_balance=stamp_arrays(_moved(balance_weights(unknowns, charges), right)),
        net=np.array([roots[at] for at in range(n)], dtype=np.int64),
    )


def compile_course(netlist: Netlist, stop_s: float) -> Course:
    """The waveforms of `netlist` up to `stop_s`."""
    sources = [d for d in netlist.devices if isinstance(d, (VoltageSource, CurrentSource)) and d.waveform is not None]
    rows = [netlist.value_columns[source.name, source.values[0]] for source in sources]
    breaks_s, values = segments([source.waveform for source in sources if source.waveform is not None], stop_s)
    return Course(np.array(rows, dtype=np.int64), breaks_s, np.ascontiguousarray(values))


def _pairs(unknowns: Unknowns, branches: Collection[Branch]) -> list[tuple[str, str]]:
    """Pairs of nets with a capacitance that loads an unknown; between nets that move together none does."""
    root = unknowns.root
    found = dict.fromkeys(_pair(branch) for branch in branches if root[branch.start] != root[branch.end])
    return list(found)


def _pair(branch: Branch) -> tuple[str, str]:
    return (branch.start, branch.end) if branch.start < branch.end else (branch.end, branch.start)


def _pair_weights(pairs: Collection[tuple[str, str]], branches: Collection[Branch]) -> Weights:
    at = {pair: row for row, pair in enumerate(pairs)}
    return {(at[_pair(branch)], branch.row): 1.0 for branch in branches if _pair(branch) in at}


def _moved(weights: Weights, right: list[int]) -> Weights:
    return {(right[at], row): weight for (at, row), weight in weights.items()}


def _rows(netlist: Netlist, unknowns: Unknowns) -> list[tuple[str, Floats]]:
    """Unknown nets with their row of offsets."""
    rows = zip(netlist.nets, unknowns.offsets, strict=True)
    return [(net, row) for net, row in rows if unknowns.root[net] < unknowns.n]
