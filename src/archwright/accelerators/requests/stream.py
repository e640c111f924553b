"""What a layer asks of memory: reads and writes of lines, each with its cycle, its address and the tensor it is of.

While the elements work on a step, memory serves the next one: the buffer has room for two. The requests of a step are
spread evenly over the cycles of the step before; the first step's stand in front of the layer, so that all take a
step longer than the closed form says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archwright.accelerators.dataflow import costs_of
from archwright.accelerators.dataflow.hardware import FREE_BUS, Bus
from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.requests.buffer import AT_STEP, IS_WRITE, LINE, requests_to_memory
from archwright.accelerators.requests.layout import INPUTS, LINE_BYTES, OUTPUTS, WEIGHTS, Layout, layout_of, runs_of
from archwright.accelerators.requests.steps import steps_of
from archwright.accelerators.workloads import Layer
from archwright.core.errors import SpecError
from archwright.memory.traces import Trace
from archwright.memory.traces.trace import Bools


@dataclass(frozen=True)
class Array:
    """An array of processing elements with its shared buffer.

    Args:
        dataflow: `dla`, `shi` or `eye`.
        n_pes: processing elements, >= 1.
        tile: filters, or channels of a depthwise layer, that an element holds, >= 1.
        bus: between the shared buffer and the elements.
        buffer_bytes: that the shared buffer keeps, at least a line; 0 for as many as there are.
        weight_bits: that a weight takes in memory and in the shared buffer, 1 to 32; 8 as in the closed forms.

    Raises:
        SpecError: the buffer is smaller than a line, or a weight has no such width.

    Example:
        >>> Array(buffer_bytes=10)
        Traceback (most recent call last):
        archwright.core.errors.SpecError: buffer_bytes: 10 is not possible; allowed: 0 for no limit, or at least 64
    """

    dataflow: str = "dla"
    n_pes: int = 64
    tile: int = 4
    bus: Bus = FREE_BUS
    buffer_bytes: int = 0
    weight_bits: int = 8

    def __post_init__(self) -> None:
        """Check the buffer and the weights; the model of the elements checks the rest."""
        one = self.buffer_bytes
        if type(one) is not int or (one != 0 and one < LINE_BYTES):
            raise SpecError("buffer_bytes", one, f"0 for no limit, or at least {LINE_BYTES}")
        if type(self.weight_bits) is not int or not 1 <= self.weight_bits <= 32:
            raise SpecError("weight_bits", self.weight_bits, "a whole number from 1 to 32")

    def cycles_of(self, layer: Layer) -> int:
        """Cycles of a layer by the closed form.

        Raises:
            SpecError: a value of the array is out of its range.
        """
        costs = costs_of([layer], [self.n_pes], [self.tile], self.dataflow, self.bus)
        return int(costs.cycles[0, 0])


@dataclass(frozen=True, eq=False)
class Requests:
    """Requests of a layer in the order of their arrival, (n,) each.

    Args:
        layer: whose they are.
        layout: of its tensors.
        layer_cycles: of the layer, by the closed form.
        cycles: int64, when each request arrives, in cycles of the elements.
        addresses: int64, in bytes, of a line.
        is_write: bool.
        tensors: int64, see `layout.TENSORS`.
        n_bytes: int64, bytes of the tensor in the line.
    """

    layer: Layer
    layout: Layout
    layer_cycles: int
    cycles: Ints
    addresses: Ints
    is_write: Bools
    tensors: Ints
    n_bytes: Ints

    def __len__(self) -> int:
        """How many requests."""
        return len(self.cycles)

    @property
    def input_bytes(self) -> int:
        """Of inputs that are read."""
        return self._bytes(self.tensors == INPUTS)

    @property
    def weight_bytes(self) -> int:
        """Of weights that are read."""
        return self._bytes(self.tensors == WEIGHTS)

    @property
    def output_bytes(self) -> int:
        """Of outputs, whole or in parts, that are written."""
        return self._bytes(self.is_write)

    @property
    def returned_bytes(self) -> int:
        """Of outputs in parts that are read back, to be added to."""
        return self._bytes((self.tensors == OUTPUTS) & ~self.is_write)

    @property
    def moved_bytes(self) -> int:
        """All of these."""
        return int(self.n_bytes.sum())

    @property
    def once_bytes(self) -> int:
        """What the closed form counts: every input and weight comes in once, every output goes out once."""
        return sum(self.layout.n_bytes)

    def _bytes(self, chosen: Bools) -> int:
        return int(self.n_bytes[chosen].sum())


def requests_of(layer: Layer, array: Array) -> Requests:
    """The requests of a layer.

    Args:
        layer: to be run.
        array: on which.

    Raises:
        SpecError: a value of the array is out of its range, or the layer has too many steps.

    Example:
        >>> layer = Layer("conv", 512, 512, 7, 7, 3, 3)
        >>> free, tight = (requests_of(layer, Array(buffer_bytes=size)) for size in (0, 8192))
        >>> free.moved_bytes == free.once_bytes, tight.moved_bytes // tight.once_bytes
        (True, 2)
    """
    layer_cycles = array.cycles_of(layer)
    steps = steps_of(layer, array.n_pes, array.tile, array.dataflow)
    layout = layout_of(layer, array.weight_bits)
    capacity = array.buffer_bytes // LINE_BYTES or layout.n_lines
    made = requests_to_memory(runs_of(layer, steps, array.weight_bits), layout.n_lines, capacity)
    return Requests(
        layer,
        layout,
        layer_cycles,
        _arrivals(made[:, AT_STEP], len(steps), layer_cycles),
        made[:, LINE] * LINE_BYTES,
        made[:, IS_WRITE] == 1,
        layout.tensor_of(made[:, LINE]),
        layout.bytes_in(made[:, LINE]),
    )


def _arrivals(at_step: Ints, n_steps: int, layer_cycles: int) -> Ints:
    """Cycles of requests that are spread evenly over the steps that cause them."""
    counts = np.bincount(at_step, minlength=n_steps)
    place = np.arange(len(at_step)) - (np.cumsum(counts) - counts)[at_step]
    starts = np.arange(n_steps + 1) * layer_cycles // n_steps
    return np.asarray(starts[at_step] + place * np.diff(starts)[at_step] // counts[at_step])


def trace_of(layers: Sequence[Requests], clocks_per_cycle: float = 1.0, name: str = "trace") -> Trace:
    """The requests of layers, one layer after the other, as a trace; initiators 0, 1, 2 are the engines of inputs,
    weights and outputs, and every layer has tensors of its own.

    Args:
        layers: in the order in which they run.
        clocks_per_cycle: clocks of the memory's controller in a cycle of the elements, > 0.
        name: of the trace.

    Raises:
        SpecError: there is no layer, or no clock per cycle.

    Example:
        >>> layer = Layer("conv", 8, 4, 5, 5, 3, 3)
        >>> trace = trace_of([requests_of(layer, Array()), requests_of(layer, Array())])
        >>> len(trace), trace.n_initiators, int(trace.addresses.max())
        (18, 3, 1088)
    """
    if not layers:
        raise SpecError("layers", 0, "at least one layer")
    if isinstance(clocks_per_cycle, bool) or not isinstance(clocks_per_cycle, int | float) or not clocks_per_cycle > 0:
        raise SpecError("clocks_per_cycle", clocks_per_cycle, "a number above 0")
    starts = np.cumsum([0, *(one.layer_cycles for one in layers)])
    bases = np.cumsum([0, *(one.layout.n_lines * LINE_BYTES for one in layers)])
    cycles = np.concatenate([one.cycles + start for one, start in zip(layers, starts, strict=False)])
    return Trace(
        np.floor(cycles * clocks_per_cycle).astype(np.int64),
        np.concatenate([one.addresses + base for one, base in zip(layers, bases, strict=False)]),
        np.concatenate([one.is_write for one in layers]),
        np.concatenate([one.tensors for one in layers]),
        name,
    )
