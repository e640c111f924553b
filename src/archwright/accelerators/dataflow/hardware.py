"""Area and power of elements, buffers and bus.

    area / um2 = P (283 + 0.104 L1) + 0.104 L2 + bus          power / mW = 1.2223 P + 0.00345 (P L1 + L2) + bus

with P elements, L1 and L2 bytes. The bus of MAESTRO grows with its bandwidth, and its arbiter with the square of the
elements; MAESTRO's users run it with 81,920,000 words per cycle, so that nobody ever waits. Its area is then 10^5 times
that of all else, and a budget sees the number of elements only, not the buffers. Therefore the bus is a term of its own
that one may count or not.

Source: constants of MAESTRO's hardware modules and cost database.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from archwright.accelerators.dataflow.sizes import Floats, Ints
from archwright.core.errors import SpecError

ELEMENT_UM2, BYTE_UM2 = 283.0, 0.104
ELEMENT_W, BYTE_W = 1.2223e-3, 3.45e-6
UNLIMITED_BANDWIDTH = 81_920_000.0
"""Words per cycle with which MAESTRO's users run it: as good as unlimited."""


class Bus(NamedTuple):
    """Between the shared buffer and the elements.

    Args:
        bandwidth: words per cycle, > 0.
        is_counted: whether its area and power are part of the machine's.

    Example:
        >>> bus_area_um2(np.array([16]), Bus(64.0)).round().tolist()
        [1872965.0]
    """

    bandwidth: float = UNLIMITED_BANDWIDTH
    is_counted: bool = False


FREE_BUS = Bus()
"""Nobody waits for it, and it takes neither area nor power."""


def check_bus(bus: Bus) -> Bus:
    """The bus, when its bandwidth is above 0.

    Raises:
        SpecError: it is not.
    """
    if isinstance(bus.bandwidth, bool) or not isinstance(bus.bandwidth, int | float) or not bus.bandwidth > 0.0:
        raise SpecError("bandwidth", bus.bandwidth, "a number of words per cycle above 0")
    return bus


def bus_area_um2(elements: Ints, bus: Bus) -> Floats:
    """Wires and arbiter."""
    lines = 14.662 * elements + 28.895
    arbiter = 1.2886 * elements**2 + 5.5814 * elements - 23.711
    return np.asarray(101.7938 * lines * bus.bandwidth + np.maximum(395.473, 395.473 * arbiter))


def bus_power_w(elements: Ints, bus: Bus) -> Floats:
    """The same in watts."""
    lines = 14.662 * elements + 28.895
    arbiter = 1.2886 * elements**2 + 5.5814 * elements - 23.711
    return np.asarray(0.8e-6 * lines * bus.bandwidth + np.maximum(0.34e-3, 0.34e-6 * arbiter))


def area_um2(elements: Ints, element_bytes: Ints, shared_bytes: Ints, bus: Bus) -> Floats:
    """Area of a machine, broadcast over its arguments.

    Args:
        elements: processing elements.
        element_bytes: buffer of each.
        shared_bytes: buffer of all.
        bus: between the two.
    """
    machine = elements * (ELEMENT_UM2 + BYTE_UM2 * element_bytes) + BYTE_UM2 * shared_bytes
    return np.asarray(machine + bus_area_um2(elements, bus) if bus.is_counted else machine)


def power_w(elements: Ints, element_bytes: Ints, shared_bytes: Ints, bus: Bus) -> Floats:
    """Power of a machine, the arguments as for its area."""
    machine = ELEMENT_W * elements + BYTE_W * (elements * element_bytes + shared_bytes)
    return np.asarray(machine + bus_power_w(elements, bus) if bus.is_counted else machine)
