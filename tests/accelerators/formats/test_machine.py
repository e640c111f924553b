import pytest

from archwright.accelerators.formats.energy import MAC_UM2
from archwright.accelerators.formats.machine import Array
from archwright.core.errors import SpecError


def test_arithmetic_takes_most_of_the_area():
    array = Array()
    share = array.n_pes * array.macs_per_pe * MAC_UM2 / array.area_um2
    assert 0.85 < share < 1.0 and array.pairs == 64


def test_area_follows_elements():
    assert Array(n_pes=256).area_um2 == pytest.approx(2.0 * Array().area_um2)
    assert Array(buffer_words=256).area_um2 > Array().area_um2


@pytest.mark.parametrize(
    ("name", "value"), [("n_pes", 0), ("buffer_words", 1), ("bus_words", -1), ("macs_per_pe", 2.0), ("dram_words", 0)]
)
def test_sizes_out_of_range_are_refused(name, value):
    with pytest.raises(SpecError, match=f"{name}: .* is not possible; allowed: a whole number from"):
        Array(**{name: value})


def test_the_clock_is_checked():
    with pytest.raises(SpecError, match="clock_hz: 0"):
        Array(clock_hz=0)
