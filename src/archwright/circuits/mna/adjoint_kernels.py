"""Numba kernels that pull a derivative back from what was measured to every device value of a circuit.

A *seed* says how much one measured number changes with each branch current, conductance, capacitance and net voltage.
`_kernel_pull_back` turns it into derivatives with respect to device values: through the devices (`mna.adjoint_devices`)
and, by one solve with the transposed Newton matrix, through the operating point.
"""

from __future__ import annotations

from typing import NamedTuple

from archwright.circuits.mna.adjoint_circuit import Adjoint
from archwright.circuits.mna.adjoint_devices import DeviceRoom, _kernel_pull, device_room
from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.kernels import _kernel_run
from archwright.circuits.mna.lanes import inner_kernel, load, plain_rows, store
from archwright.circuits.mna.response import SETS
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, Floats


class Seed(NamedTuple):
    """Derivative of one number with each branch current, conductance, capacitance and net voltage; rows of lanes."""

    current: Floats
    slope: Floats
    charge: Floats
    net: Floats


class Room(NamedTuple):
    """Room for one block.

    Args:
        devices: of the detached devices.
        real, imaginary: seeds; those of a response come in pairs.
        pulled: derivatives with currents once the operating point is included.
        nothing: a seed's conductances and capacitances, all zero.
        unused: takes what is not wanted.
        omega, gain, noise, scale: SETS angular frequencies; H; the noise S; a factor; complex ones in two rows.
        exact: conductances that are exact derivatives.
        newton: slots of the transposed Newton system, factors not yet taken.
        state: the same, solved.
        work: as `mna.response.work_rows`.
        forward, backward: (2 SETS (n + 1) rows) responses of every unknown; the last stay zero.
    """

    devices: DeviceRoom
    real: Seed
    imaginary: Seed
    pulled: Floats
    nothing: Floats
    unused: Floats
    omega: Floats
    gain: Floats
    noise: Floats
    scale: Floats
    exact: Floats
    newton: Floats
    state: Floats
    work: Floats
    forward: Floats
    backward: Floats


def room_for(circuit: Circuit, adjoint: Adjoint) -> Room:
    """Room for one block of `circuit`.

    Args:
        circuit: compiled netlist.
        adjoint: the same, compiled for the adjoint.
    """
    n_currents, n_slopes = len(adjoint.flow), len(adjoint.conducting.start)
    n_charges, n_unknowns = len(adjoint.charging.start), len(adjoint.right)
    sizes = (n_currents, n_slopes, n_charges, len(circuit.root))
    return Room(
        devices=device_room(len(circuit.pins)),
        real=Seed(*(plain_rows(n) for n in sizes)),
        imaginary=Seed(*(plain_rows(n) for n in sizes)),
        pulled=plain_rows(n_currents),
        nothing=plain_rows(max(n_slopes, n_charges)),
        unused=plain_rows(max(n_slopes, n_charges)),
        omega=plain_rows(SETS),
        gain=plain_rows(2),
        noise=plain_rows(1),
        scale=plain_rows(2),
        exact=plain_rows(n_slopes),
        newton=plain_rows(adjoint.n_slots),
        state=plain_rows(adjoint.n_slots),
        work=plain_rows((2 + 2 * SETS) * len(adjoint.constant)),
        forward=plain_rows(2 * SETS * n_unknowns),
        backward=plain_rows(2 * SETS * n_unknowns),
    )


@inner_kernel
def _kernel_clear(rows: Floats) -> None:
    for k in range(rows.shape[0]):
        store(rows, k, 0.0)


@inner_kernel
def _kernel_raise(rows: Floats, k: int, source: Floats, weight: float) -> None:
    """Add the first row of `source`, weighted, to row `k`."""
    store(rows, k, load(rows, k) + weight * load(source, 0))


@inner_kernel
def _kernel_pull_voltages(circuit: Circuit, seed: Seed, current: Floats, room: Room, is_first: bool) -> None:
    """Add to `seed.net` what moves with each net's voltage through currents and, the first time, everything else."""
    slope, charge = (seed.slope, seed.charge) if is_first else (room.nothing, room.nothing)
    n = circuit.pins.shape[0]
    for m in range(n):
        for pin in range(3):
            _kernel_pull(room.devices, m, pin, current, slope, charge)
            _kernel_raise(seed.net, circuit.pins[m, pin], room.devices.region, 1.0)
            _kernel_raise(seed.net, circuit.pins[m, 3], room.devices.region, -1.0)
    for r in range(circuit.resistors.shape[0]):
        one, other = circuit.resistors[r, 0], circuit.resistors[r, 1]
        moved = load(current, N_CURRENTS * n + r) * load(room.exact, N_CONDUCTANCES * n + r)
        store(seed.net, one, load(seed.net, one) + moved)
        store(seed.net, other, load(seed.net, other) - moved)


@inner_kernel
def _kernel_pull_point(circuit: Circuit, adjoint: Adjoint, seed: Seed, room: Room) -> None:
    """Solve the transposed Newton system for the net voltages of the seed; `room.pulled` is what currents then add."""
    n_unknowns = adjoint.balance.shape[0] - 1
    for k in range(room.state.shape[0]):
        store(room.state, k, load(room.newton, k))
    for net in range(circuit.root.shape[0]):
        at = adjoint.balance[circuit.root[net]]
        if circuit.root[net] < n_unknowns:
            store(room.state, at, load(room.state, at) + load(seed.net, net))
    _kernel_run(adjoint.transposed, room.state)
    for k in range(adjoint.flow.shape[0]):
        start, end = adjoint.balance[adjoint.flow[k, 0]], adjoint.balance[adjoint.flow[k, 1]]
        store(room.pulled, k, load(room.state, end) - load(room.state, start))


@inner_kernel
def _kernel_pull_values(circuit: Circuit, values: Floats, nets: Floats, seed: Seed, room: Room, out: Floats) -> None:
    """Derivative with each device value, at fixed net voltages."""
    n, current = circuit.pins.shape[0], room.pulled
    n_resistors = circuit.resistors.shape[0]
    for m in range(n):
        for size in range(3):
            row = circuit.sizes[m, size]
            _kernel_pull(room.devices, m, 3 + size, current, seed.slope, seed.charge)
            store(out, row, load(room.devices.region, 0) / load(values, row))
    for r in range(n_resistors):
        one, other, row = circuit.resistors[r, 0], circuit.resistors[r, 1], circuit.resistors[r, 2]
        drop = load(nets, one) - load(nets, other)
        moved = load(seed.slope, N_CONDUCTANCES * n + r) + load(current, N_CURRENTS * n + r) * drop
        store(out, row, 0.0 - moved / (load(values, row) * load(values, row)))
    for c in range(circuit.capacitors.shape[0]):
        store(out, circuit.capacitors[c], load(seed.charge, N_CAPACITANCES * n + c))
    for s in range(circuit.current_sources.shape[0]):
        store(out, circuit.current_sources[s], load(current, N_CURRENTS * n + n_resistors + s))


@inner_kernel
def _kernel_pull_back(
    circuit: Circuit, adjoint: Adjoint, values: Floats, nets: Floats, seed: Seed, room: Room, out: Floats
) -> None:
    """Derivative of the seed's number with every device value.

    Args:
        circuit, adjoint: compiled netlist.
        values, nets: device values and net voltages of one block.
        seed: used up.
        room: with the devices differentiated and the Newton system loaded.
        out: (n_values, LANES) output.
    """
    _kernel_clear(out)
    _kernel_pull_voltages(circuit, seed, seed.current, room, True)
    _kernel_pull_point(circuit, adjoint, seed, room)
    _kernel_pull_voltages(circuit, seed, room.pulled, room, False)
    for k in range(seed.current.shape[0]):
        store(room.pulled, k, load(room.pulled, k) + load(seed.current, k))
    _kernel_pull_values(circuit, values, nets, seed, room, out)
    for k in range(circuit.offset.at.shape[0]):
        row = circuit.offset.row[k]
        store(out, row, load(out, row) + circuit.offset.weight[k] * load(seed.net, circuit.offset.at[k]))
