"""What runs between the two halves of a conversion: entries, one after another."""

from __future__ import annotations

from typing import NamedTuple

from archwright.accelerators.formats.entries import Array, Ints


class Stream(NamedTuple):
    """Entries in some order.

    Args:
        shape: of the tensor.
        coordinates: (n,) one array per axis.
        values: (n,).
    """

    shape: tuple[int, ...]
    coordinates: tuple[Ints, ...]
    values: Array
