"""The machine: how many processing elements, how deep their queues, how wide their memories.

Source: Han et al., "EIE: Efficient Inference Engine on Compressed Deep Neural Network", ISCA 2016, sections III and IV.
The authors' queue is a ring that counts as full with one slot free, so a queue of depth 8 holds 7 activations.
"""

from __future__ import annotations

from dataclasses import dataclass

from archwright.core.errors import SpecError

LNZD_FAN_IN = 4
"""Processing elements, or nodes, that one node of the leading-non-zero tree looks at."""
MAX_ENTRIES = 65_535
"""Entries of one processing element that 16-bit pointers reach."""
POINTER_BITS = 16
WEIGHT_SRAM_BYTES, POINTER_SRAM_BYTES, ACTIVATION_SRAM_BYTES = 128 * 1024, 32 * 1024, 2 * 1024
"""Memories of one published processing element."""


@dataclass(frozen=True)
class Machine:
    """An EIE; the defaults are the published one.

    Args:
        n_pes: processing elements, >= 1; number k owns the rows i with i mod n_pes = k.
        fifo_depth: slots of each activation queue, >= 2; one of them stays free.
        sram_bits: width of a line of the weight memory, at least one entry.
        index_bits: of the zero run of an entry, 1 to 8.
        code_bits: of the shared weight of an entry, 1 to 8.
        clock_hz: > 0.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> Machine().peak_ops_per_s / 1e9, Machine().n_lnzd_nodes
        (102.4, 21)
    """

    n_pes: int = 64
    fifo_depth: int = 8
    sram_bits: int = 64
    index_bits: int = 4
    code_bits: int = 4
    clock_hz: float = 800e6

    def __post_init__(self) -> None:
        """Hold every value to its range."""
        for name, low, high in (
            ("n_pes", 1, 4096),
            ("fifo_depth", 2, 65_536),
            ("index_bits", 1, 8),
            ("code_bits", 1, 8),
        ):
            _check_whole(name, getattr(self, name), low, high)
        _check_whole("sram_bits", self.sram_bits, self.entry_bits, 4096)
        if not self.clock_hz > 0.0:
            raise SpecError("clock_hz", self.clock_hz, "a number above 0")

    @property
    def entry_bits(self) -> int:
        """Bits of one entry: code and zero run."""
        return self.code_bits + self.index_bits

    @property
    def entries_per_line(self) -> int:
        """Whole entries in a line of the weight memory."""
        return self.sram_bits // self.entry_bits

    @property
    def queue_capacity(self) -> int:
        """Activations that a queue holds."""
        return self.fifo_depth - 1

    @property
    def peak_ops_per_s(self) -> float:
        """A multiplication and an addition per element and cycle."""
        return 2.0 * self.n_pes * self.clock_hz

    @property
    def n_lnzd_nodes(self) -> int:
        """Nodes of the tree that finds the next non-zero activation."""
        level, nodes = self.n_pes, 0
        while level > 1 or nodes == 0:
            level = -(-level // LNZD_FAN_IN)
            nodes += level
        return nodes

    @property
    def sram_bytes(self) -> int:
        """All memories, each of the published size: 162 KB per element."""
        return self.n_pes * (WEIGHT_SRAM_BYTES + POINTER_SRAM_BYTES + ACTIVATION_SRAM_BYTES)


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SpecError(name, value, f"a whole number from {low} to {high}")
