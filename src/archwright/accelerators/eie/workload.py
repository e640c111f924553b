"""What can be run: a published layer by its name, or weight matrices from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from archwright.accelerators.eie.layers import PUBLISHED, Layer, layer_of, published_layer
from archwright.core.errors import SpecError, check_name

Matrix = np.ndarray[Any, Any]
WORKLOADS = f"{', '.join(PUBLISHED)}, or an .npy or .npz file of weight matrices"


def read_layers(workload: str, *, activation_density: float = 1.0, seed: int = 0) -> list[Layer]:
    """The layers of a workload.

    Args:
        workload: a key of `PUBLISHED`; an `.npy` file of one matrix, outputs by inputs; or an `.npz` file with
            `weights` and maybe `activations`, or else with a matrix per layer.
        activation_density: share of inputs that are not zero, 0 to 1, where a file does not say which.
        seed: of everything that is drawn.

    Raises:
        SpecError: no such layer or file, or nothing in it that is a matrix.

    Example:
        >>> [layer.name for layer in read_layers("nt-we")]
        ['nt-we']
    """
    path = Path(workload)
    if path.suffix not in (".npy", ".npz"):
        return [published_layer(check_name("workload", workload, PUBLISHED), seed)]
    arrays = _read_arrays(path)
    rng = np.random.default_rng(seed)
    if "weights" in arrays:
        given = arrays.get("activations")
        return [layer_of(path.stem, arrays["weights"], given, activation_density=activation_density, rng=rng)]
    return layers_of(arrays, activation_density=activation_density, seed=seed)


def layers_of(matrices: Mapping[str, Matrix], *, activation_density: float = 1.0, seed: int = 0) -> list[Layer]:
    """A layer per matrix; arrays of other shapes are passed over.

    Args:
        matrices: (n_rows, n_columns) weights by name, zero where pruned.
        activation_density: share of inputs that are not zero, 0 to 1.
        seed: of the inputs.

    Raises:
        SpecError: there is no matrix.

    Example:
        >>> [layer.name for layer in layers_of({"fc1": np.eye(3), "bias": np.ones(3)})]
        ['fc1']
    """
    rng = np.random.default_rng(seed)
    found = [
        layer_of(name, matrix, activation_density=activation_density, rng=rng)
        for name, matrix in matrices.items()
        if matrix.ndim == 2 and matrix.size
    ]
    if not found:
        raise SpecError("workload", sorted(matrices), "arrays of which at least one is a matrix of outputs by inputs")
    return found


def _read_arrays(path: Path) -> dict[str, Matrix]:
    try:
        loaded = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SpecError("workload", str(path), f"a file that numpy wrote; {error}") from error
    if isinstance(loaded, np.ndarray):
        return {"weights": loaded}
    with loaded:
        return {name: loaded[name] for name in loaded.files}
