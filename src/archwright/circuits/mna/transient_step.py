"""One time step of eight designs: prediction, charges, Newton and truncation error.

A step is trapezoidal, the first one after a break backward Euler. It begins at the parabola through the last three
points, which also tells its truncation error: that of the trapezoidal rule is

    (v - p) h^2 / (2 (h + h1) (h + h1 + h2))

where `p` is the parabola at the end of the step of length `h` after steps `h1`, `h2` (the third divided difference of
the voltage). Charge follows SPICE's increments: the mean of a capacitance at both ends of the step times the change of
its voltage. The capacitance at the end is taken at `p`, as close as the error that is allowed, so that a step evaluates
capacitances once and Newton's matrix is exact. `mna.transient_dense` has the same in plain Python, with given steps.

Sources: L. Nagel, "SPICE2: a computer program to simulate semiconductor circuits", UCB/ERL M520, 1975 (trapezoidal
rule, breaks, truncation error by divided differences); J. Meyer, RCA Review 32, 1971 (charge increments).
"""

from __future__ import annotations

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.kernels import MAX_STEP_V, _kernel_add, _kernel_devices, _kernel_run, _kernel_voltages
from archwright.circuits.mna.lanes import (
    LANES,
    absolute,
    any_above,
    load,
    lower,
    store,
    upper,
    where_negative,
)
from archwright.circuits.mna.references import inlined_kernel
from archwright.circuits.mna.topology import Integers
from archwright.circuits.mna.transient_circuit import Course, Dynamics
from archwright.circuits.mna.transient_state import (
    AGE,
    BUSY,
    CONDUCTANCE,
    CURRENT,
    DESIGN,
    ERROR,
    IS_LAST,
    LAST_STEP,
    NEW,
    OLD,
    OLDER_STEP,
    SEGMENT,
    STEP,
    TIME,
    VOLTAGE,
    Limits,
    State,
    _kernel_drive,
)

MAX_ITERATIONS = 12
"""Newton steps before a time step is shortened."""
CURVATURE_PER_V = 20.0
"""Newton's error after a step s is at most about this times s^2: half the curvature of an exponential over 25 mV."""
NEWTON_SHARE = 0.05
"""Part of the tolerance that Newton may leave."""
FIRST_CHANGE = 20.0
"""The first step after a break changes no voltage by more than this many tolerances."""


@inlined_kernel
def _kernel_propose(course: Course, state: State) -> None:
    """Fit the steps to the breaks, and set the sources at their ends."""
    for lane in range(LANES):
        if state.marks[DESIGN, lane] < 0:
            continue
        time_s, step_s = state.clock[TIME, lane], state.clock[STEP, lane]
        left_s = course.breaks_s[state.marks[SEGMENT, lane] + 1] - time_s
        is_last = step_s > 0.999999 * left_s
        state.marks[IS_LAST, lane] = 1 if is_last else 0
        if is_last:
            step_s = left_s
        elif step_s > 0.5 * left_s:
            step_s = 0.5 * left_s
        state.clock[STEP, lane] = step_s
        _kernel_drive(course, lane, time_s + step_s, state)


@inlined_kernel
def _kernel_predict(state: State) -> None:
    """The parabola through the last three points, or the line through two, at the end of the step."""
    n = state.unknown.shape[0]
    h, h1, h2 = load(state.clock, STEP), load(state.clock, LAST_STEP), load(state.clock, OLDER_STEP)
    age = load(state.clock, AGE)
    bent = where_negative(1.5 - age, h * (h + h1) / ((h1 + h2) * h2), 0.0 * h)
    line = where_negative(0.5 - age, h / h1, 0.0 * h) + bent * h2 / h1
    for at in range(n):
        now, before, older = load(state.past, at), load(state.past, n + at), load(state.past, 2 * n + at)
        expected = now + line * (now - before) - bent * (before - older)
        store(state.predicted, at, expected)
        store(state.unknown, at, expected)


@inlined_kernel
def _kernel_hold(dynamics: Dynamics, state: State) -> None:
    """Conductances of the pairs over the step, and what they add to Newton's matrix."""
    n_pairs, pair = dynamics.pairs.shape[0], state.pair
    rule = 1.0 + lower(load(state.clock, AGE), 1.0)  # 1 for backward Euler, 2 for the trapezoidal rule
    scale = 0.5 * rule / load(state.clock, STEP)
    for p in range(n_pairs):
        mean = load(pair, OLD * n_pairs + p) + load(pair, NEW * n_pairs + p)
        store(pair, CONDUCTANCE * n_pairs + p, scale * mean)
    for slot in range(state.matrix.shape[0]):
        store(state.matrix, slot, 0.0)
    stamps = dynamics.pair_slope
    for k in range(stamps.at.shape[0]):
        at, row = stamps.at[k], CONDUCTANCE * n_pairs + stamps.row[k]
        store(state.matrix, at, load(state.matrix, at) + stamps.weight[k] * load(pair, row))


@inlined_kernel
def _kernel_charge(dynamics: Dynamics, state: State) -> None:
    """Currents of the pairs at `nets`, in place of the capacitances that no step needs any more."""
    n_pairs, pair = dynamics.pairs.shape[0], state.pair
    back = lower(load(state.clock, AGE), 1.0)
    for p in range(n_pairs):
        across = load(state.nets, dynamics.pairs[p, 0]) - load(state.nets, dynamics.pairs[p, 1])
        change = across - load(pair, VOLTAGE * n_pairs + p)
        held = load(pair, CONDUCTANCE * n_pairs + p) * change - back * load(pair, CURRENT * n_pairs + p)
        store(state.capacitance, p, held)


@inlined_kernel
def _kernel_move(solution: Integers, limits: Limits, state: State) -> None:
    """Add the Newton step, limited, to the busy lanes; those that arrive are busy no more."""
    system, unknown, active = state.system, state.unknown, load(state.clock, BUSY)
    largest = excess = 0.0 * active
    for at in range(unknown.shape[0]):
        step = load(system, solution[at])
        largest = upper(largest, absolute(step))
    share = lower(1.0, MAX_STEP_V / upper(largest, 1e-30)) * active
    is_sound = where_negative(largest - 1e150, 1.0, 0.0 * largest)
    for at in range(unknown.shape[0]):
        old, step = load(unknown, at), load(system, solution[at])
        tolerance = limits.relative * absolute(old) + limits.absolute_v
        excess = upper(excess, CURVATURE_PER_V * step * step - NEWTON_SHARE * tolerance)
        store(unknown, at, where_negative(0.0 - share * is_sound, old + share * step, old))
    store(state.clock, BUSY, where_negative(0.0 - excess - (1.0 - is_sound), active, 0.0 * active))


@inlined_kernel
def _kernel_correct(circuit: Circuit, dynamics: Dynamics, limits: Limits, state: State) -> None:
    """Newton from the prediction; BUSY stays 1 where it does not converge."""
    system = state.system
    for lane in range(LANES):
        state.clock[BUSY, lane] = 1.0 if state.marks[DESIGN, lane] >= 0 else 0.0
    for iteration in range(MAX_ITERATIONS):
        if iteration > 0:
            _kernel_voltages(circuit, state.values, state.unknown, state.nets)
        _kernel_devices(circuit, state.values, state.sizes, state.nets, state.current, state.slope)
        _kernel_charge(dynamics, state)
        for slot in range(system.shape[0]):
            store(system, slot, load(state.matrix, slot))
        _kernel_add(dynamics.slope, state.slope, system)
        _kernel_add(dynamics.balance, state.current, system)
        _kernel_add(dynamics.pair_balance, state.capacitance, system)
        _kernel_run(dynamics.program, system)
        _kernel_move(dynamics.solution, limits, state)
        if not any_above(load(state.clock, BUSY), 0.5):
            break
    _kernel_voltages(circuit, state.values, state.unknown, state.nets)


@inlined_kernel
def _kernel_judge(limits: Limits, state: State) -> None:
    """Truncation error of the step, in tolerances."""
    n = state.unknown.shape[0]
    h, h1, h2 = load(state.clock, STEP), load(state.clock, LAST_STEP), load(state.clock, OLDER_STEP)
    age = load(state.clock, AGE)
    bent = 0.5 * h * h / ((h + h1) * (h + h1 + h2))
    line = 0.5 * h / (h + h1)
    scale = where_negative(1.5 - age, bent, where_negative(0.5 - age, line, 0.0 * h + 1.0 / FIRST_CHANGE))
    worst = 0.0 * h
    for at in range(n):
        now, before = load(state.unknown, at), load(state.past, at)
        tolerance = limits.relative * upper(absolute(now), absolute(before)) + limits.absolute_v
        worst = upper(worst, absolute(now - load(state.predicted, at)) / tolerance)
    store(state.clock, ERROR, worst * scale)
