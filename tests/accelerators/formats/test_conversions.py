import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.formats.codec import encode, formats_of
from archwright.accelerators.formats.conversions import convert
from archwright.accelerators.formats.counts import counts_of
from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.recipes import conversion_steps
from archwright.core.errors import SpecError


def hold(shape, density, seed):
    """Every conversion gives what encoding gives, and sends through its blocks what the closed form says."""
    entries = draw_entries(shape, density, rng=np.random.default_rng(seed))
    counts, encoded = counts_of(entries), {name: encode(entries, name) for name in formats_of(len(shape))}
    for source, stored in encoded.items():
        for target, wanted in encoded.items():
            found = convert(stored, target)
            assert found.stored.bits == wanted.bits
            for key, field in wanted.fields.items():
                assert np.array_equal(found.stored.fields[key].values, field.values), (source, target, key)
            steps = [(one.block, int(one.n), int(one.n_keys)) for one in found.steps if one.n]
            closed = conversion_steps(source, target, counts)
            assert steps == [(one.block, int(one.n), int(one.n_keys)) for one in closed if one.n], (source, target)


@settings(max_examples=25, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)), density=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 2**32),
)  # fmt: skip
def test_conversions_of_matrices(shape, density, seed):
    hold(shape, density, seed)


@settings(max_examples=25, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 6)] * 3), density=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    seed=st.integers(0, 2**32),
)  # fmt: skip
def test_conversions_of_tensors(shape, density, seed):
    hold(shape, density, seed)


@pytest.mark.parametrize(
    ("source", "target", "theirs"),
    [
        ("coo", "csr", lambda m: m.tocsr()), ("coo", "csc", lambda m: m.tocsc()),
        ("csr", "csc", lambda m: m.tocsr().tocsc()), ("csc", "csr", lambda m: m.tocsc().tocsr()),
        ("csr", "coo", lambda m: m.tocsr().tocoo()), ("csc", "coo", lambda m: m.tocsc().tocsr().tocoo()),
        ("csr", "bsr", lambda m: m.tocsr().tobsr(blocksize=(4, 4))),
        ("csc", "bsr", lambda m: m.tocsc().tobsr(blocksize=(4, 4))),
        ("bsr", "csr", lambda m: m.tobsr(blocksize=(4, 4)).tocsr()),
        ("zvc", "csr", lambda m: m.tocsr()), ("zvc", "csc", lambda m: m.tocsc()), ("zvc", "coo", lambda m: m.tocsr()
         .tocoo()), ("rlc", "csr", lambda m: m.tocsr()), ("rlc", "coo", lambda m: m.tocsr().tocoo()),
        ("dense", "csr", lambda m: scipy.sparse.csr_array(m.toarray())),
        ("dense", "csc", lambda m: scipy.sparse.csc_array(m.toarray())),
    ],
)  # fmt: skip
def test_conversions_are_those_of_scipy(source, target, theirs):
    matrix = draw_entries((40, 60), 0.15, rng=np.random.default_rng(5)).dense()
    fields = convert(encode(entries_of(matrix), source), target).stored.fields
    wanted = theirs(scipy.sparse.coo_array(matrix))
    if target == "coo":
        assert (fields["axis 0"].values == wanted.row).all() and (fields["axis 1"].values == wanted.col).all()
    else:
        if target == "bsr" or source == "bsr":
            wanted.eliminate_zeros()
        wanted.sort_indices()
        assert (fields["pointers"].values == wanted.indptr).all()
        assert (fields["indices"].values == wanted.indices).all()
    assert (fields["values"].values == wanted.data.reshape(-1)).all()


def test_equal_formats_need_nothing():
    stored = encode(entries_of(np.eye(3)), "csr")
    assert convert(stored, "csr").steps == [] and convert(stored, "csr").stored is stored


def test_formats_of_another_rank_are_refused():
    with pytest.raises(SpecError, match="format: 'csf' is not possible; allowed: a format of matrices"):
        convert(encode(entries_of(np.eye(3)), "csr"), "csf")
