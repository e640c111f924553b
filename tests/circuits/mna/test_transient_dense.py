import numpy as np
import pytest

from archwright.circuits.devices import Capacitor, Resistor, VoltageSource
from archwright.circuits.mna.transient_dense import transient
from archwright.circuits.netlist import Netlist
from archwright.circuits.waveforms import PiecewiseLinear

DEVICES = (
    VoltageSource("v1", "in", "0", 5.0, waveform=PiecewiseLinear(((0.0, 0.0), (1.0, 1.0)))),
    Resistor("r1", "in", "out", 1.0),
    Capacitor("c1", "out", "0", 0.1),
)


def test_error_falls_with_the_square_of_the_step():
    errors = []
    for n in (101, 201, 401):
        times_s = np.linspace(0.0, 1.0, n)
        found = transient(Netlist("ramp", ("0", "in", "out"), DEVICES), {}, times_s)["out"]
        errors.append(np.abs(found - (times_s - 0.1 * (1.0 - np.exp(-times_s / 0.1)))).max())
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.1)


def test_the_waveform_decides_at_the_start_and_not_the_operating_value():
    found = transient(Netlist("ramp", ("0", "in", "out"), DEVICES), {}, np.linspace(0.0, 1.0, 11))
    assert found["in"][0] == 0.0 and found["out"][0] == 0.0
