"""Numba kernels of the transient analysis: eight designs side by side, each with a clock and a step of its own.

The lanes of a block take their next steps together, but of different lengths from different times, and each accepts
or shortens its own. So every instruction works on eight designs, and still a design's result depends on nothing but the
design: a lane never looks at its neighbours.
"""

from __future__ import annotations

import math
from typing import Any

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.lanes import LANES, kernel, load, store, where_negative
from archwright.circuits.mna.references import inlined_kernel, unowned
from archwright.circuits.mna.topology import Floats, Integers
from archwright.circuits.mna.transient_circuit import Course, Dynamics
from archwright.circuits.mna.transient_state import (
    ACCEPTED,
    AGE,
    BUSY,
    COUNT,
    CURRENT,
    DESIGN,
    ERROR,
    FIRST_PART,
    IS_LAST,
    LAST_STEP,
    NEW,
    OLD,
    OLDER_STEP,
    SAMPLE,
    SEGMENT,
    STEP,
    TIME,
    VOLTAGE,
    Batch,
    Flags,
    Limits,
    State,
    _kernel_enter,
    _kernel_store,
)
from archwright.circuits.mna.transient_step import (
    _kernel_charge,
    _kernel_correct,
    _kernel_hold,
    _kernel_judge,
    _kernel_predict,
    _kernel_propose,
)

MAX_GROWTH, SAFETY, LEAST_GROWTH, FAILED_GROWTH = 2.5, 0.9, 0.1, 0.125
"""Longest and shortest next step, relative to this one; and after Newton did not converge."""
LEAST_CUT = 0.8
"""A step that is refused comes back no longer than this."""
FIRST_STEP = 0.1
"""The first step after a break is no longer than this part of the step before it."""
LEAST_STEP = 1e-13
"""Part of the analysis below which a step is given up."""


@inlined_kernel
def _kernel_sample(course: Course, times_s: Floats, probes: Integers, lane: int, state: State, found: Floats) -> None:
    """Report the samples within an accepted step: a parabola through its ends and the point before, a line at first."""
    n_probes, design = probes.shape[0], state.marks[DESIGN, lane]
    step_s, last_s = state.clock[STEP, lane], state.clock[LAST_STEP, lane]
    end_s = state.clock[TIME, lane] + step_s
    if state.marks[IS_LAST, lane] == 1:
        end_s = course.breaks_s[state.marks[SEGMENT, lane] + 1]
    at = state.marks[SAMPLE, lane]
    while at < times_s.shape[0] and times_s[at] <= end_s:
        back_s = times_s[at] - end_s  # from the end of the step, 0 or less
        for k in range(n_probes):
            new, now, before = state.nets[probes[k], lane], state.probe[k, lane], state.probe[n_probes + k, lane]
            slope = (new - now) / step_s
            bend = (slope - (now - before) / last_s) / (step_s + last_s) if state.clock[AGE, lane] > 0.5 else 0.0
            found[design, k, at] = new + back_s * (slope + bend * (back_s + step_s))
        at += 1
    state.marks[SAMPLE, lane] = at
    state.clock[TIME, lane] = end_s


@inlined_kernel
def _kernel_accept(dynamics: Dynamics, probes: Integers, state: State) -> None:
    """Make the end of the step the last point, in the lanes that accept it."""
    n, n_pairs, n_probes = state.unknown.shape[0], dynamics.pairs.shape[0], probes.shape[0]
    refused, pair, clock = 0.5 - load(state.clock, ACCEPTED), state.pair, state.clock
    _kernel_charge(dynamics, state)
    for p in range(n_pairs):
        held, mean = load(state.capacitance, p), load(pair, NEW * n_pairs + p)
        across = load(state.nets, dynamics.pairs[p, 0]) - load(state.nets, dynamics.pairs[p, 1])
        _kernel_keep(pair, OLD * n_pairs + p, refused, mean)
        _kernel_keep(pair, VOLTAGE * n_pairs + p, refused, across)
        _kernel_keep(pair, CURRENT * n_pairs + p, refused, held)
    for at in range(n):
        _kernel_keep(state.past, 2 * n + at, refused, load(state.past, n + at))
        _kernel_keep(state.past, n + at, refused, load(state.past, at))
        _kernel_keep(state.past, at, refused, load(state.unknown, at))
    for k in range(n_probes):
        _kernel_keep(state.probe, n_probes + k, refused, load(state.probe, k))
        _kernel_keep(state.probe, k, refused, load(state.nets, probes[k]))
    _kernel_keep(clock, OLDER_STEP, refused, load(clock, LAST_STEP))
    _kernel_keep(clock, LAST_STEP, refused, load(clock, STEP))


@inlined_kernel
def _kernel_keep(rows: Floats, at: int, refused: Any, new: Any) -> None:
    store(rows, at, where_negative(refused, new, load(rows, at)))


@inlined_kernel
def _kernel_growth(error: float, age: float) -> float:
    """The next step relative to this one."""
    if age < 0.5:
        return 2.0 if error <= 1.0 else 0.25
    power = -1.0 / 3.0 if age > 1.5 else -0.5
    growth: float = max(LEAST_GROWTH, min(MAX_GROWTH, SAFETY * max(error, 1e-9) ** power))
    return growth


@inlined_kernel
def _kernel_decide(lane: int, state: State) -> None:
    """Whether a lane accepts its step; if not, shorten it."""
    clock, error = state.clock, state.clock[ERROR, lane]
    is_busy = clock[BUSY, lane] > 0.5
    is_fine = not is_busy and error <= 1.0  # false too where it is no number
    clock[ACCEPTED, lane] = 1.0 if is_fine and state.marks[DESIGN, lane] >= 0 else 0.0
    state.marks[COUNT, lane] += 1
    if not is_fine:
        is_lost = is_busy or math.isnan(error)
        clock[STEP, lane] *= FAILED_GROWTH if is_lost else min(_kernel_growth(error, clock[AGE, lane]), LEAST_CUT)


@inlined_kernel
def _kernel_advance(course: Course, lane: int, state: State) -> bool:
    """Choose the step after an accepted one.

    Returns:
        Whether the lane has come to the end.
    """
    clock, marks = state.clock, state.marks
    if marks[IS_LAST, lane] == 0:
        clock[STEP, lane] *= _kernel_growth(clock[ERROR, lane], clock[AGE, lane])
        clock[AGE, lane] += 1.0
        return False
    segment = marks[SEGMENT, lane] + 1
    clock[AGE, lane], marks[SEGMENT, lane] = 0.0, segment
    if segment == course.breaks_s.shape[0] - 1:
        return True
    left_s = course.breaks_s[segment + 1] - course.breaks_s[segment]
    clock[STEP, lane] = min(FIRST_STEP * clock[STEP, lane], FIRST_PART * left_s)
    return False


@kernel
def _kernel_transient(
    circuit: Circuit,
    dynamics: Dynamics,
    course: Course,
    limits: Limits,
    batch: Batch,
    state: State,
    times_s: Floats,
    probes: Integers,
    found: Floats,
    is_done: Flags,
    n_steps: Integers,
) -> None:
    """Transient analysis of some designs.

    Args:
        circuit: compiled netlist; dynamics, course: its time step and its sources.
        limits: how exact, and how many steps.
        batch: the designs; state: room for eight of them.
        times_s: (n_times,) rising, at which to report; none beyond the last break.
        probes: (n_probes,) nets to report.
        found: (n, n_probes, n_times) output.
        is_done: (n,) output, which designs came to the end.
        n_steps: (n,) output, steps that were tried.
    """
    circuit, dynamics, course, state = unowned(circuit), unowned(dynamics), unowned(course), unowned(state)
    batch, times_s, probes, found = unowned(batch), unowned(times_s), unowned(probes), unowned(found)
    least_s, n_busy = LEAST_STEP * course.breaks_s[-1], 1
    for lane in range(LANES):
        _kernel_enter(circuit, dynamics, course, lane, batch, probes, state)
    while n_busy > 0:
        _kernel_propose(course, state)
        _kernel_predict(state)
        _kernel_store(circuit, dynamics, state)
        _kernel_hold(dynamics, state)
        _kernel_correct(circuit, dynamics, limits, state)
        _kernel_judge(limits, state)
        for lane in range(LANES):
            _kernel_decide(lane, state)
            if state.clock[ACCEPTED, lane] > 0.5:
                _kernel_sample(course, times_s, probes, lane, state, found)
        _kernel_accept(dynamics, probes, state)
        n_busy = 0
        for lane in range(LANES):
            design = state.marks[DESIGN, lane]
            if design < 0:
                continue
            is_end = state.clock[ACCEPTED, lane] > 0.5 and _kernel_advance(course, lane, state)
            if is_end or state.marks[COUNT, lane] >= limits.max_steps or state.clock[STEP, lane] < least_s:
                is_done[design], n_steps[design] = is_end, state.marks[COUNT, lane]
                _kernel_enter(circuit, dynamics, course, lane, batch, probes, state)
            n_busy += state.marks[DESIGN, lane] >= 0
