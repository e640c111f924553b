"""How large the array is: elements on broadcast and reduction buses, each with a small buffer, and memory beside it."""

from __future__ import annotations

from dataclasses import dataclass

from archwright.accelerators.formats.energy import (
    ADD_UM2,
    FLIP_FLOP_UM2,
    MAC_UM2,
    SRAM_UM2_PER_BIT,
    WORD_BITS,
)
from archwright.core.errors import SpecError

RANGES = {
    "n_pes": 65_536, "buffer_words": 65_536, "bus_words": 1_024, "macs_per_pe": 1_024, "sums_per_pe": 1_024,
    "queue_depth": 1_024, "dram_words": 1_024,
}  # fmt: skip


@dataclass(frozen=True)
class Array:
    """A weight-stationary array that computes on several formats.

    Args:
        n_pes: processing elements, >= 1.
        buffer_words: of an element, for values and their indices, >= 2.
        bus_words: broadcast to all elements in a cycle, and loaded into buffers, >= 1.
        macs_per_pe: multiplications of an element in a cycle, >= 1.
        sums_per_pe: columns of the result that an element adds up at a time, >= 1.
        queue_depth: bus cycles that an element may lie behind, >= 1.
        dram_words: from or to memory in a cycle, >= 1.
        clock_hz: cycles a second.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> Array().peak_macs_per_s
        2048000000000.0
        >>> round(Array().area_um2 / 1e6, 2)
        26.34
    """

    n_pes: int = 128
    buffer_words: int = 128
    bus_words: int = 16
    macs_per_pe: int = 16
    sums_per_pe: int = 16
    queue_depth: int = 4
    dram_words: int = 16
    clock_hz: float = 1e9

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, high in RANGES.items():
            value, low = getattr(self, name), 2 if name == "buffer_words" else 1
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise SpecError(name, value, f"a whole number from {low} to {high:,}")
        if not isinstance(self.clock_hz, int | float) or not 0.0 < self.clock_hz < 1e12:
            raise SpecError("clock_hz", self.clock_hz, "a number above 0 and below 1e12")

    @property
    def pairs(self) -> int:
        """Values with their indices that a buffer holds."""
        return self.buffer_words // 2

    @property
    def peak_macs_per_s(self) -> float:
        """When every multiplier is busy in every cycle."""
        return self.n_pes * self.macs_per_pe * self.clock_hz

    @property
    def area_um2(self) -> float:
        """Arithmetic, buffers, comparators of indices, and the registers of sums and queues."""
        registers = self.sums_per_pe + self.queue_depth * self.bus_words
        each = (
            self.macs_per_pe * (MAC_UM2 + ADD_UM2)
            + self.buffer_words * WORD_BITS * SRAM_UM2_PER_BIT
            + registers * WORD_BITS * FLIP_FLOP_UM2
        )
        return self.n_pes * each
