"""Which format takes fewest bits, and at which densities that changes.

Closed forms, uniform density, M x K elements, b data bits, w = lg(z + 1) the width of pointers, z the non-zeros:

- bitmask below dense: z < M K (1 - 1 / b)
- CSR below dense: z (b + lg K) + (M + 1) w < M K b, near p = b / (b + lg K)
- CSR below bitmask: z lg K + (M + 1) w < M K, near p = 1 / lg K
- coordinates below CSR: z lg M < (M + 1) w, only where most rows are empty

The pointers' width is a whole number, so each line is solved once per width, and holds where the width fits the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from archwright.accelerators.formats.counts import expected_counts
from archwright.accelerators.formats.entries import check_shape
from archwright.accelerators.formats.layout import Amount, Layout, index_bits
from archwright.accelerators.formats.sizes import size_bits

MAP_FORMATS = {2: ("dense", "coo", "csr", "csc", "rlc", "zvc", "bsr", "ell", "dia"),
               3: ("dense", "coo", "csf", "hicoo", "rlc", "zvc")}  # fmt: skip


def most_compact(shape: Sequence[int], densities: Amount, layout: Layout | None = None) -> list[str]:
    """The format with fewest expected bits at every density.

    Args:
        shape: of a matrix or 3-tensor.
        densities: (n,) 0 to 1.
        layout: widths.

    Raises:
        SpecError: the shape or a density makes no sense.

    Example:
        >>> most_compact((1024, 1024), np.array([1e-6, 1e-3, 0.1, 0.8, 1.0]))
        ['coo', 'rlc', 'rlc', 'zvc', 'dense']
    """
    names = MAP_FORMATS[len(check_shape(shape))]
    counts = expected_counts(shape, densities, layout)
    bits = np.stack([np.broadcast_to(size_bits(name, counts, layout), np.shape(densities)) for name in names])
    return [names[i] for i in bits.argmin(axis=0)]


def crossovers(shape: tuple[int, int], layout: Layout | None = None) -> dict[tuple[str, str], float]:
    """Densities below which the first format of a pair takes fewer bits than the second, in closed form.

    Args:
        shape: M x K.
        layout: widths.

    Example:
        >>> found = crossovers((1024, 1024))
        >>> {" < ".join(pair): round(p, 4) for pair, p in found.items()}
        {'zvc < dense': 0.9688, 'csr < dense': 0.7614, 'csr < zvc': 0.0983, 'coo < csr': 0.0011}
    """
    layout, (rows, columns) = layout or Layout(), shape
    elements, data = float(rows) * columns, layout.data_bits
    row_bits, column_bits = int(layout.width(rows)), int(layout.width(columns))
    lines = {
        ("csr", "dense"): (data + column_bits, rows + 1, elements * data),
        ("csr", "zvc"): (column_bits, rows + 1, elements),
        ("coo", "csr"): (row_bits, -(rows + 1), 0.0),
    }
    found = {("zvc", "dense"): 1.0 - 1.0 / data}
    found |= {pair: _solve(*line, elements, layout) / elements for pair, line in lines.items()}
    return {pair: min(max(density, 0.0), 1.0) for pair, density in found.items()}


def _solve(per_entry: float, per_width: float, total: float, elements: float, layout: Layout) -> float:
    """The largest z with z per_entry + per_width w(z) <= total, where w(z) = lg(z + 1) or the fixed width."""
    if layout.metadata_bits is not None:
        return _line(per_entry, per_width, total, layout.metadata_bits)
    best = 0.0
    for width in range(int(index_bits(elements + 1)) + 1):
        low, high = 2.0 ** (width - 1) - 1.0, 2.0**width - 1.0  # z with this width: low < z <= high
        z = min(_line(per_entry, per_width, total, width), high)
        if z > low:
            best = z
    return best


def _line(per_entry: float, per_width: float, total: float, width: int) -> float:
    room = total - per_width * width
    if per_entry == 0:
        return math.inf if room >= 0 else 0.0
    return max(room / per_entry, 0.0)


def found_crossover(pair: tuple[str, str], shape: Sequence[int], layout: Layout | None = None) -> float:
    """The same by bisection on the sizes: the largest density at which the first takes no more bits than the second.

    Args:
        pair: names of formats.
        shape: of the tensor.
        layout: widths.

    Example:
        >>> round(found_crossover(("csr", "dense"), (1024, 1024)), 4)
        0.7614
    """
    grid = np.geomspace(1e-10, 1.0, 801)
    below = _is_below(pair, shape, grid, layout)
    if not below.any():
        return 0.0
    last = int(np.flatnonzero(below)[-1])
    if last == len(grid) - 1:
        return 1.0
    low, high = grid[last], grid[last + 1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _is_below(pair, shape, middle, layout) else (low, middle)
    return float(low)


def _is_below(pair: tuple[str, str], shape: Sequence[int], density: Amount, layout: Layout | None) -> Amount:
    counts = expected_counts(shape, density, layout)
    return size_bits(pair[0], counts, layout) <= size_bits(pair[1], counts, layout)
