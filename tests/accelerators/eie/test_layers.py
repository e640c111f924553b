import numpy as np
import pytest

from archwright.accelerators.eie.layers import PUBLISHED, draw_sparsity, layer_of, published_layer
from archwright.core.errors import SpecError


def test_nine_layers_are_published():
    assert len(PUBLISHED) == 9
    assert all(row.theoretical_s < row.actual_s for row in PUBLISHED.values())


@pytest.mark.parametrize("overdispersion", [0.0, 0.1])
def test_drawn_places_have_their_density_and_spread(overdispersion):
    drawn = draw_sparsity(500, 4000, 0.1, overdispersion, rng=np.random.default_rng(0))
    per_column = np.diff(drawn.starts)
    assert drawn.density == pytest.approx(0.1, rel=0.03)
    spread = 500 * 0.1 * 0.9 * (1.0 + 499 * overdispersion)
    assert per_column.var() == pytest.approx(spread, rel=0.1)
    for column in (0, 17, 3999):
        rows = drawn.rows[drawn.starts[column] : drawn.starts[column + 1]]
        assert (np.diff(rows) > 0).all() and (rows < 500).all()


def test_places_are_drawn_evenly_over_rows():
    drawn = draw_sparsity(50, 40_000, 0.3, rng=np.random.default_rng(1))
    share = np.bincount(drawn.rows, minlength=50) / 40_000
    assert share == pytest.approx(np.full(50, 0.3), abs=0.015)


def test_a_seed_fixes_a_layer():
    first, other = published_layer("nt-we", 1), published_layer("nt-we", 2)
    published_layer.cache_clear()
    again = published_layer("nt-we", 1)
    assert (first.sparsity.rows == again.sparsity.rows).all() and (first.is_active == again.is_active).all()
    assert len(first.sparsity.rows) != len(other.sparsity.rows)


def test_a_layer_of_weights_takes_its_activations():
    weights = np.array([[0.0, 1.0, 2.0]])
    layer = layer_of("x", weights, np.array([0.0, 0.5, 0.0]), rng=np.random.default_rng(0))
    assert layer.is_active.tolist() == [False, True, False]
    drawn = layer_of("x", np.ones((1, 1000)), activation_density=0.25, rng=np.random.default_rng(0))
    assert drawn.is_active.mean() == pytest.approx(0.25, abs=0.05)


def test_mistakes_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(SpecError, match="did you mean 'alex-7'"):
        published_layer("alex7")
    with pytest.raises(SpecError, match=r"overdispersion: 1\.0"):
        published_layer("nt-we", 0, 1.0)
    with pytest.raises(SpecError, match="uneven: 'diagonals'"):
        published_layer("nt-we", 0, 0.1, "diagonals")
    with pytest.raises(SpecError, match="activations"):
        layer_of("x", np.ones((2, 3)), np.ones(2), rng=rng)
    with pytest.raises(SpecError, match=r"activation_density: 1\.5"):
        layer_of("x", np.ones((2, 3)), activation_density=1.5, rng=rng)


def test_rows_can_be_uneven_instead_of_columns():
    layer = published_layer("nt-we", 0, 0.02, "rows")
    per_row = np.bincount(layer.sparsity.rows, minlength=600)
    assert (layer.sparsity.n_rows, layer.sparsity.n_columns) == (600, 4096)
    assert per_row.std() / per_row.mean() == pytest.approx((0.02 * 0.9 / 0.1) ** 0.5, rel=0.1)
    assert np.diff(layer.sparsity.starts).std() < 9.0
