"""Sensitivities of the embedded simulator: how every measure of many designs moves with every design parameter.

The adjoint method: one solve with the transposed matrix of the operating point, and one with that of the small signal,
give the derivatives with respect to all device values at once, whatever their number. They include the path through
the operating point: conductances and capacitances move with the voltages. Devices are differentiated one by one
(`mna.adjoint_devices`), so any MOSFET model of the simulator will do.

Everything agrees with central differences of the whole simulation to 1e-6 and better
(`benchmarks/circuits_gradient.py` prints the table).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from archwright.circuits.devices import VoltageSource
from archwright.circuits.mna.adjoint_circuit import compile_adjoint
from archwright.circuits.mna.adjoint_kernels import room_for
from archwright.circuits.mna.adjoint_response import Point, _kernel_sensitivities
from archwright.circuits.mna.points import OperatingPoints
from archwright.circuits.mna.simulator import Complexes, Simulator, designs_of, lanes_of
from archwright.circuits.mna.threads import spread
from archwright.circuits.mna.topology import Floats
from archwright.core.errors import check_name


class Sensitivities(NamedTuple):
    """Derivatives with respect to the design parameters, in the parameters' units.

    Args:
        transfer: (n, n_frequencies) complex response H.
        frequency_slopes: (n, n_frequencies) complex, d ln H / d ln f: the real part is that of ln |H|, the imaginary
            part that of the phase in radians.
        log_transfer: (n, n_frequencies, n_parameters) complex, d ln H / d parameter.
        log_noise: (n, n_noise_frequencies, n_parameters), d ln density / d parameter, referred to the sources.
        noise_frequency_slopes: (n, n_noise_frequencies), d ln density / d ln f.
        source_currents_a: (n, n_sources, n_parameters), of each voltage source.
        voltages_v: (n, n_nets, n_parameters), of each net asked for.
    """

    transfer: Complexes
    frequency_slopes: Complexes
    log_transfer: Complexes
    log_noise: Floats
    noise_frequency_slopes: Floats
    source_currents_a: Floats
    voltages_v: Floats


class AdjointSimulator:
    """The sensitivities of one netlist.

    Args:
        simulator: the embedded simulator that finds the operating points.

    Example:
        >>> from archwright.circuits.devices import Capacitor, Resistor, VoltageSource
        >>> from archwright.circuits.netlist import Netlist, Parameter
        >>> from archwright.core.space import Real
        >>> low_pass = Netlist(
        ...     "RC low-pass", ("0", "in", "out"),
        ...     (VoltageSource("v1", "in", "0", ac_v=1.0), Resistor("r1", "in", "out", "r_ohm"),
        ...      Capacitor("c1", "out", "0", 1e-9)),
        ...     parameters=(Parameter("r_ohm", Real(100.0, 1e5)),))
        >>> simulator, designs = Simulator(low_pass, "out"), np.array([[1e3]])
        >>> corner_hz = np.array([1.0 / (2 * np.pi * 1e3 * 1e-9)])
        >>> found = AdjointSimulator(simulator).sensitivities(simulator.operate(designs), designs, corner_hz)
        >>> (1e3 * found.log_transfer[0, 0, 0]).round(6)
        np.complex128(-0.5-0.5j)
    """

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.netlist = simulator.netlist
        self._adjoint = compile_adjoint(self.netlist, simulator.circuit, simulator.output, simulator.noise_output)

    def sensitivities(
        self,
        points: OperatingPoints,
        designs: Floats,
        frequencies_hz: Floats,
        noise_hz: Floats | None = None,
        nets: Sequence[str] = (),
    ) -> Sensitivities:
        """All derivatives at once.

        Args:
            points: from `Simulator.operate(designs)`.
            designs: (n, n_parameters) in the parameters' units.
            frequencies_hz: of the response, (n_frequencies,) for all designs, or (n, n_frequencies) for each its own.
            noise_hz: of the noise, the same shapes; none unless given.
            nets: whose operating voltage is asked for.

        Returns:
            Derivatives; not finite, or without meaning, where the design did not converge.

        Raises:
            SpecError: an unknown net, or frequencies of another shape.
        """
        for net in nets:
            check_name("net", net, self.netlist.nets)
        simulator, n = self.simulator, points.n
        noise_hz = np.empty(0) if noise_hz is None else noise_hz
        hertz, noise_hertz = lanes_of(frequencies_hz, n), lanes_of(noise_hz, n)
        values = simulator.values(designs)
        n_f, n_noise, n_values = hertz.shape[1], noise_hertz.shape[1], values.shape[1]
        n_sources = sum(isinstance(device, VoltageSource) for device in self.netlist.devices)
        n_numbers = 2 * n_f + n_noise + n_sources + len(nets)
        figures = np.zeros((len(values), 4 * n_f + n_noise, values.shape[2]))
        found = np.zeros((len(values), n_numbers * n_values, values.shape[2]))
        at = np.array([self.netlist.nets.index(net) for net in nets], dtype=np.int64)
        tables = Point(*(points.blocks[name] for name in ("voltage", "slope", "capacitance")))

        def work(first: int, last: int) -> None:
            part = slice(first, last)
            _kernel_sensitivities(
                simulator.circuit, self._adjoint, values[part], Point(*(table[part] for table in tables)),
                hertz[part], noise_hertz[part], at, room_for(simulator.circuit, self._adjoint), figures[part],
                found[part],
            )  # fmt: skip

        spread(work, len(values), simulator.n_threads)
        by_value = designs_of(found, n).reshape(n, n_numbers, n_values)
        by_parameter = self.netlist.parameter_slopes(designs, by_value)
        response, noise, sources, voltages = np.split(by_parameter, np.cumsum([2 * n_f, n_noise, n_sources]), axis=1)
        figure = designs_of(figures, n)
        numbers = np.ascontiguousarray(figure[:, : 4 * n_f]).view(np.complex128).reshape(n, n_f, 2)
        return Sensitivities(
            numbers[:, :, 0], numbers[:, :, 1], response[:, 0::2] + 1j * response[:, 1::2],
            noise, figure[:, 4 * n_f :], sources, voltages,
        )  # fmt: skip
