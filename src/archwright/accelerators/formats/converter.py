"""What conversions cost on a converter: cycles, joules and area of its blocks.

Blocks work as one pipeline: a conversion takes as long as its busiest block, numbers over lanes, and the depths of all.
This part runs beside the transfer from memory. The sorter does not: it must have seen all before it sends any. Counting
sort takes one pass when its keys fit into the scratch-pad; merge sort starts from runs as long as that and merges as
many as there are lanes.

Five kinds: `none`; `software`, on a processor, by way of memory; `mint_b`, hardware with a converter per pair of
formats; `mint_m`, with the blocks of all pairs merged; `mint_mr`, which also borrows adders and multipliers from the
array, and divides with them. Conversion is over before computation starts, so borrowing costs no time here.

After Qin et al., IPDPS 2021 (MINT). Lanes, depths and areas of blocks are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from archwright.accelerators.formats.datapath import Step
from archwright.accelerators.formats.energy import (
    ADD_J,
    ADD_UM2,
    DIVIDE_J,
    DIVIDE_UM2,
    FLIP_FLOP_UM2,
    MULTIPLY_J,
    MULTIPLY_UM2,
    REGISTER_J,
    SOFTWARE_POWER_W,
    SOFTWARE_S_PER_WORD,
    SRAM_J,
    SRAM_UM2_PER_BIT,
    WORD_BITS,
)
from archwright.accelerators.formats.layout import Amount
from archwright.core.errors import SpecError, check_name

KINDS = ("none", "software", "mint_b", "mint_m", "mint_mr")
HARDWARE = KINDS[2:]
SCRATCH_WORDS = 4096


class Block(NamedTuple):
    """A building block.

    Args:
        rate: numbers per lane and cycle.
        depth: cycles until the first is through, besides those of its levels.
        has_levels: whether it is a tree over the lanes.
        energy_j: per number.
        area_um2: per lane, and level where it has any.
        is_lent: whether the array's arithmetic can stand in for it.
    """

    rate: int
    depth: int
    has_levels: bool
    energy_j: float
    area_um2: float
    is_lent: bool = False


_REGISTER_UM2 = WORD_BITS * FLIP_FLOP_UM2
BLOCKS = {
    "memory controller": Block(1, 4, False, REGISTER_J, 8.0 * _REGISTER_UM2),
    "bit scanner": Block(WORD_BITS, 2, True, 0.5 * ADD_J, 4.0 * ADD_UM2),
    "comparator": Block(1, 1, False, ADD_J, ADD_UM2 + _REGISTER_UM2),
    "prefix sum": Block(1, 1, True, 3.0 * ADD_J, 0.5 * ADD_UM2 + _REGISTER_UM2, True),
    "divider": Block(1, 32, False, DIVIDE_J, DIVIDE_UM2, True),
    "multiplier": Block(1, 3, False, MULTIPLY_J + ADD_J, MULTIPLY_UM2 + ADD_UM2, True),
    "counter": Block(1, 2, False, SRAM_J + ADD_J, ADD_UM2 + _REGISTER_UM2),
    "scratch-pad": Block(1, 2, False, SRAM_J, _REGISTER_UM2),
    "sorter": Block(1, 4, True, 2.0 * SRAM_J + 4.0 * ADD_J, 4.0 * (2.0 * ADD_UM2 + 2.0 * _REGISTER_UM2)),
}


class Cost(NamedTuple):
    """What a conversion takes.

    Args:
        stream_cycles: of the pipeline, beside the transfer from memory.
        sort_cycles: of passes that wait for all numbers, and of filling the pipeline.
        energy_j: of the blocks.
    """

    stream_cycles: Amount
    sort_cycles: Amount
    energy_j: Amount


@dataclass(frozen=True)
class Converter:
    """A converter between memory and array.

    Args:
        kind: one of `KINDS`.
        lanes: numbers of every block a cycle, 2 to 1,024.

    Raises:
        SpecError: no such kind, or a number of lanes out of range.

    Example:
        >>> from archwright.accelerators.formats.counts import expected_counts
        >>> from archwright.accelerators.formats.recipes import conversion_steps
        >>> cost = Converter().cost(conversion_steps("zvc", "csr", expected_counts((1024, 1024), 0.1)))
        >>> int(cost.stream_cycles), int(cost.sort_cycles)
        (8636, 53)
    """

    kind: str = "mint_m"
    lanes: int = 16

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_name("kind", self.kind, KINDS)
        if not isinstance(self.lanes, int) or isinstance(self.lanes, bool) or not 2 <= self.lanes <= 1024:
            raise SpecError("lanes", self.lanes, "a whole number from 2 to 1,024")

    def cost(self, steps: Sequence[Step]) -> Cost:
        """Cycles and energy of a conversion in hardware.

        Args:
            steps: its uses of blocks; a conversion without any costs nothing.
        """
        stream: Amount = 0.0
        waiting: Amount = 0.0
        energy: Amount = 0.0
        for step in steps:
            block = BLOCKS[step.block]
            if step.block == "sorter":
                passes = self.passes(step)
                waiting = waiting + passes * np.ceil(step.n / self.lanes)
                energy = energy + passes * step.n * block.energy_j
                continue
            stream = np.maximum(stream, np.ceil(step.n / (self.lanes * block.rate)))
            energy = energy + step.n * block.energy_j
        return Cost(stream, waiting + sum(self.depth(step.block) for step in steps), energy)

    def passes(self, step: Step) -> Amount:
        """Passes of the sorter over all numbers."""
        merges = np.ceil(np.log(np.maximum(step.n, 1.0) / SCRATCH_WORDS) / np.log(self.lanes))
        return np.where(np.asarray(step.n_keys) <= SCRATCH_WORDS, 1.0, 1.0 + np.maximum(merges, 0.0))

    def depth(self, name: str) -> int:
        """Cycles until a block lets the first number through."""
        block = BLOCKS[name]
        return block.depth + (self.levels if block.has_levels else 0)

    @property
    def levels(self) -> int:
        """Of a tree over the lanes."""
        return (self.lanes - 1).bit_length()

    def area_um2(self, pairs: Sequence[Sequence[str]]) -> float:
        """Area.

        Args:
            pairs: names of the blocks of every conversion that there shall be.
        """
        if self.kind not in HARDWARE:
            return 0.0
        merged = {name for pair in pairs for name in pair}
        if self.kind == "mint_mr":
            merged = {name for name in merged if not BLOCKS[name].is_lent}
        units = [set(pair) for pair in pairs] if self.kind == "mint_b" else [merged]
        return sum(self.block_um2(name) for unit in units for name in unit)

    def block_um2(self, name: str) -> float:
        """Area of a block over all lanes."""
        block = BLOCKS[name]
        memory = SCRATCH_WORDS * WORD_BITS * SRAM_UM2_PER_BIT if name == "scratch-pad" else 0.0
        return self.lanes * block.area_um2 * (self.levels if block.has_levels else 1) + memory


def software_cost(steps: Sequence[Step], clock_hz: float) -> Cost:
    """Cycles of the array's clock and energy of a conversion by a processor, which waits for all of it.

    Args:
        steps: of the conversion; its words of memory are what counts.
        clock_hz: of the array.
    """
    words = sum((step.n for step in steps if step.block == "memory controller"), 0.0)
    seconds = words * SOFTWARE_S_PER_WORD
    return Cost(0.0, seconds * clock_hz, seconds * SOFTWARE_POWER_W)
