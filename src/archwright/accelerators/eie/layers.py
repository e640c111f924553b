"""The nine layers of the paper, drawn anew: their sizes and densities are published, their weights are not.

Source: Han et al., "EIE", ISCA 2016, tables III and IV; the times in rows whose source is a text copy of the paper and
recollection. Here every weight and every activation is there or not by a coin of its own. Real layers are less even;
`overdispersion` lets the density of the columns, or of the rows, vary (beta-binomial): with mean p it has variance
rho p (1 - p). Uneven rows load elements unevenly; uneven columns bring columns that are nearly empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.accelerators.eie.sparsity import Sparsity, sparsity_of, transpose
from archwright.accelerators.eie.timing import Flags
from archwright.core.errors import SpecError, check_name


class Published(NamedTuple):
    """A row of the paper's tables.

    Args:
        n_columns, n_rows: inputs and outputs.
        density: of the weights.
        activation_density: of the inputs.
        theoretical_s: the mean element's entries, one a cycle.
        actual_s: the authors' cycle-accurate simulation.
    """

    n_columns: int
    n_rows: int
    density: float
    activation_density: float
    theoretical_s: float
    actual_s: float


PUBLISHED = {
    "alex-6": Published(9216, 4096, 0.09, 0.351, 28.1e-6, 30.3e-6),
    "alex-7": Published(4096, 4096, 0.09, 0.353, 11.7e-6, 12.2e-6),
    "alex-8": Published(4096, 1000, 0.25, 0.375, 8.9e-6, 9.9e-6),
    "vgg-6": Published(25088, 4096, 0.04, 0.183, 28.1e-6, 34.4e-6),
    "vgg-7": Published(4096, 4096, 0.04, 0.375, 7.9e-6, 8.7e-6),
    "vgg-8": Published(4096, 1000, 0.23, 0.411, 7.3e-6, 8.4e-6),
    "nt-we": Published(4096, 600, 0.10, 1.0, 5.2e-6, 8.0e-6),
    "nt-wd": Published(600, 8791, 0.11, 1.0, 13.0e-6, 13.9e-6),
    "nt-lstm": Published(1201, 2400, 0.10, 1.0, 6.5e-6, 7.5e-6),
}


@dataclass(frozen=True, eq=False)
class Layer:
    """What a machine has to do: where weights stand, and which inputs are not zero.

    Args:
        name: for reports.
        sparsity: of the weights.
        is_active: (n_columns,).
    """

    name: str
    sparsity: Sparsity
    is_active: Flags


def layer_of(
    name: str,
    weights: np.ndarray[Any, Any],
    activations: np.ndarray[Any, Any] | None = None,
    *,
    activation_density: float = 1.0,
    rng: np.random.Generator,
) -> Layer:
    """A layer of a weight matrix.

    Args:
        name: for reports.
        weights: (n_rows, n_columns), outputs by inputs, zero where pruned.
        activations: (n_columns,) inputs; drawn where there are none.
        activation_density: of drawn inputs, 0 to 1.
        rng: draws them.

    Raises:
        SpecError: shapes do not fit, or the density is no share.

    Example:
        >>> layer_of("eye", np.eye(4), rng=np.random.default_rng(0)).is_active.tolist()
        [True, True, True, True]
    """
    sparsity = sparsity_of(weights)
    if activations is None:
        _check_share("activation_density", activation_density)
        return Layer(name, sparsity, rng.random(sparsity.n_columns) < activation_density)
    if activations.shape != (sparsity.n_columns,):
        raise SpecError(
            "activations", f"an array of shape {activations.shape}", f"one of shape ({sparsity.n_columns},)"
        )
    return Layer(name, sparsity, activations != 0)


@lru_cache(maxsize=9)
def published_layer(name: str, seed: int = 0, overdispersion: float = 0.0, uneven: str = "columns") -> Layer:
    """One of the nine layers with random places.

    Args:
        name: a key of `PUBLISHED`.
        seed: of the places.
        overdispersion: rho of the densities, 0 <= rho < 1; 0 for independent weights.
        uneven: what the densities are of, `columns` or `rows`.

    Raises:
        SpecError: no such layer, no such overdispersion, or neither columns nor rows.

    Example:
        >>> layer = published_layer("alex-8")
        >>> layer.sparsity.n_rows, layer.sparsity.n_columns, round(layer.sparsity.density, 2)
        (1000, 4096, 0.25)
    """
    row = PUBLISHED[check_name("layer", name, PUBLISHED)]
    if not 0.0 <= overdispersion < 1.0:
        raise SpecError("overdispersion", overdispersion, "a number from 0 to below 1")
    rng = np.random.default_rng(seed)
    is_active = rng.random(row.n_columns) < row.activation_density
    if check_name("uneven", uneven, ("columns", "rows")) == "rows":
        turned = draw_sparsity(row.n_columns, row.n_rows, row.density, overdispersion, rng=rng)
        return Layer(name, transpose(turned), is_active)
    return Layer(name, draw_sparsity(row.n_rows, row.n_columns, row.density, overdispersion, rng=rng), is_active)


def draw_sparsity(
    n_rows: int, n_columns: int, density: float, overdispersion: float = 0.0, *, rng: np.random.Generator
) -> Sparsity:
    """Random places of weights: every one independent of the others, given the density of its column.

    Args:
        n_rows, n_columns: outputs and inputs, >= 1.
        density: mean share of weights, 0 < density < 1.
        overdispersion: rho of the beta-binomial, 0 <= rho < 1.
        rng: draws them.
    """
    densities = np.full(n_columns, density)
    if overdispersion > 0.0:
        scale = 1.0 / overdispersion - 1.0
        densities = np.clip(rng.beta(density * scale, (1.0 - density) * scale, n_columns), 1e-9, 1.0 - 1e-9)
    room = int(n_rows * densities.sum() * 1.1 + 6.0 * np.sqrt(n_rows * n_columns) + n_rows)
    rows = np.empty(room, np.int32)
    starts = np.zeros(n_columns + 1, np.int64)
    _kernel_draw(n_rows, np.log1p(-densities), rng, starts, rows)
    return Sparsity(n_rows, starts, rows[: starts[-1]].copy())


def _check_share(name: str, value: float) -> None:
    if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise SpecError(name, value, "a number from 0 to 1")


@njit(cache=True, nogil=True)
def _kernel_draw(n_rows: int, log_missing: Any, rng: Any, starts: Any, rows: Any) -> None:
    """Jump from weight to weight: the zeros between two have a geometric distribution."""
    n = 0
    for column in range(len(log_missing)):
        row = -1.0
        while True:
            row += 1.0 + np.floor(-rng.standard_exponential() / log_missing[column])
            if row >= n_rows:
                break
            rows[n] = np.int32(row)
            n += 1
        starts[column + 1] = n
