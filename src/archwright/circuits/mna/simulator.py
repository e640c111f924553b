"""The embedded circuit simulator: thousands of sizings of one netlist per call.

A netlist is compiled once (`mna.circuit`): nets tied by voltage sources become one unknown, the elimination order and
its fill-in are found, and stamps become index lists. Designs are then simulated eight side by side by numba kernels
that release the interpreter lock, on all cores this process may use:

- operating point (`mna.kernels`): Newton from the operating point of the middle design, steps limited to 0.4 V,
  gmin 1e-12 S across junctions; a second try by gmin stepping; a flag per design;
- small signal (`mna.response`, `mna.bandwidth`): transfer function at any frequencies, its maximum and corner, noise;
- transient (`mna.transient`): voltages over time, trapezoidal, with a step per design.

The results agree with ngspice to rounding (`benchmarks/circuits_parity.py` prints the table). A design's result depends
on nothing but the design. Temperature is 27 C.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar, get_args

import numpy as np

from archwright.circuits.devices import GROUND
from archwright.circuits.mna.bandwidth import _kernel_bandwidth
from archwright.circuits.mna.circuit import Circuit, compile_circuit
from archwright.circuits.mna.kernels import _kernel_operating
from archwright.circuits.mna.lanes import LANES
from archwright.circuits.mna.points import Bandwidth, Below, Noise, OperatingPoints
from archwright.circuits.mna.response import _kernel_noise, _kernel_transfer
from archwright.circuits.mna.threads import spread
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, Floats
from archwright.circuits.mna.transient import Transient, checked_limits, checked_nets, checked_times, simulate
from archwright.circuits.mna.transient_circuit import Dynamics, compile_course, compile_dynamics
from archwright.circuits.netlist import Netlist
from archwright.core.errors import SpecError, check_name

Complexes = np.ndarray[Any, np.dtype[np.complex128]]
Number = TypeVar("Number", np.float64, np.complex128)


class Simulator:
    """The embedded simulator of one netlist.

    Args:
        netlist: the circuit.
        output: the net, or pair of nets, whose voltage is the output of the transfer function.
        noise_output: the same for noise; the output unless given.
        n_threads: threads for large batches; all cores this process may use unless given.

    Raises:
        SpecError: an output net that the netlist lacks.

    Example:
        >>> from archwright.circuits.devices import Capacitor, Resistor, VoltageSource
        >>> from archwright.circuits.netlist import Parameter
        >>> from archwright.core.space import Real
        >>> low_pass = Netlist(
        ...     "RC low-pass", ("0", "in", "out"),
        ...     (VoltageSource("v1", "in", "0", ac_v=1.0), Resistor("r1", "in", "out", "r_ohm"),
        ...      Capacitor("c1", "out", "0", 1e-9)),
        ...     parameters=(Parameter("r_ohm", Real(100.0, 1e5)),))
        >>> simulator = Simulator(low_pass, "out")
        >>> points = simulator.operate(np.array([[1e3], [2e3]]))
        >>> simulator.bandwidth(points, np.geomspace(1.0, 1e8, 60), drop_db=10.0 * np.log10(2.0)).corner_hz.round(2)
        array([159154.94,  79577.47])
    """

    def __init__(
        self,
        netlist: Netlist,
        output: str | tuple[str, str],
        noise_output: str | tuple[str, str] | None = None,
        *,
        n_threads: int | None = None,
    ) -> None:
        ends, noise_ends = _ends(netlist, output), _ends(netlist, output if noise_output is None else noise_output)
        self.netlist = netlist
        self.output, self.noise_output = ends, noise_ends
        self.n_threads = n_threads
        self.circuit: Circuit = compile_circuit(netlist, ends, noise_ends)

    def operate(self, designs: Floats) -> OperatingPoints:
        """Operating points.

        Args:
            designs: (n, n_parameters) values in the units of the parameters, in the netlist's order.

        Raises:
            SpecError: another number of columns, or no finite numbers.
        """
        designs = np.asarray(designs, dtype=float)
        n_parameters = len(self.netlist.parameters)
        if designs.ndim != 2 or designs.shape[1] != n_parameters:
            raise SpecError("designs", designs.shape, f"an array of shape (n, {n_parameters})")
        if not np.isfinite(designs).all():
            raise SpecError("designs", "an array with numbers that are not finite", "finite numbers")
        return self._operate(len(designs), self.values(designs), self._start)

    def transfer(self, points: OperatingPoints, frequencies_hz: Floats) -> Complexes:
        """Output over small-signal sources.

        Args:
            points: from `operate`.
            frequencies_hz: (n_frequencies,) for all designs, or (n, n_frequencies) for each its own.

        Returns:
            (n, n_frequencies) complex; not finite where the design did not converge.
        """
        hertz = lanes_of(frequencies_hz, points.n)
        found = np.zeros(hertz.shape, dtype=np.complex128)
        slope, capacitance = points.blocks["slope"], points.blocks["capacitance"]

        def work(first: int, last: int) -> None:
            part = slice(first, last)
            _kernel_transfer(self.circuit.small, slope[part], capacitance[part], hertz[part], found[part])

        spread(work, len(hertz), self.n_threads)
        return designs_of(found, points.n)

    def noise(self, points: OperatingPoints, frequencies_hz: Floats) -> Noise:
        """Thermal noise of channels and resistors; arguments as in `transfer`."""
        hertz = lanes_of(frequencies_hz, points.n)
        density, gain = np.zeros(hertz.shape), np.zeros(hertz.shape)
        slope, capacitance = points.blocks["slope"], points.blocks["capacitance"]

        def work(first: int, last: int) -> None:
            part = slice(first, last)
            _kernel_noise(self.circuit.small, slope[part], capacitance[part], hertz[part], density[part], gain[part])

        spread(work, len(hertz), self.n_threads)
        return Noise(designs_of(density, points.n), designs_of(gain, points.n))

    def bandwidth(
        self, points: OperatingPoints, grid_hz: Floats, drop_db: float = 3.0, below: Below = "largest"
    ) -> Bandwidth:
        """Maximum and corner of the transfer function, to rounding; the grid only brackets them.

        Args:
            points: from `operate`.
            grid_hz: (n_frequencies,) rising; close enough that no second maximum hides between two.
            drop_db: how far the corner lies below the reference, above 0.
            below: the reference: the `largest` amplitude, or the one at the `first` frequency of the grid.

        Raises:
            SpecError: the grid does not rise, or another reference.
        """
        log_grid = _checked_grid(grid_hz)
        is_below_first = check_name("below", below, get_args(Below)) == "first"
        n_blocks = len(points.blocks["slope"])
        found, is_found = np.zeros((n_blocks, 4, LANES)), np.zeros((n_blocks, LANES), dtype=bool)
        slope, capacitance = points.blocks["slope"], points.blocks["capacitance"]
        log_drop = drop_db * np.log(10.0) / 10.0

        def work(first: int, last: int) -> None:
            part = slice(first, last)
            blocks = self.circuit.small, slope[part], capacitance[part]
            _kernel_bandwidth(*blocks, log_grid, log_drop, is_below_first, found[part], is_found[part])

        spread(work, n_blocks, self.n_threads)
        first, largest, peak_hz, corner_hz = designs_of(found, points.n).T
        return Bandwidth(first, largest, peak_hz, corner_hz, is_found.ravel()[: points.n])

    def transient(
        self,
        designs: Floats,
        times_s: Floats,
        nets: Sequence[str] | None = None,
        *,
        relative_tolerance: float = 1e-4,
        absolute_tolerance_v: float = 1e-6,
        max_steps: int = 100_000,
    ) -> Transient:
        """Voltages over time, from the operating point that the waveforms of the sources have at time 0.

        Args:
            designs: (n, n_parameters) as for `operate`.
            times_s: (n_times,) rising, when to report; the analysis ends with the last. They set no step.
            nets: what to report; every net unless given.
            relative_tolerance: largest truncation error of a step, relative to the voltage.
            absolute_tolerance_v: plus this.
            max_steps: a design that needs more has not converged.

        Raises:
            SpecError: another number of columns, an unknown net, times that do not rise, or a tolerance out of range.
        """
        limits = checked_limits(relative_tolerance, absolute_tolerance_v, max_steps)
        times, reported = checked_times(times_s), checked_nets(self.netlist, nets)
        values, course = self.values(self._checked(designs)), compile_course(self.netlist, times[-1])
        values[:, course.rows] = course.values[0][:, None]
        points = self._operate(len(designs), values, self._start)
        compiled = self.circuit, self._dynamics, course
        return simulate(*compiled, points, values, times, reported, limits, self.n_threads)

    @cached_property
    def _dynamics(self) -> Dynamics:
        return compile_dynamics(self.netlist)

    def _checked(self, designs: Floats) -> Floats:
        designs = np.asarray(designs, dtype=float)
        n_parameters = len(self.netlist.parameters)
        if designs.ndim != 2 or designs.shape[1] != n_parameters:
            raise SpecError("designs", designs.shape, f"an array of shape (n, {n_parameters})")
        if not np.isfinite(designs).all():
            raise SpecError("designs", "an array with numbers that are not finite", "finite numbers")
        return designs

    @cached_property
    def _start(self) -> Floats:
        """Unknowns of the design in the middle of all bounds: where Newton starts."""
        middle = np.array([[parameter.range.at(0.5) for parameter in self.netlist.parameters]])
        nowhere = np.zeros(int(self.circuit.root.max(initial=0)))
        points = self._operate(1, self.values(middle), nowhere)
        if not points.is_converged[0]:
            return nowhere
        offsets = np.zeros(len(self.netlist.nets))
        stamps = self.circuit.offset
        np.add.at(offsets, stamps.at, stamps.weight * self.values(middle)[0, stamps.row, 0])
        found = nowhere.copy()
        is_free = self.circuit.root < len(found)
        found[self.circuit.root[is_free]] = (points.voltages_v[0] - offsets)[is_free]
        return found

    def values(self, designs: Floats) -> Floats:
        """(n_blocks, n_values, 8) device values in SI units; the last design fills the last block.

        Args:
            designs: (n, n_parameters) in the units of the parameters.
        """
        n = len(designs)
        values = self.netlist.device_values(designs)
        blocks = _aligned(-(-n // LANES), values.shape[1])
        whole = n // LANES
        blocks[:whole] = values[: whole * LANES].reshape(whole, LANES, blocks.shape[1]).transpose(0, 2, 1)
        if whole < len(blocks):
            blocks[whole] = values[-1][:, None]
            blocks[whole, :, : n - whole * LANES] = values[whole * LANES :].T
        return blocks

    def _operate(self, n: int, values: Floats, start: Floats) -> OperatingPoints:
        circuit, n_blocks = self.circuit, len(values)
        n_mosfets, n_resistors = len(circuit.pins), len(circuit.resistors)
        rows = {
            "voltage": len(circuit.root),
            "current": N_CURRENTS * n_mosfets + n_resistors + len(circuit.current_sources),
            "slope": N_CONDUCTANCES * n_mosfets + n_resistors,
            "capacitance": N_CAPACITANCES * n_mosfets + len(circuit.capacitors),
            "region": 2 * n_mosfets,
            "source": len(circuit.voltage_sources),
        }
        blocks = {name: _aligned(n_blocks, count) for name, count in rows.items()}
        is_done = np.zeros((n_blocks, LANES), dtype=bool)
        iterations = np.zeros(n_blocks, dtype=np.int64)

        def work(first: int, last: int) -> None:
            tables = (table[first:last] for table in blocks.values())
            part = slice(first, last)
            _kernel_operating(circuit, values[part], start, *tables, is_done[part], iterations[part])

        spread(work, n_blocks, self.n_threads)
        return OperatingPoints(self.netlist, n, is_done.ravel()[:n], blocks)


def _ends(netlist: Netlist, output: str | tuple[str, str]) -> tuple[str, str]:
    ends = (output, GROUND) if isinstance(output, str) else (output[0], output[1])
    for net in ends:
        check_name("output", net, netlist.nets)
    return ends


def _aligned(n_blocks: int, n_rows: int) -> Floats:
    """(n_blocks, n_rows, 8) zeros that start on a cache line."""
    size = n_blocks * n_rows * LANES
    spacious = np.zeros(size + 8)
    first = (-spacious.ctypes.data // 8) % 8
    return spacious[first : first + size].reshape(n_blocks, n_rows, LANES)


def lanes_of(frequencies_hz: Floats, n: int) -> Floats:
    """Frequencies as (n_blocks, n_frequencies, 8)."""
    frequencies = np.asarray(frequencies_hz, dtype=float)
    if frequencies.ndim not in (1, 2) or (frequencies.ndim == 2 and len(frequencies) != n):
        raise SpecError("frequencies_hz", frequencies.shape, f"shape (n_frequencies,) or ({n}, n_frequencies)")
    rows = np.broadcast_to(frequencies, (n, frequencies.shape[-1]))
    n_blocks = -(-n // LANES)
    padded = rows[np.minimum(np.arange(n_blocks * LANES), n - 1)]
    return np.ascontiguousarray(padded.reshape(n_blocks, LANES, rows.shape[1]).transpose(0, 2, 1))


def designs_of(blocks: np.ndarray[Any, np.dtype[Number]], n: int) -> np.ndarray[Any, np.dtype[Number]]:
    """(n_blocks, rows, 8) as (n, rows)."""
    n_blocks, n_rows, _ = blocks.shape
    designs: np.ndarray[Any, np.dtype[Number]] = blocks.transpose(0, 2, 1).reshape(n_blocks * LANES, n_rows)[:n]
    return designs


def _checked_grid(grid_hz: Floats) -> Floats:
    grid = np.asarray(grid_hz, dtype=float)
    if grid.ndim != 1 or len(grid) < 2 or not (grid[0] > 0 and np.all(np.diff(grid) > 0)):
        raise SpecError("grid_hz", grid_hz, "two or more rising frequencies above 0")
    log_grid: Floats = np.log(grid)
    return log_grid
