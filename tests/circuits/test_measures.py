import numpy as np
import pytest

from archwright.circuits.amplifiers import HUMAN, three_stage_netlist
from archwright.circuits.measures import (
    curve_bandwidth,
    gate_area_um2,
    is_saturated,
    named_rows,
    peaking_db,
    supply_power_w,
)
from archwright.circuits.mna.points import Bandwidth
from archwright.circuits.mna.simulator import Simulator
from archwright.core.errors import SpecError

GRID_HZ = np.geomspace(1e3, 1e10, 141)


def two_pole(frequencies_hz, quality):
    x = frequencies_hz / 1e8
    return 1.0 / np.abs(1.0 - x**2 + 1j * x / quality)


def test_curve_without_peak_has_its_maximum_first():
    found = curve_bandwidth(GRID_HZ, two_pole(GRID_HZ, 0.5)[None, :], 10.0 * np.log10(2.0))
    assert found.peak_hz[0] == pytest.approx(1e3)
    assert found.corner_hz[0] == pytest.approx(1e8 * np.sqrt(np.sqrt(2.0) - 1.0), rel=1e-5)


@pytest.mark.parametrize(("quality", "error"), [(0.9, 3e-6), (1.5, 1e-4), (4.0, 1e-3)])
def test_peaked_curve_by_formula(quality, error):
    """Maximum at f0 sqrt(1 - 1/(2Q^2)), height Q / sqrt(1 - 1/(4Q^2))."""
    found = curve_bandwidth(GRID_HZ, two_pole(GRID_HZ, quality)[None, :])
    assert found.peak_hz[0] == pytest.approx(1e8 * np.sqrt(1.0 - 0.5 / quality**2), rel=1e-3)
    assert found.largest[0] == pytest.approx(quality / np.sqrt(1.0 - 0.25 / quality**2), rel=error)
    at_corner = two_pole(found.corner_hz[0], quality)
    assert at_corner == pytest.approx(found.largest[0] * 10.0 ** (-3.0 / 20.0), rel=3 * error)


def test_corner_below_the_first_amplitude_of_a_peaked_curve():
    found = curve_bandwidth(GRID_HZ, two_pole(GRID_HZ, 1.5)[None, :], below="first")
    assert two_pole(found.corner_hz[0], 1.5) == pytest.approx(10.0 ** (-3.0 / 20.0), rel=1e-5)
    with pytest.raises(SpecError, match="below"):
        curve_bandwidth(GRID_HZ, np.ones((1, len(GRID_HZ))), below="last")


def test_curve_that_never_falls_is_flagged():
    found = curve_bandwidth(GRID_HZ, np.ones((2, len(GRID_HZ))))
    assert found.is_reached.tolist() == [False, False]


def test_peaking_is_largest_over_first():
    bandwidth = Bandwidth(*(np.array([v]) for v in (1.0, 10.0, 1e8, 2e8)), np.array([True]))
    assert peaking_db(bandwidth).tolist() == [20.0]


def test_measures_of_the_human_design():
    netlist = three_stage_netlist()
    designs = np.array([list(HUMAN.values())])
    points = Simulator(netlist, "vouta").operate(designs)
    assert gate_area_um2(netlist, designs)[0] == pytest.approx(211.2, rel=1e-12)
    assert supply_power_w(points)[0] == pytest.approx(1.369437e-3, rel=1e-6)
    assert is_saturated(points).all()


def test_current_sinks_that_are_too_wide_leave_saturation():
    netlist = three_stage_netlist()
    designs = np.array([[2.0, 5.0, 5.0, 2.0, 5.0, 10.0, 2.0, 15.0, 2.0, 100.0]])
    points = Simulator(netlist, "vouta").operate(designs)
    names = [device.name for device in netlist.devices if device.name.startswith("m")]
    flags = dict(zip(names, is_saturated(points)[0].tolist(), strict=True))
    assert flags["mb"] and flags["ml1a"] and not flags["mb3a"]


def test_power_balances_what_resistors_and_channels_burn():
    netlist = three_stage_netlist()
    designs = np.array([list(HUMAN.values())])
    points = Simulator(netlist, "vouta").operate(designs)
    at = {net: points.voltage_v(net)[0] for net in netlist.nets}
    mosfets = [device for device in netlist.devices if device.name.startswith("m")]
    burnt = sum(
        points.mosfets["id_a"][0, k] * (at[device.nets[0]] - at[device.nets[2]]) for k, device in enumerate(mosfets)
    )
    burnt += (at["vdd"] - at["nbias"]) ** 2 / 291e3
    assert supply_power_w(points)[0] == pytest.approx(burnt, rel=1e-6)


def test_rows_are_dicts_of_plain_floats():
    rows = named_rows({"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])})
    assert rows == [{"a": 1.0, "b": 3.0}, {"a": 2.0, "b": 4.0}] and type(rows[0]["a"]) is float
