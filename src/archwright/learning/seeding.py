"""Determinism for torch: generators and weights seeded from a numpy generator, one thread, no global state touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch import nn

from archwright.core.trial import Trial

Module = TypeVar("Module", bound=nn.Module)


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """A torch generator seeded from `rng`; the caller's `rng` moves on by one draw.

    Example:
        >>> first, second = (torch_generator(np.random.default_rng(3)) for _ in range(2))
        >>> bool((torch.rand(4, generator=first) == torch.rand(4, generator=second)).all())
        True
    """
    return torch.Generator().manual_seed(int(rng.integers(2**63)))


def told_rng(trials: Sequence[Trial]) -> np.random.Generator:
    """The generator for what is learned from a told batch.

    `ask` gets its generator from the study and leaves a `seed` drawn from it in each hint; together with the first
    trial's number it makes learning depend on the study's seed and on nothing else.

    Args:
        trials: one told batch; imported trials carry no seed, and then only the number counts.
    """
    seeds = [trial.hint["seed"] for trial in trials if trial.hint is not None and "seed" in trial.hint]
    return np.random.default_rng([trials[0].number, *seeds[:1]])


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch and NumPy's linear algebra compute with one thread inside the block.

    Small networks are faster so, and sums are added up in the same order whatever the number of cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _linear_algebra().limit(limits=1):
            yield
    finally:
        torch.set_num_threads(before)


@cache
def _linear_algebra() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def seeded(build: Callable[[], Module], rng: np.random.Generator) -> Module:
    """The module that `build` makes, with weights drawn from `rng` and from nothing else.

    Weights are uniform in +-1/sqrt(fan in), as torch's own layers have them, biases too. A module with a method
    `initialise(generator)` draws its own.

    Args:
        build: makes the module; it is called where memory is not yet there, so it must not read its weights.
        rng: moves on by one draw.

    Example:
        >>> layers = [seeded(lambda: nn.Linear(3, 2), np.random.default_rng(0)) for _ in range(2)]
        >>> torch.equal(layers[0].weight, layers[1].weight)
        True
    """
    with torch.device("meta"):
        module = build()
    module.to_empty(device="cpu")
    with torch.no_grad():
        _initialise(module, torch_generator(rng))
    return module


def _initialise(layer: nn.Module, generator: torch.Generator) -> None:
    own_way = getattr(layer, "initialise", None)
    if own_way is not None:
        own_way(generator)
        return
    weights = list(layer.parameters(recurse=False))
    if weights:
        fan_in = layer.hidden_size if isinstance(layer, nn.RNNBase | nn.RNNCellBase) else weights[0].shape[-1]
        bound = float(fan_in) ** -0.5
        for weight in weights:
            weight.uniform_(-bound, bound, generator=generator)
    for inner in layer.children():
        _initialise(inner, generator)
