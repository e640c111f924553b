"""Bits of every format in closed form, from counts that are measured or expected.

With M x K the shape, z the non-zeros, b the data bits and lg x = ceil(log2 x), which a fixed metadata width replaces:

- dense: M K b; zvc: z b + M K; rlc: (z + fillers)(b + r); coo, lil, dok: z (b + lg M + lg K)
- csr: z (b + lg K) + (M + 1) lg(z + 1); csc: z (b + lg M) + (K + 1) lg(z + 1)
- bsr, n blocks of h x w: n h w b + n lg(K / w) + (M / h + 1) lg(n + 1), K / w and M / h rounded up
- ell, longest row R: M R (b + lg K); dia, n diagonals: n (min(M, K) b + lg(M + K))
- csf, n1 slices and n2 fibres of I x J x K: n1 lg I + (n1 + 1) lg(n2 + 1) + n2 lg J + (n2 + 1) lg(z + 1) + z (lg K + b)
- hicoo, n cubes of edge 2 ** c: n (lg(I / 2 ** c) + lg(J / 2 ** c) + lg(K / 2 ** c) + lg(z + 1)) + z (3 c + b)

Encoded tensors have exactly these sizes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archwright.accelerators.formats.counts import Counts
from archwright.accelerators.formats.layout import Amount, Layout
from archwright.core.errors import SpecError


def _dense(of: Counts, layout: Layout) -> Amount:
    return of.elements * layout.data_bits


def _coordinates(of: Counts, layout: Layout) -> Amount:
    indices = sum(layout.width(size) for size in of.shape)
    return of.nonzeros * (layout.data_bits + indices)


def _rows(of: Counts, layout: Layout) -> Amount:
    return _compressed(of.nonzeros, of.shape[0], of.shape[1], layout)


def _columns(of: Counts, layout: Layout) -> Amount:
    return _compressed(of.nonzeros, of.shape[1], of.shape[0], layout)


def _compressed(nonzeros: Amount, outer: Amount, inner: Amount, layout: Layout) -> Amount:
    return nonzeros * (layout.data_bits + layout.width(inner)) + (outer + 1) * layout.width(nonzeros + 1)


def _runs(of: Counts, layout: Layout) -> Amount:
    return (of.nonzeros + of.fillers) * (layout.data_bits + of.run_bits)


def _bitmask(of: Counts, layout: Layout) -> Amount:
    return of.nonzeros * layout.data_bits + of.elements


def _blocks(of: Counts, layout: Layout) -> Amount:
    down, across = np.ceil(of.shape[0] / layout.block_rows), np.ceil(of.shape[1] / layout.block_columns)
    each = layout.block_rows * layout.block_columns * layout.data_bits + layout.width(across)
    return of.blocks * each + (down + 1) * layout.width(of.blocks + 1)


def _padded(of: Counts, layout: Layout) -> Amount:
    return of.shape[0] * of.longest_row * (layout.data_bits + layout.width(of.shape[1]))


def _diagonals(of: Counts, layout: Layout) -> Amount:
    each = np.minimum(*of.shape) * layout.data_bits + layout.width(of.shape[0] + of.shape[1])
    return of.diagonals * each


def _tree(of: Counts, layout: Layout) -> Amount:
    first, second, third = of.shape
    slices = of.slices * layout.width(first) + (of.slices + 1) * layout.width(of.fibres + 1)
    fibres = of.fibres * layout.width(second) + (of.fibres + 1) * layout.width(of.nonzeros + 1)
    return slices + fibres + of.nonzeros * (layout.width(third) + layout.data_bits)


def _cubes(of: Counts, layout: Layout) -> Amount:
    corner = sum(layout.width(np.ceil(size / 2**layout.cube_bits)) for size in of.shape)
    each = corner + layout.width(of.nonzeros + 1)
    return of.cubes * each + of.nonzeros * (3 * layout.cube_bits + layout.data_bits)


SIZES: dict[str, Callable[[Counts, Layout], Amount]] = {
    "dense": _dense, "coo": _coordinates, "csr": _rows, "csc": _columns, "rlc": _runs, "zvc": _bitmask,
    "bsr": _blocks, "ell": _padded, "dia": _diagonals, "lil": _coordinates, "dok": _coordinates, "csf": _tree,
    "hicoo": _cubes,
}  # fmt: skip
MATRIX_ONLY, TENSOR_ONLY = ("csr", "csc", "bsr", "ell", "dia", "lil", "dok"), ("csf", "hicoo")


def size_bits(name: str, counts: Counts, layout: Layout | None = None) -> Amount:
    """Bits of a tensor in a format.

    Args:
        name: of the format.
        counts: of the tensor, measured or expected.
        layout: widths.

    Raises:
        SpecError: the format has no form for so many axes; a fixed width is too narrow.

    Example:
        >>> from archwright.accelerators.formats.counts import expected_counts
        >>> counts = expected_counts((1024, 1024), 0.1)
        >>> [round(float(size_bits(name, counts)) / 1e6, 2) for name in ("dense", "csr", "zvc", "rlc")]
        [33.55, 4.42, 4.4, 3.99]
    """
    other = TENSOR_ONLY if len(counts.shape) == 2 else MATRIX_ONLY
    if name not in SIZES or name in other:
        raise SpecError("format", name, f"one of {', '.join(one for one in SIZES if one not in other)}")
    return SIZES[name](counts, layout or Layout())
