import pickle

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Resistor, VoltageSource
from archwright.circuits.mna import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.errors import SpecError
from archwright.core.space import Real

DIVIDER = Netlist(
    "divider",
    ("0", "top", "mid"),
    (
        VoltageSource("v1", "top", "0", "k*v_v", 1.0),
        Resistor("r1", "top", "mid", "r_kohm"),
        Resistor("r2", "mid", "0", "2*r_kohm*k"),
    ),
    parameters=(
        Parameter("r_kohm", Real(1.0, 9.0), 1e3),
        Parameter("k", Real(1.0, 3.0)),
        Parameter("v_v", Real(0.0, 5.0)),
    ),
)


def test_products_of_parameters_size_devices():
    simulator = Simulator(DIVIDER, "mid")
    points = simulator.operate(np.array([[1.0, 1.0, 3.0], [5.0, 2.0, 1.5]]))
    np.testing.assert_allclose(points.voltage_v("mid"), [2.0, 3.0 * 4.0 / 5.0], rtol=1e-12)
    np.testing.assert_allclose(points.source_currents_a[:, 0], [-1e-3, -3.0 / 25e3], rtol=1e-12)
    np.testing.assert_allclose(simulator.transfer(points, np.array([1.0]))[:, 0], [2.0 / 3.0, 0.8], rtol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 16])
def test_any_number_of_designs(n):
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(0).random((16, 10))))
    simulator = Simulator(netlist, "vouta")
    points = simulator.operate(designs[:n])
    assert points.n == n and points.is_converged.tolist() == [True] * n
    reference = simulator.operate(designs)
    np.testing.assert_array_equal(points.voltages_v, reference.voltages_v[:n])
    grid_hz = np.geomspace(1e3, 1e10, 50)
    found, expected = (simulator.bandwidth(one, grid_hz).corner_hz for one in (points, reference))
    np.testing.assert_array_equal(found, expected[:n])
    assert simulator.noise(points, np.array([1e6, 1e7])).gain.shape == (n, 2)


def test_threads_change_no_bit():
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(1).random((1000, 10))))
    answers = []
    for n_threads in (1, 2, 3):
        simulator = Simulator(netlist, "vouta", n_threads=n_threads)
        points = simulator.operate(designs)
        answers.append(np.column_stack([points.voltages_v, *simulator.bandwidth(points, np.geomspace(1e3, 1e10, 50))]))
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])


def test_simulator_survives_pickling():
    simulator = Simulator(DIVIDER, "mid")
    design = np.array([[1.0, 1.0, 3.0]])
    again = pickle.loads(pickle.dumps(simulator))
    np.testing.assert_array_equal(again.operate(design).voltages_v, simulator.operate(design).voltages_v)


def test_bad_requests_are_refused():
    simulator = Simulator(DIVIDER, "mid")
    points = simulator.operate(np.ones((2, 3)))
    with pytest.raises(SpecError, match="did you mean 'mid'"):
        Simulator(DIVIDER, "midd")
    with pytest.raises(SpecError, match=r"shape \(n, 3\)"):
        simulator.operate(np.ones((2, 4)))
    with pytest.raises(SpecError, match="finite"):
        simulator.operate(np.array([[1.0, np.nan, 1.0]]))
    with pytest.raises(SpecError, match="rising"):
        simulator.bandwidth(points, np.array([1e3, 1e2]))
    with pytest.raises(SpecError, match="frequencies_hz"):
        simulator.transfer(points, np.ones((3, 2)))
