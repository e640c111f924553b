import numpy as np
import pytest

from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.tiling import tiles_of
from archwright.core.errors import SpecError


@pytest.mark.parametrize("name", ["dense", "csc"])
@pytest.mark.parametrize("seed", range(12))
def test_everything_is_held_once_and_nothing_overflows(name, seed):
    rng = np.random.default_rng(seed)
    shape, density = (int(rng.integers(1, 40)), int(rng.integers(1, 30))), float(rng.random())
    array = Array(
        n_pes=int(rng.integers(1, 6)), buffer_words=int(rng.integers(2, 20)), sums_per_pe=int(rng.integers(1, 5))
    )
    entries = draw_entries(shape, density, rng=rng)
    found = np.zeros(shape)
    for tile in tiles_of(entries, name, array):
        found[tile.places, tile.columns] += tile.values
        held = np.bincount(tile.pes, minlength=1)
        assert held.max() <= (array.buffer_words if name == "dense" else array.pairs)
        assert (tile.pes < array.n_pes).all()
        assert tile.per_pe <= array.sums_per_pe
    assert (found == entries.dense()).all()


def test_sparse_columns_share_elements():
    eye = entries_of(np.eye(64))
    array = Array(n_pes=4, buffer_words=32, sums_per_pe=16)
    assert len(list(tiles_of(eye, "csc", array))) == 1
    assert len(list(tiles_of(eye, "dense", array))) == 16 * 2  # 16 groups of columns, two cuts of 32 words each


def test_few_columns_are_cut_and_stand_side_by_side():
    array = Array(n_pes=4, buffer_words=8)
    tiles = list(tiles_of(entries_of(np.ones((32, 1))), "dense", array))
    assert len(tiles) == 1 and tiles[0].cuts.tolist() == [0, 8, 16, 24, 32]
    assert sorted(set(tiles[0].pes.tolist())) == [0, 1, 2, 3]


def test_words_are_values_or_pairs_and_lengths():
    matrix = entries_of(np.array([[1, 0], [2, 3]]))
    assert [tile.n_words for tile in tiles_of(matrix, "dense", Array())] == [4]
    assert [tile.n_words for tile in tiles_of(matrix, "csc", Array())] == [2 * 3 + 2]


def test_what_is_not_held_is_refused():
    with pytest.raises(SpecError, match="stationary format: 'csr' is not possible"):
        list(tiles_of(entries_of(np.eye(2)), "csr", Array()))
