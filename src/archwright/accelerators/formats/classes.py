"""Accelerators by what is fixed and what is flexible: formats in memory, formats of computation, conversion.

The fixed classes stand for designs that were built, each reduced to its formats; all compute on the same array here, so
what differs is formats alone. A design that computes on bitmasks has no counterpart among our compute formats; that
class stores bitmasks and computes on compressed rows and columns. For 3-tensors, a tree stands for compressed rows, and
the matrices that they are multiplied with are stored and held dense where a class would have compressed columns.

The taxonomy of fixed and flexible is that of Qin et al., IPDPS 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archwright.accelerators.formats.converter import Converter
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.sage import Choice, Table, choices_of, tabulate
from archwright.accelerators.formats.workloads import Workload

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormatClass:
    """What an accelerator can do.

    Args:
        name: of the class.
        like: a design that it stands for.
        memory: pairs of formats in memory; none for all.
        compute: pairs of formats of computation; none for all.
        conversion: kind of converter.
    """

    name: str
    like: str
    memory: Pairs = ()
    compute: Pairs = ()
    conversion: str = "none"

    def allowed(self, rank: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(n,) which of the choices of a rank it has."""
        memory, compute = _of_rank(self.memory, rank), _of_rank(self.compute, rank)
        return np.array([_is_one_of(choice, memory, compute) for choice in choices_of(rank)])


FLEXIBLE = FormatClass("flexible memory, flexible compute, hardware", "SAGE with MINT", conversion="mint_m")
CLASSES = (
    FormatClass("dense", "TPU", (("dense", "dense"),), (("dense", "dense"),)),
    FormatClass("compressed weights", "EIE", (("dense", "csc"),), (("dense", "csc"),)),
    FormatClass("compressed both", "ExTensor", (("csr", "csc"),), (("csr", "csc"),)),
    FormatClass("bitmask both", "SIGMA", (("zvc", "zvc"),), (("csr", "csc"),), "mint_m"),
    FormatClass("bitmask in memory, dense compute", "NVDLA", (("zvc", "zvc"),), (("dense", "dense"),), "mint_m"),
    FormatClass("flexible memory, dense compute, hardware", "", (), (("dense", "dense"),), "mint_m"),
    FormatClass("compressed memory, flexible compute, hardware", "", (("csr", "csc"),), (), "mint_m"),
    FormatClass("flexible both, no conversion", ""),
    FormatClass("flexible memory, flexible compute, software", "", conversion="software"),
    FLEXIBLE,
)
"""From all fixed to all flexible."""
_ON_TENSORS = {"csr": "csf", "csc": "dense"}


def _of_rank(pairs: Pairs, rank: int) -> Pairs:
    if rank == 2:
        return pairs
    return tuple((_ON_TENSORS.get(first, first), _ON_TENSORS.get(second, second)) for first, second in pairs)


def _is_one_of(choice: Choice, memory: Pairs, compute: Pairs) -> bool:
    is_stored = not memory or (choice.memory_a, choice.memory_b) in memory
    return is_stored and (not compute or (choice.compute_a, choice.compute_b) in compute)


@dataclass
class Comparison:
    """Tables of a workload by kind of converter, made when a class asks for one.

    Args:
        workload: what is run.
        array: what computes.
        lanes: of the converter.
        layout: widths in memory.
    """

    workload: Workload
    array: Array = field(default_factory=Array)
    lanes: int = 16
    layout: Layout = field(default_factory=Layout)
    tables: dict[str, Table] = field(default_factory=dict)

    def table(self, kind: str) -> Table:
        """Every choice with a kind of converter."""
        if kind not in self.tables:
            self.tables[kind] = tabulate(self.workload, self.array, Converter(kind, self.lanes), self.layout)
        return self.tables[kind]

    def best(self, of: FormatClass) -> int:
        """The best choice of a class, as an index into its table.

        Example:
            >>> from archwright.accelerators.formats.workloads import named_workload
            >>> comparison = Comparison(named_workload("journals-spmm"))
            >>> str(choices_of(2)[comparison.best(CLASSES[0])])
            'dense, dense -> dense x dense'
        """
        energy_delay = self.table(of.conversion).energy_delay_js
        return int(np.where(of.allowed(self.workload.rank), energy_delay, np.inf).argmin())

    def energy_delay_js(self, of: FormatClass) -> float:
        """Energy times time of the best choice of a class."""
        return float(self.table(of.conversion).energy_delay_js[self.best(of)])


def ratios(workloads: Sequence[Workload], array: Array | None = None) -> Mapping[str, list[float]]:
    """By class, how many times the energy-delay product of full flexibility each workload takes.

    Args:
        workloads: to run.
        array: what computes.

    Example:
        >>> from archwright.accelerators.formats.workloads import product_of
        >>> found = ratios([product_of((256, 256, 256), 0.01, 0.01)])
        >>> found["flexible memory, flexible compute, hardware"], found["dense"][0] > 10.0
        ([1.0], True)
    """
    compared = [Comparison(workload, array or Array()) for workload in workloads]
    least = [comparison.energy_delay_js(FLEXIBLE) for comparison in compared]
    return {
        of.name: [one.energy_delay_js(of) / best for one, best in zip(compared, least, strict=True)] for of in CLASSES
    }
