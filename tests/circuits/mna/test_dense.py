"""The slow twin against hand calculation and against ngspice."""

import math
import re
import shutil
import subprocess

import numpy as np
import pytest

from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna import dense
from archwright.circuits.netlist import Netlist
from archwright.circuits.ngspice.spice_deck import to_spice
from archwright.core.errors import Failed

NMOS = Level1Model(
    "nch", "n", 0.5, 50e-6, 0.6, 0.8, lambda_m_per_v=1e-7, oxide_f_per_m2=2.3e-3, overlap_f_per_m=5e-10,
    junction_f_per_m2=1e-4, sidewall_f_per_m=5e-10, junction_potential_v=0.95, sidewall_grading=0.33,
    diffusion_m=1.5e-6,
)  # fmt: skip
DEVICE = Mosfet("m1", "d", "g", "0", "0", "nch", 10e-6, 2e-6)
STAGE = Netlist(
    "common source",
    ("0", "vdd", "in", "g", "d"),
    (
        VoltageSource("vdd", "vdd", "0", 2.5),
        VoltageSource("vin", "in", "0", 1.0, 1.0),
        Resistor("rs", "in", "g", 1e3),
        DEVICE,
        Resistor("rl", "vdd", "d", 2e4),
        Capacitor("cl", "d", "0", 1e-13),
        CurrentSource("ib", "d", "0", 5e-6),
    ),
    (NMOS,),
)


def test_saturation_current_by_hand():
    seen = dense.channel(NMOS, DEVICE, 2.0, 1.5, 0.0, 0.0)
    assert seen.current == pytest.approx(0.5 * 50e-6 * 5.0 * 1.0**2 * (1 + 0.05 * 2.0))
    assert seen.by_gate == pytest.approx(50e-6 * 5.0 * 1.0 * 1.1)
    assert (seen.drive_v, seen.margin_v) == pytest.approx((1.0, 1.0))


def test_triode_current_and_body_effect_by_hand():
    seen = dense.channel(NMOS, DEVICE, 0.2, 1.5, 0.0, -1.0)
    von = 0.5 + 0.6 * (math.sqrt(1.8) - math.sqrt(0.8))
    assert seen.drive_v == pytest.approx(1.5 - von)
    assert seen.current == pytest.approx(250e-6 * (1 + 0.05 * 0.2) * 0.2 * (1.5 - von - 0.1))


@pytest.mark.parametrize("polarity", ["n", "p"])
def test_slopes_are_the_derivatives(polarity):
    model = Level1Model("m", polarity, 0.5 if polarity == "n" else -0.5, 50e-6, 0.6, 0.8, lambda_per_v=0.1)
    rng = np.random.default_rng(0)
    for d, g, s in rng.uniform(-2, 2, (200, 3)).tolist():
        # With its bulk forward biased SPICE's gmbs is no exact derivative: its depletion root goes on as a line.
        pins, step = np.array([d, g, s, -2.5 * model.sign]), 1e-6
        seen = dense.channel(model, DEVICE, *pins)
        for pin, slope in ((0, seen.by_drain), (1, seen.by_gate), (3, seen.by_bulk)):
            moved = step * (np.arange(4) == pin)
            up, down = (dense.channel(model, DEVICE, *(pins + sign * moved)).current for sign in (1, -1))
            assert (up - down) / (2 * step) == pytest.approx(slope, rel=1e-3, abs=3e-10)


def test_swapped_drain_and_source_reverse_the_current():
    forward = dense.channel(NMOS, DEVICE, 1.0, 1.5, 0.2, -0.5)
    backward = dense.channel(NMOS, DEVICE, 0.2, 1.5, 1.0, -0.5)
    assert backward.current == pytest.approx(-forward.current)


def test_meyer_in_saturation_is_two_thirds():
    near, far, bulk = dense.gate_capacitances(NMOS, DEVICE, 2.0, 1.0, 0.0, 0.0)
    assert near == pytest.approx(2.0 / 3.0 * 2.3e-3 * 20e-12 + 5e-15)
    assert far == pytest.approx(5e-15) and bulk == 0.0


def test_junction_at_zero_bias_is_area_plus_perimeter():
    assert dense.junction_capacitance(NMOS, DEVICE, 0.0, 0.0) == pytest.approx(1e-4 * 30e-12 + 5e-10 * 16e-6)


def test_no_solution_is_failed():
    devices = (CurrentSource("i1", "0", "a", 1.0), Mosfet("m1", "a", "0", "0", "0", "nch", 1e-6, 1e-6))
    netlist = Netlist("current into nothing", ("0", "a"), devices, (NMOS,))
    with pytest.raises(Failed, match="no operating point"):
        dense.operating_point(netlist, {})


@pytest.mark.external
def test_ngspice_gives_the_same_numbers(tmp_path):
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    frequencies = np.array([1e6, 1e9])
    control = """.control
set num_threads=1
set numdgt=10
op
print v(d) i(vdd)
ac dec 1 1e6 1e9
print vm(d)[0] vm(d)[3]
noise v(d) vin dec 1 1e6 1e9
setplot noise1
print onoise_spectrum[0] onoise_spectrum[3]
quit
.endc
.end
"""
    path = tmp_path / "stage.cir"
    path.write_text(to_spice(STAGE, {}) + control)
    run = subprocess.run(["ngspice", "-b", str(path)], capture_output=True, text=True, timeout=60)
    printed = [float(value) for value in re.findall(r"^\S+ = (\S+)$", run.stdout, re.MULTILINE)]
    point = dense.operating_point(STAGE, {})
    ours = [point.voltages["d"], point.currents["vdd"]]
    ours += np.abs(dense.transfer(STAGE, point, frequencies, ("d", "0"))).tolist()
    ours += dense.noise(STAGE, point, frequencies, ("d", "0")).tolist()
    assert printed == pytest.approx(ours, rel=1e-8)
