import itertools

import numpy as np
import pytest

from archwright.compression.weights.affine import AffineGrid
from archwright.compression.weights.feedback_rounding import nearest_codes
from archwright.compression.weights.noise_shares import levels_with_noise, noise_shares
from archwright.core.errors import SpecError


def normal(seed, n, size=1.0):
    return (size * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


@pytest.mark.parametrize("size", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("noise", [0.001, 0.01, 0.05])
def test_a_grid_adds_the_noise_that_was_asked_for(noise, size):
    weights = normal(0, 20_000, size)
    grid = levels_with_noise(weights, noise)
    errors = grid.codebook[nearest_codes(weights, grid.codebook)] - weights
    assert np.square(errors).sum() / np.square(weights).sum() == pytest.approx(noise, rel=0.05)


def test_a_range_that_no_grid_of_256_levels_covers_so_finely_gets_centroids():
    weights = np.concatenate([normal(0, 5_000), np.float32([-90.0, 100.0])])
    levels = levels_with_noise(weights, 1e-6)
    assert not isinstance(levels, AffineGrid) and len(levels) <= 256
    errors = levels[nearest_codes(weights, levels)] - weights
    even = 190.0 / 254
    assert np.square(errors).mean() < 0.5 * even**2 / 12, "k-means is finer where weights are"
    assert np.abs(errors[-2:]).max() < even


@pytest.mark.parametrize("weights", [np.zeros(5, np.float32), np.zeros(0, np.float32), np.ones(1, np.float32)])
def test_weights_without_spread_come_back(weights):
    grid = levels_with_noise(weights, 0.01)
    assert np.allclose(grid.codebook[nearest_codes(weights, grid.codebook)], weights, atol=0.2)


def bits(n_weights, shares):
    """What an entropy coder takes for grids with these shares, up to what all ways of sharing have in common."""
    return sum(-0.5 * n * np.log2(shares[name]) for name, n in n_weights.items())


def test_no_other_way_to_share_the_noise_takes_fewer_bits():
    n_weights = {"a": 100, "b": 1_000, "c": 5_000}
    best = bits(n_weights, noise_shares(n_weights, 0.03))
    steps = np.linspace(0.0005, 0.0285, 57)
    for a, b in itertools.product(steps, steps):
        if a + b < 0.03:
            assert bits(n_weights, {"a": a, "b": b, "c": 0.03 - a - b}) >= best - 1e-9


@pytest.mark.parametrize("noise", [0.0, -1.0, float("nan")])
def test_no_noise_is_refused(noise):
    with pytest.raises(SpecError, match="above 0"):
        noise_shares({"a": 1}, noise)
