"""The vector kernels of one EKV transistor against the plain equations: all four pins held by sources."""

import numpy as np
import pytest

from archwright.circuits.devices import Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna import dense
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.technology.ekv import EkvModel
from archwright.core.space import Real

COMMON = {
    "body_effect_sqrt_v": 0.5, "surface_potential_v": 0.85, "slope_factor": 1.25, "reduction_per_v": 0.3,
    "reduction_m_per_v": 2e-8, "critical_field_v_per_m": 6e6, "saturation_v": 0.03, "modulation": 0.15,
    "modulation_v": 0.4, "modulation_power": 0.8, "drain_barrier": 0.06, "long_drain_barrier": 0.01,
    "reduction_limit_per_v": 0.6, "body_loss": 0.2, "roll_off_m": 5e-8, "roll_off_v": 0.04, "short_channel_m": 8e-8,
    "least_length_m": 1.8e-7, "lost_length_m": 2e-8, "oxide_f_per_m2": 7e-3, "overlap_f_per_m": 3e-10,
    "bulk_share": 0.25, "charge_m": 1e-7, "junction_f_per_m2": 1e-3, "sidewall_f_per_m": 2e-10,
    "junction_potential_v": 0.9, "sidewall_grading": 0.33, "diffusion_m": 3e-7,
}  # fmt: skip
MODELS = (EkvModel("nch", "n", 0.42, 320e-6, **COMMON), EkvModel("pch", "p", -0.45, 90e-6, **COMMON))
PINS = ("d", "g", "s", "b")


def held(model: str) -> Simulator:
    volt = Real(-3.0, 3.0)
    sizes = (Parameter("w_um", Real(0.2, 50.0), 1e-6), Parameter("l_um", Real(0.18, 3.0), 1e-6))
    devices = (
        *(VoltageSource(f"v{pin}", pin, "0", f"{pin}_v") for pin in PINS),
        Mosfet("m1", *PINS, model, "w_um", "l_um", 3.0),
    )
    parameters = (*sizes, *(Parameter(f"{pin}_v", volt) for pin in PINS))
    return Simulator(Netlist("one transistor", ("0", *PINS), devices, MODELS, parameters), "d")


@pytest.fixture(scope="module", params=["nch", "pch"])
def compared(request):
    """Kernel and plain quantities of one transistor at 1,000 random sizes and pin voltages in every region."""
    rng = np.random.default_rng(1)
    n = 1000
    sign = 1.0 if request.param == "nch" else -1.0
    designs = np.column_stack([rng.uniform(0.2, 50, n), rng.uniform(0.18, 2, n), rng.uniform(-1.8, 1.8, (n, 4))])
    designs[: n // 2, 5] = sign * rng.uniform(-2.4, -1.4, n // 2)  # bulk at a rail
    designs[:100, 2] = designs[:100, 4] + rng.uniform(-0.05, 0.05, 100)  # near vds = 0
    designs[n // 2 :, 5] = designs[n // 2 :, 4] - sign * rng.uniform(-0.3, 1.0, n - n // 2)
    points = held(request.param).operate(designs)
    model = next(model for model in MODELS if model.name == request.param)
    plain = []
    for w, length, d, g, s, b in designs.tolist():
        device = Mosfet("m1", *PINS, request.param, w * 1e-6, length * 1e-6, 3.0)
        seen = dense.channel(model, device, d, g, s, b)
        junctions = [dense.junction_capacitance(model, device, b, v) for v in (d, s)]
        plain.append([*seen, *dense.gate_capacitances(model, device, d, g, s, b), *junctions])
    return points, np.array(plain)


QUANTITIES = ("id_a", "gds_s", "gm_s", "gmb_s", "drive_v", "margin_v", "cgs_f", "cgd_f", "cgb_f", "cbd_f", "cbs_f")


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_kernel_agrees_with_plain_equations(compared, quantity):
    points, plain = compared
    usable = points.is_converged
    assert usable.sum() > 600
    found, column = points.mosfets[quantity][usable, 0], plain[usable, QUANTITIES.index(quantity)]
    floor = {"id_a": 1e-19, "gds_s": 1e-18, "gm_s": 1e-18, "gmb_s": 1e-18}.get(quantity, 1e-15)
    np.testing.assert_allclose(found, column, rtol=1e-9, atol=floor if quantity[0] != "c" else 1e-26)


def test_every_region_was_visited(compared):
    points, plain = compared
    current, drive, margin = np.abs(plain[:, 0]), plain[:, 4], plain[:, 5]
    assert (current < 1e-15).any() and (current > 1e-3).any()
    assert ((drive > 0) & (margin < 0)).sum() > 50 and ((drive > 0) & (margin >= 0)).sum() > 50
    assert (points.mosfets["gm_s"][:, 0] < 0).any()  # drain and source swapped


def test_level_1_and_ekv_stand_in_one_circuit():
    """Each device keeps its own equations, and its own thermal noise."""
    models = (MODELS[0], Level1Model("old", "n", 0.4, 300e-6))
    volt = VoltageSource("v1", "top", "0", 1.5)
    netlist = Netlist(
        "two followers",
        ("0", "top", "a", "b"),
        (
            volt,
            Mosfet("m1", "top", "top", "a", "0", "nch", 1e-6, 2e-7),
            Mosfet("m2", "top", "top", "b", "0", "old", 1e-6, 2e-7),
            Resistor("r1", "a", "0", 1e4),
            Resistor("r2", "b", "0", 1e4),
        ),
        models,
    )
    hertz = np.array([1e3])
    for out in ("a", "b"):
        simulator = Simulator(netlist, out)
        points = simulator.operate(np.zeros((1, 0)))
        point = dense.operating_point(netlist, {})
        assert points.voltage_v(out)[0] == pytest.approx(point.voltages[out], abs=1e-9)
        noise = dense.noise(netlist, point, hertz, (out, "0"))
        assert simulator.noise(points, hertz).output_v_rthz[0] == pytest.approx(noise, rel=1e-6)
