import numpy as np
import pytest

from archwright.accelerators.eie.datapath import check_codebook, multiply, rectify, to_fixed
from archwright.accelerators.eie.encoding import encode
from archwright.accelerators.eie.machine import Machine
from archwright.core.errors import SpecError


def case(seed=0, shape=(70, 50), n_pes=5):
    rng = np.random.default_rng(seed)
    codes = (rng.integers(1, 16, shape) * (rng.random(shape) < 0.2)).astype(np.uint8)
    codebook = rng.integers(-(2**15), 2**15, 16).astype(np.int16)
    codebook[0] = 0
    activations = (rng.integers(-(2**15), 2**15, shape[1]) * (rng.random(shape[1]) < 0.5)).astype(np.int16)
    return encode(codes, Machine(n_pes=n_pes)), codes, codebook, activations


@pytest.mark.parametrize("seed", range(5))
def test_the_product_equals_the_dense_one_exactly(seed):
    layer, codes, codebook, activations = case(seed)
    dense = codebook[codes].astype(object) @ activations.astype(object)
    assert multiply(layer, codebook, activations).tolist() == dense.tolist()


def test_sums_do_not_overflow_in_32_bits():
    codes = np.ones((1, 40), np.uint8)
    codebook = np.zeros(16, np.int16)
    codebook[1] = -(2**15)
    sums = multiply(encode(codes, Machine(n_pes=1)), codebook, np.full(40, -(2**15), np.int16))
    assert sums.tolist() == [40 * 2**30]


def test_fixed_point_saturates_and_rounds():
    assert to_fixed(np.array([1.0, -1.0, 0.3, 5e4]), 15).tolist() == [32767, -32768, 9830, 32767]
    with pytest.raises(SpecError, match="fraction_bits: 16"):
        to_fixed(np.zeros(1), 16)


def test_rectified_sums_are_rounded_half_up():
    assert rectify(np.array([-1, 7, 8, 2**50]), 4).tolist() == [0, 0, 1, 32767]
    assert rectify(np.array([5]), 0).tolist() == [5]


def test_what_does_not_fit_is_refused():
    layer, _, codebook, activations = case()
    with pytest.raises(SpecError, match="activations"):
        multiply(layer, codebook, activations[:-1])
    with pytest.raises(SpecError, match="16 weights, the first of them 0"):
        check_codebook(codebook[:8], layer)
    with pytest.raises(SpecError, match="the first of them 0"):
        check_codebook(codebook + 1, layer)
