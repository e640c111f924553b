import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from archwright.compression.weights.affine import affine_grid, to_codes

weights_of = arrays(np.float32, st.integers(0, 50), elements=st.floats(-100, 100, width=32))


@given(weights_of, st.integers(2, 8))
def test_no_weight_moves_further_than_half_a_level(weights, bits):
    grid = affine_grid(weights, bits)
    assert grid.codebook[grid.zero] == 0.0
    moved = np.abs(grid.codebook[to_codes(weights, grid)] - weights)
    assert moved.max(initial=0.0) <= 1.001 * grid.scale  # the zero is rounded to a level, which costs another half


@pytest.mark.parametrize("weights", [[], [0.0], [3.0], [-3.0]])
def test_one_sided_and_empty_layers(weights):
    array = np.array(weights, np.float32)
    grid = affine_grid(array, 8)
    assert np.allclose(grid.codebook[to_codes(array, grid)], array, atol=1e-6)
    assert 0 <= grid.zero <= 255
