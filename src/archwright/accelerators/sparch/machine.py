"""The machine: how many matrices its tree merges, how wide its mergers are, how much of B it holds.

Source: Zhang, Wang, Han, Dally, "SpArch: Efficient Architecture for Sparse Matrix Multiplication", HPCA 2020. The
published configuration is known from secondary sources: a tree of 6 layers, mergers of 16 elements made of 4 x 4
arrays of comparators, 2 x 8 multipliers, a buffer of 1,024 lines of 48 elements, 8,192 elements of look-ahead, 128
GB/s, 1 GHz.
"""

from __future__ import annotations

from dataclasses import dataclass

from archwright.core.errors import SpecError

INPUT_BYTES = 12
"""An element of A or B: a column and a double."""
MERGED_BYTES = 16
"""An element of a partial matrix or of C: a row, a column and a double."""


@dataclass(frozen=True)
class Machine:
    """A SpArch; the defaults are the published one.

    Args:
        ways: partial matrices that the tree merges at once, a power of two from 2 to 1,024.
        merger_width: elements that a layer's merger emits in a cycle, a power of two from 1 to 128.
        n_multipliers: products a cycle, >= 1.
        buffer_lines: of the row prefetcher, >= 1.
        line_elements: of B in a line, >= 1.
        lookahead: elements of A that the prefetcher sees ahead of the multipliers, >= 0; with 0 it replaces the line
            that was used longest ago.
        bandwidth_bytes_per_s: of the DRAM, > 0.
        clock_hz: > 0.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> Machine().n_layers, Machine().peak_flops_per_s / 1e9, Machine().buffer_bytes
        (6, 32.0, 589824)
    """

    ways: int = 64
    merger_width: int = 16
    n_multipliers: int = 16
    buffer_lines: int = 1024
    line_elements: int = 48
    lookahead: int = 8192
    bandwidth_bytes_per_s: float = 128e9
    clock_hz: float = 1e9

    def __post_init__(self) -> None:
        """Hold every value to its range."""
        for name, low, high in (
            ("ways", 2, 1024),
            ("merger_width", 1, 128),
            ("n_multipliers", 1, 4096),
            ("buffer_lines", 1, 1 << 24),
            ("line_elements", 1, 4096),
            ("lookahead", 0, 1 << 30),
        ):
            _check_whole(name, getattr(self, name), low, high)
        for name in ("ways", "merger_width"):
            if getattr(self, name).bit_count() != 1:
                raise SpecError(name, getattr(self, name), "a power of two")
        for name in ("bandwidth_bytes_per_s", "clock_hz"):
            if not getattr(self, name) > 0.0:
                raise SpecError(name, getattr(self, name), "a number above 0")

    @property
    def n_layers(self) -> int:
        """Layers of the tree, each with one merger."""
        return self.ways.bit_length() - 1

    @property
    def bytes_per_cycle(self) -> float:
        """Of the DRAM."""
        return self.bandwidth_bytes_per_s / self.clock_hz

    @property
    def peak_flops_per_s(self) -> float:
        """A multiplication and an addition per multiplier and cycle."""
        return 2.0 * self.n_multipliers * self.clock_hz

    @property
    def buffer_bytes(self) -> int:
        """Of the row prefetcher."""
        return self.buffer_lines * self.line_elements * INPUT_BYTES


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SpecError(name, value, f"a whole number from {low} to {high:,}")
