import numpy as np
import pytest
from scipy.io import mmwrite
from scipy.sparse import coo_array, random_array

from archwright.accelerators.sparch.market import read_market
from archwright.accelerators.sparch.matrix import to_scipy
from archwright.core.errors import SpecError

HEAD = "%%MatrixMarket matrix coordinate real general\n"


def written(tmp_path, text):
    path = tmp_path / "one.mtx"
    path.write_text(text)
    return path


def refusal(path, **options):
    with pytest.raises(SpecError) as refused:
        read_market(path, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_matrix_comes_back(tmp_path):
    matrix = random_array((50, 50), density=0.1, rng=np.random.default_rng(0))
    mmwrite(tmp_path / "one.mtx", matrix)
    assert (to_scipy(read_market(tmp_path / "one.mtx")).toarray() == matrix.toarray()).all()


def test_symmetric_parts_are_filled_and_patterns_are_ones(tmp_path):
    path = written(tmp_path, "%%MatrixMarket matrix coordinate pattern symmetric\n% note\n3 3 2\n2 1\n3 3\n")
    assert to_scipy(read_market(path)).toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "well-formed"),
        ("hello\n", "well-formed"),
        (HEAD, "well-formed"),
        (HEAD + "3 3 2\n1 1 1.0\n", "well-formed"),
        (HEAD + "3 3 2\n1 1 1.0\n1 4 1.0\n", "well-formed"),
        (HEAD + "3 3 2\n1 1 1.0\n1 x 1.0\n", "well-formed"),
        (HEAD + "3 4 1\n1 1 1.0\n", "square"),
        (HEAD + "0 0 0\n", "square"),
        (HEAD.replace("real", "complex") + "2 2 1\n1 1 1.0 2.0\n", "not complex"),
        (HEAD.replace("coordinate", "array") + "2 2\n1\n2\n3\n4\n", "array form"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, text, why):
    assert why in refusal(written(tmp_path, text))


def test_a_missing_file_is_one_line(tmp_path):
    assert "well-formed" in refusal(tmp_path / "none.mtx")


def test_a_header_that_asks_for_too_much_is_refused_before_memory_is_taken(tmp_path):
    assert "at least 399" in refusal(written(tmp_path, HEAD + "9 9 100000000000\n1 1 1.0\n"))
    assert "square" in refusal(written(tmp_path, HEAD + "9999999999999 9999999999999 1\n1 1 1.0\n"))
    assert "not 32,000,000,064" in refusal(written(tmp_path, HEAD + "2000000000 2000000000 1\n1 1 1.0\n"), free_bytes=0)


def test_a_matrix_larger_than_the_free_memory_is_refused(tmp_path):
    mmwrite(tmp_path / "one.mtx", coo_array(np.diag(np.ones(9), 1) + np.diag([1.0] + [0.0] * 9)))
    assert read_market(tmp_path / "one.mtx", free_bytes=2_000).n_stored == 10
    assert "not 800" in refusal(tmp_path / "one.mtx", free_bytes=700)
