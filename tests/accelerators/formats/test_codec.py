import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.formats.codec import FORMATS, check_format, decode, encode, formats_of
from archwright.accelerators.formats.counts import counts_of
from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.sizes import size_bits
from archwright.accelerators.formats.stored import pack, unpack
from archwright.core.errors import SpecError

SHARES = st.sampled_from([0.0, 0.02, 0.1, 0.5, 0.9, 1.0])
LAYOUTS = st.builds(
    Layout, metadata_bits=st.sampled_from([None, None, 16]), run_bits=st.sampled_from([None, 1, 3]),
    block_rows=st.integers(1, 4), block_columns=st.integers(1, 4), cube_bits=st.integers(1, 3),
)  # fmt: skip


def hold(entries, names, layout):
    """A round trip through the string of bits, and the size in closed form, in every format."""
    wanted, counts = entries.dense(), counts_of(entries, layout)
    for name in names:
        stored = encode(entries, name, layout)
        packed = pack(stored)
        found = decode(unpack(packed, stored))
        assert (found.dense() == wanted).all(), name
        assert stored.bits == size_bits(name, counts, layout), name
        assert len(packed) == -(-stored.bits // 8), name


@settings(max_examples=1000, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 11), st.integers(1, 11)), density=SHARES, seed=st.integers(0, 2**32), layout=LAYOUTS
)
def test_matrices_survive_and_take_the_bits_of_the_formula(shape, density, seed, layout):
    hold(draw_entries(shape, density, rng=np.random.default_rng(seed)), formats_of(2), layout)


@settings(max_examples=1000, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 6)] * 3), density=SHARES, seed=st.integers(0, 2**32), layout=LAYOUTS
)  # fmt: skip
def test_tensors_survive_and_take_the_bits_of_the_formula(shape, density, seed, layout):
    hold(draw_entries(shape, density, rng=np.random.default_rng(seed)), formats_of(3), layout)


def test_lists_and_dictionaries_are_counted_as_coordinates():
    entries = entries_of(np.eye(5))
    assert encode(entries, "lil").bits == encode(entries, "dok").bits == encode(entries, "coo").bits == 5 * (32 + 6)


def test_the_formats_are_those_of_the_sheet():
    assert set(formats_of(2)) == {"dense", "coo", "csr", "csc", "rlc", "zvc", "bsr", "ell", "dia", "lil", "dok"}
    assert set(formats_of(2)) | set(formats_of(3)) == set(FORMATS)


@pytest.mark.parametrize(("name", "shape"), [("csr", (2, 2, 2)), ("csf", (2, 2)), ("hicoo", (2, 2))])
def test_formats_of_another_rank_are_refused(name, shape):
    with pytest.raises(SpecError, match=f"format: '{name}' is not possible; allowed: a format of"):
        check_format(name, shape)


def test_unknown_formats_are_refused():
    with pytest.raises(SpecError, match="format: 'crs' is not possible; allowed: did you mean 'csr'"):
        encode(entries_of(np.eye(2)), "crs")


def test_a_width_that_is_too_narrow_is_refused():
    with pytest.raises(SpecError, match="metadata_bits: 8 is not possible; allowed: at least 9"):
        encode(draw_entries((2, 300), 0.5, rng=np.random.default_rng(0)), "coo", Layout(metadata_bits=8))
