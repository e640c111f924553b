"""Transient analysis by the embedded simulator, and the answer that ngspice gives in the same form.

The step control is per design and lives in `mna.transient_kernels`; here a batch goes in and samples come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.points import OperatingPoints
from archwright.circuits.mna.threads import spread
from archwright.circuits.mna.topology import Floats
from archwright.circuits.mna.transient_circuit import Course, Dynamics
from archwright.circuits.mna.transient_kernels import _kernel_transient
from archwright.circuits.mna.transient_state import Batch, Flags, Limits, new_state
from archwright.circuits.netlist import Netlist
from archwright.core.errors import SimulatorFailed, SpecError, check_name

LEAST_BLOCKS = 4
"""Blocks of eight designs that are worth a thread of their own."""


@dataclass(frozen=True)
class Transient:
    """Voltages of `n` designs over time.

    Args:
        netlist: their circuit.
        nets: which are reported.
        times_s: (n_times,) when.
        voltages_v: (n, n_nets, n_times); where a design did not come to the end, the rest means nothing.
        is_converged: (n,) whether it came to the end.
        n_steps: (n,) time steps that were tried.
        failures: why not, by row, where the simulator says so.
    """

    netlist: Netlist
    nets: tuple[str, ...]
    times_s: Floats
    voltages_v: Floats
    is_converged: Flags
    n_steps: np.ndarray[Any, np.dtype[np.int64]]
    failures: Mapping[int, SimulatorFailed] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of designs."""
        return len(self.is_converged)

    def voltage_v(self, net: str) -> Floats:
        """(n, n_times) voltage of one net.

        Raises:
            SpecError: it is not reported.
        """
        check_name("net", net, self.nets)
        return self.voltages_v[:, self.nets.index(net)]


def checked_times(times_s: Floats) -> Floats:
    """The times at which to report.

    Raises:
        SpecError: they do not rise from 0 or more to more than 0.
    """
    times = np.asarray(times_s, dtype=float)
    allowed = "rising times from 0 or more, the last above 0"
    if times.ndim != 1 or not times.size or not np.isfinite(times).all():
        raise SpecError("times_s", times_s, allowed)
    if times[0] < 0 or times[-1] <= 0 or not (np.diff(times) > 0).all():
        raise SpecError("times_s", times.tolist()[:4], allowed)
    return times


def checked_nets(netlist: Netlist, nets: Sequence[str] | None) -> tuple[str, ...]:
    """The nets to report: all unless given.

    Raises:
        SpecError: the netlist has no such net.
    """
    return tuple(netlist.nets if nets is None else (check_name("nets", net, netlist.nets) for net in nets))


def checked_limits(relative_tolerance: float, absolute_tolerance_v: float, max_steps: int) -> Limits:
    """How exact the steps are.

    Raises:
        SpecError: a tolerance is outside its range.
    """
    if not 1e-9 <= relative_tolerance <= 0.1:
        raise SpecError("relative_tolerance", relative_tolerance, "a number from 1e-9 to 0.1")
    if not 1e-12 <= absolute_tolerance_v <= 0.1:
        raise SpecError("absolute_tolerance_v", absolute_tolerance_v, "a voltage from 1e-12 to 0.1 V")
    if not max_steps >= 1:
        raise SpecError("max_steps", max_steps, "a whole number above 0")
    return Limits(float(relative_tolerance), float(absolute_tolerance_v), int(max_steps))


def simulate(
    circuit: Circuit,
    dynamics: Dynamics,
    course: Course,
    points: OperatingPoints,
    values: Floats,
    times_s: Floats,
    nets: Sequence[str],
    limits: Limits,
    n_threads: int | None,
) -> Transient:
    """Follow designs from their operating points.

    Args:
        circuit: compiled netlist; dynamics, course: its time step and its sources.
        points: at time 0.
        values: (n_blocks, n_values, 8) device values in SI units.
        times_s: (n_times,) when to report.
        nets: what to report.
        limits: how exact, and how many steps.
        n_threads: as of the simulator.
    """
    n, netlist = points.n, points.netlist
    probes = np.array([netlist.nets.index(net) for net in nets], dtype=np.int64)
    found = np.zeros((n, len(nets), len(times_s)))
    is_done, n_steps = np.zeros(n, dtype=bool), np.zeros(n, dtype=np.int64)

    def work(first: int, last: int) -> None:
        part, rows = slice(first, last), slice(8 * first, min(8 * last, n))
        batch = Batch(values[part], points.blocks["voltage"][part], points.is_converged[rows])
        state = new_state(circuit, dynamics, values.shape[1], len(probes))
        outputs = found[rows], is_done[rows], n_steps[rows]
        _kernel_transient(circuit, dynamics, course, limits, batch, state, times_s, probes, *outputs)

    spread(work, len(values), n_threads, LEAST_BLOCKS)
    return Transient(netlist, tuple(nets), times_s, found, is_done, n_steps)
