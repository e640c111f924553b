"""How fast the codec and products with compressed layers are, and how small general packers make the same weights.

Every function measures in processor seconds of one thread, so that a busy machine says the same; ratios are of rounds
that take turns.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from archwright.compression.codec.model_file import load_model, write_model
from archwright.compression.codec.packed import PackedTensor, pack_codes
from archwright.compression.weights.sharing import share_weights
from archwright.compression.weights.sparse_product import multiply, sparse_rows

MEGABYTE = 1e6


def pruned_layer(shape: tuple[int, ...], density: float, bits: int, *, rng: np.random.Generator) -> PackedTensor:
    """A layer whose survivors lie anywhere and whose weights have the two-sided shape that pruning leaves.

    Args:
        shape: of the layer.
        density: share of survivors.
        bits: of a code; indices take 4 bits.
        rng: draws it.

    Example:
        >>> pruned_layer((10, 10), 1.0, 4, rng=np.random.default_rng(0)).n_stored
        100
    """
    mask = rng.random(shape) < density
    kept = rng.standard_normal(int(mask.sum()), dtype=np.float32) * np.float32(0.02)
    kept += np.sign(kept) * np.float32(0.02 if density < 1.0 else 0.0)
    shared = share_weights(kept, bits, "density", rng=rng, max_rounds=10)
    return pack_codes("fc", mask, shared.codes, shared.codebook, bits, 4)


class CodecRates(NamedTuple):
    """Speed of the codec, in megabytes of dense float32 weights a second.

    Args:
        encode: from a packed tensor to the file.
        decode: from the file to dense weights.
        n_bytes: of the file.
    """

    encode: float
    decode: float
    n_bytes: int


def codec_rates(tensor: PackedTensor, coder: str, folder: Path, *, rounds: int = 3) -> CodecRates:
    """Write and read a file several times.

    Args:
        tensor: to write.
        coder: as for `model_file.write_model`.
        folder: for the file.
        rounds: the best one counts.

    Example:
        >>> layer = pruned_layer((30, 40), 0.2, 4, rng=np.random.default_rng(0))
        >>> codec_rates(layer, "huffman", Path("."), rounds=1).n_bytes < 400
        True
    """
    path = folder / f"rates-{coder}.awz"
    megabytes = tensor.size * 4 / MEGABYTE
    encode = min(_seconds(lambda: write_model(path, [tensor], coder=coder)) for _ in range(rounds))
    decode = min(_seconds(lambda: load_model(path)) for _ in range(rounds))
    return CodecRates(megabytes / encode, megabytes / decode, path.stat().st_size)


def packer_sizes(weights: Any) -> dict[str, int]:
    """Bytes of an array in general packers at their strongest; zstd where its command is installed.

    Args:
        weights: pruned weights with their zeros.

    Example:
        >>> sorted(packer_sizes(np.zeros(1000, np.float32)))[:3]
        ['bzip2 -9', 'gzip -9', 'xz -9']
    """
    raw = weights.tobytes()
    sizes = {
        "gzip -9": len(gzip.compress(raw, 9)),
        "bzip2 -9": len(bz2.compress(raw, 9)),
        "xz -9": len(lzma.compress(raw, preset=9)),
    }
    if shutil.which("zstd"):
        sizes["zstd -19"] = len(
            subprocess.run(["zstd", "-19", "-c"], input=raw, capture_output=True, check=True).stdout
        )
    return sizes


class ProductRates(NamedTuple):
    """A compressed product beside torch's dense one.

    Args:
        dense_s, compressed_s: medians of one product.
        ratio: median over rounds of dense over compressed.
    """

    dense_s: float
    compressed_s: float
    ratio: float


def vector_rates(tensor: PackedTensor, *, rng: np.random.Generator, rounds: int = 15) -> ProductRates:
    """A fully connected layer times one vector.

    Args:
        tensor: (out, in).
        rng: draws the vector.
        rounds: of both.
    """
    import torch

    weights = torch.from_numpy(tensor.to_dense())
    inputs = rng.standard_normal(tensor.shape[1], dtype=np.float32)
    layer, column = sparse_rows(tensor), torch.from_numpy(inputs)
    assert np.allclose(multiply(layer, inputs), weights @ column, atol=1e-2)
    return _paired(lambda: weights @ column, lambda: multiply(layer, inputs), rounds)


def convolution_rates(tensor: PackedTensor, side: int, *, rng: np.random.Generator, rounds: int = 7) -> ProductRates:
    """A convolution with padding over one image; the compressed one multiplies the image's patches.

    Args:
        tensor: (out, in, k, k).
        side: of the square image.
        rng: draws it.
        rounds: of both.
    """
    import torch

    weights, pad = torch.from_numpy(tensor.to_dense()), tensor.shape[-1] // 2
    image = torch.from_numpy(rng.standard_normal((1, tensor.shape[1], side, side), dtype=np.float32))
    layer = sparse_rows(tensor)

    def compressed() -> Any:
        patches = torch.nn.functional.unfold(image, tensor.shape[-1], padding=pad)[0]
        return multiply(layer, patches.numpy())

    def dense() -> Any:
        return torch.conv2d(image, weights, padding=pad)

    assert np.allclose(compressed().ravel(), dense().ravel(), atol=1e-2)
    return _paired(dense, compressed, rounds)


def _paired(dense: Callable[[], Any], compressed: Callable[[], Any], rounds: int) -> ProductRates:
    from archwright.learning.seeding import one_thread

    with one_thread():
        pairs = [(_seconds(dense), _seconds(compressed)) for _ in range(rounds)]
    slow, fast = (statistics.median(each) for each in zip(*pairs, strict=True))
    return ProductRates(slow, fast, statistics.median(one / other for one, other in pairs))


def _seconds(work: Callable[[], Any]) -> float:
    started = time.process_time()
    work()
    return max(time.process_time() - started, 1e-9)
