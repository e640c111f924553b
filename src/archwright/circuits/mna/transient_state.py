"""Eight designs on their way through a transient analysis: what the lanes of a block know, and how a design enters.

A lane that reaches the end takes the next design of the batch, so that no lane waits for the slowest design.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.kernels import _kernel_capacitances, _kernel_sizes, _kernel_voltages
from archwright.circuits.mna.lanes import LANES, load, plain_rows, store
from archwright.circuits.mna.references import inlined_kernel
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, N_SIZES, Floats, Integers
from archwright.circuits.mna.transient_circuit import Course, Dynamics

Flags = np.ndarray[Any, np.dtype[np.bool_]]

FIRST_PART = 1e-3
"""The first step after a break is no longer than this part of the way to the next."""
TIME, STEP, LAST_STEP, OLDER_STEP, AGE, ERROR, BUSY, ACCEPTED = range(8)
"""Rows of `State.clock`: AGE counts steps since the break."""
OLD, NEW, CONDUCTANCE, VOLTAGE, CURRENT = range(5)
"""Groups of rows of `State.pair`: capacitance at both ends of the step, conductance, voltage and current before it."""
DESIGN, SEGMENT, SAMPLE, COUNT, IS_LAST, WAITING = range(6)
"""Rows of `State.marks`; WAITING is the first design of the batch that no lane has taken."""


class State(NamedTuple):
    """Eight designs on their way; rows of `LANES`.

    Args:
        values, sizes: of the devices.
        unknown: voltages at the end of the step; past: at the last three points; predicted: by the parabola.
        nets, current, slope, capacitance, region: of the devices at `unknown`.
        pair: five groups of rows, see `OLD`.
        matrix, system: the constant part of Newton's system, and all of it.
        probe: voltages to report at the last two points.
        clock: see `TIME`.
        marks: see `DESIGN`; (6, LANES) integers.
    """

    values: Floats
    sizes: Floats
    unknown: Floats
    past: Floats
    predicted: Floats
    nets: Floats
    current: Floats
    slope: Floats
    capacitance: Floats
    region: Floats
    pair: Floats
    matrix: Floats
    system: Floats
    probe: Floats
    clock: Floats
    marks: Integers


class Batch(NamedTuple):
    """The designs to simulate.

    Args:
        values: (n_blocks, n_values, LANES) device values in SI units.
        voltage: (n_blocks, n_nets, LANES) at time 0.
        is_started: (n,) which designs have an operating point.
    """

    values: Floats
    voltage: Floats
    is_started: Flags


class Limits(NamedTuple):
    """How exact, and how long.

    Args:
        relative: truncation error of a step, relative to the voltage.
        absolute_v: plus this.
        max_steps: of one design.
    """

    relative: float
    absolute_v: float
    max_steps: int


def new_state(circuit: Circuit, dynamics: Dynamics, n_values: int, n_probes: int) -> State:
    """Room for eight designs.

    Args:
        circuit: compiled netlist; dynamics: its time step.
        n_values: device values; n_probes: nets to report.
    """
    n, n_mosfets, n_pairs = len(dynamics.net), len(circuit.pins), len(dynamics.pairs)
    n_resistors = len(circuit.resistors)
    n_currents = N_CURRENTS * n_mosfets + n_resistors + len(circuit.current_sources)
    n_capacitances = N_CAPACITANCES * n_mosfets + len(circuit.capacitors)
    counts = (
        n_values, N_SIZES * n_mosfets, n, 3 * n, n, len(circuit.root), n_currents,
        N_CONDUCTANCES * n_mosfets + n_resistors, n_capacitances, 2 * n_mosfets, 5 * n_pairs,
        dynamics.n_slots, dynamics.n_slots, 2 * n_probes, 8,
    )  # fmt: skip
    return State._make([*(plain_rows(count) for count in counts), np.zeros((6, LANES), dtype=np.int64)])


@inlined_kernel
def _kernel_drive(course: Course, lane: int, at_s: float, state: State) -> None:
    """Set the sources of a lane."""
    segment = state.marks[SEGMENT, lane]
    start_s, end_s = course.breaks_s[segment], course.breaks_s[segment + 1]
    share = (at_s - start_s) / (end_s - start_s)
    for k in range(course.rows.shape[0]):
        first, last = course.values[segment, k], course.values[segment + 1, k]
        state.values[course.rows[k], lane] = first + share * (last - first)


@inlined_kernel
def _kernel_store(circuit: Circuit, dynamics: Dynamics, state: State) -> None:
    """Nets at `unknown`, and the pairs' capacitances there."""
    n_pairs = dynamics.pairs.shape[0]
    _kernel_voltages(circuit, state.values, state.unknown, state.nets)
    _kernel_capacitances(circuit, state.values, state.sizes, state.nets, state.capacitance, state.region)
    for p in range(n_pairs):
        store(state.pair, NEW * n_pairs + p, 0.0)
    stamps, pair = dynamics.pair, state.pair
    for k in range(stamps.at.shape[0]):
        at = NEW * n_pairs + stamps.at[k]
        store(pair, at, load(pair, at) + load(state.capacitance, stamps.row[k]))


@inlined_kernel
def _kernel_start(
    circuit: Circuit, dynamics: Dynamics, course: Course, lane: int, probes: Integers, state: State
) -> None:
    """Clock, charges and probes of a design that has just come into a lane."""
    clock, n_pairs = state.clock, dynamics.pairs.shape[0]
    clock[TIME, lane] = clock[AGE, lane] = 0.0
    clock[STEP, lane] = FIRST_PART * (course.breaks_s[1] - course.breaks_s[0])
    clock[LAST_STEP, lane] = clock[OLDER_STEP, lane] = clock[STEP, lane]
    for row in (SEGMENT, SAMPLE, COUNT, IS_LAST):
        state.marks[row, lane] = 0
    _kernel_drive(course, lane, 0.0, state)
    _kernel_sizes(circuit, state.values, state.sizes)
    _kernel_store(circuit, dynamics, state)
    for p in range(n_pairs):
        one, other = state.nets[dynamics.pairs[p, 0], lane], state.nets[dynamics.pairs[p, 1], lane]
        state.pair[OLD * n_pairs + p, lane] = state.pair[NEW * n_pairs + p, lane]
        state.pair[VOLTAGE * n_pairs + p, lane], state.pair[CURRENT * n_pairs + p, lane] = one - other, 0.0
    for k in range(probes.shape[0]):
        state.probe[k, lane] = state.nets[probes[k], lane]


@inlined_kernel
def _kernel_enter(
    circuit: Circuit,
    dynamics: Dynamics,
    course: Course,
    lane: int,
    batch: Batch,
    probes: Integers,
    state: State,
) -> None:
    """Bring the next design that has an operating point into a lane; its number is -1 where there is none."""
    n, waiting = batch.is_started.shape[0], state.marks[WAITING, 0]
    while waiting < n and not batch.is_started[waiting]:
        waiting += 1
    state.marks[WAITING, 0] = waiting + 1
    if waiting >= n:
        state.marks[DESIGN, lane] = -1
        return
    state.marks[DESIGN, lane] = waiting
    block, of = waiting // LANES, waiting % LANES
    for row in range(batch.values.shape[1]):
        state.values[row, lane] = batch.values[block, row, of]
    for at in range(dynamics.net.shape[0]):
        state.unknown[at, lane] = state.past[at, lane] = batch.voltage[block, dynamics.net[at], of]
    _kernel_start(circuit, dynamics, course, lane, probes, state)
