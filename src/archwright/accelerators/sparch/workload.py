"""What can be run: a stand-in for a published matrix by its name, or a Matrix Market file; each times itself."""

from __future__ import annotations

from pathlib import Path

from archwright.accelerators.sparch.families import PUBLISHED, stand_in
from archwright.accelerators.sparch.market import read_market
from archwright.accelerators.sparch.matrix import SparseMatrix

WORKLOADS = f"a stand-in for {', '.join(PUBLISHED)}, or a square matrix in a Matrix Market file (.mtx)"


def read_workload(workload: str, *, max_products: int = 0, seed: int = 0) -> SparseMatrix:
    """The matrix of a workload.

    Args:
        workload: a key of `PUBLISHED`, or a `.mtx` file.
        max_products: above which a stand-in gets fewer rows; 0 for any number.
        seed: of what is drawn.

    Raises:
        SpecError: no such matrix, or a file that cannot be run.

    Example:
        >>> read_workload("m133-b3", max_products=1000).n_rows
        62
    """
    if Path(workload).suffix == ".mtx":
        return read_market(Path(workload))
    return stand_in(workload, max_products, seed)
