"""Matrix Market files, refused in one line before memory is taken where they cannot be run.

Source of the form: Boisvert, Pozo, Remington, "The Matrix Market Exchange Formats: Initial Design", NIST, 1996.
"""

from __future__ import annotations

import os
from pathlib import Path

from archwright.accelerators.sparch.matrix import MAX_COLUMNS, SparseMatrix, from_scipy
from archwright.core.errors import SpecError

BYTES_PER_ELEMENT, BYTES_PER_ROW = 64, 16
"""Memory that reading takes at most; a symmetric file has twice as many elements as lines."""
LEAST_LINE_BYTES = 4
"""A row, a blank, a column, the end of the line."""


def read_market(path: Path, *, free_bytes: int | None = None) -> SparseMatrix:
    """The matrix in a file, its symmetric part filled in; elements of a pattern are 1.

    Args:
        path: a `.mtx` file with real, integer or pattern coordinates.
        free_bytes: memory that may be taken; by default what the machine has free.

    Raises:
        SpecError: it cannot be read, is malformed, complex or dense, not square, or too large for the memory.

    Example:
        >>> _ = Path("two.mtx").write_text("%%MatrixMarket matrix coordinate pattern general\\n2 2 1\\n1 2\\n")
        >>> read_market(Path("two.mtx")).columns.tolist()
        [1]
    """
    from scipy.io import mminfo, mmread

    try:
        n_rows, n_columns, n_stored, form, field, symmetry = mminfo(path)
        _check_header(path, (n_rows, n_columns, n_stored), form, field)
        factor = 1 if symmetry == "general" else 2
        _check_memory(path, BYTES_PER_ELEMENT * factor * n_stored + BYTES_PER_ROW * n_rows, free_bytes)
        return from_scipy(mmread(path))
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise SpecError("workload", str(path), f"a well-formed Matrix Market file; {error}") from error


def _check_header(path: Path, sizes: tuple[int, int, int], form: str, field: str) -> None:
    n_rows, n_columns, n_stored = sizes
    if field == "complex" or form != "coordinate":
        raise SpecError("workload", str(path), f"a file of real coordinates, not {field} in {form} form")
    if n_rows != n_columns or not 0 < n_rows <= MAX_COLUMNS:
        raise SpecError("workload", str(path), f"a square matrix, which {n_rows:,} x {n_columns:,} is not")
    least = n_stored * LEAST_LINE_BYTES - 1
    if path.stat().st_size < least:
        raise SpecError("workload", str(path), f"{n_stored:,} elements as the header says, at least {least:,} bytes")


def _check_memory(path: Path, needed_bytes: int, free_bytes: int | None) -> None:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if free_bytes is None else free_bytes
    if needed_bytes > free:
        raise SpecError("workload", str(path), f"a matrix that takes {free:,} bytes at most, not {needed_bytes:,}")
