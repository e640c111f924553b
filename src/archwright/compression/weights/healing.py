"""Train what compression has left: pruned weights stay zero, shared ones stay equal, and the file keeps its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from archwright.compression.codec.packed import PackedTensor, pack_raw
from archwright.compression.subjects import TorchSubject
from archwright.compression.weights.affine import AffineGrid
from archwright.compression.weights.retrain import AfterStep, CentroidTuner, GradualPruner, reestimate_batch_norm, train
from archwright.compression.weights.sharing import Shared
from archwright.learning.seeding import one_thread
from archwright.models.fashion_mnist import Labelled

HEAL_RATE, TUNE_RATE = 3e-3, 3e-3
"""Learning rates of Adam at first: of weights, of centroids and biases."""
N_STATISTICS, BATCH = 1_000, 250
"""Inputs that batch normalisations are estimated from; so many at a time."""


def heal(
    subject: TorchSubject, packed: Sequence[PackedTensor], data: Labelled, *, epochs: int, rng: np.random.Generator
) -> TorchSubject:
    """Train the weights that stay, from the values that they had before they were shared.

    Args:
        subject: the network before compression.
        packed: says which weights stay.
        data: to learn from.
        epochs: passes over it.
        rng: orders it.

    Returns:
        The network with trained weights; those that are pruned are zero.
    """
    densities = {one.name: one.n_stored / one.size for one in packed if one.index_bits}
    kept = {one.name: (one.to_dense() != 0) * subject.weights[one.name] for one in packed if one.index_bits}
    model = subject.with_weights(kept)
    with one_thread():
        model.train()
        _train(model, data, epochs, HEAL_RATE, rng, GradualPruner(model, densities, share=0.0))
    return TorchSubject(model.eval(), subject.example.numpy())


def tune(
    subject: TorchSubject, packed: Sequence[PackedTensor], data: Labelled, *, epochs: int, rng: np.random.Generator
) -> list[PackedTensor]:
    """Train codebooks, biases and whatever is not shared; codes and indices, and so the bytes, stay as they are.

    Args:
        subject: the network.
        packed: its tensors as they are stored.
        data: to learn from.
        epochs: passes over it.
        rng: orders it.
    """
    started = [_without_zeros(one) for one in packed]
    shared = {
        one.name: Shared(one.codes, one.values)
        for one in started
        if one.bits and not isinstance(one.values, AffineGrid)
    }
    model = subject.with_weights({one.name: one.to_dense() for one in started})
    unshared = {one.name: one.n_stored / one.size for one in started if one.index_bits and not one.bits}
    with one_thread():
        pruner = GradualPruner(model, unshared, share=0.0)
        tuner = CentroidTuner(model, shared, learning_rate=TUNE_RATE) if shared else None
        after_step = pruner if tuner is None else _both(tuner, pruner)
        _train(model, data, epochs, TUNE_RATE, rng, after_step)
    codebooks, state = tuner.shared() if tuner else {}, model.state_dict()
    found = []
    for one in started:
        values = state[one.name].numpy().ravel()
        if one.name in codebooks:
            found.append(replace(one, values=codebooks[one.name].codebook))
        elif one.index_bits:
            found.append(replace(one, values=values[one.to_dense().ravel() != 0]))
        else:
            found.append(pack_raw(one.name, state[one.name].numpy().copy()))
    return found


def _train(
    model: nn.Module, data: Labelled, epochs: int, rate: float, rng: np.random.Generator, after_step: AfterStep
) -> None:
    """Statistics fit what is compressed before it is trained, and what is trained after."""
    images = data.images[:N_STATISTICS]
    batches = [torch.from_numpy(images[k : k + BATCH]) for k in range(0, len(images), BATCH)]
    reestimate_batch_norm(model, batches)
    train(model, data, epochs=epochs, learning_rate=rate, rng=rng, after_step=after_step)
    reestimate_batch_norm(model, batches)


def _both(first: AfterStep, second: AfterStep) -> AfterStep:
    def after_step(progress: float) -> None:
        first(progress)
        second(progress)

    return after_step


def _without_zeros(tensor: PackedTensor) -> PackedTensor:
    """Values that are exactly zero would be taken for pruned weights."""
    if not (tensor.bits or tensor.index_bits) or isinstance(tensor.values, AffineGrid):
        return tensor
    tiny = np.float32(1e-12)
    return replace(tensor, values=np.where(tensor.values == 0.0, tiny, tensor.values))
