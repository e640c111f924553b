import numpy as np
import pytest

from archwright.circuits.switched_capacitor import TOPOLOGIES, Cell, multipliers, output_capacitances
from archwright.core.errors import SpecError


@pytest.mark.parametrize(
    ("name", "capacitors", "switches"),
    [
        # Seeman and Sanders (2008), table I and figures 3 to 5, for these ratios.
        ("2:1", [1 / 2], [1 / 2] * 4),
        ("3:1 series-parallel", [1 / 3] * 2, [1 / 3] * 7),
        ("3:1 dickson", [1 / 3] * 2, [1 / 3] * 7),
        ("3:1 ladder", [1 / 3, 2 / 3, 1 / 3], [1 / 3, 1 / 3, 2 / 3, 1 / 3, 1 / 3, 2 / 3]),
        ("3:2 series-parallel", [1 / 3] * 2, [1 / 3] * 7),
        ("3:2 ladder", [2 / 3, 1 / 3, 1 / 3], [2 / 3, 1 / 3, 1 / 3, 2 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_textbook_multipliers(name, capacitors, switches):
    found = multipliers(name)
    np.testing.assert_allclose(found.capacitors, capacitors, atol=1e-12)
    np.testing.assert_allclose(found.switches, switches, atol=1e-12)
    assert found.ratio == pytest.approx(TOPOLOGIES[name].ratio, abs=1e-12)


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_power_is_kept_and_voltages_add_up(name):
    found, topology = multipliers(name), TOPOLOGIES[name]
    assert found.held.shape == found.swings.shape == (len(topology.capacitors),)
    assert ((found.held > 0) & (found.held < 1)).all()
    # Switches of a ladder hold off one step each; nobody holds off more than the input.
    assert found.blocked.max() <= 1.0 and found.blocked.min() > 0
    if "ladder" in name:
        np.testing.assert_allclose(found.blocked, 1 / 3, atol=1e-12)
        assert found.swings[2] == pytest.approx(0.0, abs=1e-12)


def test_limits():
    cell = Cell("2:1", (1e-9,), 0.5, 20e6, 1.0)
    assert cell.slow_ohm == pytest.approx(1 / (4 * 1e-9 * 20e6), rel=1e-6)
    assert cell.fast_ohm == pytest.approx(4 * 0.25 * 0.5 / 0.5)
    assert cell.output_v(3.3, 0.01) == pytest.approx(1.65 - 0.01 * cell.output_ohm)


def test_between_the_limits_it_follows_the_exact_solution_of_one_capacitor():
    for resistance_ohm in np.geomspace(0.05, 50.0, 13).tolist():
        cell = Cell("2:1", (1e-9,), resistance_ohm, 50e6, 1.0)
        exact = cell.slow_ohm / np.tanh(cell.slow_ohm / cell.fast_ohm)
        assert cell.output_ohm == pytest.approx(exact, rel=0.027)


def test_capacitance_at_the_output():
    np.testing.assert_allclose(output_capacitances("2:1", (3.0,)), [3.0, 3.0])
    np.testing.assert_allclose(output_capacitances("3:1 series-parallel", (2.0, 2.0)), [1.0, 4.0])
    np.testing.assert_allclose(output_capacitances("3:1 dickson", (2.0, 2.0)), [4.0, 1.0])


def test_more_parts_are_quieter_and_a_small_output_capacitor_carries_less_loss():
    one, four = (Cell("3:1 dickson", (4e-9, 4e-9), 1.0, 30e6, 10e-9, parts) for parts in (1, 4))
    assert four.ripple_v(0.01) < one.ripple_v(0.01) / 3
    assert Cell("2:1", (1e-9,), 0.01, 30e6, 1e-9).slow_ohm == pytest.approx(
        0.5 * Cell("2:1", (1e-9,), 0.01, 30e6, 1.0).slow_ohm, rel=1e-6
    )


def test_an_unknown_topology_is_refused():
    with pytest.raises(SpecError, match="topology"):
        multipliers("4:1 fibonacci")
