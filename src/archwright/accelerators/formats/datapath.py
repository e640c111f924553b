"""The building blocks of the converter: each does its part on numbers and notes how many went through.

Blocks: a memory controller, a scanner of presence bits, comparators (also subtractors), a parallel prefix sum, dividers
with remainder, multiply-adders, counters, a scratch-pad, and a sorter. `recipes` says the same numbers in closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from archwright.accelerators.formats.energy import WORD_BITS
from archwright.accelerators.formats.entries import Array, Ints
from archwright.accelerators.formats.layout import Amount


class Step(NamedTuple):
    """A use of a block.

    Args:
        block: its name.
        n: numbers that go through; bits for the scanner, words for the memory controller.
        n_keys: for the sorter, how many different keys there may be.
    """

    block: str
    n: Amount
    n_keys: Amount = 1


class Datapath:
    """Blocks in a row, as a conversion uses them.

    Example:
        >>> path = Datapath()
        >>> path.add_up(np.array([1, 2, 3])).tolist(), path.steps
        ([1, 3, 6], [Step(block='prefix sum', n=3, n_keys=1)])
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def move(self, bits: int) -> None:
        """Read from memory, or write to it."""
        self.steps.append(Step("memory controller", -(-bits // WORD_BITS)))

    def scan_bits(self, mask: Array) -> Ints:
        """Places of the bits that are set: a prefix sum over them."""
        self.steps.append(Step("bit scanner", len(mask)))
        return np.flatnonzero(mask)

    def keep(self, is_kept: Array) -> Ints:
        """Places at which a comparison holds."""
        self.steps.append(Step("comparator", len(is_kept)))
        return np.flatnonzero(is_kept)

    def starts(self, keys: Ints) -> Ints:
        """Places at which a list of keys changes, the first included."""
        self.steps.append(Step("comparator", len(keys)))
        return np.flatnonzero(np.diff(keys, prepend=-1))

    def subtract(self, first: Ints, second: Ints) -> Ints:
        """Differences, one by one."""
        self.steps.append(Step("comparator", len(first)))
        return first - second

    def add_up(self, numbers: Ints) -> Ints:
        """Prefix sums."""
        self.steps.append(Step("prefix sum", len(numbers)))
        return np.cumsum(numbers, dtype=np.int64)

    def divide(self, numbers: Ints, by: int) -> tuple[Ints, Ints]:
        """Quotients and remainders."""
        self.steps.append(Step("divider", len(numbers)))
        quotients, remainders = np.divmod(numbers, by)
        return quotients, remainders

    def multiply_add(self, first: Ints, factor: int, second: Ints) -> Ints:
        """first x factor + second."""
        self.steps.append(Step("multiplier", len(first)))
        return first * factor + second

    def count(self, keys: Ints, n: int) -> Ints:
        """How often each of `n` keys occurs."""
        self.steps.append(Step("counter", len(keys)))
        return np.bincount(keys, minlength=n)

    def place(self, values: Array, at: Ints, n: int) -> Array:
        """Values scattered into `n` zeros; what meets is added."""
        self.steps.append(Step("scratch-pad", len(values)))
        found = np.zeros(n, values.dtype)
        np.add.at(found, at, values)
        return found

    def sort(self, keys: Ints, n_keys: int) -> Ints:
        """Places in ascending order of keys; equal keys keep their order."""
        self.steps.append(Step("sorter", len(keys), n_keys))
        return np.argsort(keys, kind="stable")

    def expand(self, pointers: Ints) -> Ints:
        """The key of every entry from pointers to the first entry of each key."""
        n, inner = int(pointers[-1]), pointers[1:-1]
        return self.add_up(self.place(np.ones(len(inner), np.int64), inner, n + 1)[:n])

    def point(self, counts: Ints) -> Ints:
        """Pointers to the first entry of each key, and behind the last."""
        return np.concatenate([[0], self.add_up(counts)]).astype(np.int64)
