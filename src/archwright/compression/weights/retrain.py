"""Retraining between the steps of compression: masks that hold, centroids that move, statistics that fit again.

Source: Han et al., "Deep Compression", 2016: surviving weights go on from their trained values; the gradient of a
centroid is the sum over its members (equation 3). Momentum would revive a pruned weight, so masks are applied after
every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from archwright.compression.weights.prune import density_mask, gradual_density
from archwright.compression.weights.sharing import Shared
from archwright.learning.seeding import torch_generator
from archwright.models.fashion_mnist import Labelled

AfterStep = Callable[[float], None]
"""Is called after each step of the optimiser with the share of the steps that is done."""

PRUNING_SHARE, PRUNING_EVERY = 0.6, 50
"""Densities fall over this share of a retraining, a step every so many batches; the rest of it heals."""


def nothing(progress: float) -> None:
    """An `AfterStep` that does nothing."""


def accuracy(model: nn.Module, data: Labelled, *, batch: int = 1_000) -> float:
    """Share of the images whose largest logit is their label, 0 to 1.

    Args:
        model: of logits; its mode is not changed.
        data: to judge by.
        batch: images at a time.
    """
    right = 0
    with torch.no_grad():
        for start in range(0, len(data.labels), batch):
            logits = model(torch.from_numpy(data.images[start : start + batch]))
            labels = torch.from_numpy(data.labels[start : start + batch])
            right += int((logits.argmax(1) == labels).sum())
    return right / len(data.labels)


def train(
    model: nn.Module,
    data: Labelled,
    *,
    epochs: int,
    learning_rate: float,
    rng: np.random.Generator,
    batch: int = 128,
    after_step: AfterStep = nothing,
) -> None:
    """Train in place with Adam, cross-entropy and a learning rate that falls to zero along a cosine.

    Args:
        model: of logits.
        data: to learn from.
        epochs: passes over it.
        learning_rate: at first.
        rng: orders the images.
        batch: images a step.
        after_step: masks, or moves what the optimiser does not know.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    images, labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    per_epoch = len(labels) // batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(epochs * per_epoch, 1))
    generator = torch_generator(rng)
    orders = (torch.randperm(len(labels), generator=generator) for _ in range(epochs))
    rows_of_steps = (order[batch * k : batch * (k + 1)] for order in orders for k in range(per_epoch))
    for step, rows in enumerate(rows_of_steps):
        optimiser.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(model(images[rows]), labels[rows]))
        optimiser.step()
        schedule.step()
        after_step((step + 1) / (epochs * per_epoch))


class GradualPruner:
    """Prunes a model in place while it trains, and keeps what is pruned at zero.

    Args:
        model: whose weights are pruned.
        densities: by name of a weight, at the end.
        share: of the training over which densities fall; 0 prunes in the first step (one-shot).
        every: steps between two falls.

    Example:
        >>> layer = nn.Linear(10, 10)
        >>> GradualPruner(layer, {"weight": 0.25})(1.0)
        >>> int((layer.weight != 0).sum())
        25
    """

    def __init__(
        self,
        model: nn.Module,
        densities: Mapping[str, float],
        *,
        share: float = PRUNING_SHARE,
        every: int = PRUNING_EVERY,
    ) -> None:
        self.weights = {name: model.get_parameter(name) for name in densities}
        self.densities, self.share, self.every = densities, share, every
        self.masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in self.weights.items()}
        self._steps = 0

    def __call__(self, progress: float) -> None:
        """Prune as far as the schedule wants it at `progress`, 0 to 1, and apply the masks."""
        reached = 1.0 if self.share == 0.0 else progress / self.share
        if self._steps % self.every == 0 or progress == 1.0:
            self._prune(reached)
        self._steps += 1
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.mul_(self.masks[name])

    def _prune(self, reached: float) -> None:
        for name, weight in self.weights.items():
            density = gradual_density(reached, self.densities[name])
            kept = density_mask(weight.detach().numpy(), density)
            self.masks[name] &= torch.from_numpy(kept)


class CentroidTuner:
    """Ties the surviving weights of a model to codebooks and trains those with the rest of the model.

    As an `AfterStep` it moves each codebook by its own Adam step along the summed gradient of its members, and writes
    the new centroids over whatever the model's optimiser did to the weights.

    Args:
        model: whose weights are tied; its pruned weights are zero.
        shared: by name of a weight: codes and codebook of its non-zero values, in order.
        learning_rate: of the centroids at first; falls to zero with the progress.

    Example:
        >>> layer = nn.Linear(2, 1, bias=False)
        >>> tuner = CentroidTuner(layer, {"weight": Shared(np.zeros(2, np.uint8), np.ones(1, np.float32))})
        >>> layer.weight.tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, model: nn.Module, shared: Mapping[str, Shared], *, learning_rate: float = 1e-3) -> None:
        self.weights = {name: model.get_parameter(name) for name in shared}
        self.places = {name: weight.detach().flatten().nonzero().squeeze(1) for name, weight in self.weights.items()}
        self.codes = {name: torch.from_numpy(one.codes.astype(np.int64)) for name, one in shared.items()}
        self.codebooks = {name: torch.from_numpy(one.codebook.copy()) for name, one in shared.items()}
        self.learning_rate = learning_rate
        self._optimiser = torch.optim.Adam(self.codebooks.values(), lr=learning_rate)
        self._write()

    def __call__(self, progress: float) -> None:
        """Move the centroids after a backward pass."""
        for group in self._optimiser.param_groups:
            group["lr"] = self.learning_rate * (1.0 + np.cos(np.pi * progress)) / 2.0
        for name, codebook in self.codebooks.items():
            codebook.grad = self.gradient(name)
        self._optimiser.step()
        self._write()

    def gradient(self, name: str) -> Tensor:
        """Sum of the gradients of all members, by centroid (Deep Compression, equation 3)."""
        members = self.weights[name].grad
        assert members is not None, name
        sums = torch.zeros_like(self.codebooks[name])
        return sums.index_add_(0, self.codes[name], members.flatten()[self.places[name]])

    def shared(self) -> dict[str, Shared]:
        """Codes and tuned codebooks by name."""
        return {
            name: Shared(codes.numpy().astype(np.uint8), self.codebooks[name].numpy().copy())
            for name, codes in self.codes.items()
        }

    def _write(self) -> None:
        with torch.no_grad():
            for name, weight in self.weights.items():
                flat = torch.zeros(weight.numel())
                flat[self.places[name]] = self.codebooks[name][self.codes[name]]
                weight.copy_(flat.view_as(weight))


def reestimate_batch_norm(model: nn.Module, batches: Iterable[Tensor]) -> None:
    """Take the running statistics of every batch normalisation anew, as the mean over `batches`.

    Pruning shifts what a layer sends on; statistics of the dense network no longer fit it.

    Args:
        model: in place; its mode is as before afterwards.
        batches: inputs of the model.
    """
    norms = [layer for layer in model.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    was_training, momenta = model.training, [layer.momentum for layer in norms]
    for layer in norms:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean
    model.train()
    with torch.no_grad():
        for batch in batches:
            model(batch)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
    model.train(was_training)
