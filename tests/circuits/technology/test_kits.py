"""Real kits in ngspice: single devices against measured numbers, whole circuits, and what is refused."""

import importlib.metadata

import numpy as np
import pytest

from archwright.circuits.devices import Mosfet, VoltageSource
from archwright.circuits.netlist import Netlist
from archwright.circuits.ngspice.engine import NgspiceEngine
from archwright.circuits.ngspice.library import find_library
from archwright.circuits.technology.kits import KITS, Kit, compare_on_kit, kit, kit_netlist, main, on_kit
from archwright.circuits.technology.nodes import technology
from archwright.circuits.two_stage_tia import HUMAN, TwoStageTIA, two_stage_netlist
from archwright.core.errors import Infeasible, SimulatorMissing, SpecError


def installed(name):
    try:
        return importlib.metadata.version(KITS[name].package)
    except importlib.metadata.PackageNotFoundError:
        return None


def needs(name):
    has_all = find_library() is not None and installed(name)
    reason = f"needs libngspice and the package {KITS[name].package} (pip install --no-deps)"
    return pytest.param(name, marks=[pytest.mark.external, pytest.mark.skipif(not has_all, reason=reason)])


CURRENTS = {
    # W = 1 um; length, gate, drain and current of the n device, then of the p device or None
    "freepdk45": ((50e-9, 0.6, 1.0, 359e-6), (50e-9, 0.4, 1.0, 60e-6)),
    "sky130": ((0.15e-6, 0.9, 1.8, 48.33e-6), None),
    "gf180mcu": ((0.28e-6, 1.2, 3.3, 78e-6), None),
}
"""Currents of single devices, run by hand in ngspice 39.3 from the same packages and, for sky130, from a second one."""


@pytest.mark.parametrize("name", [needs(name) for name in KITS])
def test_single_devices_carry_known_currents(name):
    for polarity, row in zip("np", CURRENTS[name], strict=True):
        if row is None:
            continue
        length, gate, drain, current = row
        sign = 1.0 if polarity == "n" else -1.0
        devices = (
            VoltageSource("vd", "d", "0", sign * drain),
            VoltageSource("vg", "g", "0", sign * gate),
            Mosfet("m1", "d", "g", "0", "0", f"{polarity}ch", 1e-6, length),
        )
        netlist = Netlist("one", ("0", "d", "g"), devices, technology(KITS[name].node).models)
        engine = NgspiceEngine(netlist, "d", library=kit(name))
        found = abs(engine.operate(np.zeros((1, 0))).source_currents_a[0, 0])
        engine.close()
        assert found == pytest.approx(current, rel=0.02)


@pytest.mark.parametrize("name", [needs(name) for name in KITS])
def test_human_amplifier_works_with_a_kits_transistors(name):
    """Another process of about the same generation: the same circuit, within a factor of three of ours."""
    problem = TwoStageTIA(node=KITS[name].node)
    rows = compare_on_kit(problem, problem.references()[0].design, name)
    assert rows.keys() == problem.metrics.keys()
    for metric in ("gain_ohm", "f3db_hz", "noise_a_rthz"):
        ours, theirs = rows[metric]
        assert 1 / 3 < theirs / ours < 3 and theirs != ours


@pytest.mark.parametrize("name", [needs("sky130")])
def test_a_size_without_bin_is_infeasible(name):
    with pytest.raises(Infeasible, match="no bin for a width"):
        kit(name).lines([("sky130_fd_pr__nfet_01v8__model", 0.1e-6, 0.15e-6)])


def test_sizes_and_supply_grow_to_the_kits():
    moved = kit_netlist(two_stage_netlist("180nm"), technology("180nm"), kit("gf180mcu"))
    design = {name: float(value) for name, value in HUMAN.items()}
    m1, vdd = moved.resolved(design)[0], moved.resolved(design)[10]
    assert m1.length_m == pytest.approx(0.28e-6) and m1.width_m == pytest.approx(1.02e-6 * 0.28 / 0.18)
    assert vdd.dc_v == pytest.approx(3.3)
    assert moved.models[0].diffusion_m == pytest.approx(0.32e-6 * 0.28 / 0.18)


def test_wide_devices_become_fingers():
    device = Mosfet("m1", "d", "g", "s", "b", "nch", 20e-6, 0.15e-6)
    sizes = {"w": 20e-6, "l": 0.15e-6, "m": 2.0, "ad": 3e-12, "as": 3e-12, "pd": 21e-6, "ps": 21e-6}
    name, placed = kit("sky130").place(device, "p", sizes)
    assert name == "sky130_fd_pr__pfet_01v8__model" and placed["m"] == 6.0
    assert placed["w"] == pytest.approx(20e-6 / 3) and placed["ad"] == pytest.approx(1e-12)


def test_missing_package_is_one_line_that_says_what_to_install(monkeypatch, capsys):
    absent = Kit("none", "180nm", 1.8, 1e-7, 1e-7, 1e-5, "no-such-package-of-models", "x.spice", ("n", "p"))
    with pytest.raises(SimulatorMissing, match="pip install --no-deps no-such-package-of-models"):
        _ = absent.path
    monkeypatch.setitem(KITS, "none", absent)
    assert main(["two-stage-tia", "none"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_mistakes_are_refused_in_one_line(capsys, tmp_path):
    (tmp_path / "broken.json").write_text("not json")
    assert main(["two-stage-tia", "sky130", str(tmp_path / "broken.json")]) == 2
    assert main(["two-stage-tia", "sky130", str(tmp_path / "absent.json")]) == 2
    assert capsys.readouterr().err.count("a readable JSON file") == 2
    with pytest.raises(SpecError, match="one of freepdk45, gf180mcu, sky130"):
        on_kit(TwoStageTIA(), "tsmc")
    assert main(["three-stage-tia", "sky130"]) == 2
    assert "a circuit at a technology node" in capsys.readouterr().err
