import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from archwright.compression.weights.prune import (
    density_mask,
    deviation_mask,
    dropout_after_pruning,
    gradual_density,
    iterative_densities,
    sensitivity,
)
from archwright.core.errors import SpecError


@given(arrays(np.float32, st.integers(0, 40), elements=st.integers(-3, 3)), st.floats(0, 1))
def test_as_many_as_wanted_stay_and_none_that_is_smaller(weights, density):
    mask = density_mask(weights, density)
    assert mask.sum() == round(density * weights.size)
    assert np.abs(weights[mask]).min(initial=9) >= np.abs(weights[~mask]).max(initial=0)


def test_masks_have_the_weights_shape():
    assert density_mask(np.ones((2, 3, 4), np.float32), 0.25).shape == (2, 3, 4)


def test_the_threshold_is_in_deviations():
    weights = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    assert deviation_mask(weights, 1.0).mean() == pytest.approx(0.3173, abs=5e-3)
    assert deviation_mask(weights, 0.0).all() and deviation_mask(weights[:0], 1.0).shape == (0,)


@pytest.mark.parametrize("density", [-0.1, 1.1, float("nan")])
def test_impossible_densities_are_refused(density):
    with pytest.raises(SpecError, match="density"):
        density_mask(np.ones(3, np.float32), density)
    with pytest.raises(SpecError, match="q"):
        deviation_mask(np.ones(3, np.float32), -1.0)


def test_rounds_shrink_by_the_same_factor():
    densities = iterative_densities(0.08, 4)
    assert densities[-1] == pytest.approx(0.08)
    assert np.allclose(np.diff(np.log(densities)), np.log(0.08) / 4)


def test_the_gradual_schedule_is_the_published_cubic():
    """Zhu, Gupta, equation 1, from sparsity 0 to 0.9 in steps of a tenth."""
    for step in range(11):
        sparsity = 0.9 + (0.0 - 0.9) * (1 - step / 10) ** 3
        assert gradual_density(step / 10, 0.1) == pytest.approx(1 - sparsity)
    assert gradual_density(-1.0, 0.1) == 1.0 and gradual_density(2.0, 0.1, start=0.5) == pytest.approx(0.1)


def test_sensitivity_prunes_one_layer_at_a_time():
    weights = {"a": np.array([1.0, 2.0], np.float32), "b": np.array([10.0, 30.0], np.float32)}
    found = sensitivity(weights, lambda now: float(sum(one.sum() for one in now.values())), [0.5, 0.0])
    assert found == {"a": [42.0, 40.0], "b": [33.0, 3.0]}
    assert weights["a"].tolist() == [1.0, 2.0]


def test_dropout_shrinks_with_the_root_of_the_connections():
    """Han et al. 2015, equation 2: D sqrt(C_r / C_o)."""
    assert dropout_after_pruning(0.5, 1.0) == 0.5
    assert dropout_after_pruning(0.5, 0.25) == 0.25
