"""Cycles and joules of a computation on the array in closed form, from counts and uniform densities.

As `timing`, with expectations in place of matrices: the stationary operand is cut into tiles; for each, words over bus
width are loaded, then words over bus width are streamed, unless the pairs of the busiest element take longer. That
element's share of a compressed column is the mean and so many deviations as the largest of n_pes normal numbers has.

Three computations: a product of two matrices; SpTTM, a 3-tensor times a matrix along its last axis, which is a product
whose rows are fibres; and MTTKRP, which multiplies every fibre, or every entry sent by its coordinates, by a second
matrix too, so that rows of both stand in the buffers. Words that match nothing are streamed and compared like others.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from archwright.accelerators.formats.counts import Counts, filled
from archwright.accelerators.formats.energy import ADD_J, MAC_J, REGISTER_J, SRAM_J
from archwright.accelerators.formats.layout import Amount
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.streams import STREAMED


class Computation(NamedTuple):
    """What a computation takes.

    Args:
        cycles: loads and runs.
        energy_j: of buffers, comparators, multipliers and sums.
        macs: multiplications, those by stored zeros too.
    """

    cycles: Amount
    energy_j: Amount
    macs: Amount


class Tiling(NamedTuple):
    """How the stationary operand is cut.

    Args:
        per_pe: columns of an element.
        groups: of columns, one after another.
        steps: tiles of a group, one after another.
        words: loaded in all.
        stored: of them in an element's buffer, for the search of an index.
    """

    per_pe: Amount
    groups: Amount
    steps: Amount
    words: Amount
    stored: Amount


def compute_product(a: Counts, b: Counts, formats: tuple[str, str], array: Array) -> Computation:
    """A product of matrices, or SpTTM.

    Args:
        a: of the streamed operand, rows by inner index, or a 3-tensor with the inner index last.
        b: of the stationary operand, inner index by columns.
        formats: that are computed on: dense, csr, coo, csf; and dense, csc.
        array: its sizes.

    Example:
        >>> from archwright.accelerators.formats.counts import expected_counts
        >>> a, b = expected_counts((512, 1024), 0.05), expected_counts((1024, 300), 0.05)
        >>> int(compute_product(a, b, ("csr", "csc"), Array()).cycles)  # exactly: 11,927 for one drawing
        11992
    """
    inner, columns, density = b.shape[0], b.shape[1], b.nonzeros / b.elements
    tiling = _dense_tiling(inner, columns, array) if formats[1] == "dense" else _sparse_tiling(b, density, array)
    words, entries = _streamed(a, formats[0], inner / tiling.steps, tiling.steps)
    hit = 1.0 if formats[1] == "dense" else density
    run = _run_cycles(words, entries, hit, tiling, formats[1], array)
    loads = tiling.words / array.bus_words + 0.5 * tiling.groups * tiling.steps
    macs = entries * columns * hit
    a_density = 1.0 if formats[0] == "dense" else a.nonzeros / a.elements
    sums = a.elements / inner * columns * tiling.steps * filled(a_density * hit, inner / tiling.steps)
    energy = _energy_j(tiling, words * tiling.groups, macs, sums)
    if formats[1] == "csc":
        energy = energy + entries * tiling.groups * array.n_pes * np.log2(tiling.stored + 1.0) * ADD_J
    return Computation(loads + tiling.groups * run, energy, macs)


def compute_mttkrp(a: Counts, rank: Amount, name: str, array: Array) -> Computation:
    """MTTKRP of a 3-tensor I x J x K with matrices J x rank and K x rank.

    Args:
        a: of the tensor.
        rank: columns of the matrices.
        name: format that is computed on: dense, coo or csf.
        array: its sizes.

    Example:
        >>> from archwright.accelerators.formats.counts import expected_counts
        >>> tensor = expected_counts((100, 100, 100), 0.01)
        >>> costs = [compute_mttkrp(tensor, 32, name, Array()).cycles for name in ("dense", "coo", "csf")]
        >>> costs == sorted(costs, reverse=True)
        True
    """
    _, second, third = a.shape
    half = array.buffer_words // 2
    cut_second, cut_third = np.minimum(second, half), np.minimum(third, half)
    pieces = np.ceil(second / cut_second) * np.ceil(third / cut_third)
    per_pe = _columns_per_pe(rank, cut_second + cut_third, array)
    groups, steps = _rounds(rank, per_pe, pieces, array)
    loaded = (second * np.ceil(third / cut_third) + third * np.ceil(second / cut_second)) * rank
    tiling = Tiling(per_pe, groups, steps, loaded, cut_second + cut_third)
    cuts = np.ceil(third / cut_third)
    words, entries = _streamed(a, name, third / cuts, cuts)
    density = 1.0 if name == "dense" else a.nonzeros / a.elements
    fibres = a.shape[0] * second * cuts * filled(density, third / cuts)
    work = 2.0 * entries if name == "coo" else entries + fibres
    run = _run_cycles(words, work, 1.0, tiling, "dense", array)
    sums = a.shape[0] * rank * pieces * filled(density, cut_second * cut_third)
    energy = _energy_j(tiling, words * groups, work * rank, sums)
    return Computation(loaded / array.bus_words + 0.5 * groups * steps + groups * run, energy, work * rank)


def _columns_per_pe(columns: Amount, inner: Amount, array: Array) -> Amount:
    most = np.minimum(array.sums_per_pe, np.ceil(columns / array.n_pes))
    return np.maximum(np.minimum(most, np.floor(array.buffer_words / inner)), 1.0)


def _rounds(columns: Amount, per_pe: Amount, pieces: Amount, array: Array) -> tuple[Amount, Amount]:
    """Groups of columns, and tiles of each when pieces of few columns stand side by side."""
    together = per_pe * array.n_pes
    across = np.ceil(np.minimum(columns, together) / per_pe)
    beside = np.maximum(np.floor(array.n_pes / across), 1.0)
    return np.ceil(columns / together), np.ceil(pieces / beside)


def _dense_tiling(inner: Amount, columns: Amount, array: Array) -> Tiling:
    per_pe = _columns_per_pe(columns, inner, array)
    groups, steps = _rounds(columns, per_pe, np.ceil(inner / array.buffer_words), array)
    return Tiling(per_pe, groups, steps, inner * columns, np.minimum(inner, array.buffer_words))


def _sparse_tiling(b: Counts, density: Amount, array: Array) -> Tiling:
    inner, columns = b.shape
    mean, deviations = inner * density, _largest_of_normals(array.n_pes)
    most = np.minimum(array.sums_per_pe, np.ceil(columns / array.n_pes))
    tried = np.arange(1.0, array.sums_per_pe + 1.0)
    means = tried * np.asarray(mean)[..., None]
    held = means + deviations * np.sqrt(means * (1.0 - np.asarray(density)[..., None]))
    fits = (held <= array.pairs) & (tried <= np.asarray(most)[..., None])
    per_pe = np.maximum((tried * fits).max(axis=-1), 1.0)
    full = 0.5 * (math.sqrt(deviations**2 + 4.0 * array.pairs) - deviations)  # the root of the mean of a full buffer
    pieces = np.where(fits[..., 0], 1.0, np.ceil(mean / full**2))
    groups, steps = _rounds(columns, per_pe, pieces, array)
    words = 2.0 * b.nonzeros + columns * pieces
    return Tiling(per_pe, groups, steps, words, np.minimum(per_pe * mean / pieces, array.pairs))


def _largest_of_normals(n: int) -> float:
    """Expected largest of `n` standard normal numbers, asymptotically."""
    if n < 3:
        return 0.5 * (n - 1)
    root = math.sqrt(2.0 * math.log(n))
    return root - (math.log(math.log(n)) + math.log(4.0 * math.pi)) / (2.0 * root)


def _streamed(a: Counts, name: str, reach: Amount, steps: Amount) -> tuple[Amount, Amount]:
    """Words and entries of a pass over the operand, whose inner index is cut into `steps` tiles of `reach`."""
    words = STREAMED[len(a.shape), name]
    if name == "dense":
        return a.elements * words.per_entry, a.elements
    rows = a.elements / a.shape[-1]
    markers = rows if words.counts_empty_rows else rows * filled(a.nonzeros / a.elements, reach)
    return words.per_entry * a.nonzeros + words.per_row * markers * steps, a.nonzeros


def _run_cycles(words: Amount, entries: Amount, hit: Amount, tiling: Tiling, stationary: str, array: Array) -> Amount:
    """Cycles of a pass over all steps: bus cycles, or what the multipliers need for the entries of each."""
    beats = tiling.steps * np.ceil(words / tiling.steps / array.bus_words)
    pairs = entries / np.maximum(beats, 1.0) * tiling.per_pe * hit / array.macs_per_pe
    each = np.ceil(pairs) if stationary == "dense" else pairs
    return beats * np.maximum(each, 1.0) + tiling.steps


def _energy_j(tiling: Tiling, streamed: Amount, macs: Amount, sums: Amount) -> Amount:
    """Loads and streams leave a buffer and enter registers; sums go out, and partial ones come back."""
    moved = (tiling.words + streamed) * (SRAM_J + REGISTER_J)
    return moved + macs * (MAC_J + 2.0 * REGISTER_J) + 2.0 * sums * SRAM_J
