from dataclasses import replace

import numpy as np
import pytest

from archwright.compression.codec.byte_fields import Damage
from archwright.compression.codec.packed import pack_codes, pack_layer, pack_raw
from archwright.compression.plan import CODEBOOKS, LayerPlan
from archwright.core.errors import SpecError

RNG = np.random.default_rng


def normal(*shape):
    return RNG(0).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("codebook", CODEBOOKS)
@pytest.mark.parametrize("density", [0.0, 0.1, 0.5, 1.0])
def test_what_is_pruned_is_zero_and_the_rest_is_near(codebook, density):
    weights = normal(20, 7, 3)
    packed = pack_layer("w", weights, LayerPlan(density, 6, codebook, 3), rng=RNG(0))
    dense = packed.to_dense()
    kept = np.abs(weights) >= np.sort(np.abs(weights).ravel())[::-1][max(round(density * weights.size) - 1, 0)]
    kept = kept if density else np.zeros_like(kept)
    assert packed.n_stored == kept.sum() == round(density * weights.size) and dense.shape == weights.shape
    assert (dense[~kept] == 0.0).all()
    assert np.abs(dense - weights)[kept].max(initial=0.0) < (1e-9 if codebook == "none" else 0.7)


def test_zeros_stay_implicit():
    weights = normal(30, 30) * (RNG(1).random((30, 30)) < 0.2)
    packed = pack_layer("w", weights.astype(np.float32), LayerPlan(0.9, 4), rng=RNG(0))
    assert packed.n_stored == np.count_nonzero(weights)


def test_a_full_mask_needs_no_indices():
    packed = pack_codes("w", np.ones((2, 3), bool), np.zeros(6, np.uint8), np.ones(1, np.float32), 4, 4)
    assert packed.index_bits == 0 and (packed.to_dense() == 1.0).all()


@pytest.mark.parametrize("kind", ["float64", "int64", "bool", "float16"])
def test_other_tensors_are_stored_as_they_are(kind):
    values = np.arange(6).reshape(2, 3).astype(kind)
    dense = pack_raw("t", values).to_dense()
    assert dense.dtype == values.dtype and np.array_equal(dense, values)
    assert pack_raw("t", np.array(7, kind)).to_dense() == np.array(7, kind)


@pytest.mark.parametrize("weights", [np.ones(3), np.array([1.0, np.nan], np.float32), np.array([np.inf], np.float32)])
def test_weights_that_cannot_be_shared_are_refused(weights):
    with pytest.raises(SpecError, match="fc"):
        pack_layer("fc", weights, LayerPlan(0.5), rng=RNG(0))
    with pytest.raises(SpecError, match="complex"):
        pack_raw("t", np.zeros(2, complex))


@pytest.mark.parametrize("codebook", ["linear", "affine", "none"])
def test_parts_that_do_not_fit_are_seen(codebook):
    packed = pack_layer("w", normal(9, 9), LayerPlan(0.3, 4, codebook), rng=RNG(0))
    broken = [replace(packed, shape=(2, 9)), replace(packed, gaps=packed.gaps[:-1])]
    if packed.bits:
        broken += [replace(packed, codes=packed.codes[:-1]), replace(packed, codes=packed.codes + np.uint8(16))]
    for one in broken:
        with pytest.raises(Damage, match="'w': "):
            one.to_dense()
    with pytest.raises(Damage, match="6 values for 5 entries"):
        replace(pack_raw("t", np.zeros(6, np.float32)), shape=(5,)).to_dense()
