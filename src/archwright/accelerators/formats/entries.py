"""The non-zero elements of a matrix or 3-tensor: what every format stores, and what encoders and decoders exchange."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Array = np.ndarray[Any, Any]

MAX_ELEMENTS = 2**28
"""Elements that are written out one by one at most; larger tensors only in formats that skip zeros."""


@dataclass(frozen=True, eq=False)
class Entries:
    """The elements that are not zero.

    Args:
        shape: of the tensor, two or three axes.
        positions: (n,) int64 ascending, in the row-major order of all elements.
        values: (n,) what stands there.
    """

    shape: tuple[int, ...]
    positions: Ints
    values: Array

    @property
    def coordinates(self) -> tuple[Ints, ...]:
        """(n,) coordinates, one array per axis."""
        return tuple(one.astype(np.int64) for one in np.unravel_index(self.positions, self.shape))

    @property
    def density(self) -> float:
        """Share of elements that are not zero."""
        return len(self.positions) / math.prod(self.shape)

    def dense(self) -> Array:
        """The whole tensor.

        Raises:
            SpecError: it is too large to be written out.
        """
        found = np.zeros(check_size(self.shape), self.values.dtype)
        found[self.positions] = self.values
        return found.reshape(self.shape)


def entries_of(tensor: Any) -> Entries:
    """The non-zero elements of an array, or of a sparse matrix of scipy; what scipy stores twice is added up.

    Args:
        tensor: two or three axes, every size above zero.

    Raises:
        SpecError: another number of axes, or nothing in it.

    Example:
        >>> entries_of(np.array([[0.0, 2.0], [3.0, 0.0]])).positions.tolist()
        [1, 2]
    """
    shape = check_shape(tensor.shape)
    if isinstance(tensor, np.ndarray):
        flat = tensor.reshape(-1)
        positions = np.flatnonzero(flat)
        return Entries(shape, positions, flat[positions])
    rows = tensor.tocsr().copy()
    rows.sum_duplicates()
    rows.eliminate_zeros()
    places = np.repeat(np.arange(shape[0], dtype=np.int64), np.diff(rows.indptr)) * shape[1] + rows.indices
    return Entries(shape, places, rows.data)


def from_coordinates(shape: Sequence[int], coordinates: Sequence[Ints], values: Array) -> Entries:
    """Entries of coordinates in any order, each once; zeros among the values are left out.

    Example:
        >>> from_coordinates((2, 2), (np.array([1, 0]), np.array([0, 1])), np.array([5, 7])).values.tolist()
        [7, 5]
    """
    positions = np.zeros(len(values), np.int64)
    for size, one in zip(shape, coordinates, strict=True):
        positions = positions * size + one
    kept = np.flatnonzero(values != 0)
    order = kept[np.argsort(positions[kept], kind="stable")]
    return Entries(tuple(shape), positions[order], values[order])


def draw_entries(shape: Sequence[int], density: float, *, rng: np.random.Generator) -> Entries:
    """Every element there or not by a coin of its own, with values from 1 to 2 as float32.

    Args:
        shape: two or three sizes above zero.
        density: expected share of elements, 0 to 1.
        rng: draws them.

    Raises:
        SpecError: shape or density are none.

    Example:
        >>> len(draw_entries((10, 10), 1.0, rng=np.random.default_rng(0)).positions)
        100
    """
    sizes, density = check_shape(shape), check_density("density", density)
    n = rng.binomial(math.prod(sizes), density)
    positions = np.sort(rng.choice(math.prod(sizes), n, replace=False, shuffle=False)).astype(np.int64)
    return Entries(sizes, positions, (1.0 + rng.random(n)).astype(np.float32))


def check_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """The sizes of a matrix or 3-tensor.

    Raises:
        SpecError: another number of axes, or a size that is not above zero.
    """
    sizes = tuple(shape)
    whole = all(isinstance(one, int | np.integer) and one >= 1 for one in sizes)
    if len(sizes) not in (2, 3) or not whole:
        raise SpecError("shape", sizes, "two or three whole numbers above 0")
    return tuple(int(one) for one in sizes)


def check_density(field: str, density: Any) -> float:
    """A share.

    Raises:
        SpecError: it is not a number from 0 to 1.
    """
    if isinstance(density, bool) or not isinstance(density, int | float) or not 0.0 <= density <= 1.0:
        raise SpecError(field, density, "a number from 0 to 1")
    return float(density)


def check_size(shape: Sequence[int]) -> int:
    """Elements of a tensor that shall be written out.

    Raises:
        SpecError: there are too many.
    """
    size = math.prod(shape)
    if size > MAX_ELEMENTS:
        raise SpecError("shape", tuple(shape), f"at most {MAX_ELEMENTS:,} elements in a format that stores each")
    return size
