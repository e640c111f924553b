"""Energy by hand."""

import pytest

from archwright.memory.dram.device import find_device
from archwright.memory.dram.energy import Events, energy_parts_j

DEVICE = find_device("ddr3-1600-1gb-x8")


def test_parts_are_currents_times_voltage_times_time():
    parts = energy_parts_j(DEVICE, Events(1, 1, 1, 1, 100, 300))
    joules = 1.5 * 1.25e-9 * 8 * 1e-3
    assert parts["activate"] == pytest.approx((70 * 38 - 45 * 28 - 45 * 10) * joules)
    assert parts["read"] == pytest.approx((140 - 45) * 4 * joules)
    assert parts["write"] == pytest.approx((145 - 45) * 4 * joules)
    assert parts["refresh"] == pytest.approx((170 - 45) * 88 * joules)
    assert parts["background"] == pytest.approx(45 * 300 * joules)


def test_open_banks_cost_more_where_the_currents_differ():
    other = find_device("ddr4-2400r-8gb-x8")
    asleep, awake = (energy_parts_j(other, Events(0, 0, 0, 0, clocks, 100))["background"] for clocks in (0, 100))
    assert awake / asleep == pytest.approx(other.idd3n_ma / other.idd2n_ma)
