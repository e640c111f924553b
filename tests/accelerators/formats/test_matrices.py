import numpy as np
import pytest
import scipy.sparse

from archwright.accelerators.formats.codec import decode, encode
from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.layout import Layout

MATRICES = [
    draw_entries(shape, density, rng=np.random.default_rng(7)).dense()
    for shape, density in (((8, 12), 0.3), ((5, 7), 0.6), ((1, 9), 0.5), ((9, 1), 0.5), ((16, 16), 0.05), ((4, 4), 0.0))
]


@pytest.mark.parametrize("name", ["csr", "csc"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_compressed_rows_and_columns_are_those_of_scipy(name, matrix):
    stored = encode(entries_of(matrix), name)
    theirs = {"csr": scipy.sparse.csr_array, "csc": scipy.sparse.csc_array}[name](matrix)
    theirs.sort_indices()
    assert (stored.fields["pointers"].values == theirs.indptr).all()
    assert (stored.fields["indices"].values == theirs.indices).all()
    assert (stored.fields["values"].values == theirs.data).all()


@pytest.mark.parametrize("matrix", [one for one in MATRICES if one.shape[0] % 4 == 0 and one.shape[1] % 4 == 0])
def test_blocks_are_those_of_scipy(matrix):
    stored = encode(entries_of(matrix), "bsr", Layout(block_rows=2, block_columns=4))
    theirs = scipy.sparse.bsr_array(matrix, blocksize=(2, 4))
    theirs.sort_indices()
    assert (stored.fields["pointers"].values == theirs.indptr).all()
    assert (stored.fields["indices"].values == theirs.indices).all()
    assert (stored.fields["values"].values == theirs.data.reshape(-1)).all()


def test_blocks_stick_out_of_the_matrix():
    stored = encode(entries_of(np.ones((3, 5))), "bsr", Layout(block_rows=2, block_columns=4))
    assert len(stored.fields["values"].values) == 4 * 8 and stored.fields["pointers"].values.tolist() == [0, 2, 4]
    assert (decode(stored).dense() == 1.0).all()


@pytest.mark.parametrize("matrix", MATRICES)
def test_diagonals_are_those_of_scipy(matrix):
    stored = encode(entries_of(matrix), "dia")
    theirs = scipy.sparse.dia_array(scipy.sparse.coo_array(matrix))
    assert sorted((stored.fields["offsets"].values - (matrix.shape[0] - 1)).tolist()) == sorted(theirs.offsets.tolist())
    assert (decode(stored).dense() == matrix).all()


def test_rows_are_padded_to_the_longest():
    stored = encode(entries_of(np.array([[1, 0, 2], [0, 0, 0], [0, 3, 0]])), "ell")
    assert stored.fields["indices"].values.tolist() == [0, 2, 0, 0, 1, 0]
    assert stored.fields["values"].values.tolist() == [1, 2, 0, 0, 3, 0]
