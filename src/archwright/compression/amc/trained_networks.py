"""Small networks that have learned: trained once with fixed seeds, then kept in the user's cache folder.

A file is named after everything that its weights depend on: the network, how it is trained, and the data. The folder is
`archwright/networks` below `$XDG_CACHE_HOME`, or `~/.cache` where that is not set.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from archwright.compression.weights.retrain import train
from archwright.core.errors import SpecError, check_name
from archwright.learning.blobs import pack, unpack
from archwright.learning.seeding import one_thread
from archwright.models.drawn_images import drawn_images
from archwright.models.fashion_mnist import Labelled, Split, fashion_mnist
from archwright.models.small_networks import NETWORKS, SmallVgg, Stages

DRAWN = "drawn"
DRAWN_STAGES: Stages = ((8, 2), (16, 2), (16, 1), (24, 2))
NAMES = (DRAWN, *NETWORKS)
"""A tiny network on drawn images, and the small ones on Fashion-MNIST."""


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Args:
        epochs: passes over the training images.
        learning_rate: of Adam at first; it falls along a cosine.
        seed: of weights and of the order of images.
    """

    epochs: int = 4
    learning_rate: float = 3e-3
    seed: int = 0


MOBILENET_EPOCHS = 8
"""It has 90.0 % of the test images after 4 epochs, a point less than the others."""


def usual_training(name: str, seed: int = 0) -> Training:
    """How a network of this name is trained unless asked otherwise.

    Args:
        name: one of `NAMES`.
        seed: of weights and of the order of images.

    Example:
        >>> usual_training("vgg").epochs, usual_training("mobilenet").epochs
        (4, 8)
    """
    return Training(epochs=MOBILENET_EPOCHS, seed=seed) if name == "mobilenet" else Training(seed=seed)


class Trained(NamedTuple):
    """A network with the data that it learned from.

    Args:
        model: in evaluation mode; not to be changed.
        data: training, validation and test images.
        key: digest of all that the weights depend on.
    """

    model: nn.Module
    data: Split
    key: str


def builder(name: str) -> Callable[[], nn.Module]:
    """What makes a network of this name, untrained.

    Raises:
        SpecError: there is none.

    Example:
        >>> type(builder("vgg")()).__name__
        'SmallVgg'
    """
    check_name("network", name, NAMES)
    return _drawn_network if name == DRAWN else NETWORKS[name]


def _drawn_network() -> nn.Module:
    return SmallVgg(DRAWN_STAGES)


def untrained(name: str, seed: int) -> nn.Module:
    """A network with random weights; torch's own generator is as before afterwards.

    Args:
        name: one of `NAMES`.
        seed: of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return builder(name)()


@cache
def trained(name: str, training: Training | None = None) -> Trained:
    """A trained network; the first call in a cache folder trains it, which takes minutes but for `drawn`.

    Args:
        name: one of `NAMES`.
        training: how; `usual_training` if not said.

    Raises:
        SpecError: no such network.
        SimulatorMissing: its data are not installed.

    Example:
        >>> trained("drawn").model.training
        False
    """
    builder(name)
    training = training or usual_training(name)
    data = drawn_images() if name == DRAWN else fashion_mnist()
    model, key = untrained(name, training.seed), _key(name, training, data.train)
    path = cache_folder() / f"{name}-{key}.weights"
    if name == DRAWN or not _load(model, path):
        with one_thread():
            train(
                model, data.train, epochs=training.epochs, learning_rate=training.learning_rate,
                rng=np.random.default_rng(training.seed),
            )  # fmt: skip
        if name != DRAWN:
            _store(model, path)
    return Trained(model.eval(), data, key)


def cache_folder() -> Path:
    """Where trained networks are kept."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "archwright" / "networks"


def _key(name: str, training: Training, data: Labelled) -> str:
    shapes = [(one, tuple(tensor.shape)) for one, tensor in builder(name)().state_dict().items()]
    digest = hashlib.sha256(json.dumps([name, asdict(training), shapes]).encode())
    digest.update(data.labels.tobytes())
    digest.update(np.ascontiguousarray(data.images[::100]).tobytes())
    return digest.hexdigest()[:16]


def _load(model: nn.Module, path: Path) -> bool:
    """Whether there was such a file; one that is damaged counts as missing."""
    if not path.exists():
        return False
    try:
        model.load_state_dict(unpack(path.read_bytes()))
    except (SpecError, RuntimeError):
        return False
    return True


def _store(model: nn.Module, path: Path) -> None:
    """Written beside and moved into place: a run that is killed leaves no half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_bytes(pack(model.state_dict()))
    beside.replace(path)
