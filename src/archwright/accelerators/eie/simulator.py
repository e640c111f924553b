"""`archwright simulate eie WORKLOAD`: a machine of one's own, run on layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archwright.accelerators.eie.layers import Layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.simulation import Run, simulate
from archwright.accelerators.eie.workload import WORKLOADS, Matrix, layers_of, read_layers
from archwright.core.problem import Metrics


class EieSimulator:
    """An EIE that runs workloads; the defaults are the published machine.

    Args:
        n_pes: processing elements.
        fifo_depth: slots of each activation queue, one of which stays free.
        sram_bits: width of a line of the weight memory.
        index_bits: of the zero run of an entry.
        code_bits: of the shared weight of an entry.
        clock_hz: cycles a second.
        activation_density: share of inputs that are not zero, for files that do not say which.
        seed: of what is drawn.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> EieSimulator(fifo_depth=16).run("alex-7")["alex-7"]["cycles"]
        10203.0
    """

    workloads = WORKLOADS
    metrics: Mapping[str, str] = {
        "cycles": "cycles", "time_s": "s", "theoretical_s": "s", "balance": "", "padding_share": "", "energy_j": "J",
        "power_w": "W", "weight_bytes": "B",
    }  # fmt: skip

    def __init__(
        self,
        *,
        n_pes: int = 64,
        fifo_depth: int = 8,
        sram_bits: int = 64,
        index_bits: int = 4,
        code_bits: int = 4,
        clock_hz: float = 800e6,
        activation_density: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.machine = Machine(n_pes, fifo_depth, sram_bits, index_bits, code_bits, clock_hz)
        self.activation_density, self.seed = activation_density, seed

    def run(self, workload: str) -> dict[str, Metrics]:
        """Metrics per layer of a workload, and of all layers where there are several.

        Args:
            workload: a published layer, or a file.

        Raises:
            SpecError: no such workload.
        """
        return self._run(read_layers(workload, activation_density=self.activation_density, seed=self.seed))

    def run_matrices(self, matrices: Mapping[str, Matrix]) -> dict[str, Metrics]:
        """The same for weight matrices by name.

        Args:
            matrices: (n_rows, n_columns), outputs by inputs, zero where pruned; other shapes are passed over.

        Raises:
            SpecError: there is no matrix.
        """
        return self._run(layers_of(matrices, activation_density=self.activation_density, seed=self.seed))

    def _run(self, layers: Sequence[Layer]) -> dict[str, Metrics]:
        runs = [simulate(layer, self.machine) for layer in layers]
        found = {run.layer: self._of([run]) for run in runs}
        return found if len(runs) == 1 else {**found, "all layers": self._of(runs)}

    def _of(self, runs: Sequence[Run]) -> Metrics:
        cycles, energy_j = sum(run.cycles for run in runs), sum(run.energy_j() for run in runs)
        entries, weights = sum(int(run.entries.sum()) for run in runs), sum(run.n_weights for run in runs)
        time_s, theoretical_s = cycles / self.machine.clock_hz, sum(run.theoretical_s for run in runs)
        return {
            "cycles": float(cycles),
            "time_s": time_s,
            "theoretical_s": theoretical_s,
            "balance": theoretical_s / time_s,
            "padding_share": 1.0 - weights / entries if entries else 0.0,
            "energy_j": energy_j,
            "power_w": energy_j / time_s,
            "weight_bytes": sum(run.most_stored for run in runs) * self.machine.entry_bits / 8.0,
        }
