"""The operating point: convergence, current balance, and independence of lanes."""

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.mna.topology import balance_weights, currents, find_unknowns
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.space import Real

NMOS = Level1Model("nch", "n", 0.5, 50e-6, 0.6, 0.8, lambda_m_per_v=1e-7, diffusion_m=1.5e-6)


@pytest.fixture(scope="module")
def amplifier():
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(0).random((4096, 10))))
    simulator = Simulator(netlist, "vouta")
    return simulator, designs, simulator.operate(designs)


def test_all_of_4096_random_sizings_converge(amplifier):
    assert amplifier[2].is_converged.all()


def test_currents_balance_in_every_net(amplifier):
    simulator, _, points = amplifier
    netlist, current = simulator.netlist, points.table("current")
    unknowns = find_unknowns(netlist)
    left = np.zeros((points.n, unknowns.n))
    for (at, row), weight in balance_weights(unknowns, currents(netlist)).items():
        left[:, at] += weight * current[:, row]
    assert np.abs(left).max() < 1e-15 and np.abs(current).max() > 1e-4


def test_result_does_not_depend_on_the_batch(amplifier):
    simulator, designs, points = amplifier
    for rows in (slice(5, 6), slice(3, 14), slice(100, 108)):
        alone = simulator.operate(designs[rows])
        for name in points.blocks:
            np.testing.assert_array_equal(alone.table(name), points.table(name)[rows])


def test_halves_of_a_symmetric_amplifier_are_equal(amplifier):
    _, _, points = amplifier
    for net in ("iin", "vo1", "vo2", "vout"):
        np.testing.assert_allclose(points.voltage_v(f"{net}a"), points.voltage_v(f"{net}b"), atol=1e-12)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_voltages_stay_when_widths_and_conductances_scale(factor):
    """Impedance scaling: all currents grow by the factor, no voltage moves."""
    netlist = Netlist(
        "inverter",
        ("0", "vdd", "in", "out"),
        (
            VoltageSource("vdd", "vdd", "0", 2.5),
            VoltageSource("vin", "in", "0", 1.1),
            Resistor("rl", "vdd", "out", "r_ohm"),
            Mosfet("m1", "out", "in", "0", "0", "nch", "w_um", 1e-6),
        ),
        (Level1Model("nch", "n", 0.5, 50e-6, saturation_a=1e-30),),
        (Parameter("w_um", Real(1.0, 100.0), 1e-6), Parameter("r_ohm", Real(1e3, 1e5))),
    )
    points = Simulator(netlist, "out").operate(np.array([[10.0, 1e4], [10.0 * factor, 1e4 / factor]]))
    assert points.voltage_v("out")[1] == pytest.approx(points.voltage_v("out")[0], abs=1e-6)
    one, scaled = points.source_currents_a[:, 0]
    assert scaled == pytest.approx(factor * one, rel=1e-5)


def current_into(current_a: float) -> Netlist:
    return Netlist(
        "cascode fed by a current",
        ("0", "vdd", "a", "b"),
        (
            VoltageSource("vdd", "vdd", "0", 2.5),
            CurrentSource("i1", "vdd", "a", "i_a"),
            Mosfet("m1", "a", "vdd", "b", "0", "nch", 10e-6, 1e-6),
            Mosfet("m2", "b", "b", "0", "0", "nch", 10e-6, 1e-6),
        ),
        (NMOS,),
        (Parameter("i_a", Real(0.0, 2.0 * current_a)),),
    )


def test_device_in_cut_off_finds_its_point_by_gmin():
    points = Simulator(current_into(0.0), "b").operate(np.array([[0.0]]))
    assert points.is_converged[0]
    assert np.abs(points.table("current")[0, :6]).max() < 1e-11


def test_forward_junction_carries_what_no_channel_takes():
    """A current pulled out of the stack below ground leaves through the junctions."""
    points = Simulator(current_into(1.0), "b").operate(np.array([[-1e-3], [1e-4]]))
    assert points.is_converged.all()
    assert -0.9 < points.voltage_v("a")[0] < -0.4 and points.voltage_v("a")[1] > 0.5
    assert points.table("current")[0, 1] > 0.5e-3


def test_design_without_a_point_is_flagged_and_its_neighbours_are_not():
    """A current into a reverse junction: gmin answers only at hundreds of megavolts, far beyond the step limit."""
    netlist = Netlist(
        "current into nothing",
        ("0", "a"),
        (CurrentSource("i1", "0", "a", "i_a"), Mosfet("m1", "a", "0", "0", "0", "nch", 1e-6, 1e-6)),
        (NMOS,),
        (Parameter("i_a", Real(-1e-6, 1e-6)),),
    )
    points = Simulator(netlist, "a").operate(np.array([[-1e-6], [1e-3], [0.0], [-1e-9]]))
    assert points.is_converged.tolist() == [True, False, True, True]
