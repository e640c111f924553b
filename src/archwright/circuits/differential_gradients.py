"""Derivatives of the differential amplifier's metrics, by the adjoints of its two measurements.

With H the differential response, S the voltage sensed in the common-mode measurement and L = -S / (1 + S) its loop:

    gain             20 / ln 10 * Re d ln H at the lowest frequency
    corner f         d ln f = Re (d ln H(low) - d ln H(f)) / Re (d ln H / d ln f)
    unity f          d ln f = -Re d ln H(f) / Re (d ln H / d ln f)                                                  (1)
    phase margin     Im d ln H(f) + Im (d ln H / d ln f) d ln f, in degrees
    loop             d ln L = d ln S / (1 + S), then (1) and the margin as for H

(1) is implicit differentiation of |H(f)| = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from archwright.circuits.bench import Bench, Floats
from archwright.circuits.mna.adjoint import AdjointSimulator
from archwright.circuits.mna.adjoint_measures import DB, area_slopes, power_slopes
from archwright.circuits.mna.points import OperatingPoints
from archwright.circuits.mna.simulator import Complexes


class LoopSlopes(NamedTuple):
    """How a crossing of one moves, (n, n_parameters) each.

    Args:
        log_unity: d ln f of the frequency.
        margin_deg: of the phase margin.
    """

    log_unity: Floats
    margin_deg: Floats


def crossing_slopes(log_transfer: Complexes, log_frequency: Complexes) -> LoopSlopes:
    """Derivatives of unity-gain frequency and phase margin.

    Args:
        log_transfer: (n, n_parameters) d ln H / d parameter at the crossing.
        log_frequency: (n,) d ln H / d ln f there.

    Example:
        >>> found = crossing_slopes(np.array([[1.0 + 0.0j]]), np.array([-1.0 + 0.0j]))  # an integrator's gain
        >>> found.log_unity, found.margin_deg
        (array([[1.]]), array([[0.]]))
    """
    log_unity = -log_transfer.real / log_frequency.real[:, None]
    turned = log_transfer.imag + log_frequency.imag[:, None] * log_unity
    return LoopSlopes(log_unity, np.degrees(turned))


class DifferentialSlopes:
    """The derivatives of all metrics but the figure of merit.

    Args:
        bench: of the differential measurement, on the embedded engine.
        loop_bench: of the common-mode measurement.
        noise_hz: where noise is taken.
    """

    def __init__(self, bench: Bench, loop_bench: Bench, noise_hz: float) -> None:
        self.bench, self.noise_hz = bench, noise_hz
        self.differential = AdjointSimulator(bench.simulator)
        self.loop = AdjointSimulator(loop_bench.simulator)

    def of(
        self, designs: Floats, points: OperatingPoints, columns: Mapping[str, Floats], loop_unity_hz: Floats
    ) -> dict[str, Floats]:
        """(n, n_parameters) per metric, in the units of the parameters; without meaning where a column has none.

        Args:
            designs: (n, n_parameters) in the units of the parameters.
            points: their operating points.
            columns: (n,) per metric.
            loop_unity_hz: (n,), where the common-mode loop's gain is one.
        """
        low_hz = self.bench.low_hz
        hertz = _known(np.stack([np.full(len(designs), low_hz), columns["f3db_hz"], columns["unity_hz"]], 1), low_hz)
        found = self.differential.sensitivities(points, designs, hertz, np.array([self.noise_hz]))
        low, corner, unity = np.moveaxis(found.log_transfer, 1, 0)
        log_f3db = (low - corner).real / found.frequency_slopes[:, 1].real[:, None]
        differential = crossing_slopes(unity, found.frequency_slopes[:, 2])
        common = self._common(designs, points, _known(loop_unity_hz[:, None], low_hz))
        relative = {
            "f3db_hz": log_f3db,
            "gbw_hz": low.real + log_f3db,
            "unity_hz": differential.log_unity,
            "noise_v_rthz": found.log_noise[:, 0],
        }
        return {
            **{name: columns[name][:, None] * slope for name, slope in relative.items()},
            "gain_db": DB * low.real,
            "dpm_deg": differential.margin_deg,
            "cpm_deg": common.margin_deg,
            "power_w": power_slopes(points, designs, found),
            "area_um2": area_slopes(self.bench.netlist, designs),
            "saturated": np.zeros_like(log_f3db),
        }

    def _common(self, designs: Floats, points: OperatingPoints, hertz: Floats) -> LoopSlopes:
        found = self.loop.sensitivities(points, designs, hertz)
        closed = 1.0 + found.transfer[:, 0]
        return crossing_slopes(found.log_transfer[:, 0] / closed[:, None], found.frequency_slopes[:, 0] / closed)


def _known(hertz: Floats, low_hz: float) -> Floats:
    """`hertz` with `low_hz` where a design has no such frequency."""
    return np.where(np.isfinite(hertz) & (hertz > 0.0), hertz, low_hz)
