import numpy as np
import pytest
from numba import njit

from archwright.circuits.devices import Capacitor, Resistor, VoltageSource
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.mna.transient_kernels import LEAST_GROWTH, MAX_GROWTH, SAFETY, _kernel_growth
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.waveforms import PiecewiseLinear, Pulse
from archwright.core.space import Real


@njit
def growth(error, age):
    return _kernel_growth(error, age)


@pytest.mark.parametrize(
    ("error", "age", "wanted"),
    [
        (1.0, 5.0, SAFETY),
        (0.125, 5.0, 2.0 * SAFETY),
        (0.25, 1.0, 2.0 * SAFETY),
        (0.0, 5.0, MAX_GROWTH),
        (1e9, 5.0, LEAST_GROWTH),
        (0.5, 0.0, 2.0),
        (2.0, 0.0, 0.25),
    ],
)
def test_the_next_step_follows_the_error_s_root(error, age, wanted):
    assert growth(error, age) == pytest.approx(wanted)


def low_pass(waveform):
    devices = (
        VoltageSource("v1", "in", "0", waveform=waveform),
        Resistor("r1", "in", "out", "r_ohm"),
        Capacitor("c1", "out", "0", 1e-9),
    )
    return Netlist("low-pass", ("0", "in", "out"), devices, parameters=(Parameter("r_ohm", Real(1.0, 1e6)),))


def test_breaks_are_hit_exactly():
    """A pulse of a nanosecond in a millisecond is neither missed nor smeared."""
    pulse = Pulse(0.0, 1.0, 0.5e-3, 1e-9, 1e-9, 1e-9)
    corners_s = np.array([0.5e-3, 0.5e-3 + 1e-9, 0.5e-3 + 2e-9, 0.5e-3 + 3e-9])
    found = Simulator(low_pass(pulse), "out").transient(np.array([[1.0]]), np.append(corners_s, 1e-3), ["in"])
    assert found.voltage_v("in")[0] == pytest.approx([0.0, 1.0, 1.0, 0.0, 0.0], abs=1e-9)


def test_lanes_are_refilled_until_every_design_is_done():
    """From very fast to very slow designs, more than fit in two blocks."""
    ohms = np.geomspace(1.0, 1e6, 37)
    step = PiecewiseLinear(((0.0, 0.0), (1e-9, 1.0)))
    found = Simulator(low_pass(step), "out", n_threads=1).transient(ohms[:, None], np.array([1e-4]), ["out"])
    assert found.is_converged.all() and (found.n_steps > 0).all()
    assert found.voltage_v("out")[:, 0] == pytest.approx(1.0 - np.exp(-1e-4 / (ohms * 1e-9)), abs=2e-3)
