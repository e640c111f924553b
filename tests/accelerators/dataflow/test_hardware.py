import numpy as np
import pytest

from archwright.accelerators.dataflow.hardware import (
    FREE_BUS,
    Bus,
    area_um2,
    bus_area_um2,
    bus_power_w,
    check_bus,
    power_w,
)
from archwright.core.errors import SpecError


def test_elements_and_buffers_add_up():
    assert area_um2(np.array([10]), np.array([100]), np.array([1000]), FREE_BUS) == pytest.approx(10 * 293.4 + 104.0)
    assert power_w(np.array([10]), np.array([100]), np.array([1000]), FREE_BUS) == pytest.approx(
        1e-3 * (12.223 + 0.00345 * 2000)
    )


def test_a_bus_that_is_counted_outweighs_all_else():
    elements, bus = np.array([16]), Bus(is_counted=True)
    bare = area_um2(elements, np.array([54]), np.array([578]), FREE_BUS)
    assert bus_area_um2(elements, bus)[0] / bare[0] > 1e5
    counted = area_um2(elements, np.array([54]), np.array([578]), bus)
    assert counted - bare == pytest.approx(bus_area_um2(elements, bus))


def test_wires_grow_with_bandwidth_and_the_arbiter_with_the_square_of_elements():
    thin, wide = (bus_power_w(np.array([64]), Bus(bandwidth))[0] for bandwidth in (1.0, 3.0))
    assert wide - thin == pytest.approx(2.0 * 0.8e-6 * (14.662 * 64 + 28.895))
    few, many = bus_area_um2(np.array([100, 1000]), Bus(1e-9))
    assert 90.0 < many / few < 101.0


@pytest.mark.parametrize("bandwidth", [0, -1.0, "fast", float("nan"), True])
def test_a_bus_needs_a_bandwidth(bandwidth):
    with pytest.raises(SpecError, match=r"bandwidth: .*above 0"):
        check_bus(Bus(bandwidth))
