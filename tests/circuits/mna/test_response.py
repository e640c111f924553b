"""Small signal against the dense twin, which shares no code with the kernels."""

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna import dense
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.space import Real

FREQUENCIES_HZ = np.array([1e3, 3e7, 2e8, 1e9, 8e9])
DRIVEN = Netlist(
    "follower between floating and grounded sources",
    ("0", "vdd", "in", "gate", "out", "load"),
    (
        VoltageSource("vdd", "vdd", "0", 2.5),
        VoltageSource("vin", "in", "0", 0.2, 1.0),
        VoltageSource("vshift", "gate", "in", 1.2, 0.25),
        Mosfet("m1", "vdd", "gate", "out", "0", "nch", "w_um", 1e-6, 2.0),
        VoltageSource("vprobe", "out", "load", 0.0, 0.0),
        Resistor("rl", "load", "0", "r_kohm"),
        Capacitor("cl", "load", "gate", 50e-15),
        CurrentSource("iout", "load", "0", 10e-6, 1e-4),
    ),
    (
        Level1Model(
            "nch", "n", 0.5, 50e-6, 0.6, 0.8, lambda_m_per_v=1e-7, oxide_f_per_m2=2.3e-3, overlap_f_per_m=5e-10,
            junction_f_per_m2=1e-4, sidewall_f_per_m=5e-10, sidewall_grading=0.33, diffusion_m=1.5e-6,
        ),
    ),
    (Parameter("w_um", Real(2.0, 50.0), 1e-6), Parameter("r_kohm", Real(1.0, 50.0), 1e3)),
)  # fmt: skip


def compared(netlist, output, noise_output, n, seed):
    """Kernel and dense answers for n random designs: transfer, output noise, gain to the noise output."""
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(seed).random((n, record.horizon))))
    simulator = Simulator(netlist, output, noise_output)
    points = simulator.operate(designs)
    noise = simulator.noise(points, FREQUENCIES_HZ)
    fast = [simulator.transfer(points, FREQUENCIES_HZ), noise.output_v_rthz, noise.gain]
    slow = []
    for values in designs.tolist():
        point = dense.operating_point(netlist, dict(zip(record.axes, values, strict=True)))
        ends = tuple(
            (one, "0") if isinstance(one, str) else one for one in (output, noise_output)
        )  # an output net alone is taken against ground
        slow.append(
            [
                dense.transfer(netlist, point, FREQUENCIES_HZ, ends[0]),
                dense.noise(netlist, point, FREQUENCIES_HZ, ends[1]),
                np.abs(dense.transfer(netlist, point, FREQUENCIES_HZ, ends[1])),
            ]
        )
    return fast, [np.array([one[k] for one in slow]) for k in range(3)]


@pytest.mark.parametrize(
    ("netlist", "output", "noise_output", "n"),
    [
        (three_stage_netlist(), "vouta", ("vouta", "voutb"), 4),
        (three_stage_netlist(has_free_lengths=True), ("vo2a", "vo2b"), "vouta", 3),
        (DRIVEN, "load", ("load", "in"), 9),
        (DRIVEN, ("gate", "out"), "out", 2),
        (DRIVEN, ("in", "vdd"), ("in", "0"), 2),
    ],
)
def test_kernels_agree_with_dense_matrices(netlist, output, noise_output, n):
    fast, slow = compared(netlist, output, noise_output, n, 7)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-20)


def test_any_number_of_frequencies_also_one_per_design():
    simulator = Simulator(DRIVEN, "load")
    points = simulator.operate(np.array([[10.0, 5.0], [20.0, 5.0], [30.0, 9.0]]))
    together = simulator.transfer(points, FREQUENCIES_HZ)
    for k, hertz in enumerate(FREQUENCIES_HZ):
        np.testing.assert_array_equal(simulator.transfer(points, np.array([hertz]))[:, 0], together[:, k])
    own = simulator.transfer(points, FREQUENCIES_HZ[:3, None])
    np.testing.assert_array_equal(own[:, 0], together[[0, 1, 2], [0, 1, 2]])


def test_resistor_noise_is_that_of_nyquist():
    netlist = Netlist("one", ("0", "a"), (Resistor("r1", "a", "0", 1e3), CurrentSource("i1", "0", "a", 0.0, 1.0)))
    simulator = Simulator(netlist, "a")
    noise = simulator.noise(simulator.operate(np.zeros((1, 0))), np.array([1e3]))
    assert noise.output_v_rthz[0, 0] == pytest.approx(np.sqrt(4 * 1.38064852e-23 * 300.15 * 1e3), rel=1e-12)
    assert noise.gain[0, 0] == pytest.approx(1e3) and noise.input_rthz[0, 0] == pytest.approx(4.0713e-12, rel=1e-4)


def test_response_scales_with_its_source():
    louder = Netlist(
        DRIVEN.name,
        DRIVEN.nets,
        tuple(
            VoltageSource(d.name, d.positive, d.negative, d.dc_v, 3.0 * d.ac_v)
            if isinstance(d, VoltageSource)
            else CurrentSource(d.name, d.positive, d.negative, d.dc_a, 3.0 * d.ac_a)
            if isinstance(d, CurrentSource)
            else d
            for d in DRIVEN.devices
        ),
        DRIVEN.models,
        DRIVEN.parameters,
    )
    design = np.array([[10.0, 5.0]])
    found = [
        simulator.transfer(simulator.operate(design), FREQUENCIES_HZ)
        for simulator in (Simulator(DRIVEN, "load"), Simulator(louder, "load"))
    ]
    np.testing.assert_allclose(found[1], 3.0 * found[0], rtol=1e-12)
