"""How wide things are stored: data, metadata, and the parameters that some formats have.

Two conventions of metadata are in use: as many bits as the dimension needs, lg n = ceil(log2 n), or one fixed width for
every index and pointer. Presence bits, run codes and offsets within a cube keep their own widths in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Amount = Any
"""A number, or an array with one per workload."""

MAX_RUN_BITS = 16


@dataclass(frozen=True)
class Layout:
    """Widths of what is stored.

    Args:
        data_bits: of a value, 1 to 64.
        metadata_bits: of every index and pointer, 1 to 64; None for as many as each needs.
        run_bits: of a run code, 1 to 16; None for the width that takes fewest bits.
        block_rows, block_columns: of a block of BSR, >= 1.
        cube_bits: a cube of HiCOO has 2 ** cube_bits elements along each axis, 1 to 8.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> int(Layout().width(1000)), int(Layout(metadata_bits=16).width(1000))
        (10, 16)
    """

    data_bits: int = 32
    metadata_bits: int | None = None
    run_bits: int | None = None
    block_rows: int = 4
    block_columns: int = 4
    cube_bits: int = 2

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {"data_bits": 64, "metadata_bits": 64, "run_bits": MAX_RUN_BITS, "block_rows": 2**20,
                  "block_columns": 2**20, "cube_bits": 8}  # fmt: skip
        for name, high in ranges.items():
            value = getattr(self, name)
            if value is None and name in ("metadata_bits", "run_bits"):
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
                raise SpecError(name, value, f"a whole number from 1 to {high:,}")

    def width(self, n: Amount) -> Amount:
        """Bits of an index below `n`.

        Args:
            n: >= 1.

        Raises:
            SpecError: the fixed width is too narrow for it.
        """
        needed = index_bits(n)
        if self.metadata_bits is None:
            return needed
        widest = int(np.max(needed))
        if widest > self.metadata_bits:
            raise SpecError("metadata_bits", self.metadata_bits, f"at least {widest}, for an index below {np.max(n):g}")
        return np.full_like(needed, self.metadata_bits)

    def __str__(self) -> str:
        """The convention in a few words, for headings of tables."""
        metadata = "lg n metadata" if self.metadata_bits is None else f"{self.metadata_bits}-bit metadata"
        return f"{self.data_bits}-bit data, {metadata}"


def index_bits(n: Amount) -> Amount:
    """lg n = ceil(log2 n): bits that tell `n` things apart.

    Args:
        n: >= 1, also arrays.

    Example:
        >>> index_bits(np.array([1, 2, 3, 1024, 1025])).tolist()
        [0, 1, 2, 10, 11]
    """
    return np.ceil(np.log2(n)).astype(np.int64)
