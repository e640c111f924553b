"""Drawn images of ten classes: what a network can learn in a second, where no data set is at hand.

Every class is a smooth random pattern; an image is its class's pattern, shifted a little, some of another class's, and
noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.models.fashion_mnist import Labelled, Split

SIDE, N_CLASSES, LARGEST_SHIFT = 28, 10, 3
SMOOTHING, ALIEN, NOISE = 5, 0.45, 0.8
"""Passes of a three-point mean over a pattern; share of another pattern; deviation of the noise."""

Images = np.ndarray[Any, np.dtype[np.float32]]


def drawn_images(*, n_train: int = 3_000, n_validation: int = 500, n_test: int = 500, seed: int = 0) -> Split:
    """Images to learn from, to choose by and to be judged by.

    Args:
        n_train, n_validation, n_test: how many.
        seed: of patterns and images.

    Example:
        >>> drawn_images(n_train=20).train.images.shape
        (20, 1, 28, 28)
    """
    rng = np.random.default_rng(seed)
    patterns = _patterns(rng)
    train, validation, test = (_draw(patterns, n, rng) for n in (n_train, n_validation, n_test))
    return Split(train, validation, test)


def _patterns(rng: np.random.Generator) -> Images:
    noise = rng.standard_normal((N_CLASSES, SIDE, SIDE)).astype(np.float32)
    for axis in (1, 2) * SMOOTHING:
        noise = (np.roll(noise, 1, axis) + noise + np.roll(noise, -1, axis)) / 3.0
    scaled: Images = noise / noise.std(axis=(1, 2), keepdims=True)
    return scaled


def _draw(patterns: Images, n: int, rng: np.random.Generator) -> Labelled:
    labels = rng.integers(0, N_CLASSES, n)
    others = rng.integers(0, N_CLASSES, n)
    shifts = rng.integers(-LARGEST_SHIFT, LARGEST_SHIFT + 1, (n, 2))
    clean = np.stack([np.roll(patterns[k], tuple(shift), (0, 1)) for k, shift in zip(labels, shifts, strict=True)])
    images = clean + ALIEN * patterns[others] + NOISE * rng.standard_normal(clean.shape).astype(np.float32)
    scaled = images / np.float32(np.sqrt(1.0 + ALIEN**2 + NOISE**2))
    return Labelled(scaled[:, None].astype(np.float32), labels.astype(np.int64))
