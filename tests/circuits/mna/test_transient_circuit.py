import numpy as np

from archwright.circuits.amplifiers import TEACHING_MODELS, three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.transient_circuit import compile_course, compile_dynamics
from archwright.circuits.netlist import Netlist
from archwright.circuits.waveforms import PiecewiseLinear

RAMP = PiecewiseLinear(((0.0, 0.0), (1e-6, 1.0), (2e-6, 1.0)))


def test_capacitances_between_the_same_nets_share_a_charge():
    devices = (
        VoltageSource("v1", "in", "0", 1.0),
        Resistor("r1", "in", "out", 1e3),
        Capacitor("c1", "out", "0", 1e-12),
        Capacitor("c2", "0", "out", 2e-12),
        Capacitor("c3", "in", "0", 1e-12),
    )
    dynamics = compile_dynamics(Netlist("pairs", ("0", "in", "out"), devices))
    assert dynamics.pairs.tolist() == [[0, 2]]  # c3 loads no unknown
    assert dynamics.pair.at.tolist() == [0, 0] and dynamics.pair.row.tolist() == [0, 1]
    assert dynamics.pair_slope.weight.tolist() == [1.0]
    assert dynamics.net.tolist() == [2]


def test_a_transistor_stores_charge_between_five_pairs_at_most():
    devices = (
        VoltageSource("v1", "g", "0", 1.0),
        Resistor("r1", "d", "0", 1e3),
        Resistor("r2", "s", "0", 1e3),
        Mosfet("m1", "d", "g", "s", "0", "nch", 1e-6, 1e-6),
    )
    dynamics = compile_dynamics(Netlist("one", ("0", "d", "g", "s"), devices, TEACHING_MODELS))
    assert {tuple(pair) for pair in dynamics.pairs.tolist()} == {
        (2, 3),
        (1, 2),
        (0, 1),
        (0, 3),
    }  # gate to bulk is known


def test_every_unknown_has_a_net_of_its_own():
    netlist = three_stage_netlist()
    dynamics = compile_dynamics(netlist)
    assert sorted(dynamics.net.tolist()) == [
        at for at, net in enumerate(netlist.nets) if net not in ("0", "vdd", "vss")
    ]
    assert dynamics.solution.max() == dynamics.n_slots - 1


def test_the_course_names_the_rows_of_sources_with_waveforms():
    devices = (
        VoltageSource("v1", "a", "0", 1.0),
        VoltageSource("v2", "b", "0", waveform=RAMP),
        CurrentSource("i1", "b", "0", waveform=PiecewiseLinear(((0.0, 2.0),))),
        Resistor("r1", "a", "b", 1e3),
    )
    netlist = Netlist("sources", ("0", "a", "b"), devices)
    course = compile_course(netlist, 1.5e-6)
    assert course.rows.tolist() == [netlist.value_columns["v2", "dc_v"], netlist.value_columns["i1", "dc_a"]]
    np.testing.assert_allclose(course.breaks_s, [0.0, 1e-6, 1.5e-6])
    np.testing.assert_allclose(course.values, [[0.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
