import pytest

from archwright.accelerators.formats.counts import Counts
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.sizes import size_bits
from archwright.core.errors import SpecError

MATRIX = Counts((100, 200), 500, 4, 30, blocks=60, longest_row=12, diagonals=40)
TENSOR = Counts((10, 20, 30), 70, 5, 3, slices=9, fibres=50, cubes=33)


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("dense", 20_000 * 32),
        ("coo", 500 * (32 + 7 + 8)),
        ("csr", 500 * (32 + 8) + 101 * 9),
        ("csc", 500 * (32 + 7) + 201 * 9),
        ("rlc", 530 * 36),
        ("zvc", 500 * 32 + 20_000),
        ("bsr", 60 * (16 * 32 + 6) + 26 * 6),
        ("ell", 100 * 12 * 40),
        ("dia", 40 * (100 * 32 + 9)),
    ],
)
def test_matrices_by_hand(name, bits):
    assert size_bits(name, MATRIX) == bits


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("dense", 6_000 * 32),
        ("coo", 70 * (32 + 4 + 5 + 5)),
        ("csf", 9 * 4 + 10 * 6 + 50 * 5 + 51 * 7 + 70 * (5 + 32)),
        ("hicoo", 33 * (2 + 3 + 3 + 7) + 70 * (6 + 32)),
        ("zvc", 70 * 32 + 6_000),
        ("rlc", 73 * 37),
    ],
)
def test_tensors_by_hand(name, bits):
    assert size_bits(name, TENSOR) == bits


def test_the_width_convention_is_a_parameter():
    assert size_bits("csr", MATRIX, Layout(metadata_bits=32)) == 500 * 64 + 101 * 32
    assert size_bits("coo", MATRIX, Layout(data_bits=8, metadata_bits=16)) == 500 * 40


@pytest.mark.parametrize(("name", "counts"), [("csf", MATRIX), ("csr", TENSOR), ("xyz", MATRIX)])
def test_formats_without_a_form_are_refused(name, counts):
    with pytest.raises(SpecError, match=f"format: '{name}' is not possible; allowed: one of dense"):
        size_bits(name, counts)
