"""Measures of an amplifier from its simulation: whole batches at once, and from curves of another simulator.

A measure that a design does not reach is never replaced by a number: its flag is False, and the problem turns the
design into `Infeasible`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from archwright.circuits.devices import Mosfet, VoltageSource
from archwright.circuits.interpolation import inverse_cubic
from archwright.circuits.mna.points import Bandwidth, Below, OperatingPoints
from archwright.circuits.netlist import Netlist
from archwright.core.errors import check_name

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

CORNER_DB = 3.0
ROUNDING_DB = 1e-9
"""Less peaking than this is rounding: the largest amplitude comes from a logarithm, the first does not."""
FINER = 16
"""Points of the spline per sample of the curve."""


def peaking_db(bandwidth: Bandwidth) -> Floats:
    """How far the largest amplitude stands above the one at the lowest frequency, (n,) in dB, at least 0."""
    ratio: Floats = 20.0 * np.log10(bandwidth.largest / bandwidth.first)
    return np.where(ratio < ROUNDING_DB, 0.0, ratio)


def curve_bandwidth(
    frequencies_hz: Floats, amplitudes: Floats, drop_db: float = CORNER_DB, below: Below = "largest"
) -> Bandwidth:
    """Maximum and corner of sampled curves, from the cubic spline of ln amplitude over ln frequency.

    With 20 frequencies per decade both are exact to about 1e-6, to 1e-3 at a resonance with a quality factor of 4.
    The embedded simulator has `Simulator.bandwidth`, which solves for them instead.

    Args:
        frequencies_hz: (n_frequencies,) rising, at least 4.
        amplitudes: (n, n_frequencies) above 0.
        drop_db: how far the corner lies below the reference.
        below: the reference: the `largest` amplitude, or the one at the `first` frequency.

    Raises:
        SpecError: another reference.

    Example:
        >>> frequencies = np.geomspace(1.0, 100.0, 41)
        >>> low_pass = 1.0 / np.hypot(1.0, frequencies / 10.0)
        >>> curve_bandwidth(frequencies, low_pass[None, :], 10.0 * np.log10(2.0)).corner_hz.round(3)
        array([10.1])
    """
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(np.log(frequencies_hz), np.log(amplitudes), axis=1)
    log_f = np.linspace(spline.x[0], spline.x[-1], FINER * (len(spline.x) - 1) + 1)
    log_a = spline(log_f)
    last, rows = len(log_f) - 1, np.arange(len(log_a))
    at = log_a.argmax(axis=1)
    peak, log_peak = log_f[at], log_a[rows, at]
    inner = rows[(at > 0) & (at < last)]
    left, top, right = (log_a[inner, at[inner] + k] for k in (-1, 0, 1))
    curvature = np.minimum(left - 2.0 * top + right, -1e-300)
    moved = 0.5 * (left - right) / curvature
    peak[inner] += moved * (log_f[1] - log_f[0])
    log_peak[inner] -= 0.125 * (left - right) ** 2 / curvature
    is_below_first = check_name("below", below, get_args(Below)) == "first"
    level = (log_a[:, 0] if is_below_first else log_peak) - drop_db * np.log(10.0) / 20.0
    is_below = (log_a < level[:, None]) & (np.arange(last + 1) > at[:, None])
    first = np.clip(is_below.argmax(axis=1) - 2, 0, last - 3)
    x = log_f[first[:, None] + np.arange(4)]
    y = log_a[rows[:, None], first[:, None] + np.arange(4)] - level[:, None]
    corner = np.exp(inverse_cubic(x, y))
    return Bandwidth(amplitudes[:, 0], np.exp(log_peak), np.exp(peak), corner, is_below.any(axis=1))


def supply_power_w(points: OperatingPoints) -> Floats:
    """Power that all voltage sources together deliver, (n,) in W."""
    sources = [device for device in points.netlist.devices if isinstance(device, VoltageSource)]
    nets = points.netlist.nets
    voltages = points.voltages_v
    drops = [voltages[:, nets.index(s.positive)] - voltages[:, nets.index(s.negative)] for s in sources]
    power: Floats = -np.sum(np.array(drops).T * points.source_currents_a, axis=1)
    return power


def gate_area_um2(netlist: Netlist, designs: Floats) -> Floats:
    """Sum of width times length of all gates, (n,) in um2.

    Args:
        netlist: the circuit.
        designs: (n, n_parameters) in the units of the parameters.
    """
    at, mosfets = netlist.value_columns, [d.name for d in netlist.devices if isinstance(d, Mosfet)]
    values = netlist.device_values(designs)
    w, length, many = (values[:, [at[name, field] for name in mosfets]] for field in Mosfet.values)
    area: Floats = 1e12 * np.sum(w * length * many, axis=1)
    return area


def is_saturated(points: OperatingPoints) -> Flags:
    """(n, n_mosfets) whether each MOSFET conducts and its drain voltage is beyond saturation."""
    mosfets = points.mosfets
    flags: Flags = (mosfets["drive_v"] > 0.0) & (mosfets["margin_v"] >= 0.0)
    return flags


def named_rows(columns: Mapping[str, Floats]) -> Sequence[dict[str, float]]:
    """Columns (n,) by name as one dict per row, without a loop per value.

    Example:
        >>> named_rows({"power_w": np.array([1.0, 2.0]), "area_um2": np.array([3.0, 4.0])})
        [{'power_w': 1.0, 'area_um2': 3.0}, {'power_w': 2.0, 'area_um2': 4.0}]
    """
    names = tuple(columns)
    rows = np.column_stack(list(columns.values())).tolist()
    return [dict(zip(names, row, strict=True)) for row in rows]
