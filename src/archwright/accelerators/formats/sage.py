"""SAGE: which formats to store both operands in, and which to compute on, for the least product of energy and time.

For every pair of memory formats (MCF) and every pair of compute formats (ACF) the model adds up the transfer of both
operands from memory, their conversion where the formats differ, the computation, and the transfer of the result, which
is stored in whichever of four formats is smallest. A conversion in hardware runs beside the transfer, but for its
sorter. One in software reads and writes memory, and the result is read again. Time and energy are sums of a part per
operand and a part per computation, so the whole table costs little more than its parts.

After Qin et al., IPDPS 2021; the model is ours. The product of sums is taken at the end, not a sum of products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from archwright.accelerators.formats.converter import HARDWARE, Converter, software_cost
from archwright.accelerators.formats.counts import Counts, expected_counts, filled
from archwright.accelerators.formats.energy import DRAM_J_PER_BIT, SRAM_J, WORD_BITS
from archwright.accelerators.formats.estimate import Computation, compute_mttkrp, compute_product
from archwright.accelerators.formats.layout import Amount, Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.recipes import conversion_steps
from archwright.accelerators.formats.sizes import size_bits
from archwright.accelerators.formats.workloads import Workload

MEMORY_FORMATS = {2: ("dense", "coo", "csr", "csc", "rlc", "zvc", "bsr"),
                  3: ("dense", "coo", "csf", "hicoo", "rlc", "zvc")}  # fmt: skip
"""By number of axes."""
COMPUTE_FORMATS = {
    2: (("dense", "dense"), ("csr", "dense"), ("coo", "dense"), ("dense", "csc"), ("csr", "csc")),
    3: (("dense", "dense"), ("coo", "dense"), ("csf", "dense")),
}
"""By number of axes of the streamed operand: its format, and that of the stationary one."""
RESULT_FORMATS = ("dense", "zvc", "csr", "coo")


class Choice(NamedTuple):
    """Formats in memory and in computation.

    Args:
        memory_a, memory_b: of the streamed and the stationary operand in memory.
        compute_a, compute_b: of both on the array.
    """

    memory_a: str
    memory_b: str
    compute_a: str
    compute_b: str

    def __str__(self) -> str:
        """As in reports."""
        return f"{self.memory_a}, {self.memory_b} -> {self.compute_a} x {self.compute_b}"


@dataclass(frozen=True, eq=False)
class Table:
    """Every choice for a workload; infinite where nothing converts.

    Args:
        choices: (n,).
        time_s: (..., n), dots for many workloads.
        energy_j: (..., n).
        transfer_s: (..., n) of the time, what operands and result take to and from memory.
        conversion_s: (..., n) of the time, what conversions take beyond that.
        compute_s: (..., n) of the time, on the array.
        memory_bits: (..., n) of both operands in memory.
        macs: (..., n) multiplications.
    """

    choices: Sequence[Choice]
    time_s: Amount
    energy_j: Amount
    transfer_s: Amount
    conversion_s: Amount
    compute_s: Amount
    memory_bits: Amount
    macs: Amount

    @property
    def energy_delay_js(self) -> Amount:
        """Energy times time, (..., n)."""
        return self.energy_j * self.time_s

    @property
    def best(self) -> Amount:
        """Index of the choice with the least energy-delay product, (...)."""
        return self.energy_delay_js.argmin(axis=-1)


class Operand(NamedTuple):
    """What an operand takes until it can be computed on, each (..., memory formats, pairs of compute formats).

    Args:
        transfer: cycles from memory.
        conversion: cycles beyond that.
        energy_j: of both, and of writing it into buffers.
        bits: in memory.
    """

    transfer: Amount
    conversion: Amount
    energy_j: Amount
    bits: Amount


class Computed(NamedTuple):
    """What the rest takes, each (..., pairs of compute formats).

    Args:
        result: cycles until the result is in memory.
        cycles: on the array.
        energy_j: of both.
        macs: multiplications.
    """

    result: Amount
    cycles: Amount
    energy_j: Amount
    macs: Amount


def choices_of(rank: int) -> tuple[Choice, ...]:
    """Every choice for a streamed matrix (2) or 3-tensor (3).

    Example:
        >>> len(choices_of(2)), len(choices_of(3)), str(choices_of(2)[-1])
        (245, 126, 'bsr, bsr -> csr x csc')
    """
    return tuple(
        Choice(first, second, *pair)
        for first in MEMORY_FORMATS[rank]
        for second in MEMORY_FORMATS[2]
        for pair in COMPUTE_FORMATS[rank]
    )


def conversions_of(rank: int) -> tuple[tuple[int, str, str], ...]:
    """Conversions of a converter in front of the array: axes of the operand, and two different formats.

    Example:
        >>> len(conversions_of(2)), len(conversions_of(3)), (2, "zvc", "csr") in conversions_of(2)
        (24, 21, True)
    """
    wanted = [(axes, pair[i]) for pair in COMPUTE_FORMATS[rank] for i, axes in enumerate((rank, 2))]
    pairs = [(axes, source, target) for axes, target in wanted for source in MEMORY_FORMATS[axes] if source != target]
    return tuple(dict.fromkeys(pairs))


def converter_blocks(rank: int) -> list[list[str]]:
    """Names of the blocks of each of these conversions, for the area of a converter."""
    small = {axes: expected_counts((4,) * axes, 0.5) for axes in (2, 3)}
    return [
        [step.block for step in conversion_steps(source, target, small[axes])]
        for axes, source, target in conversions_of(rank)
    ]


def tabulate(
    workload: Workload, array: Array | None = None, converter: Converter | None = None, layout: Layout | None = None
) -> Table:
    """Time and energy of every choice.

    Args:
        workload: one, or many of a kind.
        array: what computes.
        converter: what converts; `none` leaves only choices that need no conversion.
        layout: widths in memory.

    Example:
        >>> from archwright.accelerators.formats.workloads import product_of
        >>> found = [tabulate(product_of((512, 512, 256), density)) for density in (0.99, 0.1, 1e-4)]
        >>> [str(table.choices[int(table.best)]) for table in found]
        ['dense, dense -> dense x dense', 'rlc, dense -> csr x dense', 'coo, dense -> coo x dense']
    """
    array, converter, layout = array or Array(), converter or Converter(), layout or Layout()
    a, b = operands_of(workload, array, converter, layout)
    return add_up(workload.rank, a, b, computed_of(workload, array, layout), array.clock_hz)


def add_up(rank: int, a: Operand, b: Operand, computed: Computed, clock_hz: float) -> Table:
    """The table of all choices from its parts.

    Args:
        rank: axes of the streamed operand.
        a, b: parts of the operands.
        computed: part of the computation.
        clock_hz: of the array.
    """
    first = [one[..., :, None, :] for one in a]
    second = [one[..., None, :, :] for one in b]
    result, cycles, joules, macs = (one[..., None, None, :] for one in computed)
    transfer, conversion, energy, bits = (x + y for x, y in zip(first, second, strict=True))
    transfer = transfer + result
    time = transfer + conversion + cycles
    parts = [_flat(one, time) / clock_hz for one in (time, transfer, conversion, cycles)]
    time_s, transfer_s, conversion_s, compute_s = parts
    energy_j, bits, macs = (_flat(one, time) for one in (energy + joules, bits, macs))
    return Table(choices_of(rank), time_s, energy_j, transfer_s, conversion_s, compute_s, bits, macs)


def operands_of(workload: Workload, array: Array, converter: Converter, layout: Layout) -> tuple[Operand, Operand]:
    """Transfer and conversion of both operands.

    Args:
        workload: one, or many of a kind.
        array: only its memory and clock matter.
        converter: what converts.
        layout: widths in memory.
    """
    pairs = COMPUTE_FORMATS[workload.rank]
    a = _operand(workload.a, [pair[0] for pair in pairs], array, converter, layout)
    return a, _operand(workload.b, [pair[1] for pair in pairs], array, converter, layout)


def computed_of(workload: Workload, array: Array, layout: Layout) -> Computed:
    """The computation and the transfer of its result.

    Args:
        workload: one, or many of a kind.
        array: what computes.
        layout: widths in memory.
    """
    found = [_compute(workload, pair, array) for pair in COMPUTE_FORMATS[workload.rank]]
    bits = np.asarray(result_bits(workload, layout))[..., None]
    cycles, joules, macs = (_stack([one[i] for one in found]) for i in range(3))
    result = np.broadcast_to(bits / (WORD_BITS * array.dram_words), cycles.shape)
    return Computed(result, cycles, joules + bits * DRAM_J_PER_BIT, macs)


def result_bits(workload: Workload, layout: Layout) -> Amount:
    """Bits of the result in the smallest of four formats."""
    rows, columns = workload.result_shape
    share = 1.0
    if workload.kernel != "mttkrp":
        densities = workload.a.nonzeros / workload.a.elements * workload.b.nonzeros / workload.b.elements
        share = filled(densities, workload.b.shape[0])
    counts = expected_counts((rows, columns), share, layout)
    bits = np.broadcast_arrays(*(size_bits(name, counts, layout) for name in RESULT_FORMATS))
    return np.min(bits, axis=0)


def _compute(workload: Workload, pair: tuple[str, str], array: Array) -> Computation:
    if workload.kernel == "mttkrp":
        return compute_mttkrp(workload.a, workload.b.shape[1], pair[0], array)
    return compute_product(workload.a, workload.b, pair, array)


def _operand(counts: Counts, targets: Sequence[str], array: Array, converter: Converter, layout: Layout) -> Operand:
    """Transfer and conversion of an operand from every memory format to the compute format of every pair."""
    sources = MEMORY_FORMATS[len(counts.shape)]
    bits = {name: size_bits(name, counts, layout) for name in {*sources, *targets}}
    known = {
        (source, target): _move(source, target, counts, bits, array, converter, layout)
        for source in sources
        for target in set(targets)
    }
    stacked = [_stack([_stack([known[source, one][i] for one in targets]) for source in sources], -2) for i in range(4)]
    return Operand(*stacked)


def _move(
    source: str, target: str, counts: Counts, bits: dict[str, Amount], array: Array, converter: Converter,
    layout: Layout,
) -> Operand:  # fmt: skip
    width = float(WORD_BITS * array.dram_words)
    transfer, energy = bits[source] / width, bits[source] * DRAM_J_PER_BIT + bits[target] / WORD_BITS * SRAM_J
    if source == target:
        return Operand(transfer, 0.0, energy, bits[source])
    if converter.kind == "none":
        return Operand(transfer, np.inf, energy, bits[source])
    steps = conversion_steps(source, target, counts, layout)
    if converter.kind in HARDWARE:
        cost = converter.cost(steps)
        beyond = np.maximum(cost.stream_cycles - transfer, 0.0) + cost.sort_cycles
        return Operand(transfer, beyond, energy + cost.energy_j, bits[source])
    cost, again = software_cost(steps, array.clock_hz), 2.0 * bits[target]
    conversion = cost.sort_cycles + again / width
    return Operand(transfer, conversion, energy + cost.energy_j + again * DRAM_J_PER_BIT, bits[source])


def _stack(values: Sequence[Amount], axis: int = -1) -> Amount:
    return np.stack(np.broadcast_arrays(*(np.asarray(one, float) for one in values)), axis=axis)


def _flat(values: Amount, like: Amount) -> Amount:
    whole = np.broadcast_to(values, like.shape)
    return whole.reshape(*like.shape[:-3], -1)
