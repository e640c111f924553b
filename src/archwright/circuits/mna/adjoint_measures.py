"""Derivatives of an amplifier's measures, put together from the sensitivities of the embedded simulator.

    largest amplitude     d ln A = Re d ln H at the peak; its frequency may move, the amplitude does not for that
    corner f              ln |H(f)| = ln A - const, so d ln f = (d ln A - Re d ln H(f)) / Re (d ln H / d ln f)     (1)
    peaking               20 / ln 10 * (d ln A - d ln A_low)
    noise at the corner   d ln N + (d ln N / d ln f) d ln f

(1) is implicit differentiation. A count, such as the number of saturated devices, has no derivative: it is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from archwright.circuits.bench import Bench, Differentiated
from archwright.circuits.devices import Mosfet, VoltageSource
from archwright.circuits.mna.adjoint import AdjointSimulator, Sensitivities
from archwright.circuits.mna.points import Bandwidth, Below, OperatingPoints
from archwright.circuits.mna.topology import Floats
from archwright.circuits.netlist import Netlist

DB = 20.0 / np.log(10.0)


class AdjointBench:
    """The derivatives of all measures of a bench, by the embedded simulator, whatever the bench's engine.

    Args:
        bench: what is measured.

    Example:
        >>> from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
        >>> problem = ThreeStageTIA()
        >>> found = AdjointBench(problem.bench).differentiate(problem.space.to_array([HUMAN]))
        >>> problem.space.axes[9], float((found.slopes["power_w"][0, 9] * 1e6).round(3))  # more resistance, less power
        ('rb_kohm', -4.164)
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench if bench.engine == "embedded" else replace(bench, engine="embedded")
        self.adjoint = AdjointSimulator(self.bench.simulator)

    def differentiate(self, designs: Floats) -> Differentiated:
        """All measures with their derivatives.

        Args:
            designs: (n, n_parameters) in the units of the parameters.
        """
        bench = self.bench
        points = bench.simulator.operate(designs)
        bandwidth = bench.bandwidth(points)
        measured = bench.measure_points(designs, points, bandwidth)
        hertz = response_frequencies_hz(bandwidth, bench.low_hz)
        noise_hz = np.full((len(designs), 1), bench.noise_hz)
        noise_hz = np.hstack([noise_hz, hertz[:, 2:]]) if bench.has_corner_noise else noise_hz
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # designs that have a reason instead
            found = self.adjoint.sensitivities(points, designs, hertz, noise_hz)
            slopes = measure_slopes(measured.columns, found, bench.corner_below, bench.netlist, designs)
            slopes["power_w"] = power_slopes(points, designs, found)
        return Differentiated(measured, slopes)


class Logarithmic(NamedTuple):
    """d ln / d parameter of an amplifier's response, (n, n_parameters) each: low and largest amplitude, corner."""

    low: Floats
    largest: Floats
    corner: Floats


def response_frequencies_hz(bandwidth: Bandwidth, low_hz: float) -> Floats:
    """(n, 3) frequencies at which `logarithmic` needs the response: lowest, peak, corner.

    Args:
        bandwidth: of the designs.
        low_hz: stands in for a peak or corner that is not known.
    """
    columns = [np.full(len(bandwidth.first), low_hz), bandwidth.peak_hz, bandwidth.corner_hz]
    found = np.stack(columns, axis=1)
    return np.where(np.isfinite(found) & (found > 0), found, low_hz)


def logarithmic(found: Sensitivities, below: Below) -> Logarithmic:
    """Derivatives of amplitudes and corner.

    Args:
        found: at `response_frequencies_hz`.
        below: whether the corner is relative to the `largest` amplitude or the `first`.
    """
    low, largest, at_corner = np.moveaxis(found.log_transfer.real, 1, 0)
    falling = found.frequency_slopes[:, 2].real
    corner = ((low if below == "first" else largest) - at_corner) / falling[:, None]
    return Logarithmic(low, largest, corner)


def measure_slopes(
    columns: Mapping[str, Floats], found: Sensitivities, below: Below, netlist: Netlist, designs: Floats
) -> dict[str, Floats]:
    """Derivatives of the columns of `Bench.measure`, (n, n_parameters) each, in the parameters' units.

    Args:
        columns: the measures, (n,) each.
        found: at `response_frequencies_hz`, with one noise frequency, and the corner as a second where
            `corner_noise_rthz` is among the columns.
        below: as in `logarithmic`.
        netlist: the circuit.
        designs: (n, n_parameters).
    """
    low, largest, corner = logarithmic(found, below)
    relative = {"low_amplitude": low, "amplitude": largest, "f3db_hz": corner, "noise_rthz": found.log_noise[:, 0]}
    if "corner_noise_rthz" in columns:
        moved = found.noise_frequency_slopes[:, 1, None] * corner
        relative["corner_noise_rthz"] = found.log_noise[:, 1] + moved
    slopes = {name: columns[name][:, None] * slope for name, slope in relative.items()}
    slopes["peaking_db"] = np.where(columns["peaking_db"][:, None] > 0.0, DB * (largest - low), 0.0)  # none: no slope
    slopes["area_um2"] = area_slopes(netlist, designs)
    return slopes | {name: np.zeros_like(low) for name in columns if name == "saturated"}


def power_slopes(points: OperatingPoints, designs: Floats, found: Sensitivities) -> Floats:
    """(n, n_parameters) derivatives of the power that all voltage sources deliver, in W per parameter.

    Args:
        points: operating points of the designs.
        designs: (n, n_parameters).
        found: their sensitivities.
    """
    netlist, at = points.netlist, points.netlist.value_columns
    rows = [at[d.name, "dc_v"] for d in netlist.devices if isinstance(d, VoltageSource)]
    values = netlist.device_values(designs)
    direct = np.zeros((len(designs), values.shape[1]))
    direct[:, rows] = -points.source_currents_a
    by_current = -np.einsum("ns,nsp->np", values[:, rows], found.source_currents_a)
    total: Floats = by_current + netlist.parameter_slopes(designs, direct)
    return total


def area_slopes(netlist: Netlist, designs: Floats) -> Floats:
    """(n, n_parameters) derivatives of the gate area, in um2 per parameter.

    Args:
        netlist: the circuit.
        designs: (n, n_parameters).
    """
    at, values = netlist.value_columns, netlist.device_values(designs)
    direct = np.zeros_like(values)
    for device in netlist.devices:
        if isinstance(device, Mosfet):
            w, length, many = (at[device.name, field] for field in Mosfet.values)
            direct[:, w] = 1e12 * values[:, length] * values[:, many]
            direct[:, length] = 1e12 * values[:, w] * values[:, many]
            direct[:, many] = 1e12 * values[:, w] * values[:, length]
    return netlist.parameter_slopes(designs, direct)
