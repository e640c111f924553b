"""What the adjoint of the embedded simulator knows of a netlist before any size: branches, programs, detached devices.

The small-signal matrix is a sum over branches, each with one conductance or capacitance. With the response x to the
sources and the response y of the output to a current into any unknown, a branch from a to b controlled by the voltage
from c to d changes the output by `-(y_a - y_b) (x_c - x_d)` per unit: all that a sensitivity needs are the branches,
one solve and one transposed solve.

Source: S. W. Director, R. A. Rohrer, "The Generalized Adjoint Network and Network Sensitivities", IEEE Transactions on
Circuit Theory 16, 1969.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.devices import CurrentSource
from archwright.circuits.mna.circuit import (
    Circuit,
    noise_sources,
    operating_slots,
    small_drive_v,
    small_slots,
)
from archwright.circuits.mna.elimination import Slots, elimination
from archwright.circuits.mna.topology import (
    Branch,
    Floats,
    Integers,
    Stamps,
    Unknowns,
    capacitances,
    conductances,
    currents,
    drive_weights,
    find_unknowns,
    source_weights,
    stamp_arrays,
)
from archwright.circuits.netlist import Netlist

Flags = np.ndarray[Any, np.dtype[np.bool_]]


class Branches(NamedTuple):
    """Linear elements between unknowns; known nets have the number past the last unknown.

    Args:
        start, end, plus, minus: (n,) unknown of each net of `Branch`.
        drive_v: (n,) small-signal voltage from `plus` to `minus` that sources add directly.
    """

    start: Integers
    end: Integers
    plus: Integers
    minus: Integers
    drive_v: Floats


class Output(NamedTuple):
    """A pair of nets: their unknowns (2,), and the small-signal voltage that sources add between them."""

    roots: Integers
    offset: float


class Adjoint(NamedTuple):
    """Everything that the adjoint kernels need beside the `Circuit`.

    Args:
        devices: the circuit's MOSFETs with nets and sizes of their own: net `4*m + pin`, value row `3*m + size`.
        constant: (n_slots,) small-signal slots before any stamp.
        conductance, capacitance: small-signal stamps, excitation by voltage sources included.
        forward, backward: programs that solve the small-signal system and its transpose.
        right: (n + 1,) right-hand-side slot of each unknown; the last is a slot that stays zero.
        conducting, charging: branches of the conductances and of the capacitances.
        output, noise_output: nets whose response and noise are asked for.
        noise_roots, noise_rows, noise_weights: noise currents, as in `Small`.
        n_slots, slope, transposed, balance: the transposed Newton system: slots, stamps, program, right-hand side.
        flow: (n_currents, 2) unknowns between which each branch current flows.
        source: branch currents that add up to each voltage source's current.
    """

    devices: Circuit
    constant: Floats
    conductance: Stamps
    capacitance: Stamps
    forward: Integers
    backward: Integers
    right: Integers
    conducting: Branches
    charging: Branches
    output: Output
    noise_output: Output
    noise_roots: Integers
    noise_rows: Integers
    noise_weights: Floats
    n_slots: int
    slope: Stamps
    transposed: Integers
    balance: Integers
    flow: Integers
    source: Floats


def compile_adjoint(
    netlist: Netlist, circuit: Circuit, output: tuple[str, str], noise_output: tuple[str, str]
) -> Adjoint:
    """Index arrays of the adjoint of `netlist`.

    Args:
        netlist: the circuit.
        circuit: the same, compiled.
        output: nets between which the transfer function is taken.
        noise_output: nets between which the noise is taken.
    """
    unknowns = find_unknowns(netlist)
    n, drive_v = unknowns.n, small_drive_v(netlist, unknowns)
    slots, order, g, c = small_slots(netlist, unknowns)
    zero = len(slots)
    right = [*range(zero + 1, zero + 1 + n), zero]
    for weights, branches in ((g, conductances(netlist)), (c, capacitances(netlist))):
        drives = drive_weights(unknowns, branches, drive_v)
        weights.update({(right[at], row): weight for (at, row), weight in drives.items()})
    noisy = noise_sources(netlist)
    n_slots, slope, transposed, balance = _transposed_newton(netlist, unknowns)
    flow = [[unknowns.root[b.start], unknowns.root[b.end]] for b in currents(netlist)]
    return Adjoint(
        devices=detached(circuit),
        constant=_constant(netlist, unknowns, right),
        conductance=stamp_arrays(g),
        capacitance=stamp_arrays(c),
        forward=elimination(slots, order, right, range(n), range(n)),
        backward=elimination(_transposed(slots), order, right, range(n), range(n)),
        right=_integers(right),
        conducting=_branches(conductances(netlist), unknowns, drive_v),
        charging=_branches(capacitances(netlist), unknowns, drive_v),
        output=_output(output, unknowns, drive_v),
        noise_output=_output(noise_output, unknowns, drive_v),
        noise_roots=_integers([[unknowns.root[b.start], unknowns.root[b.end]] for b, _ in noisy]).reshape(-1, 2),
        noise_rows=_integers([b.row for b, _ in noisy]),
        noise_weights=np.array([weight for _, weight in noisy], dtype=float),
        n_slots=n_slots,
        slope=slope,
        transposed=transposed,
        balance=balance,
        flow=_integers(flow).reshape(-1, 2),
        source=_source(netlist),
    )


def detached(circuit: Circuit) -> Circuit:
    """The MOSFETs alone, each with nets and sizes of its own, so that all can be moved at once and each is seen alone.

    Args:
        circuit: a compiled netlist.
    """
    n = len(circuit.pins)
    none = np.empty(0, dtype=np.int64)
    return circuit._replace(
        pins=np.arange(4 * n, dtype=np.int64).reshape(n, 4),
        sizes=np.arange(3 * n, dtype=np.int64).reshape(n, 3),
        resistors=np.empty((0, 3), dtype=np.int64),
        capacitors=none,
        current_sources=none,
    )


def _constant(netlist: Netlist, unknowns: Unknowns, right: Sequence[int]) -> Floats:
    constant = np.zeros(max(right) + 1)
    for device in netlist.devices:
        if isinstance(device, CurrentSource):
            constant[right[unknowns.root[device.positive]]] -= device.ac_a
            constant[right[unknowns.root[device.negative]]] += device.ac_a
    constant[right[-1]] = 0.0
    return constant


def _transposed_newton(netlist: Netlist, unknowns: Unknowns) -> tuple[int, Stamps, Integers, Integers]:
    slots, order, slope = operating_slots(netlist, unknowns)
    n, zero = unknowns.n, len(slots)
    right = [*range(zero + 1, zero + 1 + n), zero]
    program = elimination(_transposed(slots), order, right, range(n), range(n))
    return zero + 1 + n, stamp_arrays(slope), program, _integers(right)


def _transposed(slots: Slots) -> Slots:
    return {(column, row): slot for (row, column), slot in slots.items()}


def _branches(branches: Sequence[Branch], unknowns: Unknowns, drive_v: dict[str, float]) -> Branches:
    nets = (
        [b.start for b in branches],
        [b.end for b in branches],
        [b.plus for b in branches],
        [b.minus for b in branches],
    )
    start, end, plus, minus = (_integers([unknowns.root[net] for net in column]) for column in nets)
    return Branches(start, end, plus, minus, np.array([drive_v[b.plus] - drive_v[b.minus] for b in branches], float))


def _output(nets: tuple[str, str], unknowns: Unknowns, drive_v: dict[str, float]) -> Output:
    return Output(_integers([unknowns.root[net] for net in nets]), drive_v[nets[0]] - drive_v[nets[1]])


def _source(netlist: Netlist) -> Floats:
    weights = source_weights(netlist, currents(netlist))
    n_sources = max((at for at, _ in weights), default=-1) + 1
    table = np.zeros((n_sources, len(currents(netlist))))
    for (at, row), weight in weights.items():
        table[at, row] = weight
    return table


def _integers(numbers: Sequence[int] | Sequence[Sequence[int]]) -> Integers:
    return np.array(numbers, dtype=np.int64)
