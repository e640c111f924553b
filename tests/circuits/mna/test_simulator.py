import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.circuits.amplifiers import TEACHING_MODELS, three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna import dense
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.errors import Failed, SpecError
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


def random_netlist(rng: np.random.Generator) -> Netlist:
    """Any devices between any nets; a tree of resistors and sources reaches every net."""
    nets = ["0", *(f"n{k}" for k in range(rng.integers(1, 7)))]

    def pick(n):
        return [nets[k] for k in rng.integers(len(nets), size=n)]

    devices = []
    for k, net in enumerate(nets[1:]):
        ends = (net, nets[rng.integers(k + 1)])
        if rng.random() < 0.3:
            devices.append(
                VoltageSource(f"v{k}", *ends[:: rng.choice([1, -1])], rng.uniform(-2, 2), rng.uniform(-1, 1))
            )
        else:
            devices.append(Resistor(f"rt{k}", *ends, 10.0 ** rng.uniform(3, 5)))
    for k in range(rng.integers(6)):
        kind = rng.integers(4)
        if kind == 0:
            devices.append(Capacitor(f"c{k}", *pick(2), 10.0 ** rng.uniform(-15, -11)))
        elif kind == 1:
            devices.append(CurrentSource(f"i{k}", *pick(2), rng.uniform(-1e-5, 1e-5), rng.uniform(-1e-3, 1e-3)))
        else:
            model, bulk, width = (("nch", nets[0], "wn_um"), ("pch", nets[-1], "wp_um"))[kind - 2]
            devices.append(Mosfet(f"m{k}", *pick(3), bulk, model, width, rng.uniform(1e-6, 3e-6), 2.0))
    widths = [Parameter(name, Real(1.0, 50.0), 1e-6) for name in ("wn_um", "wp_um")]
    return Netlist("random", tuple(nets), tuple(devices), TEACHING_MODELS, tuple(widths))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_netlist_gives_what_dense_matrices_give(seed):
    rng = np.random.default_rng(seed)
    netlist = random_netlist(rng)
    widths_um, ends = rng.uniform(1.0, 50.0, 2), (netlist.nets[-1], netlist.nets[rng.integers(len(netlist.nets) - 1)])
    try:
        point = dense.operating_point(netlist, dict(zip(("wn_um", "wp_um"), widths_um, strict=True)))
    except Failed:
        return
    simulator = Simulator(netlist, ends)
    points = simulator.operate(widths_um[None, :])
    assert points.is_converged[0]
    np.testing.assert_allclose(points.voltages_v[0], [point.voltages[net] for net in netlist.nets], atol=1e-7)
    scale = max([1e-6, *map(abs, point.currents.values())])
    np.testing.assert_allclose(points.source_currents_a[0], list(point.currents.values()), atol=1e-6 * scale)
    frequencies_hz = np.array([1e4, 1e9])
    ours, plain = (
        simulator.transfer(points, frequencies_hz)[0],
        dense.transfer(netlist, point, frequencies_hz, ends),
    )
    np.testing.assert_allclose(ours, plain, rtol=1e-5, atol=1e-9)
    noise = dense.noise(netlist, point, frequencies_hz, ends)
    np.testing.assert_allclose(simulator.noise(points, frequencies_hz).output_v_rthz[0], noise, rtol=1e-5, atol=1e-15)
