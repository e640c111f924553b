"""The problem: formats in memory and of computation, a converter and an array for the least energy-delay product."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from archwright.accelerators.formats.classes import CLASSES, Comparison
from archwright.accelerators.formats.converter import KINDS, Converter
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.picture import draw_times
from archwright.accelerators.formats.sage import (
    COMPUTE_FORMATS,
    MEMORY_FORMATS,
    Choice,
    Computed,
    Operand,
    Table,
    add_up,
    choices_of,
    computed_of,
    converter_blocks,
    operands_of,
)
from archwright.accelerators.formats.workloads import read_workload
from archwright.core.errors import Infeasible
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, check_design

N_PES = (32, 64, 128, 256, 512)
BUFFER_WORDS = (32, 64, 128, 256, 512)
BUS_WORDS = (4, 8, 16, 32)
MACS_PER_PE = (2, 4, 8, 16, 32)
BASELINE = next(one for one in CLASSES if one.name == "compressed both")
DEFAULT = {"n_pes": 128, "buffer_words": 128, "bus_words": 16, "macs_per_pe": 16}


class FormatsDesign:
    """Choose formats and size the array for a workload, on no more area than the default array with its converter.

    The reference of the score is an accelerator of the default size that stores and computes on compressed rows and
    columns. A design whose formats in memory and of computation differ without a converter cannot exist.

    Args:
        workload: a named workload, three sizes such as `64x256x32`, or a file.
        density_a: of the streamed operand where only sizes are given, 0 to 1.
        density_b: of the stationary operand of sizes and files, 0 to 1.
        n_columns: of the stationary operand of files.

    Raises:
        SpecError: no such workload, or a density that is no share.

    Example:
        >>> problem = FormatsDesign()
        >>> best = problem.references()[-1]
        >>> best.is_optimal, best.design["compute"]
        (True, 'csr x csc')
    """

    name = "formats"
    typical_seconds = 2e-3
    metrics: Mapping[str, str] = {
        "time_s": "s", "energy_j": "J", "area_mm2": "mm2", "energy_delay_js": "J*s", "memory_bytes": "B",
        "conversion_share": "", "utilisation": "",
    }  # fmt: skip

    def __init__(
        self, *, workload: str = "speech-2-spgemm", density_a: float = 0.1, density_b: float = 1.0, n_columns: int = 128
    ) -> None:
        self.layout = Layout()
        self.workload = read_workload(
            workload, density_a=density_a, density_b=density_b, n_columns=n_columns, layout=self.layout
        )
        rank = self.workload.rank
        self.space = Record(
            memory_a=MEMORY_FORMATS[rank], memory_b=MEMORY_FORMATS[2],
            compute=tuple(" x ".join(pair) for pair in COMPUTE_FORMATS[rank]), converter=KINDS, n_pes=N_PES,
            buffer_words=BUFFER_WORDS, bus_words=BUS_WORDS, macs_per_pe=MACS_PER_PE,
        )  # fmt: skip
        self._places = {choice: i for i, choice in enumerate(choices_of(rank))}
        self._operands: dict[str, tuple[Operand, Operand]] = {}
        self.version = f"1.{zlib.crc32(repr((self.workload.kernel, self.workload.a, self.workload.b)).encode()):08x}"
        published = self._published()
        limit_mm2 = math.ceil(self._area_mm2("mint_m", Array()) * 100.0) / 100.0
        self._area_limit_mm2 = limit_mm2
        self.goals: tuple[Goal, ...] = (
            goal(f"min energy_delay_js ref {published.metrics['energy_delay_js']:.4g} J*s", self.metrics),
            goal(f"area_mm2 <= {limit_mm2:.2f} mm2", self.metrics),
        )

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """What the workload takes on every design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return [self._one(check_design(self.space, design)) for design in designs]

    def _one(self, design: Design) -> Outcome:
        choice, array = _choice_of(design), _array_of(design)
        if design["converter"] == "none" and not _is_direct(choice):
            return Infeasible(f"nothing converts {choice}")
        table = self._table(design["converter"], array)
        return self._metrics(table, self._places[choice], design["converter"], array)

    def _table(self, kind: str, array: Array, computed: Computed | None = None) -> Table:
        if kind not in self._operands:  # formats and memory alone: the same for every size of the array
            self._operands[kind] = operands_of(self.workload, array, Converter(kind), self.layout)
        computed = computed or computed_of(self.workload, array, self.layout)
        return add_up(self.workload.rank, *self._operands[kind], computed, array.clock_hz)

    def _metrics(self, table: Table, i: int, kind: str, array: Array) -> dict[str, float]:
        time_s, energy_j = float(table.time_s[i]), float(table.energy_j[i])
        return {
            "time_s": time_s,
            "energy_j": energy_j,
            "area_mm2": self._area_mm2(kind, array),
            "energy_delay_js": time_s * energy_j,
            "memory_bytes": float(table.memory_bits[i]) / 8.0,
            "conversion_share": float(table.conversion_s[i]) / time_s,
            "utilisation": float(table.macs[i] / (table.compute_s[i] * array.peak_macs_per_s)),
        }

    def _area_mm2(self, kind: str, array: Array) -> float:
        return (array.area_um2 + self._converter_um2[kind]) / 1e6

    @cached_property
    def _converter_um2(self) -> dict[str, float]:
        blocks = converter_blocks(self.workload.rank)
        return {kind: Converter(kind).area_um2(blocks) for kind in KINDS}

    def references(self) -> list[Reference]:
        """An accelerator of fixed formats, and the optimum of all designs within the area."""
        design, metrics = self.optimum
        n = math.prod(len(values) for values in self.space.parameters.values())
        return [self._published(), Reference("optimum", design, metrics, f"all {n:,} designs", is_optimal=True)]

    def _published(self) -> Reference:
        choice = choices_of(self.workload.rank)[Comparison(self.workload, layout=self.layout).best(BASELINE)]
        design = _design_of(choice, "none", DEFAULT)
        outcome = self._one(design)
        assert isinstance(outcome, Mapping)
        return Reference(BASELINE.name, design, outcome, f"formats of {BASELINE.like}, on the default array")

    @cached_property
    def optimum(self) -> tuple[Design, Metrics]:
        """The design with the least energy-delay product within the area, by trying them all."""
        sizes = (dict(zip(DEFAULT, one, strict=True)) for one in product(N_PES, BUFFER_WORDS, BUS_WORDS, MACS_PER_PE))
        found = [one for given in sizes for one in self._within_area(given)]
        return min(found, key=lambda one: one[1]["energy_delay_js"])

    def _within_area(self, sizes: Mapping[str, int]) -> Iterator[tuple[Design, Metrics]]:
        """The best formats on an array with every kind of converter that leaves it within the area."""
        array = Array(**sizes)
        computed = computed_of(self.workload, array, self.layout)
        for kind in KINDS:
            if self._area_mm2(kind, array) <= self._area_limit_mm2:
                table = self._table(kind, array, computed)
                i = int(table.best)
                yield _design_of(table.choices[i], kind, sizes), self._metrics(table, i, kind, array)

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs; parts are counted anew there."""
        return {**self.__dict__, "_operands": {}}

    def draw(self, design: Design) -> str:
        """What the design spends its time on, beside every class of accelerators at the default size.

        Raises:
            SpecError: the design is not in the space.
        """
        check_design(self.space, design)
        table = self._table(design["converter"], _array_of(design))
        comparison = Comparison(self.workload, layout=self.layout)
        rows = [_row("this design", table, self._places[_choice_of(design)])]
        rows += [_row(of.name, comparison.table(of.conversion), comparison.best(of)) for of in CLASSES]
        drawn = [row for row in rows if math.isfinite(sum(row[1]))]
        return draw_times(drawn, f"{self.workload.name}: {_choice_of(design)}, converter {design['converter']}")


def _row(name: str, table: Table, i: int) -> tuple[str, tuple[float, float, float], str]:
    spent = (float(table.transfer_s[i]), float(table.conversion_s[i]), float(table.compute_s[i]))
    return f"{name}: {table.choices[i]}", spent, f"{sum(spent) * 1e3:,.4g} ms, {float(table.energy_j[i]):.3g} J"


def _choice_of(design: Design) -> Choice:
    return Choice(design["memory_a"], design["memory_b"], *design["compute"].split(" x "))


def _array_of(design: Design) -> Array:
    return Array(**{name: design[name] for name in DEFAULT})


def _is_direct(choice: Choice) -> bool:
    return (choice.memory_a, choice.memory_b) == (choice.compute_a, choice.compute_b)


def _design_of(choice: Choice, kind: str, sizes: Mapping[str, int]) -> Design:
    compute = f"{choice.compute_a} x {choice.compute_b}"
    return {
        "memory_a": choice.memory_a, "memory_b": choice.memory_b, "compute": compute, "converter": kind, **sizes
    }  # fmt: skip
