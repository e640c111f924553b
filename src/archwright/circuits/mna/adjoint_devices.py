"""Numba kernels that differentiate every MOSFET by itself, whatever its model: central differences of its equations.

All devices are moved at once, each at nets and sizes of its own (`mna.adjoint_circuit.detached`), so the cost is two
evaluations of the devices per direction, five directions in all: drain, gate, source, width, length. The bulk follows,
because currents depend on differences of voltages only, and so does the multiplier, in which all is proportional but
the gmin across junctions, 1e-12 S, whose share is neglected.

The differences are exact to about 1e-8, also where a model's own conductances are no exact derivatives. Where a model
has a kink, as level 1 has between its regions, they give one side or the other, and the mean within `STEP_V` of it.
"""

from __future__ import annotations

from typing import NamedTuple

from archwright.circuits.mna.adjoint_circuit import Adjoint
from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.kernels import _kernel_capacitances, _kernel_devices, _kernel_sizes
from archwright.circuits.mna.lanes import inner_kernel, load, plain_rows, store
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, N_SIZES, Floats

STEP_V = 4e-6
STEP_SHARE = 4e-6
"""Step of a size, relative."""
N_DIRECTIONS = 6
"""Drain, gate and source voltage; width, length, multiplier."""
N_QUANTITIES = N_CURRENTS + N_CONDUCTANCES + N_CAPACITANCES


class DeviceRoom(NamedTuple):
    """Room for one block: what detached devices read and give, and the table of their derivatives.

    Args:
        values: (3 n_mosfets, LANES) sizes; nets: (4 n_mosfets, LANES) voltages.
        sizes: what `_kernel_size` makes of the sizes.
        quantities: currents, then conductances, then capacitances of all devices.
        region: not used further.
        slopes: (6 blocks of n_mosfets * N_QUANTITIES rows, LANES) derivative of each quantity in each direction.
    """

    values: Floats
    nets: Floats
    sizes: Floats
    quantities: Floats
    region: Floats
    slopes: Floats


def device_room(n_mosfets: int) -> DeviceRoom:
    """Room for the devices of one block.

    Args:
        n_mosfets: of the circuit.
    """
    rows = (3, 4, N_SIZES, N_QUANTITIES, 2, N_DIRECTIONS * N_QUANTITIES)
    return DeviceRoom(*(plain_rows(n * n_mosfets) for n in rows))


@inner_kernel
def _kernel_gather(circuit: Circuit, values: Floats, nets: Floats, room: DeviceRoom) -> None:
    """Give every device its own copy of its voltages and sizes."""
    for m in range(circuit.pins.shape[0]):
        for pin in range(4):
            store(room.nets, 4 * m + pin, load(nets, circuit.pins[m, pin]))
        for size in range(3):
            store(room.values, 3 * m + size, load(values, circuit.sizes[m, size]))


@inner_kernel
def _kernel_quantities(devices: Circuit, room: DeviceRoom) -> None:
    n = devices.pins.shape[0]
    _kernel_sizes(devices, room.values, room.sizes)
    first, second = N_CURRENTS * n, (N_CURRENTS + N_CONDUCTANCES) * n
    current, slope = room.quantities[:first], room.quantities[first:second]
    _kernel_devices(devices, room.values, room.sizes, room.nets, current, slope)
    _kernel_capacitances(devices, room.values, room.sizes, room.nets, room.quantities[second:], room.region)


@inner_kernel
def _kernel_move(table: Floats, first: int, every: int, scale: float, step: float) -> None:
    """Scale and shift every so many rows of a table."""
    for k in range(first, table.shape[0], every):
        store(table, k, load(table, k) * scale + step)


@inner_kernel
def _kernel_side(
    circuit: Circuit, devices: Circuit, values: Floats, nets: Floats, direction: int, sign: float, room: DeviceRoom
) -> None:
    """The quantities one step along a direction."""
    _kernel_gather(circuit, values, nets, room)
    if direction < 3:
        _kernel_move(room.nets, direction, 4, 1.0, sign * STEP_V)
    else:
        _kernel_move(room.values, direction - 3, 3, 1.0 + sign * STEP_SHARE, 0.0)
    _kernel_quantities(devices, room)


@inner_kernel
def _kernel_differentiate(circuit: Circuit, adjoint: Adjoint, values: Floats, nets: Floats, room: DeviceRoom) -> None:
    """Fill `room.slopes` of one block: per volt, and per relative change of a size."""
    n_rows = room.quantities.shape[0]
    for direction in range(5):
        scale = 0.5 / STEP_V if direction < 3 else 0.5 / STEP_SHARE
        _kernel_side(circuit, adjoint.devices, values, nets, direction, 1.0, room)
        for k in range(n_rows):
            store(room.slopes, direction * n_rows + k, load(room.quantities, k))
        _kernel_side(circuit, adjoint.devices, values, nets, direction, -1.0, room)
        for k in range(n_rows):
            ahead = load(room.slopes, direction * n_rows + k)
            store(room.slopes, direction * n_rows + k, scale * (ahead - load(room.quantities, k)))
    _kernel_gather(circuit, values, nets, room)
    _kernel_quantities(adjoint.devices, room)
    for k in range(n_rows):
        store(room.slopes, 5 * n_rows + k, load(room.quantities, k))


@inner_kernel
def _kernel_conductances(circuit: Circuit, slope: Floats, room: DeviceRoom, exact: Floats) -> None:
    """Conductances as exact derivatives of the currents; those of resistors are copied from `slope`."""
    n, n_rows = circuit.pins.shape[0], room.quantities.shape[0]
    for m in range(n):
        channel = N_CURRENTS * m
        gds, gm = load(room.slopes, channel), load(room.slopes, n_rows + channel)
        store(exact, N_CONDUCTANCES * m, gds)
        store(exact, N_CONDUCTANCES * m + 1, gm)
        store(exact, N_CONDUCTANCES * m + 2, 0.0 - gds - gm - load(room.slopes, 2 * n_rows + channel))
        store(exact, N_CONDUCTANCES * m + 3, 0.0 - load(room.slopes, channel + 1))
        store(exact, N_CONDUCTANCES * m + 4, 0.0 - load(room.slopes, 2 * n_rows + channel + 2))
    for k in range(N_CONDUCTANCES * n, slope.shape[0]):
        store(exact, k, load(slope, k))


@inner_kernel
def _kernel_pull(room: DeviceRoom, m: int, direction: int, current: Floats, slope: Floats, charge: Floats) -> None:
    """Sum over the quantities of a device, weight times derivative, into the first row of `room.region`.

    Args:
        room: with its derivatives.
        m: the device.
        direction: of the derivatives.
        current, slope, charge: weight of each current, conductance and capacitance.
    """
    n_rows = room.quantities.shape[0]
    n = n_rows // N_QUANTITIES
    at = direction * n_rows
    total = load(current, N_CURRENTS * m) * load(room.slopes, at + N_CURRENTS * m)
    for q in range(N_CURRENTS * m + 1, N_CURRENTS * (m + 1)):
        total = total + load(current, q) * load(room.slopes, at + q)
    at += N_CURRENTS * n
    for q in range(N_CONDUCTANCES * m, N_CONDUCTANCES * (m + 1)):
        total = total + load(slope, q) * load(room.slopes, at + q)
    at += N_CONDUCTANCES * n
    for q in range(N_CAPACITANCES * m, N_CAPACITANCES * (m + 1)):
        total = total + load(charge, q) * load(room.slopes, at + q)
    store(room.region, 0, total)
