"""What layers cost on machines: the forms of all dataflows behind one function, for all layers and all actions at once.

A bus of limited bandwidth is a bound of its own: no layer ends before its words have passed the bus. Energy is that of
the buffers, as in MAESTRO: every product reads an input, a weight and a sum from the element's buffer and writes the
sum; what is written to the elements' buffers and what passes the shared one, its filling included, is added. The
multiplications themselves are not charged, nor is memory outside the chip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.accelerators.dataflow.channel_parallel import channel_parallel
from archwright.accelerators.dataflow.hardware import FREE_BUS, Bus, area_um2, check_bus, power_w
from archwright.accelerators.dataflow.output_stationary import output_stationary
from archwright.accelerators.dataflow.row_stationary import row_stationary
from archwright.accelerators.dataflow.sizes import Floats, Ints, Sizes, sizes_of
from archwright.accelerators.dataflow.usage import Usage
from archwright.accelerators.dataflow.weight_stationary import weight_stationary
from archwright.accelerators.energy import cost_j
from archwright.accelerators.workloads.layer import Layer
from archwright.core.errors import SpecError, check_name

DATAFLOWS: dict[str, Callable[[Sizes, Ints, Ints], Usage]] = {
    "dla": weight_stationary,
    "shi": output_stationary,
    "eye": row_stationary,
}
"""As in NVDLA, ShiDianNao and Eyeriss, by the names of MAESTRO's users; depthwise layers have their own."""


Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Costs(NamedTuple):
    """What n layers take on m machines each, (n, m).

    Args:
        cycles: until the layer is done.
        energy_j: of its buffers.
        area_um2: of the machine.
        power_w: of the machine.
        element_bytes: buffer of a processing element.
        shared_bytes: buffer that they share.
        moved: words that pass the bus.
    """

    cycles: Ints
    energy_j: Floats
    area_um2: Floats
    power_w: Floats
    element_bytes: Ints
    shared_bytes: Ints
    moved: Ints


def costs_of(
    layers: Sequence[Layer],
    elements: Sequence[int] | Ints,
    tiles: Sequence[int] | Ints,
    dataflow: str,
    bus: Bus = FREE_BUS,
) -> Costs:
    """Costs of every layer under every action.

    Args:
        layers: n of them.
        elements: (m,) processing elements, whole numbers >= 1.
        tiles: (m,) filters, or channels of a depthwise layer, held by an element, whole numbers >= 1.
        dataflow: a key of `DATAFLOWS`.
        bus: between the buffers.

    Raises:
        SpecError: no such dataflow, or a number below 1.

    Example:
        >>> layers = [Layer("conv", 512, 512, 7, 7, 3, 3)]
        >>> found = costs_of(layers, [16, 128], [4, 4], "dla")
        >>> found.cycles.tolist(), found.shared_bytes.tolist()
        ([[3788801, 473601]], [[1448, 11528]])
    """
    usage, n_elements = usage_of(layers, elements, tiles, dataflow), np.asarray(elements, np.int64)
    arrived = np.ceil(usage.moved / check_bus(bus).bandwidth).astype(np.int64)
    return Costs(
        np.maximum(usage.cycles, arrived),
        _energy_j(sizes_of(layers), usage),
        area_um2(n_elements, usage.element_bytes, usage.shared_bytes, bus),
        power_w(n_elements, usage.element_bytes, usage.shared_bytes, bus),
        usage.element_bytes,
        usage.shared_bytes,
        usage.moved,
    )


def usage_of(
    layers: Sequence[Layer], elements: Sequence[int] | Ints, tiles: Sequence[int] | Ints, dataflow: str
) -> Usage:
    """Cycles, buffers and words that move, of every layer under every action; the arguments as for `costs_of`.

    Raises:
        SpecError: no such dataflow, or a number below 1.

    Example:
        >>> usage_of([Layer("conv", 512, 512, 7, 7, 3, 3)], [16], [4], "dla").weights_read.tolist()
        [[2359296]]
    """
    mapping = DATAFLOWS[check_name("dataflow", dataflow, DATAFLOWS)]
    is_depthwise = np.array([[one.is_depthwise] for one in layers], bool)
    return _usage(sizes_of(layers), is_depthwise, _counts("elements", elements), _counts("tile", tiles), mapping)


def _counts(field: str, values: Sequence[int] | Ints) -> Ints:
    found = np.asarray(values)
    if found.ndim != 1 or found.dtype.kind not in "iu" or (found < 1).any():
        raise SpecError(field, np.ravel(found).tolist(), "whole numbers >= 1")
    return found.astype(np.int64)


def _usage(
    sizes: Sizes, is_depthwise: Mask, elements: Ints, tile: Ints, mapping: Callable[[Sizes, Ints, Ints], Usage]
) -> Usage:  # fmt: skip
    """Depthwise rows by their own mapping, the others by the one given."""
    if not is_depthwise.any():
        return mapping(sizes, elements, tile)
    own, other = channel_parallel(sizes, elements, tile), mapping(sizes, elements, tile)
    return Usage(*(np.where(is_depthwise, a, b) for a, b in zip(own, other, strict=True)))


def _energy_j(sizes: Sizes, usage: Usage) -> Floats:
    in_elements = 4 * sizes.macs + usage.element_writes
    shared = usage.moved + sizes.inputs + sizes.weights
    return cost_j("buffer of an element, a word") * in_elements + cost_j("shared buffer, a word") * shared
