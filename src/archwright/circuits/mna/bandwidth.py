"""Numba kernels that find the maximum of a transfer function and where it has fallen below a level.

A grid of frequencies brackets both; successive parabolas then move to the maximum and the Illinois form of false
position to the corner, each lane at frequencies of its own, so that the results do not depend on the grid.

Source of the root search: M. Dowell, P. Jarratt, "A modified regula falsi method for computing the root of an
equation", BIT 11, 1971.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from archwright.circuits.mna.circuit import Small
from archwright.circuits.mna.kernels import Flags
from archwright.circuits.mna.lanes import LANES, aligned_rows, inner_kernel, kernel, load, store
from archwright.circuits.mna.response import SETS, _kernel_load, _kernel_output, work_rows
from archwright.circuits.mna.topology import Floats, Integers

MAX_PEAK_STEPS = 12
PEAK_TOLERANCE = 1e-5
"""In ln frequency; the maximum is flat, so that its height is exact to about the square of this."""
MAX_CORNER_STEPS = 60
CORNER_TOLERANCE = 1e-11
"""In ln power relative to the wanted level."""
FLAT = 1e-9
"""A maximum that stands out from its neighbours by less than this (relative power) is left on the grid."""


@inner_kernel
def _kernel_log_power(
    small: Small, log_hertz: Floats, work: Floats, omega: Floats, out: Floats, log_power: Floats
) -> None:
    for lane in range(LANES):
        omega[0, lane] = 2.0 * math.pi * math.exp(log_hertz[lane])
    _kernel_output(small, omega, 1, work, out)
    for lane in range(LANES):
        log_power[lane] = math.log(out[0, lane] * out[0, lane] + out[1, lane] * out[1, lane])


@inner_kernel
def _kernel_sweep(small: Small, log_grid: Floats, work: Floats, omega: Floats, out: Floats, power: Floats) -> None:
    for first in range(0, log_grid.shape[0], SETS):
        n_sets = min(SETS, log_grid.shape[0] - first)
        for s in range(n_sets):
            store(omega, s, 2.0 * math.pi * math.exp(log_grid[first + s]))
        _kernel_output(small, omega, n_sets, work, out)
        for s in range(n_sets):
            real, imaginary = load(out, 2 * s), load(out, 2 * s + 1)
            store(power, first + s, real * real + imaginary * imaginary)


@inner_kernel
def _kernel_vertex(x: Floats, y: Floats, lane: int) -> Any:
    """Where the parabola through three points of a lane is highest."""
    left, right = x[1, lane] - x[0, lane], x[1, lane] - x[2, lane]
    a, b = left * (y[1, lane] - y[2, lane]), right * (y[1, lane] - y[0, lane])
    return x[1, lane] - 0.5 * (left * a - right * b) / (a - b)


@inner_kernel
def _kernel_narrow(x: Floats, y: Floats, lane: int, at: float, height: float) -> None:
    """Put a new point into the three points that bracket a maximum."""
    is_right, is_higher = at > x[1, lane], height > y[1, lane]
    if is_higher:
        side = 0 if is_right else 2
        x[side, lane], y[side, lane] = x[1, lane], y[1, lane]
        x[1, lane], y[1, lane] = at, height
    else:
        side = 2 if is_right else 0
        x[side, lane], y[side, lane] = at, height


@inner_kernel
def _kernel_peak(
    small: Small,
    log_grid: Floats,
    power: Floats,
    work: Floats,
    omega: Floats,
    out: Floats,
    peak_at: Floats,
    log_peak: Floats,
    index: Integers,
) -> None:
    """ln frequency and ln power of the maximum of each lane, and its place on the grid."""
    x, y = np.empty((3, LANES)), np.empty((3, LANES))
    at, height = np.empty(LANES), np.empty(LANES)
    is_done = np.ones(LANES, dtype=np.bool_)
    last = log_grid.shape[0] - 1
    for lane in range(LANES):
        best = 0
        for f in range(1, last + 1):
            best = f if power[f, lane] > power[best, lane] else best
        index[lane] = best
        peak_at[lane], log_peak[lane] = log_grid[best], math.log(power[best, lane])
        if 0 < best < last:
            around = max(power[best - 1, lane], power[best + 1, lane])
            is_done[lane] = power[best, lane] <= (1.0 + FLAT) * around
            for k in range(3):
                x[k, lane], y[k, lane] = log_grid[best - 1 + k], math.log(power[best - 1 + k, lane])
    for _ in range(MAX_PEAK_STEPS):
        if is_done.all():
            return
        for lane in range(LANES):
            at[lane] = peak_at[lane] if is_done[lane] else _kernel_vertex(x, y, lane)
        _kernel_log_power(small, at, work, omega, out, height)
        for lane in range(LANES):
            if is_done[lane]:
                continue
            is_done[lane] = abs(at[lane] - x[1, lane]) < PEAK_TOLERANCE
            _kernel_narrow(x, y, lane, at[lane], height[lane])
            peak_at[lane], log_peak[lane] = x[1, lane], y[1, lane]


@inner_kernel
def _kernel_bracket(power: Floats, lane: int, start: int, log_level: float) -> int:
    """First place on the grid after `start` where the power is below the level; -1 where it never is."""
    for f in range(start + 1, power.shape[0]):
        if math.log(power[f, lane]) < log_level:
            return f
    return -1


@inner_kernel
def _kernel_replace(x: Floats, y: Floats, kept: Integers, lane: int, at: float, new: float) -> None:
    """Put a new point into the pair that brackets a root; an end that stays twice has its height halved."""
    side = 0 if new > 0.0 else 1
    if kept[lane] == side:
        y[1 - side, lane] *= 0.5
    kept[lane] = side
    x[side, lane], y[side, lane] = at, new


@inner_kernel
def _kernel_corner(
    small: Small,
    log_grid: Floats,
    power: Floats,
    log_level: Floats,
    work: Floats,
    omega: Floats,
    out: Floats,
    peak_at: Floats,
    log_peak: Floats,
    index: Integers,
    corner: Floats,
    is_found: Flags,
) -> None:
    """ln frequency above the maximum where the power has fallen to `log_level`, in ln power, below the maximum."""
    x, y, height = np.empty((2, LANES)), np.empty((2, LANES)), np.empty(LANES)
    is_done, kept = np.empty(LANES, dtype=np.bool_), np.empty(LANES, dtype=np.int64)
    for lane in range(LANES):
        level = log_level[lane]
        f = _kernel_bracket(power, lane, index[lane], level)
        is_found[lane], is_done[lane], kept[lane] = f >= 0, f < 0, -1
        corner[lane] = peak_at[lane]
        if f >= 0:
            is_next = f - 1 == index[lane]
            x[0, lane] = peak_at[lane] if is_next else log_grid[f - 1]
            y[0, lane] = (log_peak[lane] if is_next else math.log(power[f - 1, lane])) - level
            x[1, lane], y[1, lane] = log_grid[f], math.log(power[f, lane]) - level
    for _ in range(MAX_CORNER_STEPS):
        if is_done.all():
            return
        for lane in range(LANES):
            if not is_done[lane]:
                corner[lane] = x[1, lane] - y[1, lane] * (x[1, lane] - x[0, lane]) / (y[1, lane] - y[0, lane])
        _kernel_log_power(small, corner, work, omega, out, height)
        for lane in range(LANES):
            new = height[lane] - log_level[lane]
            is_done[lane] = is_done[lane] or abs(new) < CORNER_TOLERANCE
            _kernel_replace(x, y, kept, lane, corner[lane], new)


@kernel
def _kernel_bandwidth(
    small: Small,
    slope: Floats,
    capacitance: Floats,
    log_grid: Floats,
    log_drop: float,
    is_below_first: bool,
    found: Floats,
    is_found: Flags,
) -> None:
    """Maximum and corner of every design.

    Args:
        small: compiled system.
        slope, capacitance: (n_blocks, rows, LANES) of the operating points.
        log_grid: (n_frequencies,) rising ln of the frequencies in hertz.
        log_drop: ln of the power ratio from the maximum to the corner, above 0.
        is_below_first: whether the ratio is to the first frequency instead.
        found: (n_blocks, 4, LANES) output: amplitude at the first frequency, largest amplitude, its frequency, corner.
        is_found: (n_blocks, LANES) output: whether the corner lies on the grid.
    """
    work, omega, out = work_rows(small), aligned_rows(SETS), aligned_rows(2 * SETS)
    power = aligned_rows(log_grid.shape[0])
    peak_at, log_peak, corner = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    index, log_level = np.empty(LANES, dtype=np.int64), np.empty(LANES)
    for block in range(slope.shape[0]):
        _kernel_load(small, slope[block], capacitance[block], work)
        _kernel_sweep(small, log_grid, work, omega, out, power)
        _kernel_peak(small, log_grid, power, work, omega, out, peak_at, log_peak, index)
        for lane in range(LANES):
            log_level[lane] = (math.log(power[0, lane]) if is_below_first else log_peak[lane]) - log_drop
        _kernel_corner(
            small, log_grid, power, log_level, work, omega, out, peak_at, log_peak, index, corner, is_found[block]
        )
        for lane in range(LANES):
            found[block, 0, lane] = math.sqrt(power[0, lane])
            found[block, 1, lane] = math.exp(0.5 * log_peak[lane])
            found[block, 2, lane] = math.exp(peak_at[lane])
            found[block, 3, lane] = math.exp(corner[lane])
