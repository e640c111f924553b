import numpy as np
import pytest

from archwright.circuits.devices import Level1Model, Mosfet, VoltageSource
from archwright.circuits.netlist import Netlist
from archwright.circuits.ngspice.engine import NgspiceEngine
from archwright.circuits.ngspice.library import find_library
from archwright.circuits.ngspice.points import MosfetQuantities, NgspicePoints
from archwright.circuits.technology.nodes import technology

NETLIST = Netlist(
    "two diodes",
    ("0", "high", "low"),
    (
        VoltageSource("v1", "high", "0", 2.0),
        VoltageSource("v2", "low", "0", -2.0),
        Mosfet("m1", "high", "high", "0", "0", "n", 4e-6, 1e-6),
        Mosfet("m2", "low", "low", "0", "0", "p", 4e-6, 1e-6),
    ),
    (Level1Model("n", "n", 0.5, 50e-6), Level1Model("p", "p", -0.5, 25e-6)),
)


def numbers(names):
    """What ngspice would tell: vgs = 2, von = 0.5 (-0.5 for p) and so on."""
    told = {"vgs": 2.0, "vds": 2.0, "id": 1e-4, "von": 0.5, "vdsat": 1.5}
    asked = [(name.split("[")[0], name.split("[")[1][:-1]) for name in names]
    signs = {("@m2", "von"): -1.0, ("@m2", "vdsat"): -1.0}
    return np.array([[signs.get(one, 1.0) * told.get(one[1], 7.0) for one in asked]])


def test_quantities_are_asked_for_in_two_groups_once():
    asked = []

    def read(names):
        asked.append(names)
        return numbers(names)

    mosfets = MosfetQuantities(NETLIST, read)
    assert asked == []
    assert mosfets["drive_v"].tolist() == [[1.5, 1.5]]
    assert mosfets["margin_v"].tolist() == [[0.5, 0.5]]
    assert len(asked) == 1 and "@m2[von]" in asked[0] and "@m1[gm]" not in asked[0]
    assert mosfets["id_a"].tolist() == [[1e-4, -1e-4]]
    assert mosfets["cgs_f"].tolist() == [[7.0, 7.0]]
    assert len(asked) == 2
    assert len(mosfets) == len(dict(mosfets)) == 11
    with pytest.raises(KeyError):
        mosfets["nonsense"]


def test_points_read_tables_and_nets():
    tables = {"voltage": np.array([[0.0, 2.0, -2.0]]), "source": np.array([[-1e-4, 1e-4]])}
    points = NgspicePoints(
        NETLIST, 1, np.array([True]), {}, np.zeros((1, 0)), tables, {}, lambda points, names: numbers(names)
    )
    assert points.voltage_v("low").tolist() == [-2.0]
    assert points.source_currents_a.shape == (1, 2)
    assert points.mosfets["drive_v"].shape == (1, 2)


@pytest.mark.external
@pytest.mark.skipif(find_library() is None, reason="no libngspice: apt-get install libngspice0")
@pytest.mark.parametrize("form", ["library", "altered"])
def test_signs_of_a_pair(form):
    engine = NgspiceEngine(NETLIST, "high", form=form)
    mosfets = engine.operate(np.zeros((1, 0))).mosfets
    # Saturation: kp/2 w/l (2 - 0.5)^2 = 225 uA in the n device, half of it, the other way, in the p device.
    np.testing.assert_allclose(mosfets["id_a"], [[225e-6, -112.5e-6]], rtol=1e-6)
    np.testing.assert_allclose(mosfets["drive_v"], [[1.5, 1.5]], rtol=1e-9)
    np.testing.assert_allclose(mosfets["margin_v"], [[0.5, 0.5]], rtol=1e-9)
    np.testing.assert_allclose(mosfets["gm_s"], [[300e-6, 150e-6]], rtol=1e-6)
    engine.close()


@pytest.mark.external
@pytest.mark.skipif(find_library() is None, reason="no libngspice: apt-get install libngspice0")
def test_regions_of_a_bsim4_pair():
    """Diodes at half a volt and more above the threshold, and one below it."""
    models = technology("180nm").models
    devices = (
        VoltageSource("v1", "high", "0", 1.2),
        VoltageSource("v2", "low", "0", -1.2),
        VoltageSource("v3", "weak", "0", 0.2),
        Mosfet("m1", "high", "high", "0", "0", "nch", 4e-6, 1e-6),
        Mosfet("m2", "low", "low", "0", "0", "pch", 4e-6, 1e-6),
        Mosfet("m3", "weak", "weak", "0", "0", "nch", 4e-6, 1e-6),
    )
    engine = NgspiceEngine(Netlist("diodes", ("0", "high", "low", "weak"), devices, models), "high")
    mosfets = engine.operate(np.zeros((1, 0))).mosfets
    assert (mosfets["drive_v"][0, :2] > 0.5).all() and (mosfets["margin_v"][0, :2] > 0.3).all()
    assert mosfets["drive_v"][0, 2] < 0.0
    engine.close()
