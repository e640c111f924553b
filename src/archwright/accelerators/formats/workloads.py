"""What can be run: 30 named workloads, sizes of one's own, or a matrix from a file.

The named ones have sizes and densities of the families that the paper draws from: matrices of collections, speech and
language layers, tensors of measurements. Sizes are those of well-known examples as far as recollection goes; only they
and a uniform density enter, no data. Products are with a dense matrix (SpMM) of half as many columns as rows, or with a
matrix of the same density (SpGEMM); tensors are multiplied by matrices of 16 or 32 columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archwright.accelerators.formats.counts import Counts, counts_of, expected_counts
from archwright.accelerators.formats.entries import check_density, check_shape, entries_of
from archwright.accelerators.formats.layout import Amount, Layout
from archwright.core.errors import SpecError, check_name

KERNELS = ("product", "ttm", "mttkrp")


@dataclass(frozen=True, eq=False)
class Workload:
    """Two operands and what is done with them; arrays in the counts stand for many workloads of a kind.

    Args:
        name: for reports.
        kernel: one of `KERNELS`.
        a: counts of the streamed operand, a matrix or a 3-tensor.
        b: of the stationary one: inner index by columns; for MTTKRP both matrices, one above the other.
    """

    name: str
    kernel: str
    a: Counts
    b: Counts

    @property
    def rank(self) -> int:
        """Axes of the streamed operand."""
        return len(self.a.shape)

    @property
    def result_shape(self) -> tuple[Amount, Amount]:
        """Rows and columns of the result."""
        rows = self.a.shape[0] if self.kernel == "mttkrp" else self.a.elements / self.a.shape[-1]
        return rows, self.b.shape[1]


def product_of(
    sizes: Sequence[Any], density_a: Any, density_b: Any = 1.0, *, name: str = "product", layout: Layout | None = None
) -> Workload:
    """A product of matrices of uniform density.

    Args:
        sizes: rows, inner size, columns; also arrays.
        density_a, density_b: shares of non-zeros, 0 to 1; also arrays.
        name: for reports.
        layout: widths.

    Raises:
        SpecError: a size is not above zero, or a density is no share.

    Example:
        >>> float(product_of((4, 8, 2), 0.5).a.nonzeros)
        16.0
    """
    if len(sizes) != 3 or any(np.any(np.asarray(one) < 1) for one in sizes):
        raise SpecError("sizes", tuple(sizes), "three whole numbers above 0: rows, inner size, columns")
    for field, density in (("density_a", density_a), ("density_b", density_b)):
        if np.ndim(density) == 0:
            check_density(field, density)
    rows, inner, columns = sizes
    a, b = expected_counts((rows, inner), density_a, layout), expected_counts((inner, columns), density_b, layout)
    return Workload(name, "product", a, b)


def tensor_times(
    kernel: str, shape: Sequence[int], n_columns: int, density: float, *, name: str = "tensor",
    layout: Layout | None = None,
) -> Workload:  # fmt: skip
    """A 3-tensor of uniform density times dense matrices.

    Args:
        kernel: `ttm` or `mttkrp`.
        shape: of the tensor.
        n_columns: of the matrices, >= 1.
        density: of the tensor, 0 to 1.
        name: for reports.
        layout: widths.

    Raises:
        SpecError: no such kernel, a size that is not above zero, or a density that is no share.

    Example:
        >>> [int(size) for size in tensor_times("mttkrp", (10, 20, 30), 16, 0.1).b.shape]
        [50, 16]
    """
    check_name("kernel", kernel, KERNELS[1:])
    sizes = check_shape(shape)
    if len(sizes) != 3:
        raise SpecError("shape", sizes, "three whole numbers above 0")
    inner = sizes[2] if kernel == "ttm" else sizes[1] + sizes[2]
    a, b = expected_counts(sizes, density, layout), expected_counts((inner, n_columns), 1.0, layout)
    return Workload(name, kernel, a, b)


_MATRICES = {
    "journals": (124, 124, 0.785),
    "speech-1": (2048, 1024, 0.30),
    "speech-2": (7680, 2560, 0.05),
    "attention": (512, 512, 0.20),
    "resnet": (512, 4608, 0.10),
    "dendrimer": (730, 730, 0.118),
    "bcsstk": (1074, 1074, 0.0112),
    "cavity": (2597, 2597, 0.0113),
    "collection-1": (10_000, 10_000, 1e-3),
    "m3plates": (11_107, 11_107, 5.4e-5),
    "collection-2": (60_000, 60_000, 1e-5),
    "collection-3": (100_000, 100_000, 1e-6),
}
_TENSORS = {
    "brain": ((60, 70_365, 9), 0.29, 16),
    "crime": ((6_186, 24, 77), 0.0147, 32),
    "taxi": ((183, 1_140, 1_717), 3.8e-4, 32),
}
NAMES = (
    *(f"{name}-{kind}" for name in _MATRICES for kind in ("spmm", "spgemm")),
    *(f"{name}-{kernel}" for name in _TENSORS for kernel in ("ttm", "mttkrp")),
)
WORKLOADS = f"{', '.join(NAMES)}; ROWSxINNERxCOLUMNS; or an .npy or .npz file of a matrix"


def named_workload(name: str, layout: Layout | None = None) -> Workload:
    """One of the 30 workloads.

    Args:
        name: one of `NAMES`.
        layout: widths.

    Raises:
        SpecError: there is none of that name.

    Example:
        >>> len(NAMES), [int(size) for size in named_workload("journals-spmm").result_shape]
        (30, [124, 62])
    """
    family, _, kind = check_name("workload", name, NAMES).rpartition("-")
    if family in _TENSORS:
        shape, density, n_columns = _TENSORS[family]
        return tensor_times(kind, shape, n_columns, density, name=name, layout=layout)
    rows, inner, density = _MATRICES[family]
    columns = math.ceil(rows / 2) if kind == "spmm" else rows
    return product_of((rows, inner, columns), density, 1.0 if kind == "spmm" else density, name=name, layout=layout)


def workload_of(
    tensor: Any, *, name: str = "matrix", n_columns: int = 128, density_b: float = 1.0, layout: Layout | None = None
) -> Workload:
    """A matrix as it is, with its own counts, times one of uniform density; 3-tensors by SpTTM.

    Args:
        tensor: an array of two or three axes, or a sparse matrix of scipy.
        name: for reports.
        n_columns: of the other operand, >= 1.
        density_b: of the other operand, 0 to 1.
        layout: widths.

    Raises:
        SpecError: the tensor has other axes, or a number is out of its range.

    Example:
        >>> workload_of(np.eye(8), n_columns=4).a.nonzeros
        8
    """
    entries = entries_of(tensor)
    check_density("density_b", density_b)
    _check_columns(n_columns)
    b = expected_counts((entries.shape[-1], n_columns), density_b, layout)
    return Workload(name, "product" if len(entries.shape) == 2 else "ttm", counts_of(entries, layout), b)


def _check_columns(n_columns: int) -> None:
    if not isinstance(n_columns, int) or n_columns < 1:
        raise SpecError("n_columns", n_columns, "a whole number above 0")


def read_workload(
    text: str, *, density_a: float = 0.1, density_b: float = 1.0, n_columns: int = 128, layout: Layout | None = None
) -> Workload:
    """The workload that a user names.

    Args:
        text: one of `NAMES`, sizes such as `64x256x32`, or a file.
        density_a: of the streamed operand where only sizes are given, 0 to 1.
        density_b: of the stationary operand of sizes and files, 0 to 1.
        n_columns: of the stationary operand of files.
        layout: widths.

    Raises:
        SpecError: there is no such workload, or a number is out of its range, whether this workload reads it or not.

    Example:
        >>> float(read_workload("64x256x32", density_a=0.25).a.nonzeros)
        4096.0
    """
    check_density("density_a", density_a)
    check_density("density_b", density_b)
    _check_columns(n_columns)
    path, sizes = Path(text), text.split("x")
    if path.suffix in (".npy", ".npz"):
        return workload_of(
            _read_matrix(path), name=path.stem, n_columns=n_columns, density_b=density_b, layout=layout
        )  # fmt: skip
    if len(sizes) == 3 and all(one.lstrip("-").isdigit() for one in sizes):
        return product_of([int(one) for one in sizes], density_a, density_b, name=text, layout=layout)
    return named_workload(text, layout)


def _read_matrix(path: Path) -> Any:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            if "format" not in loaded.files:
                return loaded[loaded.files[0]]
        from scipy.sparse import load_npz

        return load_npz(path)
    except (OSError, ValueError, EOFError, IndexError, KeyError) as error:
        raise SpecError("workload", str(path), f"a file that numpy or scipy wrote; {error}") from error
