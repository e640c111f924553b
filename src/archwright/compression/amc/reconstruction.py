"""Least-squares reconstruction: weights with which the channels that stay do what all of them did.

Papers: He, Zhang, Sun, "Channel Pruning for Accelerating Very Deep Neural Networks", ICCV 2017, equation 1; He et al.,
"AMC", ECCV 2018, section 3.3. With inputs X (for a convolution: patches around sampled points) and outputs Y = X W of
the whole network, W' minimises ||Y - X' W'||^2, where X' are the inputs that are left, both about their means. As Y is
linear in X, all of it follows from the second moments of X, which are collected once:

    W' = C'' ^ -1 C' W,   C'' = cov(X', X'),   C' = cov(X', X)

So a width costs one small solution, whatever the number of images. What differs from the public code, which
reconstructs layers of 1 by 1 only: any kernel; and means are taken out, since a bias or a normalisation follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from archwright.core.errors import SpecError

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.int64]]

RIDGE = 1e-4
"""Share of the mean variance that is added to every variance: channels that are almost the same stay solvable."""


class Moments(NamedTuple):
    """First and second moments of a layer's inputs, a row of `X` per sampled point.

    Args:
        mean: (d,) with d = input channels times entries of the kernel.
        covariance: (d, d).
    """

    mean: Matrix
    covariance: Matrix


class Fit(NamedTuple):
    """Weights of a layer for fewer input channels.

    Args:
        weight: (outputs, kept inputs, ...) float32.
        shift: (outputs,) what the mean output lost; to be added to a bias.
    """

    weight: Tensor
    shift: Tensor


def collect_moments(
    model: nn.Module, names: Sequence[str], batches: Iterable[Tensor], *, points: int, rng: np.random.Generator
) -> dict[str, Moments]:
    """Moments of the inputs of some layers.

    Args:
        model: in evaluation mode.
        names: of convolutions of one group and of linear layers in it.
        batches: inputs of the model.
        points: places per image at which patches are taken.
        rng: draws the places.

    Raises:
        SpecError: one of the layers is of another kind.

    Example:
        >>> net = nn.Sequential(nn.Linear(2, 3)).eval()
        >>> inputs = torch.tensor([[0.0, 0.0], [2.0, 0.0]])
        >>> collect_moments(net, ["0"], [inputs], points=1, rng=np.random.default_rng(0))["0"].covariance.tolist()
        [[1.0, 0.0], [0.0, 0.0]]
    """
    layers = {name: _reconstructible(model, name) for name in names}
    sums: dict[str, list[Matrix]] = {}
    with _watched(layers) as seen, torch.no_grad():
        for batch in batches:
            model(batch)
            for name, layer in layers.items():
                _add(sums, name, sampled_inputs(layer, seen.pop(name), points, rng))
    return {name: _moments(*parts) for name, parts in sums.items()}


def sampled_inputs(layer: nn.Module, inputs: Tensor, points: int, rng: np.random.Generator) -> Matrix:
    """Rows of inputs that a layer multiplies with its weights.

    Args:
        layer: a convolution or a linear layer.
        inputs: of it.
        points: places per image, the same for all images of the batch.
        rng: draws them.

    Returns:
        (images * points, channels * entries of the kernel).
    """
    if isinstance(layer, nn.Linear):
        return inputs.reshape(-1, inputs.shape[-1]).numpy().astype(np.float64)
    assert isinstance(layer, nn.Conv2d)
    padding: Any = layer.padding
    patches = nn.functional.unfold(
        inputs, layer.weight.shape[2:], dilation=layer.dilation, padding=padding, stride=layer.stride
    )
    chosen = rng.integers(0, patches.shape[2], min(points, patches.shape[2]))
    rows = patches[:, :, chosen].permute(0, 2, 1).reshape(-1, patches.shape[1])
    return rows.numpy().astype(np.float64)


def fit(weight: Tensor, moments: Moments, channels: Places) -> Fit:
    """Weights with which some input channels do what all did.

    Args:
        weight: (outputs, inputs, ...) of the whole layer.
        moments: of its inputs.
        channels: (n,) input channels that stay.

    Example:
        >>> twins = Moments(np.zeros(2), np.ones((2, 2)))  # both inputs are always the same
        >>> fit(torch.tensor([[1.0, 3.0]]), twins, np.array([1])).weight.round(decimals=2).tolist()
        [[4.0]]
    """
    n_out, entries = weight.shape[0], weight[0, 0].numel()
    places = (channels[:, None] * entries + np.arange(entries)).ravel()
    whole = weight.detach().reshape(n_out, -1).numpy().astype(np.float64)
    square = moments.covariance[np.ix_(places, places)]
    square = square + RIDGE * max(float(np.trace(square)) / len(square), 1e-12) * np.eye(len(square))
    solved = np.linalg.solve(square, moments.covariance[places] @ whole.T).T
    shift = whole @ moments.mean - solved @ moments.mean[places]
    shaped = solved.reshape(n_out, len(channels), *weight.shape[2:])
    return Fit(torch.from_numpy(shaped.astype(np.float32)), torch.from_numpy(shift.astype(np.float32)))


def _reconstructible(model: nn.Module, name: str) -> nn.Module:
    layer: nn.Module | None = dict(model.named_modules()).get(name)
    is_convolution = isinstance(layer, nn.Conv2d) and layer.groups == 1 and not isinstance(layer.padding, str)
    if layer is None or not (is_convolution or isinstance(layer, nn.Linear)):
        raise SpecError("layer", name, "a linear layer, or a convolution of one group with padding in numbers")
    return layer


@contextmanager
def _watched(layers: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """A dict in which the latest inputs of the layers stand."""
    seen: dict[str, Tensor] = {}

    def watch(name: str) -> Any:
        return lambda layer, inputs: seen.__setitem__(name, inputs[0])

    handles = [layer.register_forward_pre_hook(watch(name)) for name, layer in layers.items()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _add(sums: dict[str, list[Matrix]], name: str, rows: Matrix) -> None:
    parts = [np.array(float(len(rows))), rows.sum(axis=0), rows.T @ rows]
    known = sums.get(name)
    sums[name] = parts if known is None else [old + new for old, new in zip(known, parts, strict=True)]


def _moments(n: Matrix, total: Matrix, squares: Matrix) -> Moments:
    mean = total / n
    return Moments(mean, squares / n - np.outer(mean, mean))
