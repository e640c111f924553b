"""The vector kernels of one MOSFET against the plain one, region by region: all four pins held by sources."""

import numpy as np
import pytest

from archwright.circuits.devices import Level1Model, Mosfet, VoltageSource
from archwright.circuits.mna import dense
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.space import Real

COMMON = {
    "body_effect_sqrt_v": 0.6, "surface_potential_v": 0.8, "lambda_per_v": 0.01, "lambda_m_per_v": 1e-7,
    "oxide_f_per_m2": 2.3e-3, "overlap_f_per_m": 5e-10, "junction_f_per_m2": 1e-4, "sidewall_f_per_m": 5e-10,
    "junction_potential_v": 0.95, "diffusion_m": 1.5e-6,
}  # fmt: skip
MODELS = (
    Level1Model("nch", "n", 0.5, 50e-6, sidewall_grading=0.33, **COMMON),
    Level1Model("pch", "p", -0.5, 25e-6, junction_grading=0.4, forward_coefficient=0.3, **COMMON),
)
PINS = ("d", "g", "s", "b")


def held(model: str) -> Simulator:
    volt = Real(-3.0, 3.0)
    sizes = (Parameter("w_um", Real(1.0, 50.0), 1e-6), Parameter("l_um", Real(1.0, 3.0), 1e-6))
    netlist = Netlist(
        "one transistor",
        ("0", *PINS),
        (
            *(VoltageSource(f"v{pin}", pin, "0", f"{pin}_v") for pin in PINS),
            Mosfet("m1", *PINS, model, "w_um", "l_um", 3.0),
        ),
        MODELS,
        (*sizes, *(Parameter(f"{pin}_v", volt) for pin in PINS)),
    )
    return Simulator(netlist, "d")


@pytest.fixture(scope="module", params=["nch", "pch"])
def compared(request):
    """Kernel and plain quantities of one transistor at 2,000 random pin voltages in every region."""
    rng = np.random.default_rng(1)
    n = 2000
    designs = np.column_stack([rng.uniform(1, 50, n), rng.uniform(1, 3, n), rng.uniform(-2.0, 2.0, (n, 4))])
    designs[: n // 2, 5] = (-2.5 if request.param == "nch" else 2.5) + rng.uniform(-0.5, 0.5, n // 2)  # bulk at a rail
    designs[:200, 2] = designs[:200, 4] + rng.uniform(-0.05, 0.05, 200)  # near vds = 0
    points = held(request.param).operate(designs)
    model = next(model for model in MODELS if model.name == request.param)
    plain = []
    for w, length, d, g, s, b in designs.tolist():
        device = Mosfet("m1", *PINS, request.param, w * 1e-6, length * 1e-6, 3.0)
        seen = dense.channel(model, device, d, g, s, b)
        charges = dense.gate_capacitances(model, device, d, g, s, b)
        junctions = [dense.junction_capacitance(model, device, b, v) for v in (d, s)]
        leaks = [dense.junction(model, device, b, v)[0] for v in (d, s)]
        plain.append([*seen, *charges, *junctions, *leaks])
    return points, np.array(plain)


def test_points_converge_but_where_a_junction_carries_thousands_of_amperes(compared):
    points = compared[0]
    most = np.abs(points.source_currents_a[:, 3])
    assert points.is_converged[most < 1e3].all() and not points.is_converged[most > 1e5].any()
    assert (most < 1e-6).any() and (most > 1e5).any()


@pytest.mark.parametrize(
    ("quantity", "column"), [("id_a", 0), ("gds_s", 1), ("gm_s", 2), ("gmb_s", 3), ("drive_v", 4), ("margin_v", 5)]
)
def test_channel_agrees(compared, quantity, column):
    points, plain = compared
    found = points.mosfets[quantity][:, 0]
    np.testing.assert_allclose(found, plain[:, column], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("quantity", ["cgs_f", "cgd_f", "cgb_f", "cbd_f", "cbs_f"])
def test_capacitances_agree(compared, quantity):
    points, plain = compared
    column = 6 + ["cgs_f", "cgd_f", "cgb_f", "cbd_f", "cbs_f"].index(quantity)
    np.testing.assert_allclose(points.mosfets[quantity][:, 0], plain[:, column], rtol=1e-9, atol=1e-24)


def test_source_currents_are_the_pin_currents(compared):
    """Junctions included: forward, reverse and beyond the tangent."""
    points, plain = compared
    current, to_drain, to_source = plain[:, 0], plain[:, 11], plain[:, 12]
    expected = np.column_stack([to_drain - current, 0.0 * current, current + to_source, -to_drain - to_source])
    np.testing.assert_allclose(points.source_currents_a, expected, rtol=1e-9, atol=1e-16)


def test_every_region_was_visited(compared):
    points, plain = compared
    drive, margin = plain[:, 4], plain[:, 5]
    assert (drive <= -0.8).any() and ((drive > -0.8) & (drive <= -0.4)).any() and ((drive > -0.4) & (drive <= 0)).any()
    assert ((drive > 0) & (margin < 0)).sum() > 50 and ((drive > 0) & (margin >= 0)).sum() > 50
    assert (np.abs(points.source_currents_a[:, 3]) > 1.0).any()
