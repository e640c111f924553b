import os
import pickle
import shutil
import signal
import time

import numpy as np
import pytest

from archwright.circuits import measures
from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.ngspice.engine import NgspiceEngine, find_ngspice
from archwright.circuits.ngspice.library import find_library
from archwright.core.errors import SimulatorMissing, SpecError
from archwright.core.space import Real

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(
        find_library() is None or shutil.which("ngspice") is None,
        reason="no ngspice: apt-get install ngspice libngspice0",
    ),
]

OUTPUT = ("vouta", "voutb")
GRID_HZ = np.geomspace(1e4, 1e10, 61)
HUMAN = np.array([[12.0, 2.0, 3.2, 4.0, 2.8, 5.8, 44.4, 10.2, 2.0, 291.0]])
# Operating point of the published human design (arXiv:1812.02734; ngspice 39.3 on the deck of the Park suite).
HUMAN_NODES = {
    "vo1a": 1.138423, "vo2a": 1.010126, "vouta": -0.227426, "nbias": -1.298218, "iina": -1.094165, "v0d": -0.428565
}  # fmt: skip


def random_designs(netlist, n, seed=0):
    space = netlist.record()
    return space.to_array(space.decode_many(np.random.default_rng(seed).random((n, space.horizon))))


@pytest.fixture(params=["library", "batch", "altered"])
def engine(request):
    made = NgspiceEngine(three_stage_netlist(), OUTPUT, form=request.param)
    yield made
    made.close()


def test_published_human_design(engine):
    points = engine.operate(HUMAN)
    assert points.is_converged.tolist() == [True]
    for net, voltage_v in HUMAN_NODES.items():
        assert points.voltage_v(net)[0] == pytest.approx(voltage_v, abs=1e-6)
    assert measures.supply_power_w(points)[0] == pytest.approx(1.369437e-3, rel=1e-6)
    bandwidth = engine.bandwidth(points, GRID_HZ)
    assert bandwidth.largest[0] == pytest.approx(20235.97, rel=1e-6)
    assert bandwidth.corner_hz[0] == pytest.approx(90.90e6, rel=1e-3)
    assert bandwidth.is_reached[0]


@pytest.mark.parametrize("has_free_lengths", [False, True])
def test_agrees_with_the_embedded_simulator(has_free_lengths):
    netlist = three_stage_netlist(has_free_lengths=has_free_lengths)
    designs = random_designs(netlist, 40)
    embedded = Simulator(netlist, OUTPUT)
    engine = NgspiceEngine(netlist, OUTPUT)
    ours, theirs = embedded.operate(designs), engine.operate(designs)
    assert theirs.is_converged.all()
    np.testing.assert_allclose(ours.voltages_v, theirs.voltages_v, atol=1e-9)
    np.testing.assert_allclose(ours.source_currents_a, theirs.source_currents_a, rtol=1e-9)
    for name, values in ours.mosfets.items():
        np.testing.assert_allclose(values, theirs.mosfets[name], rtol=1e-6, atol=1e-11, err_msg=name)
    frequencies_hz = np.geomspace(1e4, 1e9, 26)
    transfer = engine.transfer(theirs, frequencies_hz)
    np.testing.assert_allclose(embedded.transfer(ours, frequencies_hz), transfer, rtol=1e-8)
    expected, found = embedded.bandwidth(ours, GRID_HZ), engine.bandwidth(theirs, GRID_HZ)
    np.testing.assert_allclose(expected.largest, found.largest, rtol=1e-6)
    np.testing.assert_allclose(expected.corner_hz, found.corner_hz, rtol=1e-5)
    expected, found = embedded.noise(ours, frequencies_hz[::5]), engine.noise(theirs, frequencies_hz[::5])
    np.testing.assert_allclose(expected.output_v_rthz, found.output_v_rthz, rtol=1e-8)
    np.testing.assert_allclose(expected.gain, found.gain, rtol=1e-8)
    engine.close()


def answers_of(form, designs):
    engine = NgspiceEngine(three_stage_netlist(), OUTPUT, form=form)
    points = engine.operate(designs)
    own_hz = np.outer(np.arange(1, 1 + len(designs)), [1e5, 1e7, 3e7])
    noise = engine.noise(points, own_hz)
    engine.close()
    return points.voltages_v, engine.transfer(points, own_hz), noise.output_v_rthz, points.mosfets["gm_s"]


def test_all_forms_give_the_same_numbers():
    designs = random_designs(three_stage_netlist(), 3, seed=1)
    library, batch, altered = (answers_of(form, designs) for form in ("library", "batch", "altered"))
    for one, two, three in zip(library, batch, altered, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one, three, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("form", "tolerance"), [("library", 0.0), ("altered", 1e-12)])
def test_a_design_gives_the_same_numbers_whatever_ran_before(form, tolerance):
    designs = random_designs(three_stage_netlist(), 5, seed=2)
    engine = NgspiceEngine(three_stage_netlist(), OUTPUT, form=form)
    forward, backward = engine.operate(designs), engine.operate(designs[::-1])
    np.testing.assert_allclose(forward.voltages_v, backward.voltages_v[::-1], rtol=tolerance, atol=tolerance)
    os.kill(engine._worker.process_id, signal.SIGKILL)
    time.sleep(0.2)
    alone = engine.operate(designs[2:3]).voltages_v
    np.testing.assert_allclose(alone, forward.voltages_v[2:3], rtol=tolerance, atol=tolerance)
    engine.close()


def nonsense_netlist():
    devices = (
        VoltageSource("v1", "b", "0", ac_v=1.0),
        CurrentSource("i1", "0", "a", "i_a"),
        Mosfet("m1", "a", "b", "0", "0", "n", 1e-6, 1e-6),
        Resistor("r1", "a", "b", 1e12),
    )
    model = Level1Model("n", "n", 0.5, 50e-6)
    return Netlist("nonsense", ("0", "a", "b"), devices, (model,), (Parameter("i_a", Real(0.0, 1.0)),))


@pytest.mark.parametrize("form", ["library", "batch", "altered"])
def test_a_failed_design_costs_only_itself(form):
    engine = NgspiceEngine(nonsense_netlist(), "a", form=form)
    points = engine.operate(np.array([[1e-12], [1e300], [2e-12]]))
    assert points.is_converged.tolist() == [True, False, True]
    assert list(points.failures) == [1]
    assert "no numbers" in str(points.failures[1]) or "aborted" in str(points.failures[1])
    np.testing.assert_allclose(points.voltage_v("a")[[0, 2]], [0.495, 0.995], rtol=1e-6)
    answers = engine.transfer(points, np.array([1.0, 10.0]))
    assert np.isfinite(answers).all(axis=1).tolist() == [True, False, True]
    bandwidth = engine.bandwidth(points, np.geomspace(1.0, 1e3, 7))
    assert not bandwidth.is_reached.any()
    assert np.isfinite(bandwidth.largest).tolist() == [True, False, True]
    assert np.isnan(points.mosfets["gm_s"][1]).all()
    engine.close()


def test_no_time_is_a_failure_of_each_design():
    engine = NgspiceEngine(three_stage_netlist(), OUTPUT, form="batch", timeout_s=1e-9)
    points = engine.operate(HUMAN)
    assert not points.is_converged.any()
    assert "no answer within" in str(points.failures[0])


def test_pickled_engine_starts_its_own_process():
    engine = NgspiceEngine(three_stage_netlist(), OUTPUT)
    before = engine.operate(HUMAN).voltages_v
    other = pickle.loads(pickle.dumps(engine))
    np.testing.assert_array_equal(other.operate(HUMAN).voltages_v, before)
    assert other._worker.process_id != engine._worker.process_id
    engine.close()
    other.close()
    np.testing.assert_array_equal(engine.operate(HUMAN).voltages_v, before)
    engine.close()


def test_bad_input(engine):
    with pytest.raises(SpecError, match="designs"):
        engine.operate(HUMAN[:, :3])
    with pytest.raises(SpecError, match="finite"):
        engine.operate(HUMAN * np.nan)
    points = engine.operate(HUMAN)
    with pytest.raises(SpecError, match="frequencies_hz"):
        engine.transfer(points, np.ones((3, 2)))
    with pytest.raises(SpecError, match="frequencies_hz"):
        engine.transfer(points, np.array([2.0, 1.0]))
    with pytest.raises(SpecError, match="grid_hz"):
        engine.bandwidth(points, np.array([1.0]))
    with pytest.raises(SpecError, match=r"'voutc'.*did you mean 'vout"):
        NgspiceEngine(three_stage_netlist(), "voutc")
    with pytest.raises(SpecError, match=r"'libary'.*did you mean 'library'"):
        NgspiceEngine(three_stage_netlist(), "vouta", form="libary")


def test_noise_needs_a_driven_source():
    netlist = Netlist("quiet", ("0", "a"), (VoltageSource("v1", "a", "0", 1.0), Resistor("r1", "a", "0", 1e3)))
    engine = NgspiceEngine(netlist, "a")
    points = engine.operate(np.zeros((1, 0)))
    assert points.voltage_v("a")[0] == 1.0
    with pytest.raises(SpecError, match="small-signal amplitude"):
        engine.noise(points, np.array([1.0]))
    engine.close()


def test_no_designs_are_no_work(engine):
    points = engine.operate(np.zeros((0, 10)))
    assert points.n == 0 and points.voltages_v.shape == (0, 13)
    assert engine.transfer(points, np.array([1.0])).shape == (0, 1)


def test_versions_and_missing_tools(monkeypatch):
    found = find_ngspice()
    assert found.program.startswith("ngspice-") and found.library.startswith("ngspice-")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("archwright.circuits.ngspice.worker.find_library", lambda: None)
    assert find_ngspice() == (None, None)
    with pytest.raises(SimulatorMissing, match="apt-get install"):
        NgspiceEngine(three_stage_netlist(), OUTPUT, form="batch")
    with pytest.raises(SimulatorMissing, match="apt-get install"):
        NgspiceEngine(three_stage_netlist(), OUTPUT)
