"""Adjoint sensitivities against central differences of the whole simulation."""

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.adjoint import AdjointSimulator
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.technology.nodes import technology
from archwright.core.errors import SpecError
from archwright.core.space import Real

LEVEL_1 = Level1Model(
    "nch", "n", 0.5, 50e-6, 0.6, 0.8, lambda_m_per_v=1e-7, oxide_f_per_m2=2.3e-3, overlap_f_per_m=5e-10,
    junction_f_per_m2=1e-4, sidewall_f_per_m=5e-10, sidewall_grading=0.33, diffusion_m=1.5e-6,
)  # fmt: skip
EVERYTHING = Netlist(
    "a follower in which every value is a parameter, between floating and grounded sources",
    ("0", "vdd", "in", "gate", "out", "load"),
    (
        VoltageSource("vdd", "vdd", "0", "supply_v"),
        VoltageSource("vin", "in", "0", "bias_v", 1.0),
        VoltageSource("vshift", "gate", "in", "shift_v", 0.25),
        Mosfet("m1", "vdd", "gate", "out", "0", "nch", "2*ratio*w_um", "l_um", "many"),
        Mosfet("m2", "load", "gate", "0", "out", "nch", "w_um", "l_um"),
        VoltageSource("vprobe", "out", "load", 0.0, 0.0),
        Resistor("rl", "load", "0", "r_kohm"),
        Capacitor("cl", "load", "gate", "c_ff"),
        CurrentSource("iout", "load", "0", "pull_ua", 1e-4),
    ),
    (LEVEL_1,),
    (
        Parameter("w_um", Real(2.0, 20.0), 1e-6), Parameter("l_um", Real(1.0, 3.0), 1e-6),
        Parameter("many", Real(1.0, 4.0)), Parameter("ratio", Real(1.0, 2.0)),
        Parameter("r_kohm", Real(1.0, 50.0), 1e3),
        Parameter("c_ff", Real(10.0, 90.0), 1e-15), Parameter("pull_ua", Real(1.0, 20.0), 1e-6),
        Parameter("supply_v", Real(2.0, 3.0)), Parameter("bias_v", Real(0.0, 0.4)),
        Parameter("shift_v", Real(1.0, 1.5)),
    ),
)  # fmt: skip
SHORT_CHANNEL = Netlist(
    "two EKV stages",
    ("0", "vdd", "in", "one", "out"),
    (
        VoltageSource("vdd", "vdd", "0", 1.2),
        VoltageSource("vin", "in", "0", "bias_v", 1.0),
        Mosfet("m1", "one", "in", "0", "0", "nch", "w1_um", "l_um"),
        Mosfet("m2", "one", "one", "vdd", "vdd", "pch", "w2_um", "l_um"),
        Mosfet("m3", "out", "one", "vdd", "vdd", "pch", "w2_um", "l_um", 2.0),
        Resistor("rl", "out", "0", "r_kohm"),
        Capacitor("cl", "out", "0", 20e-15),
    ),
    technology("65nm").models,
    (
        Parameter("w1_um", Real(0.5, 10.0), 1e-6), Parameter("w2_um", Real(0.5, 10.0), 1e-6),
        Parameter("l_um", Real(0.06, 0.5), 1e-6), Parameter("bias_v", Real(0.35, 0.7)),
        Parameter("r_kohm", Real(1.0, 20.0), 1e3),
    ),
)  # fmt: skip
CIRCUITS = {
    "level 1": (
        three_stage_netlist(has_free_lengths=True, step_um=0.0),
        "vouta",
        ("vouta", "voutb"),
        ("vo1a", "nbias"),
    ),
    "everything": (EVERYTHING, ("out", "in"), "load", ("out", "gate")),
    "short channel": (SHORT_CHANNEL, "out", "out", ("one",)),
}
HERTZ, NOISE_HERTZ = np.array([1e4, 3e7, 2e8, 9e8, 4e9]), np.array([1e6, 5e8])


def numbers_of(simulator, designs, nets):
    """Everything that is differentiated, (n, k) real per kind."""
    points = simulator.operate(designs)
    transfer = simulator.transfer(points, HERTZ)
    return {
        "log_amplitude": np.log(np.abs(transfer)),
        "phase": np.unwrap(np.angle(transfer), axis=1),
        "log_noise": np.log(simulator.noise(points, NOISE_HERTZ).input_rthz),
        "current": points.source_currents_a,
        "voltage": np.stack([points.voltage_v(net) for net in nets], axis=1),
    }


@pytest.fixture(scope="module", params=CIRCUITS)
def compared(request):
    """Adjoint and differenced derivatives per relative change of a parameter, (n, k, n_parameters) per kind."""
    netlist, output, noise_output, nets = CIRCUITS[request.param]
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(2).random((17, record.horizon))))
    simulator = Simulator(netlist, output, noise_output)
    found = AdjointSimulator(simulator).sensitivities(simulator.operate(designs), designs, HERTZ, NOISE_HERTZ, nets)
    adjoint = {
        "log_amplitude": found.log_transfer.real, "phase": found.log_transfer.imag, "log_noise": found.log_noise,
        "current": found.source_currents_a, "voltage": found.voltages_v,
    }  # fmt: skip
    differenced = {kind: np.empty_like(slopes) for kind, slopes in adjoint.items()}
    for p in range(record.horizon):
        step = np.where(np.arange(record.horizon) == p, 1e-5, 0.0)
        ahead, behind = (numbers_of(simulator, designs * (1.0 + sign * step), nets) for sign in (1.0, -1.0))
        for kind in adjoint:
            differenced[kind][..., p] = (ahead[kind] - behind[kind]) / 2e-5
            adjoint[kind][..., p] *= designs[:, None, p]
    return adjoint, differenced


@pytest.mark.parametrize("kind", ["log_amplitude", "phase", "log_noise", "current", "voltage"])
def test_adjoint_agrees_with_central_differences(compared, kind):
    adjoint, differenced = (side[kind] for side in compared)
    largest = np.abs(differenced).max(axis=(0, 2), keepdims=True)
    assert largest.max() > 0
    wrong = np.abs(adjoint - differenced) / (np.abs(differenced) + 1e-3 * largest + 1e-6 * largest.max())
    assert np.quantile(wrong, 0.99) < 1e-5  # a difference across a border of regions may be off
    assert wrong.max() < 1e-2


def test_transfer_and_its_slope_with_frequency():
    netlist, output, noise_output, _ = CIRCUITS["everything"]
    simulator = Simulator(netlist, output, noise_output)
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(4).random((9, record.horizon))))
    points = simulator.operate(designs)
    found = AdjointSimulator(simulator).sensitivities(points, designs, HERTZ, NOISE_HERTZ)
    np.testing.assert_allclose(found.transfer, simulator.transfer(points, HERTZ), rtol=1e-10)
    ahead, behind = (np.log(simulator.transfer(points, HERTZ * (1.0 + step))) for step in (1e-5, -1e-5))
    np.testing.assert_allclose(found.frequency_slopes, (ahead - behind) / 2e-5, atol=1e-7)
    ahead, behind = (np.log(simulator.noise(points, NOISE_HERTZ * (1.0 + step)).input_rthz) for step in (1e-5, -1e-5))
    np.testing.assert_allclose(found.noise_frequency_slopes, (ahead - behind) / 2e-5, atol=1e-7)


def test_a_design_s_sensitivities_do_not_depend_on_its_batch():
    netlist, output, noise_output, nets = CIRCUITS["short channel"]
    simulator = Simulator(netlist, output, noise_output)
    adjoint = AdjointSimulator(simulator)
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(4).random((11, record.horizon))))
    together = adjoint.sensitivities(simulator.operate(designs), designs, HERTZ, NOISE_HERTZ, nets)
    alone = adjoint.sensitivities(simulator.operate(designs[9:10]), designs[9:10], HERTZ, NOISE_HERTZ, nets)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one[9:10], other)


def test_a_parallel_resistance_is_known_by_hand():
    divider = Netlist(
        "divider",
        ("0", "top", "middle"),
        (
            VoltageSource("v1", "top", "0", 3.0, 1.0),
            Resistor("r1", "top", "middle", "r1_ohm"),
            Resistor("r2", "middle", "0", 2e3),
        ),
        parameters=(Parameter("r1_ohm", Real(100.0, 1e4)),),
    )
    simulator = Simulator(divider, "middle")
    designs = np.array([[1e3]])
    found = AdjointSimulator(simulator).sensitivities(
        simulator.operate(designs), designs, np.array([1.0]), nets=["middle"]
    )
    assert found.voltages_v[0, 0, 0] == pytest.approx(-3.0 * 2e3 / 3e3**2)
    assert found.source_currents_a[0, 0, 0] == pytest.approx(3.0 / 3e3**2)
    assert found.log_transfer[0, 0, 0] == pytest.approx(-1.0 / 3e3)


def test_an_unknown_net_is_refused():
    simulator = Simulator(SHORT_CHANNEL, "out")
    designs = np.array([[1.0, 1.0, 0.1, 0.5, 5.0]])
    with pytest.raises(SpecError, match="two"):
        AdjointSimulator(simulator).sensitivities(simulator.operate(designs), designs, HERTZ, nets=["two"])
