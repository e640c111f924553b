"""`archwright simulate formats WORKLOAD`: what every class of accelerators takes, with the formats it would choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archwright.accelerators.formats.classes import CLASSES, FLEXIBLE, Comparison, FormatClass
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.workloads import WORKLOADS, Workload, read_workload, workload_of
from archwright.core.errors import SpecError
from archwright.core.problem import Metrics


class FormatsSimulator:
    """An array and a converter that run workloads; numbers are expectations at uniform density.

    Args:
        density_a: of the streamed operand, where a workload is three sizes.
        density_b: of the stationary operand, where a workload is three sizes or a file.
        n_columns: of the stationary operand, where a workload is a file.
        n_pes: processing elements.
        buffer_words: of an element.
        bus_words: broadcast in a cycle.
        macs_per_pe: multiplications of an element in a cycle.
        dram_words: from or to memory in a cycle.
        clock_hz: cycles a second.
        lanes: of the converter.
        data_bits: of a value in memory.
        metadata_bits: of every index and pointer in memory; 0 for as many as each needs.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> found = FormatsSimulator(density_a=0.05).run("512x1024x300")
        >>> list(found)[-1]
        'flexible memory, flexible compute, hardware: rlc, dense -> csr x dense'
    """

    workloads = WORKLOADS
    metrics: Mapping[str, str] = {
        "time_s": "s", "energy_j": "J", "energy_delay_js": "J*s", "ratio": "", "memory_bytes": "B",
        "conversion_share": "", "utilisation": "",
    }  # fmt: skip

    def __init__(
        self,
        *,
        density_a: float = 0.1,
        density_b: float = 1.0,
        n_columns: int = 128,
        n_pes: int = 128,
        buffer_words: int = 128,
        bus_words: int = 16,
        macs_per_pe: int = 16,
        dram_words: int = 16,
        clock_hz: float = 1e9,
        lanes: int = 16,
        data_bits: int = 32,
        metadata_bits: int = 0,
    ) -> None:
        self.array = Array(
            n_pes, buffer_words, bus_words, macs_per_pe, dram_words=dram_words, clock_hz=clock_hz
        )  # fmt: skip
        self.layout, self.lanes = Layout(data_bits, metadata_bits or None), lanes
        self.density_a, self.density_b, self.n_columns = density_a, density_b, n_columns

    def run(self, workload: str) -> dict[str, Metrics]:
        """Metrics of every class of accelerators, named with the formats that suit it best.

        Args:
            workload: one of the named ones, three sizes, or a file.

        Raises:
            SpecError: no such workload.
        """
        comparison = self._compare(
            read_workload(
                workload, density_a=self.density_a, density_b=self.density_b, n_columns=self.n_columns,
                layout=self.layout,
            )
        )  # fmt: skip
        return dict(self._row(comparison, of, of.name) for of in CLASSES)

    def run_matrices(self, matrices: Mapping[str, Any]) -> dict[str, Metrics]:
        """Metrics of full flexibility per matrix, streamed against a stationary operand of uniform density.

        Args:
            matrices: by name, zero where pruned; arrays of other than two axes are passed over.

        Raises:
            SpecError: there is no matrix.
        """
        fitting = {name: one for name, one in matrices.items() if one.ndim == 2 and one.size}
        if not fitting:
            raise SpecError("workload", sorted(matrices), "arrays of which at least one is a matrix")
        found = [self._workload(name, one) for name, one in fitting.items()]
        return dict(self._row(self._compare(one), FLEXIBLE, one.name) for one in found)

    def _workload(self, name: str, matrix: Any) -> Workload:
        return workload_of(matrix, name=name, n_columns=self.n_columns, density_b=self.density_b, layout=self.layout)

    def _compare(self, workload: Workload) -> Comparison:
        return Comparison(workload, self.array, self.lanes, self.layout)

    def _row(self, comparison: Comparison, of: FormatClass, name: str) -> tuple[str, Metrics]:
        table, i = comparison.table(of.conversion), comparison.best(of)
        time_s, energy_j = float(table.time_s[i]), float(table.energy_j[i])
        peak = self.array.peak_macs_per_s * float(table.compute_s[i])
        metrics = {
            "time_s": time_s,
            "energy_j": energy_j,
            "energy_delay_js": energy_j * time_s,
            "ratio": energy_j * time_s / comparison.energy_delay_js(FLEXIBLE),
            "memory_bytes": float(table.memory_bits[i]) / 8.0,
            "conversion_share": float(table.conversion_s[i]) / time_s,
            "utilisation": float(table.macs[i]) / peak if peak else 0.0,
        }
        return f"{name}: {table.choices[i]}", metrics
