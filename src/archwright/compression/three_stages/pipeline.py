"""Deep Compression from end to end: train, prune and heal, share weights and tune, code, and write the file.

Paper: Han, Mao, Dally, "Deep Compression: Compressing Deep Neural Networks with Pruning, Trained Quantization and
Huffman Coding", ICLR 2016, arXiv:1510.00149.

What differs: densities fall along the gradual schedule of Zhu and Gupta instead of in a few rounds; codebooks start at
the optimum of k-means; a gap that needs padding costs no code; every stream takes the smaller of Huffman and range
coding; and sizes are those of a real file, with names, tables, checksums and biases in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.packed import PackedTensor, pack_codes, pack_layer, pack_raw
from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.compression.weights.retrain import CentroidTuner, GradualPruner, accuracy, train
from archwright.compression.weights.sharing import share_weights
from archwright.learning.seeding import one_thread, seeded
from archwright.models.fashion_mnist import Labelled, Split


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained and compressed.

    Args:
        build: makes the network.
        plan: densities, bits and indices of its weights.
        epochs: of training the dense network, of pruning and healing, of tuning centroids.
        learning_rates: of the three; the last one for biases and centroids.
    """

    build: Callable[[], nn.Module]
    plan: CompressionPlan
    epochs: tuple[int, int, int]
    learning_rates: tuple[float, float, float] = (1e-3, 1e-3, 3e-4)


class Stage(NamedTuple):
    """A line of the stage table.

    Args:
        name: what has been done.
        n_bytes: of the model in a file, everything counted; of the weights as they are for the dense network.
        validation, test: accuracy, 0 to 1.
    """

    name: str
    n_bytes: int
    validation: float
    test: float


class Compressed(NamedTuple):
    """What the pipeline leaves.

    Args:
        stages: dense, pruned, shared, tuned, Huffman, smallest coding.
        tensors: to write with `model_file.write_model`.
        model: the compressed network, with its shared weights.
    """

    stages: Sequence[Stage]
    tensors: Sequence[PackedTensor]
    model: nn.Module

    def rate(self, stage: int = -1) -> float:
        """Dense size over the size after a stage."""
        return self.stages[0].n_bytes / self.stages[stage].n_bytes


def compress_in_three_stages(
    recipe: Recipe,
    data: Split,
    *,
    rng: np.random.Generator,
    say: Callable[[str], None] = lambda what: None,
    replan: Callable[[nn.Module], CompressionPlan] | None = None,
) -> Compressed:
    """Train a network and compress it.

    Args:
        recipe: of the network.
        data: learned from; the validation and test parts are only looked at.
        rng: for weights, the order of images, random centroids.
        say: is told what runs now.
        replan: sees the pruned network and gives the plan for the rest; the recipe's by default.

    Returns:
        Every stage with its size and accuracy, and the packed model. The same seed gives the same bytes on the same
        machine; other processors round sums differently.
    """
    with one_thread():
        say("training the dense network")
        model = seeded(recipe.build, rng)
        rates = recipe.learning_rates
        train(model, data.train, epochs=recipe.epochs[0], learning_rate=rates[0], rng=rng)
        dense = _stage("dense float32", sum(4 * one.numel() for one in model.parameters()), model, data)
        say("pruning and healing")
        pruner = GradualPruner(model, {name: layer.density for name, layer in recipe.plan.layers.items()})
        train(model, data.train, epochs=recipe.epochs[1], learning_rate=rates[1], rng=rng, after_step=pruner)
        pruned = _stage("pruned, float32 with indices", _pruned_bytes(model, recipe.plan, rng), model, data)
        planned = replace(recipe, plan=replan(model)) if replan else recipe
        say("sharing weights and tuning them")
        stages, tensors = _share(model, planned, data, rng)
        return Compressed((dense, pruned, *stages), tensors, model)


def _share(
    model: nn.Module, recipe: Recipe, data: Split, rng: np.random.Generator
) -> tuple[list[Stage], list[PackedTensor]]:
    """Weight sharing, tuning, and the codings of what comes out."""
    layers = recipe.plan.layers
    weights = {name: model.get_parameter(name).detach().numpy().copy() for name in layers}
    shared = {
        name: share_weights(one[one != 0], layers[name].bits, layers[name].codebook, rng=rng)
        for name, one in weights.items()
    }
    tuner = CentroidTuner(model, shared, learning_rate=recipe.learning_rates[2])
    n_shared = model_bytes(_packed(model, tuner, layers), "fixed")
    stages = [_stage("k-means", n_shared, model, data)]
    rate, epochs = recipe.learning_rates[2], recipe.epochs[2]
    train(model, data.train, epochs=epochs, learning_rate=rate, rng=rng, after_step=tuner)
    tensors = _packed(model, tuner, layers)
    for name, coder in (("centroids tuned", "fixed"), ("Huffman", "huffman"), ("smallest coding", "auto")):
        stages.append(_stage(name, model_bytes(tensors, coder), model, data))
    return stages, tensors


def _packed(model: nn.Module, tuner: CentroidTuner, layers: Mapping[str, LayerPlan]) -> list[PackedTensor]:
    """The model as it is stored: tied weights as codes, the rest as it is."""
    shared, tensors = tuner.shared(), []
    for name, tensor in model.state_dict().items():
        if name not in shared:
            tensors.append(pack_raw(name, tensor.numpy().copy()))
            continue
        mask = np.zeros(tensor.numel(), np.bool_)
        mask[tuner.places[name].numpy()] = True
        layer, one = layers[name], shared[name]
        tensors.append(
            pack_codes(name, mask.reshape(tensor.shape), one.codes, one.codebook, layer.bits, layer.index_bits)
        )
    return tensors


def _pruned_bytes(model: nn.Module, plan: CompressionPlan, rng: np.random.Generator) -> int:
    unshared = {name: LayerPlan(layer.density, 8, "none", layer.index_bits) for name, layer in plan.layers.items()}
    tensors = [
        pack_layer(name, tensor.numpy(), unshared[name], rng=rng)
        if name in unshared
        else pack_raw(name, tensor.numpy())
        for name, tensor in model.state_dict().items()
    ]
    return model_bytes(tensors, "fixed")


def _stage(name: str, n_bytes: int, model: nn.Module, data: Split) -> Stage:
    return Stage(name, n_bytes, accuracy(model, data.validation), accuracy(model, data.test))


def accuracy_of_weights(recipe: Recipe, weights: Mapping[str, Any], data: Labelled) -> float:
    """Accuracy of a network with given weights: those that a file gives back, say.

    Args:
        recipe: builds the network.
        weights: by name, as `model_file.load_model` returns them.
        data: to judge by.
    """
    model = recipe.build()
    model.load_state_dict({name: torch.from_numpy(one.copy()) for name, one in weights.items()})
    with one_thread():
        return accuracy(model, data)
