"""One step, seen from outside: on a parabola the trapezoidal rule and its error estimate are exact."""

import numpy as np
import pytest

from archwright.circuits.devices import Capacitor, CurrentSource, Resistor
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist
from archwright.circuits.waveforms import PiecewiseLinear


def charged(points):
    """A capacitor of 1 F fed with a current, and a resistor so large that it takes nothing."""
    devices = (
        CurrentSource("i1", "0", "out", waveform=PiecewiseLinear(points)),
        Capacitor("c1", "out", "0", 1.0),
        Resistor("r1", "out", "0", 1e15),
    )
    return Simulator(Netlist("integrator", ("0", "out"), devices), "out")


def test_a_ramp_of_current_is_integrated_without_error():
    """v = t^2/2 is a parabola: after the first step every error estimate is zero, and steps grow at once."""
    times_s = np.linspace(0.1, 1.0, 10)
    found = charged(((0.0, 0.0), (1.0, 1.0))).transient(np.zeros((1, 0)), times_s)
    assert found.voltage_v("out")[0] == pytest.approx(0.5 * times_s**2, abs=1e-5)
    assert found.n_steps[0] < 40


def test_a_constant_current_needs_few_steps_whatever_the_tolerance():
    simulator = charged(((0.0, 0.0), (1e-3, 1.0), (1.0, 1.0)))
    steps = [
        simulator.transient(np.zeros((1, 0)), np.array([1.0]), relative_tolerance=r, absolute_tolerance_v=1e-6).n_steps[
            0
        ]
        for r in (1e-3, 1e-6)
    ]
    assert steps[1] < 1.5 * steps[0] < 100


def test_a_sine_like_train_of_ramps_keeps_its_charge():
    """Charge in and charge out are equal: the capacitor comes back to 0 V to rounding of the tolerance."""
    points = tuple((k * 0.1, [0.0, 1.0, 0.0, -1.0][k % 4]) for k in range(41))
    found = charged(points).transient(np.zeros((1, 0)), np.array([2.0, 4.0]), relative_tolerance=1e-6)
    assert found.voltage_v("out")[0] == pytest.approx([0.0, 0.0], abs=1e-4)
