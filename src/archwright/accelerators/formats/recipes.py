"""How many numbers go through each block of a conversion, in closed form from counts: `datapath`'s notes, unrun.

Also the order in which each format has its entries, and what the sorter between two orders sorts by: with few enough
keys it is a counting sort, one pass; else a merge sort. By rows is row-major; of 3-tensors, by the first axis first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archwright.accelerators.formats.counts import Counts
from archwright.accelerators.formats.datapath import Step
from archwright.accelerators.formats.energy import WORD_BITS
from archwright.accelerators.formats.layout import Amount, Layout
from archwright.accelerators.formats.sizes import size_bits

ORDERS = {"csc": "columns", "bsr": "blocks", "dia": "diagonals", "hicoo": "cubes"}
"""Formats whose entries do not go by rows."""
TAKE_ANY_ORDER = ("dense", "dia")
"""Formats whose entries are put where they belong, in whatever order they come."""

Uses = list[tuple[str, Amount]]


def _read_dense(of: Counts, layout: Layout) -> Uses:
    return [("comparator", of.elements), *_split(of)]


def _read_bitmask(of: Counts, layout: Layout) -> Uses:
    return [("bit scanner", of.elements), *_split(of)]


def _read_runs(of: Counts, layout: Layout) -> Uses:
    n = of.nonzeros + of.fillers
    return [("prefix sum", n), ("comparator", n), *_split(of)]


def _split(of: Counts) -> Uses:
    return [("divider", of.nonzeros)] * (len(of.shape) - 1)


def _nothing(of: Counts, layout: Layout) -> Uses:
    return []


def _expand(keys: Amount, n: Amount) -> Uses:
    return [("scratch-pad", np.maximum(keys - 1, 0)), ("prefix sum", n)]


def _read_rows(of: Counts, layout: Layout) -> Uses:
    return _expand(of.shape[0], of.nonzeros)


def _read_columns(of: Counts, layout: Layout) -> Uses:
    return _expand(of.shape[1], of.nonzeros)


def _read_blocks(of: Counts, layout: Layout) -> Uses:
    stored = of.blocks * layout.block_rows * layout.block_columns
    down, each = np.ceil(of.shape[0] / layout.block_rows), of.nonzeros
    inside = [("divider", each), ("divider", each), ("multiplier", each), ("multiplier", each)]
    return [*_expand(down, of.blocks), ("comparator", stored), *inside]


def _read_padded(of: Counts, layout: Layout) -> Uses:
    return [("comparator", of.shape[0] * of.longest_row), ("divider", of.nonzeros)]


def _read_diagonals(of: Counts, layout: Layout) -> Uses:
    stored = of.diagonals * np.minimum(*of.shape)
    return [("comparator", stored), ("divider", of.nonzeros), ("comparator", of.nonzeros)]


def _read_tree(of: Counts, layout: Layout) -> Uses:
    return [*_expand(of.slices, of.fibres), *_expand(of.fibres, of.nonzeros)]


def _read_cubes(of: Counts, layout: Layout) -> Uses:
    return [*_expand(of.cubes, of.nonzeros), *[("multiplier", of.nonzeros)] * 3]


READ_USES: dict[str, Callable[[Counts, Layout], Uses]] = {
    "dense": _read_dense, "coo": _nothing, "csr": _read_rows, "csc": _read_columns, "rlc": _read_runs,
    "zvc": _read_bitmask, "bsr": _read_blocks, "ell": _read_padded, "dia": _read_diagonals, "lil": _nothing,
    "dok": _nothing, "csf": _read_tree, "hicoo": _read_cubes,
}  # fmt: skip


def _write_placed(of: Counts, layout: Layout) -> Uses:
    return [*_join(of), ("scratch-pad", of.nonzeros)]


def _write_runs(of: Counts, layout: Layout) -> Uses:
    return [*_join(of), ("comparator", of.nonzeros), ("prefix sum", of.nonzeros), ("scratch-pad", of.nonzeros)]


def _join(of: Counts) -> Uses:
    return [("multiplier", of.nonzeros)] * (len(of.shape) - 1)


def _write_rows(of: Counts, layout: Layout) -> Uses:
    return [("counter", of.nonzeros), ("prefix sum", of.shape[0])]


def _write_columns(of: Counts, layout: Layout) -> Uses:
    return [("counter", of.nonzeros), ("prefix sum", of.shape[1])]


def _write_blocks(of: Counts, layout: Layout) -> Uses:
    n, down = of.nonzeros, np.ceil(of.shape[0] / layout.block_rows)
    numbers = [("divider", n), ("divider", n), ("multiplier", n), ("comparator", n), ("prefix sum", n)]
    places = [("multiplier", n), ("multiplier", n), ("scratch-pad", n)]
    return [*numbers, *places, ("counter", of.blocks), ("prefix sum", down)]


def _write_padded(of: Counts, layout: Layout) -> Uses:
    n = of.nonzeros
    places = [("comparator", n), ("multiplier", n), ("scratch-pad", n), ("scratch-pad", n)]
    return [("counter", n), ("prefix sum", of.shape[0]), *places]


def _write_diagonals(of: Counts, layout: Layout) -> Uses:
    n, all_of_them = of.nonzeros, of.shape[0] + of.shape[1] - 1
    found = [("comparator", n), ("scratch-pad", n), ("prefix sum", all_of_them), ("comparator", all_of_them)]
    return [*found, ("multiplier", n), ("scratch-pad", n)]


def _write_tree(of: Counts, layout: Layout) -> Uses:
    return [("multiplier", of.nonzeros), ("comparator", of.nonzeros), ("comparator", of.fibres)]


def _write_cubes(of: Counts, layout: Layout) -> Uses:
    n = of.nonzeros
    return [*[("divider", n)] * 3, *[("multiplier", n)] * 2, ("comparator", n)]


WRITE_USES: dict[str, Callable[[Counts, Layout], Uses]] = {
    "dense": _write_placed, "coo": _nothing, "csr": _write_rows, "csc": _write_columns, "rlc": _write_runs,
    "zvc": _write_placed, "bsr": _write_blocks, "ell": _write_padded, "dia": _write_diagonals, "lil": _nothing,
    "dok": _nothing, "csf": _write_tree, "hicoo": _write_cubes,
}  # fmt: skip


def sort_keys(source: str, target: str, shape: tuple[Amount, ...], layout: Layout) -> Amount | None:
    """How many keys the sorter between two formats tells apart; None where they have the same order.

    Args:
        source, target: formats.
        shape: of the tensor.
        layout: blocks and cubes.

    Example:
        >>> sort_keys("csr", "csc", (10, 20), Layout()), sort_keys("zvc", "csr", (10, 20), Layout())
        (20, None)
    """
    before, after = ORDERS.get(source, "rows"), ORDERS.get(target, "rows")
    if before == after or target in TAKE_ANY_ORDER:
        return None
    if after == "columns":
        return shape[1]
    if after == "rows":
        by_rows = {"columns": shape[0], "diagonals": shape[0], "blocks": layout.block_rows}
        return by_rows.get(before, shape[0] * shape[1])
    steps = (layout.block_rows, layout.block_columns) if after == "blocks" else (2**layout.cube_bits,) * 3
    groups = [np.ceil(size / step) for size, step in zip(shape, steps, strict=True)]
    return groups[1] if (before, after) == ("rows", "blocks") else np.prod(np.broadcast_arrays(*groups), axis=0)


def conversion_steps(source: str, target: str, counts: Counts, layout: Layout | None = None) -> list[Step]:
    """Uses of blocks by a conversion, memory traffic included; none between equal formats.

    Args:
        source, target: formats with a form for the tensor.
        counts: of the tensor, measured or expected.
        layout: widths.

    Example:
        >>> from archwright.accelerators.formats.counts import expected_counts
        >>> [step.block for step in conversion_steps("zvc", "csr", expected_counts((8, 8), 0.5))]
        ['memory controller', 'bit scanner', 'divider', 'counter', 'prefix sum', 'memory controller']
    """
    if source == target:
        return []
    layout = layout or Layout()
    keys = sort_keys(source, target, counts.shape, layout)
    sorting = [] if keys is None else [Step("sorter", counts.nonzeros, keys)]
    read = [Step(block, n) for block, n in READ_USES[source](counts, layout)]
    written = [Step(block, n) for block, n in WRITE_USES[target](counts, layout)]
    return [_move(source, counts, layout), *read, *sorting, *written, _move(target, counts, layout)]


def _move(name: str, counts: Counts, layout: Layout) -> Step:
    return Step("memory controller", np.ceil(size_bits(name, counts, layout) / WORD_BITS))
