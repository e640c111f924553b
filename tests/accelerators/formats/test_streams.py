import numpy as np
import pytest

from archwright.accelerators.formats.entries import entries_of
from archwright.accelerators.formats.streams import stream_of
from archwright.core.errors import SpecError

MATRIX = entries_of(np.array([[1, 0, 2, 0], [0, 0, 0, 0], [0, 3, 0, 4]]))


@pytest.mark.parametrize(
    ("name", "ends", "n_words"),
    [("csr", [3, 5, 9, 11], 11), ("coo", [3, 6, 9, 12], 12), ("dense", list(range(1, 13)), 12)],
)
def test_words_by_hand(name, ends, n_words):
    found = stream_of(MATRIX, name, 0, 4)
    assert found.ends.tolist() == ends and found.n_words == n_words


def test_a_tile_sends_its_part():
    found = stream_of(MATRIX, "csr", 1, 3)
    assert found.inner.tolist() == [2, 1] and found.rows.tolist() == [0, 2] and found.n_words == 3 + 4
    assert stream_of(MATRIX, "dense", 1, 3).inner.tolist() == [1, 2] * 3


def test_fibres_that_are_empty_send_nothing():
    tensor = np.zeros((2, 2, 3))
    tensor[0, 1, 0] = tensor[0, 1, 2] = tensor[1, 1, 1] = 1.0
    assert stream_of(entries_of(tensor), "csf", 0, 3).ends.tolist() == [4, 6, 10]
    assert stream_of(entries_of(tensor), "coo", 0, 3).n_words == 12
    assert stream_of(entries_of(np.zeros((2, 2, 3))), "csf", 0, 3).n_words == 0


def test_what_is_not_streamed_is_refused():
    with pytest.raises(SpecError, match="streamed format: 'csc' is not possible"):
        stream_of(MATRIX, "csc", 0, 4)
    with pytest.raises(SpecError, match="streamed format: 'csf' is not possible"):
        stream_of(MATRIX, "csf", 0, 4)
