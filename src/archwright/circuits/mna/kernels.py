"""Numba kernels of the operating point: damped Newton over MOSFETs of level 1 and EKV, eight designs side by side.

A lane never looks at its neighbours: once converged it is frozen, and its result does not depend on the block it
was simulated in. `mna.dense` has the same in plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.ekv import _kernel_ekv_channel, _kernel_ekv_gate, _kernel_ekv_size
from archwright.circuits.mna.lanes import (
    LANES,
    absolute,
    aligned_rows,
    any_above,
    inner_kernel,
    kernel,
    load,
    lower,
    store,
    upper,
    where_negative,
)
from archwright.circuits.mna.mosfet import (
    _kernel_beyond,
    _kernel_channel,
    _kernel_depletion,
    _kernel_forward,
    _kernel_junction,
    _kernel_meyer,
    _kernel_size,
)
from archwright.circuits.mna.topology import (
    N_CAPACITANCES,
    N_CONDUCTANCES,
    N_CURRENTS,
    N_SIZES,
    Floats,
    Integers,
    Stamps,
)

MAX_STEP_V = 0.4
TOLERANCE_V = 1e-9
"""The step below which Newton stops. It converges quadratically and the voltages are exact to far less, but where a
bulk is forward biased: there SPICE's gmbs is no exact derivative, and steps shrink by a factor."""
MAX_ITERATIONS = 100
FIRST_GMIN_S, LAST_GMIN_S = 1e-2, 1e-12
"""Where the second try begins and ends, in steps of ten."""
HUGE_V = 1e150
"""A step beyond this, or none at all (a singular matrix), is not taken."""

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@inner_kernel
def _kernel_add(stamps: Stamps, quantity: Floats, target: Floats) -> None:
    for k in range(stamps.at.shape[0]):
        at = stamps.at[k]
        store(target, at, load(target, at) + stamps.weight[k] * load(quantity, stamps.row[k]))


@inner_kernel
def _kernel_run(program: Integers, state: Floats) -> None:
    """Run a real elimination program over the slots in `state`."""
    for step in range(program.shape[0]):
        kind, k, i, j = program[step, 0], program[step, 1], program[step, 2], program[step, 3]
        if kind == 2:
            store(state, k, load(state, k) - load(state, i) * load(state, j))
        elif kind == 1:
            store(state, k, load(state, k) * load(state, i))
        else:
            store(state, k, 1.0 / load(state, k))


@inner_kernel
def _kernel_voltages(circuit: Circuit, values: Floats, unknown: Floats, nets: Floats) -> None:
    n = unknown.shape[0]
    for net in range(nets.shape[0]):
        root = circuit.root[net]
        if root < n:
            store(nets, net, load(unknown, root))
        else:
            store(nets, net, 0.0)
    _kernel_add(circuit.offset, values, nets)


@inner_kernel
def _kernel_sizes(circuit: Circuit, values: Floats, sizes: Floats) -> None:
    """What depends on the sizes of each MOSFET and on no voltage."""
    for m in range(circuit.pins.shape[0]):
        if circuit.is_ekv[m]:
            _kernel_ekv_size(circuit, m, values, sizes)
        else:
            _kernel_size(circuit, m, values, sizes)


@inner_kernel
def _kernel_devices(
    circuit: Circuit, values: Floats, sizes: Floats, nets: Floats, current: Floats, slope: Floats
) -> None:
    """All branch currents and conductances at the net voltages `nets`."""
    n_mosfets = circuit.pins.shape[0]
    for m in range(n_mosfets):
        if circuit.is_ekv[m]:
            _kernel_ekv_channel(circuit, m, nets, sizes, current, slope)
        else:
            _kernel_channel(circuit, m, nets, sizes, current, slope)
        for side in range(2):
            if circuit.is_shorted[m, side]:
                store(current, N_CURRENTS * m + 1 + side, 0.0)
                store(slope, N_CONDUCTANCES * m + 3 + side, 0.0)
            elif _kernel_junction(circuit, m, side, nets, sizes, current, slope):
                _kernel_forward(circuit, m, side, nets, sizes, current, slope)
    for r in range(circuit.resistors.shape[0]):
        one, other, row = circuit.resistors[r, 0], circuit.resistors[r, 1], circuit.resistors[r, 2]
        conductance = 1.0 / load(values, row)
        store(slope, N_CONDUCTANCES * n_mosfets + r, conductance)
        store(current, N_CURRENTS * n_mosfets + r, conductance * (load(nets, one) - load(nets, other)))
    first = N_CURRENTS * n_mosfets + circuit.resistors.shape[0]
    for s in range(circuit.current_sources.shape[0]):
        store(current, first + s, load(values, circuit.current_sources[s]))


@inner_kernel
def _kernel_capacitances(
    circuit: Circuit, values: Floats, sizes: Floats, nets: Floats, capacitance: Floats, region: Floats
) -> None:
    """All capacitances and regions at the net voltages `nets`."""
    n_mosfets = circuit.pins.shape[0]
    for m in range(n_mosfets):
        if circuit.is_ekv[m]:
            _kernel_ekv_gate(circuit, m, nets, sizes, capacitance, region)
        else:
            _kernel_meyer(circuit, m, nets, sizes, capacitance, region)
        for side in range(2):
            if circuit.is_shorted[m, side]:
                grown = load(sizes, N_SIZES * m + 4) + load(sizes, N_SIZES * m + 5)
                store(capacitance, N_CAPACITANCES * m + 3 + side, grown)
            else:
                _kernel_depletion(circuit, m, side, nets, sizes, capacitance)
    for c in range(circuit.capacitors.shape[0]):
        store(capacitance, N_CAPACITANCES * n_mosfets + c, load(values, circuit.capacitors[c]))


@inner_kernel
def _kernel_move(solution: Integers, state: Floats, unknown: Floats, busy: Floats) -> None:
    """Add the Newton step in `state`, limited, to the busy lanes; those that arrive are busy no more."""
    n, active = unknown.shape[0], load(busy, 0)
    largest = total = 0.0 * active
    for at in range(n):
        step = absolute(load(state, solution[at]))
        largest, total = upper(largest, step), total + step
    is_bad = where_negative(total - HUGE_V, 0.0, 1.0)
    share = lower(1.0, MAX_STEP_V / upper(largest, 1e-30)) * active
    for at in range(n):
        old = load(unknown, at)
        moved = old + share * load(state, solution[at])
        store(unknown, at, where_negative(is_bad - share, moved, old))
    store(busy, 0, where_negative(largest + is_bad - TOLERANCE_V, 0.0, active))


@inner_kernel
def _kernel_newton(
    circuit: Circuit,
    values: Floats,
    sizes: Floats,
    unknown: Floats,
    nets: Floats,
    current: Floats,
    slope: Floats,
    state: Floats,
    gmin: float,
    busy: Floats,
) -> int:
    """Newton from `unknown`, which it moves in the lanes where `busy` is 1; it is 0 where they converged.

    Returns:
        The iterations of the slowest lane.
    """
    system = circuit.operating
    for iteration in range(MAX_ITERATIONS):
        _kernel_voltages(circuit, values, unknown, nets)
        _kernel_devices(circuit, values, sizes, nets, current, slope)
        if not any_above(load(busy, 0), 0.5):
            return iteration
        for slot in range(state.shape[0]):
            store(state, slot, 0.0)
        _kernel_add(system.slope, slope, state)
        _kernel_add(system.balance, current, state)
        for at in range(unknown.shape[0]):
            right = system.solution[at]
            store(state, at, load(state, at) + gmin)
            store(state, right, load(state, right) - gmin * load(unknown, at))
        _kernel_run(system.program, state)
        _kernel_move(system.solution, state, unknown, busy)
    _kernel_voltages(circuit, values, unknown, nets)
    _kernel_devices(circuit, values, sizes, nets, current, slope)
    return MAX_ITERATIONS


@inner_kernel
def _kernel_point(
    circuit: Circuit,
    values: Floats,
    sizes: Floats,
    unknown: Floats,
    nets: Floats,
    current: Floats,
    slope: Floats,
    state: Floats,
    busy: Floats,
) -> int:
    """Newton; then a second try from zero volts for the lanes still busy, in which a conductance at every net fades.

    Returns:
        The iterations of the first try.
    """
    gmin, n_first = 0.0, -1
    left = load(busy, 0)
    while True:
        store(busy, 0, left)
        n_iterations: int = _kernel_newton(circuit, values, sizes, unknown, nets, current, slope, state, gmin, busy)
        if n_first < 0:
            n_first, left, gmin = n_iterations, load(busy, 0), FIRST_GMIN_S
            if not any_above(left, 0.5):
                return n_first
            for at in range(unknown.shape[0]):
                store(unknown, at, load(unknown, at) * (1.0 - left))
        elif gmin == 0.0:
            return n_first
        else:
            gmin = 0.1 * gmin if gmin > LAST_GMIN_S else 0.0


@kernel
def _kernel_operating(
    circuit: Circuit,
    values: Floats,
    start: Floats,
    nets: Floats,
    current: Floats,
    slope: Floats,
    capacitance: Floats,
    region: Floats,
    source: Floats,
    is_done: Flags,
    iterations: Integers,
) -> None:
    """Operating points of all blocks.

    Args:
        circuit: compiled netlist.
        values: (n_blocks, n_values, LANES) device values in SI units.
        start: (n_unknowns,) voltages to start from.
        nets, current, slope, capacitance: (n_blocks, rows, LANES) outputs.
        region: (n_blocks, 2 * n_mosfets, LANES) output, vgs - von and |vds| - vdsat of each MOSFET in turn.
        source: (n_blocks, n_sources, LANES) zeros, to which the current of each voltage source is added.
        is_done: (n_blocks, LANES) output, whether each design converged.
        iterations: (n_blocks,) output, Newton iterations of the slowest lane, without the second try.
    """
    unknown = aligned_rows(start.shape[0])
    sizes = aligned_rows(N_SIZES * circuit.pins.shape[0])
    state, busy = aligned_rows(circuit.operating.n_slots), aligned_rows(1)
    for block in range(values.shape[0]):
        x, v, i, g = values[block], nets[block], current[block], slope[block]
        _kernel_sizes(circuit, x, sizes)
        for at in range(start.shape[0]):
            store(unknown, at, start[at])
        store(busy, 0, 1.0)
        iterations[block] = _kernel_point(circuit, x, sizes, unknown, v, i, g, state, busy)
        for m in range(circuit.pins.shape[0]):
            _kernel_beyond(circuit, m, 0, v, busy)
            _kernel_beyond(circuit, m, 1, v, busy)
        for lane in range(LANES):
            is_done[block, lane] = busy[0, lane] < 0.5
        _kernel_capacitances(circuit, x, sizes, v, capacitance[block], region[block])
        _kernel_add(circuit.source, i, source[block])
