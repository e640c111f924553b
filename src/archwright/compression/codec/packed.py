"""What is left of a tensor after pruning and weight sharing: gaps, codes, and what the codes stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archwright.compression.codec import relative_index
from archwright.compression.codec.byte_fields import Damage
from archwright.compression.plan import LayerPlan
from archwright.compression.weights.affine import AffineGrid, affine_grid, to_codes
from archwright.compression.weights.prune import density_mask
from archwright.compression.weights.sharing import share_weights
from archwright.core.errors import SpecError

Array = np.ndarray[Any, np.dtype[Any]]
Symbols = np.ndarray[Any, np.dtype[np.uint8]]
Weights = np.ndarray[Any, np.dtype[np.float32]]

KINDS = ("float32", "float16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")
"""Types of tensors that are stored as they are."""


def _no_symbols() -> Symbols:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True, eq=False)
class PackedTensor:
    """A tensor as it is stored.

    Args:
        name: of the tensor in its model.
        shape: its shape.
        values: (k,) float32 codebook, an affine grid, or the values themselves (all of them, or the surviving ones),
            of any type of `KINDS`.
        codes: (n,) uint8, the shared value of every weight that is stored; empty where `values` are stored themselves.
        bits: of a code, 1 to 8; 0 where there are none.
        gaps: (m,) uint8, relative indices of the weights that are stored; empty where all are.
        index_bits: of a gap, 1 to 8; 0 where all weights are stored.
    """

    name: str
    shape: tuple[int, ...]
    values: Array | AffineGrid
    codes: Symbols = field(default_factory=_no_symbols)
    bits: int = 0
    gaps: Symbols = field(default_factory=_no_symbols)
    index_bits: int = 0

    @property
    def size(self) -> int:
        """Number of entries of the whole tensor."""
        return math.prod(self.shape)

    @property
    def n_stored(self) -> int:
        """Number of weights that are stored, pruned ones not among them."""
        return len(self.codes) if self.bits else len(self._codebook)

    @property
    def _codebook(self) -> Array:
        return self.values.codebook if isinstance(self.values, AffineGrid) else self.values

    def to_dense(self) -> Array:
        """The tensor that this stands for.

        Raises:
            Damage: gaps, codes and shape do not fit each other.
        """
        codebook = self._codebook
        if self.bits and int(self.codes.max(initial=0)) >= max(len(codebook), 1):
            raise Damage(f"{self.name!r}: a code has no entry in its codebook")
        if not self.index_bits:
            stored = codebook[self.codes] if self.bits else codebook
            if len(stored) != self.size:
                raise Damage(f"{self.name!r}: {len(stored):,} values for {self.size:,} entries")
            return stored.reshape(self.shape)
        out = np.zeros(self.size, codebook.dtype)
        skip = (1 << self.index_bits) - 1
        if not self.bits:
            places = relative_index.positions_of(self.gaps, self.index_bits, self.size)
            if places is None or len(places) != len(codebook):
                raise Damage(f"{self.name!r}: indices and values do not fit its shape")
            out[places] = codebook
        elif not relative_index._kernel_scatter(self.gaps, skip, self.codes, codebook, out):
            raise Damage(f"{self.name!r}: indices and codes do not fit its shape")
        return out.reshape(self.shape)


def pack_raw(name: str, values: Array) -> PackedTensor:
    """A tensor stored as it is: biases, normalisation, counters.

    Raises:
        SpecError: its type cannot be stored.

    Example:
        >>> pack_raw("bias", np.zeros(3, np.float32)).to_dense()
        array([0., 0., 0.], dtype=float32)
    """
    if values.dtype.name not in KINDS:
        raise SpecError(name, values.dtype.name, f"one of {', '.join(KINDS)}")
    return PackedTensor(name, values.shape, values.ravel())


def pack_codes(
    name: str, mask: Array, codes: Symbols, codebook: Weights | AffineGrid, bits: int, index_bits: int
) -> PackedTensor:
    """A tensor whose shared weights are known already.

    Args:
        name: of the tensor.
        mask: which entries are stored, in its shape.
        codes: (n,) of those, in C order.
        codebook: what the codes stand for.
        bits: of a code.
        index_bits: of a gap; it does not matter where the mask is true throughout.
    """
    if bool(mask.all()):
        return PackedTensor(name, mask.shape, codebook, codes, bits)
    return PackedTensor(name, mask.shape, codebook, codes, bits, relative_index.gaps_of(mask, index_bits), index_bits)


def pack_layer(name: str, weights: Weights, plan: LayerPlan, *, rng: np.random.Generator) -> PackedTensor:
    """Prune and share the weights of a layer as its plan says; entries that are zero already stay pruned.

    Args:
        name: of the layer.
        weights: any shape, float32.
        plan: density, bits, codebook, index bits.
        rng: for random centroids.

    Raises:
        SpecError: the weights are not finite float32.

    Example:
        >>> weights = np.array([[0.0, 2.0], [0.1, -1.0]], np.float32)
        >>> pack_layer("fc", weights, LayerPlan(density=0.5, bits=1), rng=np.random.default_rng(0)).to_dense()
        array([[ 0.,  2.],
               [ 0., -1.]], dtype=float32)
    """
    if weights.dtype != np.float32 or not np.isfinite(weights).all():
        raise SpecError(name, str(weights.dtype), "finite float32 weights")
    mask = np.ones(weights.shape, np.bool_) if plan.density == 1.0 else density_mask(weights, plan.density)
    if plan.density < 1.0:
        mask &= weights != 0.0
    kept = weights[mask]
    if plan.codebook == "none":
        gaps = _no_symbols() if mask.all() else relative_index.gaps_of(mask, plan.index_bits)
        return PackedTensor(name, weights.shape, kept, gaps=gaps, index_bits=0 if mask.all() else plan.index_bits)
    if plan.codebook == "affine":
        grid = affine_grid(kept, plan.bits)
        return pack_codes(name, mask, to_codes(kept, grid), grid, plan.bits, plan.index_bits)
    shared = share_weights(kept, plan.bits, plan.codebook, rng=rng)
    return pack_codes(name, mask, shared.codes, shared.codebook, plan.bits, plan.index_bits)
