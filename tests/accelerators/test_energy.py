import pytest

from archwright.accelerators.energy import COSTS, HAN, MAESTRO, cost_j, costs_from
from archwright.core.errors import SpecError


def test_every_constant_has_a_unit_and_a_source():
    assert [
        name for name, cost in COSTS.items() if cost.unit != "J" or not cost.source or not 0.0 < cost.value < 1e-9
    ] == []


def test_the_shared_buffer_costs_eleven_times_the_element_s():
    ratio = cost_j("shared buffer, a word") / cost_j("buffer of an element, a word")
    assert ratio == pytest.approx(18.61 / 1.68)


def test_sources_share_out_the_table():
    assert len(costs_from(HAN)) + len(costs_from(MAESTRO)) == len(COSTS)
    assert costs_from("nobody") == {}


def test_an_unknown_event_is_one_line():
    with pytest.raises(SpecError, match=r"event: 'DRAM' is not possible; allowed: one of DRAM, 32 bits"):
        cost_j("DRAM")
