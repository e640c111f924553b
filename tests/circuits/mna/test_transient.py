"""Transient analysis against closed forms, the slow twin and ngspice."""

import numpy as np
import pytest

from archwright.circuits.amplifiers import HUMAN, TEACHING_MODELS, three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.mna.transient_dense import transient as dense_transient
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.ngspice.library import find_library
from archwright.circuits.waveforms import PiecewiseLinear, Pulse
from archwright.core.errors import SpecError
from archwright.core.space import Real

STEP = Pulse(0.0, 1.0, 1e-6, 1e-9, 1e-3, 1e-9)
TIMES_S = np.linspace(0.0, 11e-6, 301)
SWITCH = Pulse(0.0, 2.5, 1e-9, 1e-10, 5e-9, 1e-10)


def low_pass(waveform=STEP):
    devices = (
        VoltageSource("v1", "in", "0", waveform=waveform),
        Resistor("r1", "in", "out", "r_ohm"),
        Capacitor("c1", "out", "0", 1e-9),
    )
    return Netlist("low-pass", ("0", "in", "out"), devices, parameters=(Parameter("r_ohm", Real(100.0, 1e5)),))


def ramped(time_s, tau_s, rise_s):
    """Answer of a low-pass to a ramp of 1 V over `rise_s` that begins at 0."""

    def endless(t):
        return np.where(t > 0, (t - tau_s * (1.0 - np.exp(-np.maximum(t, 0.0) / tau_s))) / rise_s, 0.0)

    return endless(time_s) - endless(time_s - rise_s)


def inverter():
    devices = (
        VoltageSource("vdd", "vdd", "0", 2.5),
        VoltageSource("v1", "in", "0", waveform=SWITCH),
        Mosfet("m1", "out", "in", "0", "0", "nch", "w_um", 1e-6),
        Mosfet("m2", "out", "in", "vdd", "vdd", "pch", "2*w_um", 1e-6),
        Capacitor("c1", "out", "0", 20e-15),
    )
    parameters = (Parameter("w_um", Real(2.0, 20.0), 1e-6),)
    return Netlist("inverter", ("0", "vdd", "in", "out"), devices, TEACHING_MODELS, parameters)


def follower():
    devices = (
        VoltageSource("vdd", "vdd", "0", 2.5),
        VoltageSource(
            "v1", "in", "0", waveform=PiecewiseLinear(((1e-9, 1.2), (1.2e-9, 2.2), (6e-9, 2.2), (9e-9, 1.2)))
        ),
        Mosfet("m1", "vdd", "in", "out", "0", "nch", "w_um", 1e-6),
        CurrentSource("i1", "out", "0", 100e-6),
        Capacitor("c1", "out", "0", 100e-15),
    )
    parameters = (Parameter("w_um", Real(2.0, 50.0), 1e-6),)
    return Netlist("source follower", ("0", "vdd", "in", "out"), devices, TEACHING_MODELS, parameters)


def stepped_amplifier():
    """The three-stage amplifier with a step of 10 uA at one input."""
    netlist = three_stage_netlist()
    step = PiecewiseLinear(((0.0, 0.0), (1e-9, 0.0), (1.5e-9, 10e-6)))
    devices = tuple(
        CurrentSource(d.name, *d.nets, ac_a=d.ac_a, waveform=step) if d.name == "iina" else d for d in netlist.devices
    )
    return Netlist(netlist.name, netlist.nets, devices, netlist.models, netlist.parameters)


def largest(one, other):
    return np.abs(one.voltages_v - other.voltages_v).max()


@pytest.mark.parametrize(("relative", "error_v"), [(1e-3, 3e-3), (1e-5, 1e-4), (1e-7, 5e-6)])
def test_a_low_pass_answers_as_its_closed_form(relative, error_v):
    found = Simulator(low_pass(), "out").transient(
        np.array([[1e3], [2e3]]), TIMES_S, ["out"], relative_tolerance=relative, absolute_tolerance_v=1e-9
    )
    assert found.is_converged.all()
    for row, tau_s in enumerate((1e-6, 2e-6)):
        exact = ramped(TIMES_S - 1e-6, tau_s, 1e-9)
        assert np.abs(found.voltage_v("out")[row] - exact).max() < error_v


def test_error_falls_with_the_tolerance_and_steps_grow_by_its_cube_root():
    simulator = Simulator(low_pass(), "out")
    exact = ramped(TIMES_S - 1e-6, 1e-6, 1e-9)
    errors, steps = [], []
    for relative in (1e-4, 1e-7):
        limits = {"relative_tolerance": relative, "absolute_tolerance_v": 1e-9}
        found = simulator.transient(np.array([[1e3]]), TIMES_S, ["out"], **limits)
        errors.append(np.abs(found.voltage_v("out")[0] - exact).max())
        steps.append(int(found.n_steps[0]))
    assert errors[0] < 5e-4 and errors[1] < 5e-6
    assert 3.0 < steps[1] / steps[0] < 10.0


def test_a_capacitor_divider_follows_at_once():
    """No resistor decides here: charge divides as the capacitances do, exactly."""
    devices = (
        VoltageSource("v1", "in", "0", waveform=PiecewiseLinear(((0.0, 0.0), (1e-9, 3.0)))),
        Capacitor("c1", "in", "out", 2e-12),
        Capacitor("c2", "out", "0", 1e-12),
        Resistor("r1", "out", "0", 1e15),
    )
    times_s = np.linspace(0.0, 2e-9, 21)
    found = Simulator(Netlist("divider", ("0", "in", "out"), devices), "out").transient(np.zeros((1, 0)), times_s)
    np.testing.assert_allclose(found.voltage_v("out")[0], np.minimum(times_s / 1e-9, 1.0) * 2.0, atol=1e-5)
    np.testing.assert_allclose(found.voltage_v("in")[0], np.minimum(times_s / 1e-9, 1.0) * 3.0, atol=1e-12)


@pytest.mark.parametrize(("make", "width_um", "error_v"), [(inverter, 6.0, 32e-3), (follower, 20.0, 2e-3)])
def test_the_slow_twin_agrees(make, width_um, error_v):
    """Its fixed steps of 20 ps leave an error that falls with their square, down to 0.5 and 0.04 mV at 2.5 ps."""
    netlist = make()
    breaks = [1e-9, 1.1e-9, 1.2e-9, 6e-9, 6.1e-9, 6.2e-9, 9e-9]
    errors = []
    for n in (501, 1001):
        times_s = np.unique(np.concatenate([np.linspace(0.0, 10e-9, n), breaks]).round(15))
        slow = dense_transient(netlist, {"w_um": width_um}, times_s)["out"]
        limits = {"relative_tolerance": 1e-7, "absolute_tolerance_v": 1e-8}
        fast = Simulator(netlist, "out").transient(np.array([[width_um]]), times_s, ["out"], **limits)
        errors.append(np.abs(fast.voltages_v[0, 0] - slow).max())
    assert errors[0] < error_v and errors[1] < 0.32 * errors[0]


def test_a_result_does_not_depend_on_the_batch():
    simulator, times_s = Simulator(inverter(), "out"), np.linspace(0.0, 12e-9, 101)
    designs = np.linspace(2.0, 20.0, 21)[:, None]
    together = simulator.transient(designs, times_s)
    assert together.is_converged.all() and len(set(together.n_steps.tolist())) > 3
    for rows in (slice(4, 5), slice(3, 14)):
        alone = simulator.transient(designs[rows], times_s)
        np.testing.assert_array_equal(alone.voltages_v, together.voltages_v[rows])
        np.testing.assert_array_equal(alone.n_steps, together.n_steps[rows])


def test_samples_set_no_step():
    simulator = Simulator(inverter(), "out")
    many, few = np.linspace(0.0, 12e-9, 241), np.array([6e-9, 12e-9])
    design = np.array([[5.0]])
    one, other = simulator.transient(design, many), simulator.transient(design, few)
    assert one.n_steps[0] == other.n_steps[0]
    np.testing.assert_array_equal(one.voltages_v[:, :, [120, 240]], other.voltages_v)


def test_without_waveforms_nothing_moves():
    netlist = three_stage_netlist()
    simulator, designs = Simulator(netlist, "vouta"), np.array([list(HUMAN.values())])
    found = simulator.transient(designs, np.array([1e-9, 1e-6]))
    np.testing.assert_allclose(found.voltages_v[0, :, 1], simulator.operate(designs).voltages_v[0], atol=1e-8)


def test_a_design_out_of_steps_is_flagged_and_its_neighbours_are_not():
    simulator, times_s = Simulator(low_pass(), "out"), np.array([11e-6])
    designs = np.array([[100.0], [1e5]])
    n_steps = simulator.transient(designs, times_s).n_steps
    assert n_steps[0] != n_steps[1]
    found = simulator.transient(designs, times_s, max_steps=int(n_steps.max()) - 1)
    assert found.is_converged.tolist() == (n_steps < n_steps.max()).tolist()


def test_a_design_without_operating_point_is_flagged():
    devices = (
        CurrentSource("i1", "0", "a", "i_a", waveform=PiecewiseLinear(((0.0, 1e-3), (1e-6, 0.0)))),
        Mosfet("m1", "a", "0", "0", "0", "nch", 1e-6, 1e-6),
    )
    netlist = Netlist(
        "current into nothing", ("0", "a"), devices, TEACHING_MODELS, (Parameter("i_a", Real(-1e-6, 1e-6)),)
    )
    assert not Simulator(netlist, "a").transient(np.array([[0.0]]), np.array([1e-6])).is_converged[0]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"times_s": [1.0, 0.5]}, "times_s"),
        ({"times_s": [0.0]}, "times_s"),
        ({"times_s": [[1.0]]}, "times_s"),
        ({"nets": ["ou"]}, "did you mean 'out'"),
        ({"relative_tolerance": 0.5}, "relative_tolerance"),
        ({"absolute_tolerance_v": 0.0}, "absolute_tolerance_v"),
        ({"max_steps": 0}, "max_steps"),
        ({"designs": [[1.0, 2.0]]}, "shape"),
    ],
)
def test_what_cannot_be_simulated_is_refused(changed, field):
    wanted = {"designs": [[1e3]], "times_s": [1e-6]} | changed
    with pytest.raises(SpecError, match=field):
        Simulator(low_pass(), "out").transient(**wanted)


def test_a_net_that_is_not_reported_is_refused():
    found = Simulator(low_pass(), "out").transient(np.array([[1e3]]), np.array([1e-6]), ["out"])
    with pytest.raises(SpecError, match="net"):
        found.voltage_v("in")


@pytest.mark.external
@pytest.mark.parametrize(
    ("make", "designs", "stop_s"),
    [
        (inverter, [[2.0], [10.0]], 12e-9),
        (follower, [[5.0], [50.0]], 12e-9),
        (stepped_amplifier, [list(HUMAN.values())], 40e-9),
    ],
)
def test_the_embedded_simulator_is_ngspice(make, designs, stop_s):
    """Every node, at common times: within 5 mV at 1e-4 and 0.5 mV at 1e-6; found: 1.9 and 0.08 mV at most."""
    if find_library() is None:
        pytest.skip("libngspice is not installed")
    from archwright.circuits.ngspice.engine import NgspiceEngine

    netlist, times_s = make(), np.linspace(0.0, stop_s, 200)
    engines = [kind(netlist, netlist.nets[-1]) for kind in (Simulator, NgspiceEngine)]
    for relative, tolerance_v in ((1e-4, 5e-3), (1e-6, 5e-4)):
        limits = {"relative_tolerance": relative, "absolute_tolerance_v": 0.1 * relative}
        one, other = (engine.transient(np.array(designs), times_s, **limits) for engine in engines)
        assert one.is_converged.all() and other.is_converged.all()
        assert largest(one, other) < tolerance_v
    engines[1].close()
