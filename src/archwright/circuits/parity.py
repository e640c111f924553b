"""Two circuit simulators on the same sizings: the largest difference of every quantity."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.measures import is_saturated, supply_power_w
from archwright.circuits.netlist import Netlist

Floats = np.ndarray[Any, np.dtype[np.float64]]

GRID_HZ = np.geomspace(1e3, 1e10, 50)
NOISE_HZ = np.array([1e4, 1e7, 1e8, 1e9])


class Parity(NamedTuple):
    """Largest differences over all sizings that both simulators solved.

    Args:
        n_solved: sizings with an operating point in both.
        n_either: sizings with an operating point in one of them only.
        voltage_v: of any net.
        gain, f3db, response, noise, power: relative; `response` is |H| at 50 frequencies, 1 kHz to 10 GHz.
        n_regions: transistors that are saturated in one of them only.
    """

    n_solved: int
    n_either: int
    voltage_v: float
    gain: float
    f3db: float
    response: float
    noise: float
    power: float
    n_regions: int


def compare_simulators(ours: Any, theirs: Any, netlist: Netlist, designs: Floats) -> Parity:
    """Simulate `designs` with both and compare.

    Args:
        ours: a simulator with the methods of `mna.Simulator`.
        theirs: another, such as `ngspice.NgspiceEngine`, of the same netlist and outputs.
        netlist: the circuit.
        designs: (n, n_parameters) in the units of the parameters.

    Example:
        >>> from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
        >>> from archwright.circuits.mna.simulator import Simulator
        >>> problem = ThreeStageTIA()
        >>> simulators = [Simulator(problem.netlist, "vouta", n_threads=n) for n in (1, 2)]
        >>> compare_simulators(*simulators, problem.netlist, problem.space.to_array([HUMAN])).voltage_v
        0.0
    """
    points = [simulator.operate(designs) for simulator in (ours, theirs)]
    solved = points[0].is_converged & points[1].is_converged
    pairs = list(zip((ours, theirs), points, strict=True))
    bandwidths = [simulator.bandwidth(point, GRID_HZ) for simulator, point in pairs]
    has_corner = solved & bandwidths[0].is_reached & bandwidths[1].is_reached
    regions = [is_saturated(point)[solved] for point in points]
    return Parity(
        n_solved=int(solved.sum()),
        n_either=int((points[0].is_converged != points[1].is_converged).sum()),
        voltage_v=float(np.abs(points[0].voltages_v - points[1].voltages_v)[solved].max()),
        gain=_relative(*(one.largest[solved] for one in bandwidths)),
        f3db=_relative(*(one.corner_hz[has_corner] for one in bandwidths)),
        response=_relative(*(np.abs(simulator.transfer(point, GRID_HZ))[solved] for simulator, point in pairs)),
        noise=_relative(*(simulator.noise(point, NOISE_HZ).output_v_rthz[solved] for simulator, point in pairs)),
        power=_relative(*(supply_power_w(point)[solved] for point in points)),
        n_regions=int((regions[0] != regions[1]).sum()),
    )


def _relative(ours: Floats, theirs: Floats) -> float:
    return float(np.abs(ours / theirs - 1.0).max(initial=0.0))
