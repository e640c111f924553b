import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.eie.encoding import check_pointers, decode, encode
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.sparsity import entry_counts, sparsity_of, storage_bits
from archwright.core.errors import SpecError


def random_codes(rng, shape, density, code_bits=4):
    """A matrix of codes, each present by its own coin."""
    return (rng.integers(1, 1 << code_bits, shape) * (rng.random(shape) < density)).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n_rows=st.integers(1, 90), n_columns=st.integers(1, 20), n_pes=st.integers(1, 12),
    index_bits=st.integers(1, 8), code_bits=st.integers(1, 8), density=st.floats(0.0, 1.0),
)  # fmt: skip
def test_decoding_gives_back_what_was_encoded(seed, n_rows, n_columns, n_pes, index_bits, code_bits, density):
    codes = random_codes(np.random.default_rng(seed), (n_rows, n_columns), density, code_bits)
    machine = Machine(n_pes=n_pes, index_bits=index_bits, code_bits=code_bits, sram_bits=128)
    layer = encode(codes, machine)
    assert (decode(layer) == codes).all()
    assert (layer.counts == entry_counts(sparsity_of(codes), machine)).all()
    assert layer.bits == storage_bits(sparsity_of(codes), machine)
    assert all(int(runs.max(initial=0)) < 1 << index_bits for runs in layer.runs)


def test_the_layout_of_the_paper():
    """Column 0 of element 0 of a machine of four: local rows 0, 2 and 20; 17 zeros before the last need a padding."""
    codes = np.zeros((84, 1), np.uint8)
    codes[[0, 8, 80], 0] = 5, 6, 7
    layer = encode(codes, Machine(n_pes=4))
    assert layer.codes[0].tolist() == [5, 6, 0, 7]
    assert layer.runs[0].tolist() == [0, 1, 15, 1]
    assert layer.pointers.tolist() == [[0, 4], [0, 0], [0, 0], [0, 0]]


def test_a_code_that_needs_more_bits_is_refused():
    with pytest.raises(SpecError, match="code: 4 is not possible; allowed: 0 to 3"):
        encode(np.array([[4]], np.uint8), Machine(code_bits=2))


def test_pointers_end_at_65_535():
    counts = np.full((2, 1), 32_767, np.int32)
    assert check_pointers(counts)[0, -1] == 65_534
    with pytest.raises(SpecError, match="65,535, which is what 16-bit pointers reach"):
        check_pointers(counts + 1)
    with pytest.raises(SpecError, match="entries of one processing element: 65536"):
        encode(np.ones((65_536, 1), np.uint8), Machine(n_pes=1))
