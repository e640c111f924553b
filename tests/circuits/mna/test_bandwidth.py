import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.errors import SpecError
from archwright.core.space import Real

HALF_POWER_DB = 10.0 * np.log10(2.0)
LOW_PASS = Netlist(
    "low-pass",
    ("0", "in", "out"),
    (
        VoltageSource("vin", "in", "0", ac_v=1.0),
        Resistor("r1", "in", "out", "r_ohm"),
        Capacitor("c1", "out", "0", 1e-9),
    ),
    parameters=(Parameter("r_ohm", Real(1.0, 1e6)),),
)
# Two ideal transconductors around two capacitors are an inductor and a capacitor: a resonance without inductors.
GYRATOR = Netlist(
    "resonator",
    ("0", "vdd", "one", "two", "gate"),
    (
        VoltageSource("vdd", "vdd", "0", 2.5),
        Mosfet("m1", "two", "one", "0", "0", "nch", 20e-6, 1e-6),
        Resistor("r2", "vdd", "two", 2e4),
        Capacitor("c2", "two", "0", 1e-12),
        Mosfet("m2", "one", "two", "gate", "0", "nch", 20e-6, 1e-6),
        Resistor("rg", "gate", "0", "r_ohm"),
        Resistor("r1", "vdd", "one", 2e4),
        Capacitor("c1", "one", "0", 1e-12),
        CurrentSource("iin", "vdd", "one", 0.0, 1e-3),
    ),
    (Level1Model("nch", "n", 0.5, 50e-6, lambda_m_per_v=1e-8),),
    (Parameter("r_ohm", Real(1.0, 1e4)),),
)


def test_corner_of_a_low_pass_is_exact_whatever_the_grid():
    simulator = Simulator(LOW_PASS, "out")
    points = simulator.operate(np.array([[1e3], [5e3], [2e5]]))
    expected = 1.0 / (2.0 * np.pi * np.array([1e3, 5e3, 2e5]) * 1e-9)
    for n in (12, 50, 333):
        found = simulator.bandwidth(points, np.geomspace(1e-3, 1e9, n), HALF_POWER_DB)
        np.testing.assert_allclose(found.corner_hz, expected, rtol=1e-10)
        np.testing.assert_allclose(found.largest, 1.0, rtol=1e-10)
        assert found.is_reached.all()


def test_corner_above_the_grid_is_flagged_and_no_number_is_made_up():
    simulator = Simulator(LOW_PASS, "out")
    points = simulator.operate(np.array([[1e3], [1.0]]))
    found = simulator.bandwidth(points, np.geomspace(1.0, 1e7, 30), HALF_POWER_DB)
    assert found.is_reached.tolist() == [True, False]
    assert found.corner_hz[1] < 1e7


@pytest.mark.parametrize(("netlist", "output"), [(GYRATOR, "one"), (three_stage_netlist(), "vouta")])
def test_maximum_and_corner_agree_with_a_dense_sweep(netlist, output):
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(3).random((24, record.horizon))))
    simulator = Simulator(netlist, output)
    points = simulator.operate(designs)
    found = simulator.bandwidth(points, np.geomspace(1e3, 1e10, 50))
    dense_hz = np.geomspace(1e3, 1e10, 14_001)
    curves = np.abs(simulator.transfer(points, dense_hz))
    np.testing.assert_allclose(found.largest, curves.max(axis=1), rtol=1e-6)
    at_corner = np.abs(simulator.transfer(points, found.corner_hz[:, None]))[:, 0]
    np.testing.assert_allclose(at_corner, found.largest * 10.0 ** (-3.0 / 20.0), rtol=1e-9)
    above = dense_hz > found.peak_hz[:, None]
    first_below = (above & (curves < found.largest[:, None] * 10.0 ** (-3.0 / 20.0))).argmax(axis=1)
    assert np.all(dense_hz[first_below] >= found.corner_hz * (1.0 - 1e-9))
    assert np.all(dense_hz[first_below - 1] <= found.corner_hz * (1.0 + 1e-9))


def test_resonator_has_its_maximum_inside_the_grid():
    simulator = Simulator(GYRATOR, "one")
    points = simulator.operate(np.array([[1.0], [2e3]]))
    found = simulator.bandwidth(points, np.geomspace(1e3, 1e10, 50))
    assert np.all(found.peak_hz > 1e6) and np.all(found.largest > 1.1 * found.first)


def test_corner_below_the_first_amplitude():
    simulator = Simulator(GYRATOR, "one")
    points = simulator.operate(np.array([[1.0], [2e3]]))
    grid_hz = np.geomspace(1e3, 1e10, 50)
    usual, found = (simulator.bandwidth(points, grid_hz, below=below) for below in ("largest", "first"))
    at_corner = np.abs(simulator.transfer(points, found.corner_hz[:, None]))[:, 0]
    np.testing.assert_allclose(at_corner, found.first * 10.0 ** (-3.0 / 20.0), rtol=1e-9)
    assert np.all(found.corner_hz > usual.corner_hz) and found.is_reached.all()
    with pytest.raises(SpecError, match="below: 'last' is not possible"):
        simulator.bandwidth(points, grid_hz, below="last")


def test_finer_grid_changes_nothing():
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(5).random((64, 10))))
    simulator = Simulator(netlist, "vouta")
    points = simulator.operate(designs)
    coarse, fine = (simulator.bandwidth(points, np.geomspace(1e3, 1e10, n)) for n in (50, 400))
    np.testing.assert_allclose(coarse.corner_hz, fine.corner_hz, rtol=1e-10)
    np.testing.assert_allclose(coarse.largest, fine.largest, rtol=1e-10)
