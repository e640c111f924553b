import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.mna.points import Noise
from archwright.circuits.mna.simulator import Simulator
from archwright.core.errors import SpecError


@pytest.fixture(scope="module")
def points():
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(0).random((11, 10))))
    return Simulator(netlist, "vouta").operate(designs)


def test_tables_have_a_row_per_design(points):
    assert points.n == 11 and points.voltages_v.shape == (11, 13) and points.source_currents_a.shape == (11, 2)
    assert {values.shape for values in points.mosfets.values()} == {(11, 17)}


def test_voltages_by_name(points):
    np.testing.assert_array_equal(points.voltage_v("vdd"), 2.5)
    np.testing.assert_array_equal(points.voltage_v("0"), 0.0)
    with pytest.raises(SpecError, match="did you mean 'vouta'"):
        points.voltage_v("vout_a")


def test_supply_current_is_what_the_devices_at_the_supply_draw(points):
    """vdd feeds both diode loads, both followers and the bias resistor."""
    names = [device.name for device in points.netlist.devices if device.name.startswith("m")]
    drawn = sum(
        np.abs(points.mosfets["id_a"][:, names.index(name)]) for name in ("ml1a", "ml1b", "ml2a", "ml2b", "m3a", "m3b")
    )
    drawn = drawn + points.table("current")[:, 3 * 17]  # the bias resistor
    np.testing.assert_allclose(-points.source_currents_a[:, 0], drawn, rtol=1e-6)


def test_input_noise_is_output_noise_over_gain():
    noise = Noise(np.array([[2.0, 3.0]]), np.array([[4.0, 2.0]]))
    assert noise.input_rthz.tolist() == [[0.5, 1.5]]
