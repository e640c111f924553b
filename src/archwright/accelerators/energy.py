"""What an event costs: joules per operation and memory access, each with its source.

Machines take their constants from here, so that two of them can be compared: a number stands once, with the paper and
table (or the file of a published cost model) it was read from.
"""

from __future__ import annotations

from typing import NamedTuple

from archwright.core.errors import check_name

HAN = "Han et al., EIE, ISCA 2016, table I (45 nm)"
MAESTRO = "MAESTRO, cost database of its design-space exploration"


class Cost(NamedTuple):
    """A constant and where it comes from.

    Args:
        value: in `unit`.
        unit: SI.
        source: paper and table, or the published model.
    """

    value: float
    unit: str
    source: str


COSTS = {
    "integer addition, 32 bits": Cost(0.1e-12, "J", HAN),
    "floating-point addition, 32 bits": Cost(0.9e-12, "J", HAN),
    "register file, 32 bits": Cost(1e-12, "J", HAN),
    "integer multiplication, 32 bits": Cost(3.1e-12, "J", HAN),
    "floating-point multiplication, 32 bits": Cost(3.7e-12, "J", HAN),
    "SRAM of 32 KB, 32 bits": Cost(5e-12, "J", HAN),
    "DRAM, 32 bits": Cost(640e-12, "J", HAN),
    "buffer of an element, a word": Cost(1.68 * 0.23e-12, "J", MAESTRO),
    "shared buffer, a word": Cost(18.61 * 0.23e-12, "J", MAESTRO),
}
"""Joules per event, by name."""


def cost_j(name: str) -> float:
    """Joules of one event.

    Args:
        name: a key of `COSTS`.

    Raises:
        SpecError: no such event; the nearest name is offered.

    Example:
        >>> cost_j("DRAM, 32 bits") / cost_j("SRAM of 32 KB, 32 bits")
        128.0
    """
    return COSTS[check_name("event", name, COSTS)].value


def costs_from(source: str) -> dict[str, float]:
    """Joules per event of one source.

    Example:
        >>> len(costs_from(HAN))
        7
    """
    return {name: cost.value for name, cost in COSTS.items() if cost.source == source}
