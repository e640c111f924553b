"""Deep Compression once per seed, written to a file and read back; finished seeds are kept in a store.

A run takes minutes, so that seeds are designs of a problem that the catalogue does not list: `systems.deep_compression`
runs them side by side, and one that is cut short costs only the seed it was at.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archwright.compression.three_stages.lenet_recipes import lenet_5, lenet_300_100
from archwright.compression.three_stages.pipeline import Recipe, Stage, accuracy_of_weights, compress_in_three_stages
from archwright.core.errors import check_name
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome
from archwright.core.record import Record
from archwright.core.space import Design, check_design
from archwright.models.fashion_mnist import Split, fashion_mnist
from archwright.models.mnist_5k import mnist_5k

if TYPE_CHECKING:
    from torch import nn

    from archwright.compression.plan import CompressionPlan

RECIPES: Mapping[str, Callable[..., Recipe]] = {"LeNet-300-100": lenet_300_100, "LeNet-5": lenet_5}
DATA: Mapping[str, Callable[[], Split]] = {"fashion": fashion_mnist, "digits": mnist_5k}
STAGES = ("dense float32", "pruned, float32 with indices", "k-means", "centroids tuned", "Huffman", "smallest coding")
PACKERS = {"gzip -9": "gzip", "bzip2 -9": "bzip2", "xz -9": "xz", "zstd -19": "zstd"}
"""General packers, as `rates.packer_sizes` names them, and the metrics that hold their bytes."""
N_SEEDS = 64


class Run(NamedTuple):
    """One network compressed with one seed, written to a file and read back.

    Args:
        stages: with sizes and accuracies.
        n_bytes: of the file.
        test: accuracy of the weights that the file gave back.
        packers: bytes of the pruned float32 weights in general packers.
    """

    stages: Sequence[Stage]
    n_bytes: int
    test: float
    packers: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Dense size over the size of the file."""
        return self.stages[0].n_bytes / self.n_bytes

    @property
    def drop(self) -> float:
        """Points of test accuracy that the file has less than the dense network."""
        return 100.0 * (self.stages[0].test - self.test)

    @property
    def metrics(self) -> Metrics:
        """All of it as numbers by name."""
        found: dict[str, float] = {"n_bytes": self.n_bytes, "test": self.test}
        for number, stage in enumerate(self.stages):
            found |= {f"stage_{number}_{name}": float(getattr(stage, name)) for name in Stage._fields[1:]}
        return found | {f"{PACKERS[name]}_bytes": n_bytes for name, n_bytes in self.packers.items()}


def run_of(metrics: Metrics) -> Run:
    """The run whose metrics these are.

    Example:
        >>> one = Run([Stage(name, 9, 0.5, 0.5) for name in STAGES], 8, 0.5, {"xz -9": 7})
        >>> run_of(one.metrics) == one
        True
    """
    stages = [
        Stage(
            name,
            int(metrics[f"stage_{number}_n_bytes"]),
            metrics[f"stage_{number}_validation"],
            metrics[f"stage_{number}_test"],
        )
        for number, name in enumerate(STAGES)
    ]
    packers = {name: int(metrics[f"{short}_bytes"]) for name, short in PACKERS.items() if f"{short}_bytes" in metrics}
    return Run(stages, int(metrics["n_bytes"]), metrics["test"], packers)


def run(
    recipe: Recipe,
    data: Split,
    seed: int,
    *,
    say: Callable[[str], None] = lambda what: None,
    replan: Callable[[nn.Module], CompressionPlan] | None = None,
) -> Run:
    """Compress with one seed, write the file, read it back.

    Args:
        recipe: of the network.
        data: to learn from.
        seed: of everything random.
        say: is told what runs.
        replan: as for `compress_in_three_stages`.
    """
    from archwright.compression.codec.model_file import load_model, write_model
    from archwright.compression.three_stages.rates import packer_sizes

    compressed = compress_in_three_stages(recipe, data, rng=np.random.default_rng(seed), say=say, replan=replan)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.awz"
        n_bytes = write_model(path, compressed.tensors)
        weights = load_model(path)
    test = accuracy_of_weights(recipe, weights, data.test)
    packers = packer_sizes(np.concatenate([one.ravel() for one in weights.values()]))
    return Run(compressed.stages, n_bytes, test, packers)


class ThreeStageRuns:
    """Seeds of a network that goes through the three stages.

    Args:
        network: one of `RECIPES`.
        data: one of `DATA`.
        epochs: of training the dense network, of pruning and healing, of tuning centroids; the recipe's if not said.

    Raises:
        SpecError: no such network or data.
    """

    name = "three-stage-runs"
    version = "1"
    typical_seconds = 60.0

    def __init__(self, *, network: str, data: str, epochs: Sequence[int] = ()) -> None:
        recipe = RECIPES[check_name("network", network, RECIPES)]
        check_name("data", data, DATA)
        self.options: dict[str, Any] = {"network": network, "data": data, "epochs": list(epochs)}
        self.recipe = recipe(epochs=tuple(epochs)) if epochs else recipe()
        self.space = Record(seed=list(range(N_SEEDS)))
        numbers = [f"stage_{number}_{name}" for number in range(len(STAGES)) for name in Stage._fields[1:]]
        packers = [f"{short}_bytes" for short in PACKERS.values() if short != "zstd" or shutil.which("zstd")]
        self.metrics: Mapping[str, str] = {name: "" for name in ("n_bytes", "test", *numbers, *packers)}
        self.goals: tuple[Goal, ...] = (goal("min n_bytes", self.metrics),)

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Run each seed; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
            SimulatorMissing: the data are not installed.
        """
        return [self._one(int(check_design(self.space, design)["seed"])) for design in designs]

    def _one(self, seed: int) -> Metrics:
        return run(self.recipe, DATA[self.options["data"]](), seed).metrics
