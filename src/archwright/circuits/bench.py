"""A test bench: what is measured on an amplifier, by the embedded simulator or by ngspice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.measures import (
    CORNER_DB,
    gate_area_um2,
    is_saturated,
    named_rows,
    peaking_db,
    supply_power_w,
)
from archwright.circuits.mna.points import Bandwidth, Below, OperatingPoints
from archwright.circuits.netlist import Netlist
from archwright.circuits.ngspice.spice_deck import DeviceLibrary
from archwright.core.errors import Failed, Infeasible, check_name
from archwright.core.problem import Gradients, Outcome

Floats = np.ndarray[Any, np.dtype[np.float64]]

ENGINES = ("embedded", "ngspice")
CHUNK = 1024
"""Designs simulated at once: enough for every core, few enough to stay in its cache."""
NO_POINT = Failed("no operating point: neither Newton nor gmin stepping converged")
SILENT = Infeasible("the output does not answer the input")


class Measured(NamedTuple):
    """Metrics of many designs.

    Args:
        columns: (n,) per metric: low_amplitude, amplitude, f3db_hz, peaking_db, noise_rthz, corner_noise_rthz, power_w,
            area_um2, saturated.
        reasons: why a design has no metrics, by its row.
    """

    columns: dict[str, Floats]
    reasons: dict[int, Infeasible | Failed]

    def outcomes(self, names: Iterable[str]) -> list[Outcome]:
        """One outcome per design: the columns called `names`, or the reason why there are none."""
        found: list[Outcome] = list(named_rows({name: self.columns[name] for name in names}))
        for row, reason in self.reasons.items():
            found[row] = reason
        return found


class Differentiated(NamedTuple):
    """Metrics of many designs with their derivatives.

    Args:
        measured: the metrics.
        slopes: (n, n_parameters) per metric, in the units of the parameters; without meaning in the rows that have a
            reason.
    """

    measured: Measured
    slopes: dict[str, Floats]

    def gradients(self, names: Iterable[str]) -> list[Gradients | Infeasible | Failed]:
        """One answer per design: the columns called `names` and their derivatives, or why there are none."""
        names = tuple(names)
        return [
            Gradients(outcome, {name: self.slopes[name][row] for name in names})
            if isinstance(outcome, Mapping)
            else outcome
            for row, outcome in enumerate(self.measured.outcomes(names))
        ]


@dataclass(frozen=True)
class Bench:
    """A netlist with its measures.

    Args:
        netlist: the circuit, with its small-signal sources.
        output: the net, or pair of nets, whose amplitude is gain and bandwidth.
        noise_output: the two nets between which noise is taken.
        engine: `embedded` or `ngspice`.
        low_hz: where the sweep begins; peaking is relative to the amplitude here.
        high_hz: where it ends; a corner above it is not reached.
        n_frequencies: of the grid that brackets maximum and corner.
        noise_hz: where the noise density is taken.
        corner_below: what the corner is relative to: the `largest` amplitude or the `first`, at `low_hz`.
        has_corner_noise: take the noise density at the corner too.
        library: transistors of another origin for `ngspice`, such as those of `kits`.

    Raises:
        SpecError: an unknown engine.
    """

    netlist: Netlist
    output: str | tuple[str, str]
    noise_output: tuple[str, str]
    engine: str = "embedded"
    low_hz: float = 1e3
    high_hz: float = 1e10
    n_frequencies: int = 50
    noise_hz: float = 1e6
    corner_below: Below = "largest"
    has_corner_noise: bool = False
    library: DeviceLibrary | None = None

    def __post_init__(self) -> None:
        """Refuse an engine that does not exist."""
        check_name("engine", self.engine, ENGINES)

    @cached_property
    def simulator(self) -> Any:
        """Made at first use: importing numba, or starting ngspice, takes longer than listing problems."""
        if self.engine == "ngspice":
            from archwright.circuits.ngspice.engine import NgspiceEngine

            return NgspiceEngine(self.netlist, self.output, self.noise_output, library=self.library)
        from archwright.circuits.mna.simulator import Simulator

        return Simulator(self.netlist, self.output, self.noise_output)

    @cached_property
    def grid_hz(self) -> Floats:
        """(n_frequencies,) evenly spaced on a log scale."""
        return np.geomspace(self.low_hz, self.high_hz, self.n_frequencies)

    def measure(self, designs: Floats) -> Measured:
        """All measures of (n, n_parameters) designs, in the units of the parameters."""
        points: OperatingPoints = self.simulator.operate(designs)
        return self.measure_points(designs, points, self.bandwidth(points))

    def bandwidth(self, points: OperatingPoints) -> Bandwidth:
        """Amplitudes and corners at the operating points of many designs."""
        bandwidth: Bandwidth = self.simulator.bandwidth(points, self.grid_hz, CORNER_DB, self.corner_below)
        return bandwidth

    def measure_points(self, designs: Floats, points: OperatingPoints, bandwidth: Bandwidth) -> Measured:
        """All measures of designs whose operating points and bandwidths are known."""
        with np.errstate(invalid="ignore", divide="ignore"):  # designs without an answer are sorted out below
            columns = {
                "low_amplitude": bandwidth.first,
                "amplitude": bandwidth.largest,
                "f3db_hz": bandwidth.corner_hz,
                "peaking_db": peaking_db(bandwidth),
                "noise_rthz": self.simulator.noise(points, np.array([self.noise_hz])).input_rthz[:, 0],
                "power_w": supply_power_w(points),
                "area_um2": gate_area_um2(self.netlist, designs),
                "saturated": is_saturated(points).sum(axis=1).astype(float),
            }
            if self.has_corner_noise:
                corners_hz = np.where(bandwidth.is_reached, bandwidth.corner_hz, self.low_hz)
                columns["corner_noise_rthz"] = self.simulator.noise(points, corners_hz[:, None]).input_rthz[:, 0]
        return Measured(columns, self._reasons(columns, points, bandwidth))

    def _reasons(
        self, columns: dict[str, Floats], points: OperatingPoints, bandwidth: Bandwidth
    ) -> dict[int, Infeasible | Failed]:
        """Why some designs have no metrics: no operating point first, then a measure that is not reached."""
        is_known = np.isfinite(np.array(list(columns.values()))).all(axis=0) & (bandwidth.largest > 0)
        if is_known.all() and bandwidth.is_reached.all() and points.is_converged.all():
            return {}
        dull = Infeasible(f"the gain falls by {CORNER_DB:g} dB nowhere below {self.high_hz:g} Hz")
        reasons: dict[int, Infeasible | Failed] = dict.fromkeys(np.flatnonzero(~bandwidth.is_reached).tolist(), dull)
        reasons |= dict.fromkeys(np.flatnonzero(~is_known).tolist(), SILENT)
        reasons |= dict.fromkeys(np.flatnonzero(~points.is_converged).tolist(), NO_POINT)
        return reasons | dict(getattr(points, "failures", {}))

    @cached_property
    def derivatives(self) -> Any:
        """The `AdjointBench` of this bench, made at first use."""
        from archwright.circuits.mna.adjoint_measures import AdjointBench

        return AdjointBench(self)

    def amplitudes(self, designs: Floats, frequencies_hz: Floats) -> Floats:
        """(n, n_frequencies) amplitude of the output."""
        amplitudes: Floats = np.abs(self.simulator.transfer(self.simulator.operate(designs), frequencies_hz))
        return amplitudes
