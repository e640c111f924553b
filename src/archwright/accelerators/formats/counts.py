"""What the sizes of formats follow from: counts of a tensor, or what they are expected to be at a uniform density.

Under uniform density p, every element is there by a coin of its own: a group of n elements is not empty with
probability 1 - (1 - p) ** n, and the expected fillers per entry are the sum of (1 - p) ** (m 2 ** r) over m >= 1. The
longest row is the median of the longest of independent binomial rows. All other expectations are exact but for cubes
and blocks that stick out of the tensor, which count as whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archwright.accelerators.formats.entries import Entries, check_density
from archwright.accelerators.formats.flat import runs_of
from archwright.accelerators.formats.layout import MAX_RUN_BITS, Amount, Layout
from archwright.accelerators.formats.tensors import cubes_of
from archwright.core.errors import SpecError


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of a tensor; arrays have one number per workload. What a matrix or a 3-tensor has not is zero.

    Args:
        shape: sizes of two or three axes.
        nonzeros: entries.
        run_bits: of run codes.
        fillers: entries that those need besides.
        blocks: of BSR that are not empty.
        longest_row: entries of it.
        diagonals: that are not empty.
        slices: first indices that occur.
        fibres: pairs of the first two indices that occur.
        cubes: of HiCOO that are not empty.
    """

    shape: tuple[Amount, ...]
    nonzeros: Amount
    run_bits: Amount
    fillers: Amount
    blocks: Amount = 0
    longest_row: Amount = 0
    diagonals: Amount = 0
    slices: Amount = 0
    fibres: Amount = 0
    cubes: Amount = 0

    @property
    def elements(self) -> Amount:
        """Elements of the tensor, zeros included; a float, since there may be more than integers reach."""
        size: Amount = 1.0
        for one in self.shape:
            size = size * one
        return size


def counts_of(entries: Entries, layout: Layout | None = None) -> Counts:
    """Counts of a tensor.

    Args:
        entries: of it.
        layout: its blocks, cubes and run codes.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> found = counts_of(entries_of(np.eye(8)))
        >>> found.nonzeros, found.blocks, found.longest_row, found.diagonals
        (8, 2, 1, 1)
    """
    layout, n = layout or Layout(), len(entries.positions)
    run_bits = layout.run_bits or best_run_bits(entries, layout)
    fillers = int((runs_of(entries) >> run_bits).sum())
    if len(entries.shape) == 3:
        fibres = np.unique(entries.positions // entries.shape[2])
        slices, cubes = np.unique(fibres // entries.shape[1]), cubes_of(entries, layout.cube_bits)[0]
        return Counts(
            entries.shape, n, run_bits, fillers, slices=len(slices), fibres=len(fibres), cubes=len(cubes)
        )  # fmt: skip
    rows, columns = entries.coordinates
    across = -(-entries.shape[1] // layout.block_columns)
    blocks = np.unique((rows // layout.block_rows) * across + columns // layout.block_columns)
    longest, diagonals = int(np.bincount(rows, minlength=1).max()), len(np.unique(columns - rows))
    return Counts(entries.shape, n, run_bits, fillers, len(blocks), longest, diagonals, fibres=len(np.unique(rows)))


def best_run_bits(entries: Entries, layout: Layout) -> int:
    """The width of run codes with which the runs of a tensor take fewest bits."""
    runs = runs_of(entries)
    bits = [(len(runs) + int((runs >> r).sum())) * (layout.data_bits + r) for r in range(1, MAX_RUN_BITS + 1)]
    return int(np.argmin(bits)) + 1


def expected_counts(shape: Sequence[Amount], density: Amount, layout: Layout | None = None) -> Counts:
    """Counts that a uniform density leads to.

    Args:
        shape: sizes of two or three axes, also arrays.
        density: 0 to 1, also an array.
        layout: blocks, cubes and run codes.

    Raises:
        SpecError: a size is not above zero, or the density is no share.

    Example:
        >>> found = expected_counts((1024, 1024), 0.25)
        >>> int(found.nonzeros), int(found.run_bits), round(float(found.fillers))
        (262144, 4, 2654)
    """
    layout = layout or Layout()
    sizes = tuple(_checked_size(one) for one in shape)
    density = check_density("density", density) if np.ndim(density) == 0 else np.asarray(density, float)
    elements = np.prod(np.broadcast_arrays(*sizes), axis=0)
    nonzeros = elements * density
    run_bits, fillers = _expected_fillers(nonzeros, density, layout)
    if len(sizes) == 3:
        fibres = sizes[0] * sizes[1] * filled(density, sizes[2])
        slices = sizes[0] * filled(density, sizes[1] * sizes[2])
        cubes = np.prod([np.ceil(one / 2**layout.cube_bits) for one in np.broadcast_arrays(*sizes)], axis=0)
        cubes = cubes * filled(density, 8**layout.cube_bits)
        return Counts(sizes, nonzeros, run_bits, fillers, slices=slices, fibres=fibres, cubes=cubes)
    blocks = np.ceil(sizes[0] / layout.block_rows) * np.ceil(sizes[1] / layout.block_columns)
    blocks = blocks * filled(density, layout.block_rows * layout.block_columns)
    rows = sizes[0] * filled(density, sizes[1])
    longest, diagonals = _expected_longest(sizes, density), _expected_diagonals(sizes, density)
    return Counts(sizes, nonzeros, run_bits, fillers, blocks, longest, diagonals, fibres=rows)


def filled(density: Amount, n: Amount) -> Amount:
    """Probability that a group of `n` elements is not empty: 1 - (1 - p) ** n, also for the smallest p.

    Example:
        >>> float(filled(0.5, 2)), float(filled(1e-12, 1000))
        (0.75, 9.999999995005e-10)
    """
    return -np.expm1(n * _log_empty(density))


def _log_empty(density: Amount) -> Amount:
    return np.log1p(-np.minimum(density, 1.0 - 1e-16))


def _checked_size(size: Amount) -> Amount:
    if np.any(np.asarray(size) < 1):
        raise SpecError("shape", size, "sizes above 0")
    return np.asarray(size, float)[()]


def _expected_fillers(nonzeros: Amount, density: Amount, layout: Layout) -> tuple[Amount, Amount]:
    """The best width of run codes, or the one that is given, and the fillers that it needs."""
    widths = np.arange(1, MAX_RUN_BITS + 1) if layout.run_bits is None else np.array([layout.run_bits])
    logs = 2.0**widths * np.asarray(_log_empty(density))[..., None]
    share = np.exp(logs) / np.maximum(-np.expm1(logs), 1e-300)
    fillers = np.where(np.asarray(nonzeros)[..., None] > 0.0, np.asarray(nonzeros)[..., None] * share, 0.0)
    bits = (np.asarray(nonzeros)[..., None] + fillers) * (layout.data_bits + widths)
    best = bits.argmin(axis=-1)
    return widths[best], np.take_along_axis(fillers, np.asarray(best)[..., None], -1)[..., 0]


def _expected_longest(sizes: Sequence[Amount], density: Amount) -> Amount:
    """Median of the longest of independent rows: where the binomial distribution reaches 2 ** (-1 / rows).

    At least the probability that there is any entry, below one entry in all.
    """
    from scipy.special import bdtrik

    inside = np.clip(density, 1e-15, 1.0 - 1e-12)
    quantile = np.clip(np.ceil(bdtrik(2.0 ** (-1.0 / sizes[0]), sizes[1], inside)), 0.0, sizes[1])
    quantile = np.where(np.isnan(quantile), sizes[1] * density, quantile)
    quantile = np.maximum(quantile, filled(density, sizes[0] * sizes[1]))
    return np.where(density >= 1.0, sizes[1], np.where(np.asarray(density) <= 0.0, 0.0, quantile))[()]


def _expected_diagonals(sizes: Sequence[Amount], density: Amount) -> Amount:
    """Diagonals of lengths 1 to short - 1 stand twice, those of the full length `short` long - short + 1 times."""
    short, long = np.minimum(*sizes), np.maximum(*sizes)
    log_empty = _log_empty(density)
    tail = np.exp(log_empty) * -np.expm1((short - 1.0) * log_empty)  # the sum of (1-p)**n over n < short, times p
    empty = np.where(np.asarray(density) > 0.0, tail / np.maximum(density, 1e-300), short - 1.0)
    found = 2.0 * (short - 1.0 - empty) + (long - short + 1.0) * filled(density, short)
    return np.maximum(found, 0.0)[()]
