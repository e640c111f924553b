import numpy as np
import pytest

from archwright.accelerators.sparch.families import PUBLISHED, Family, draw, stand_in
from archwright.accelerators.sparch.matrix import products_of_entries, to_scipy
from archwright.core.errors import SpecError


def test_there_are_twenty():
    assert len(PUBLISHED) == 20


@pytest.mark.parametrize("name", ["wiki-Vote", "facebook", "poisson3Da", "p2p-Gnutella31"])
def test_a_stand_in_has_the_published_size(name):
    matrix, row = stand_in(name), PUBLISHED[name]
    assert (matrix.n_rows, matrix.n_columns, matrix.n_stored) == (row.n, row.n, row.n_stored)
    assert to_scipy(matrix).has_canonical_format


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_scaled_one_keeps_the_limit_and_the_mean_row(name):
    limit = 400_000 if name == "facebook" else 60_000  # its rows are long
    matrix, row = stand_in(name, limit), PUBLISHED[name]
    assert limit / 5 < products_of_entries(matrix, matrix).sum() <= limit
    assert matrix.n_stored / matrix.n_rows == pytest.approx(row.n_stored / row.n, rel=0.02)


def test_the_seed_decides():
    first, again, other = (draw(Family("social", 300, 2_000), seed) for seed in (0, 0, 1))
    assert (first.columns == again.columns).all() and not np.array_equal(first.columns, other.columns)


def test_hubs_of_social_graphs_are_larger_than_of_mild_ones():
    social, mild = (draw(Family(kind, 4_000, 20_000), 0).row_lengths.max() for kind in ("social", "mild"))
    assert social > 2 * mild


def test_lattices_and_bands_have_the_places_that_they_should():
    plane = to_scipy(draw(Family("plane", 100, 460), 0)).toarray() != 0
    assert plane.diagonal().all() and plane[34, [24, 33, 35, 44]].all() and plane.sum() == 460
    roads = to_scipy(draw(Family("roads", 100, 280), 0)).toarray() != 0
    assert not roads.diagonal().any() and roads.sum() == 280
    band = to_scipy(draw(Family("band", 500, 5_000), 0)).nonzero()
    assert len(band[0]) == 5_000 and np.abs(band[0] - band[1]).max() <= 40


def test_bad_names_and_limits_are_one_line():
    with pytest.raises(SpecError, match="did you mean 'wiki-Vote'"):
        stand_in("wikivote")
    with pytest.raises(SpecError, match="max_products"):
        stand_in("facebook", 100)
    with pytest.raises(SpecError, match="kind"):
        draw(Family("soup", 10, 10), 0)
