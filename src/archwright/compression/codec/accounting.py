"""What a packed model takes on disk, part by part, counted from its symbols before anything is written.

The counts follow the layout of `model_file` byte by byte; only range-coded payloads are counted to a word of two bytes.
The paper counts indices, codes and codebooks; names, shapes, tables, checksums and biases are counted here as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archwright.compression.codec.byte_fields import number_bytes
from archwright.compression.codec.model_file import header_bytes
from archwright.compression.codec.packed import PackedTensor
from archwright.compression.codec.relative_index import expected_padding
from archwright.compression.codec.symbol_streams import StreamSize, stream_size
from archwright.compression.plan import LayerPlan
from archwright.compression.weights.affine import AffineGrid

FRAME_BYTES = 8
"""Length and checksum around a record."""
FLOAT_BYTES = 4


@dataclass(frozen=True)
class TensorBytes:
    """Bytes of one tensor in a file.

    Args:
        name: of the tensor.
        entries: of the dense tensor.
        dense: bytes of the dense tensor.
        indices: payload of the relative indices.
        codes: payload of the codes.
        codebook: the codebook or grid.
        raw: values that are stored as they are.
        tables: of the entropy coders.
        frame: name, shape, lengths, checksum.
    """

    name: str
    entries: int
    dense: int
    indices: int
    codes: int
    codebook: int
    raw: int
    tables: int
    frame: int

    @property
    def total(self) -> int:
        """All parts."""
        return self.indices + self.codes + self.codebook + self.raw + self.tables + self.frame


def tensor_bytes(tensor: PackedTensor, coder: str = "auto") -> TensorBytes:
    """What a tensor takes.

    Args:
        tensor: packed.
        coder: as for `model_file.write_model`.

    Example:
        >>> import numpy as np
        >>> from archwright.compression.codec.packed import pack_raw
        >>> tensor_bytes(pack_raw("bias", np.zeros(100, np.float32))).total
        417
    """
    none = StreamSize(0, 0, 0, 0)
    codes = stream_size(tensor.codes, tensor.bits, coder) if tensor.bits else none
    gaps = stream_size(tensor.gaps, tensor.index_bits, coder) if tensor.index_bits else none
    values, is_affine = tensor.values, isinstance(tensor.values, AffineGrid)
    n_values = 0 if is_affine else len(values)
    stored = FLOAT_BYTES + 1 if isinstance(values, AffineGrid) else values.nbytes
    kind_bytes = 4 if isinstance(values, AffineGrid) else values.itemsize
    dims = sum(len(number_bytes(one)) for one in (len(tensor.shape), *tensor.shape))
    name = tensor.name.encode()
    lengths = len(number_bytes(len(name))) + (0 if is_affine else len(number_bytes(n_values)))
    frame = FRAME_BYTES + lengths + len(name) + 1 + dims + (1 if tensor.bits else 0)
    return TensorBytes(
        tensor.name,
        tensor.size,
        tensor.size * (FLOAT_BYTES if tensor.bits else kind_bytes),
        gaps.payload,
        codes.payload,
        stored if tensor.bits else 0,
        0 if tensor.bits else stored,
        codes.table + gaps.table,
        frame + codes.head + gaps.head,
    )


def model_bytes(tensors: Sequence[PackedTensor], coder: str = "auto", notes: Mapping[str, Any] | None = None) -> int:
    """What the whole file takes.

    Args:
        tensors: as for `model_file.write_model`.
        coder: likewise.
        notes: likewise.
    """
    return len(header_bytes(len(tensors), notes or {})) + sum(tensor_bytes(one, coder).total for one in tensors)


def expected_bits(n_weights: int, plan: LayerPlan, *, is_paper: bool = False) -> float:
    """What a layer will take in codes of fixed width, from its plan alone: no weights are needed.

    Surviving positions are taken to be independent of each other.

    Args:
        n_weights: of the dense layer.
        plan: of the layer, without rank.
        is_paper: count padding as the paper does (fillers that carry a code), not as the file does (skips).

    Returns:
        Bits of codes, indices and codebook.

    Example:
        >>> round(expected_bits(30_000, LayerPlan(density=0.09, bits=5)) / 8)
        3599
    """
    kept = n_weights * plan.density
    code_bits = 32 if plan.codebook == "none" else plan.bits
    bits = kept * code_bits
    if plan.codebook != "none":
        bits += 32 * (2 if plan.codebook == "affine" else min(1 << plan.bits, n_weights))
    if 0.0 < plan.density < 1.0:
        padding = kept * expected_padding(plan.density, (1 << plan.index_bits) - (0 if is_paper else 1))
        bits += (kept + padding) * plan.index_bits + (padding * code_bits if is_paper else 0.0)
    return bits
