"""Fashion-MNIST: 70,000 images of clothes in ten classes, as Debian's `dataset-fashion-mnist` installs them.

Data: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", 2017,
arXiv:1708.07747. The files are in IDX, the format of MNIST: two zero bytes, a type, the number of axes, the length of
each axis as a 32-bit number with the high byte first, and the values.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import SimulatorMissing, SpecError

FOLDER = Path("/usr/share/datasets/fashion-mnist")
PACKAGE = "dataset-fashion-mnist"
N_TEST = 10_000
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MEAN, DEVIATION = 0.2860, 0.3530
"""Of the training pixels, on a scale from 0 to 1."""


class Labelled(NamedTuple):
    """Images and what they show.

    Args:
        images: (n, 1, 28, 28) float32, mean 0 and deviation 1 over the training pixels.
        labels: (n,) int64, 0 to 9.
    """

    images: np.ndarray[Any, np.dtype[np.float32]]
    labels: np.ndarray[Any, np.dtype[np.int64]]


class Split(NamedTuple):
    """What is learned from, what is chosen by, and what is judged by, once, at the end.

    Args:
        train: most of the training images.
        validation: the rest of them.
        test: the test images.
    """

    train: Labelled
    validation: Labelled
    test: Labelled


def read_idx(path: Path) -> np.ndarray[Any, Any]:
    """The array in an IDX file, gzipped or not.

    Args:
        path: ends in `.gz` where it is gzipped.

    Returns:
        An array of the shape and type that the file names.

    Raises:
        SpecError: it is no IDX file, or some of it is missing.

    Example:
        >>> _ = Path("two.idx").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))
        >>> read_idx(Path("two.idx")).tolist()
        [7, 9]
    """
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in IDX_TYPES or len(raw) < 4 + 4 * raw[3]:
        raise SpecError(str(path), raw[:4], "an IDX file")
    shape = struct.unpack(f">{raw[3]}I", raw[4 : 4 + 4 * raw[3]])
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])
    kind = np.dtype(IDX_TYPES[raw[2]])
    wanted = kind.itemsize * int(np.prod(shape, dtype=np.int64))
    if len(values) != wanted:
        raise SpecError(str(path), f"{len(values)} bytes of values", f"{wanted} for the shape {shape}")
    return values.view(kind).astype(kind.newbyteorder("=")).reshape(shape)


def fashion_mnist(*, n_validation: int = 5_000, folder: Path = FOLDER) -> Split:
    """Fashion-MNIST, normalised; the last training images are kept apart for validation.

    Args:
        n_validation: 1 to 59,999.
        folder: where the four files are.

    Raises:
        SimulatorMissing: they are not there.
    """
    if not (folder / "train-images-idx3-ubyte.gz").exists():
        raise SimulatorMissing("Fashion-MNIST", f"apt-get install {PACKAGE}")
    images, labels = _pair(folder, "train")
    held = len(images) - n_validation
    train, validation = Labelled(images[:held], labels[:held]), Labelled(images[held:], labels[held:])
    return Split(train, validation, Labelled(*_pair(folder, "t10k")))


def _pair(folder: Path, part: str) -> tuple[Any, Any]:
    pixels = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32)
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz").astype(np.int64)
    return ((pixels / 255.0 - MEAN) / DEVIATION)[:, None].astype(np.float32), labels
