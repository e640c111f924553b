"""What runs over the bus: the words of the streamed operand in each format that the array computes on.

A word is 32 bits whatever it holds. A dense operand sends values only, zeros too. Compressed rows send pairs of value
and column, and a word per row, also where the row is empty. Coordinates send every index with every value. A tree of a
3-tensor sends pairs, and two words per fibre that is not empty. An entry has arrived with its last word.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from archwright.accelerators.formats.entries import Array, Entries, Ints
from archwright.core.errors import check_name


class Words(NamedTuple):
    """Words of a streamed format.

    Args:
        per_entry: value and indices.
        per_row: markers of a row, or of a fibre.
        counts_empty_rows: whether empty rows have markers.
    """

    per_entry: int
    per_row: int
    counts_empty_rows: bool


STREAMED = {
    (2, "dense"): Words(1, 0, False),
    (2, "csr"): Words(2, 1, True),
    (2, "coo"): Words(3, 0, False),
    (3, "dense"): Words(1, 0, False),
    (3, "csf"): Words(2, 2, False),
    (3, "coo"): Words(4, 0, False),
}
"""By number of axes and format."""


class Stream(NamedTuple):
    """Entries on their way over the bus.

    Args:
        rows: (n,) of the result that each adds to.
        inner: (n,) index that it meets the stationary operand with.
        values: (n,).
        ends: (n,) words that have been sent when it has arrived.
        n_words: of all.
    """

    rows: Ints
    inner: Ints
    values: Array
    ends: Ints
    n_words: int


def stream_of(entries: Entries, name: str, start: int, stop: int) -> Stream:
    """The stream of the part of an operand with inner indices from `start` to below `stop`, row by row.

    Args:
        entries: of the operand; the first two axes of a 3-tensor are its rows, the last one is inner.
        name: of the format.
        start, stop: of the inner index.

    Raises:
        SpecError: the format is not streamed.

    Example:
        >>> from archwright.accelerators.formats.entries import entries_of
        >>> found = stream_of(entries_of(np.array([[5, 0, 6], [0, 0, 0], [7, 0, 0]])), "csr", 0, 3)
        >>> found.inner.tolist(), found.ends.tolist(), found.n_words
        ([0, 2, 0], [3, 5, 9], 9)
    """
    rank = len(entries.shape)
    check_name("streamed format", name, [known for axes, known in STREAMED if axes == rank])
    words, n_inner = STREAMED[rank, name], entries.shape[-1]
    n_rows = int(np.prod(entries.shape[:-1]))
    if name == "dense":
        rows, inner = np.divmod(np.arange(n_rows * (stop - start)), stop - start)
        values = entries.dense().reshape(n_rows, n_inner)[:, start:stop].reshape(-1)
        return Stream(rows, inner + start, values, np.arange(1, len(rows) + 1), len(rows))
    rows, inner = np.divmod(entries.positions, n_inner)
    inside = (start <= inner) & (inner < stop)
    rows, inner, values = rows[inside], inner[inside], entries.values[inside]
    markers = rows + 1 if words.counts_empty_rows else np.cumsum(np.diff(rows, prepend=-1) != 0)
    ends = words.per_entry * np.arange(1, len(rows) + 1) + words.per_row * markers
    n_markers = n_rows if words.counts_empty_rows else int(markers[-1]) if len(rows) else 0
    return Stream(rows, inner, values, ends, words.per_entry * len(rows) + words.per_row * n_markers)
