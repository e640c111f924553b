import numpy as np
import pytest

from archwright.circuits.devices import Capacitor, Resistor, VoltageSource
from archwright.circuits.mna.transient_state import Limits
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.ngspice.batch import find_program
from archwright.circuits.ngspice.engine import NgspiceEngine
from archwright.circuits.ngspice.library import find_library
from archwright.circuits.ngspice.transient import command, options, sampled
from archwright.circuits.waveforms import PiecewiseLinear
from archwright.core.errors import SimulatorMissing
from archwright.core.space import Real

TIMES_S = np.linspace(0.0, 5e-6, 101)


def low_pass():
    devices = (
        VoltageSource("v1", "in", "0", 3.0, waveform=PiecewiseLinear(((0.0, 0.0), (1e-6, 1.0)))),
        Resistor("r1", "in", "out", "r_ohm"),
        Capacitor("c1", "out", "0", 1e-9),
    )
    return Netlist("low-pass", ("0", "in", "out"), devices, parameters=(Parameter("r_ohm", Real(1.0, 1e6)),))


def test_a_parabola_does_not_reach_across_a_break():
    time = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    kink = np.abs(time - 2.0)
    found = sampled(
        {"time": time, "out": kink}, ["out", "0"], np.array([0.5, 1.5, 2.5, 3.5]), np.array([0.0, 2.0, 4.0])
    )
    np.testing.assert_allclose(found, [[1.5, 0.5, 0.5, 1.5], [0.0] * 4])


def test_points_that_ngspice_repeats_are_taken_once():
    time = np.array([0.0, 1.0, 1.0, 2.0])
    found = sampled({"time": time, "out": 2.0 * time}, ["out"], np.array([0.0, 1.0, 1.5]), np.array([0.0, 2.0]))
    np.testing.assert_allclose(found, [[0.0, 2.0, 3.0]])


def test_tolerances_and_command_keep_their_digits():
    assert "reltol=1e-06" in options(Limits(1e-6, 1e-9, 10)) and "trtol=1" in options(Limits(1e-6, 1e-9, 10))
    assert command(1e-6) == "tran 2e-08 1e-06"


@pytest.mark.external
@pytest.mark.parametrize("form", ["library", "batch", "altered"])
def test_every_form_gives_the_closed_form(form):
    """1 V/us into 1 and 2 us: within 0.3 mV at 1e-5."""
    if find_library() is None:
        pytest.skip("libngspice is not installed")
    try:
        find_program()
    except SimulatorMissing as missing:
        pytest.skip(str(missing))
    engine = NgspiceEngine(low_pass(), "out", form=form)
    designs = np.array([[1e3], [2e3]])
    engine.operate(designs[:1])
    found = engine.transient(designs, TIMES_S, ["out"], relative_tolerance=1e-5, absolute_tolerance_v=1e-7)
    assert found.is_converged.all() and found.failures == {}
    for row, tau_s in enumerate((1e-6, 2e-6)):
        ramp = [(t - tau_s * (1.0 - np.exp(-t / tau_s))) / 1e-6 for t in (TIMES_S, np.maximum(TIMES_S - 1e-6, 0.0))]
        assert found.voltage_v("out")[row] == pytest.approx(ramp[0] - ramp[1], abs=3e-4)
    assert engine.operate(designs).voltage_v("out") == pytest.approx([3.0, 3.0])
    engine.close()
