import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.formats.entries import draw_entries, entries_of
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.referee import run_product
from archwright.accelerators.formats.timing import time_product

SMALL = st.builds(
    Array, n_pes=st.integers(1, 6), buffer_words=st.integers(2, 10), bus_words=st.integers(1, 6),
    macs_per_pe=st.integers(1, 4), sums_per_pe=st.integers(1, 4), queue_depth=st.integers(1, 4),
)  # fmt: skip
SHARES = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])


@settings(max_examples=200, deadline=None)
@given(
    rank=st.integers(2, 3), sizes=st.tuples(*[st.integers(1, 7)] * 3), n_columns=st.integers(1, 13), array=SMALL,
    first=SHARES, second=SHARES, stationary=st.sampled_from(["dense", "csc"]), which=st.integers(0, 2),
    seed=st.integers(0, 2**32),
)  # fmt: skip
def test_recursion_and_referee_agree(rank, sizes, n_columns, array, first, second, stationary, which, seed):
    rng = np.random.default_rng(seed)
    a = draw_entries(sizes[:rank], first, rng=rng)
    b = draw_entries((sizes[rank - 1], n_columns), second, rng=rng)
    formats = (("dense", "csr" if rank == 2 else "csf", "coo")[which], stationary)
    fast, plain = time_product(a, b, formats, array), time_product(a, b, formats, array, is_plain=True)
    verdict = run_product(a, b, formats, array)
    assert fast == plain
    assert (fast.cycles, fast.macs) == (verdict.cycles, verdict.macs)
    product = a.dense().reshape(-1, sizes[rank - 1]).astype(float) @ b.dense().astype(float)
    assert verdict.product == pytest.approx(product)


def test_a_dense_product_keeps_every_multiplier_busy():
    """128 columns of 128 rows fill the buffers: 16 words a cycle, 16 products per element."""
    ones = entries_of(np.ones((128, 128)))
    timing = time_product(ones, ones, ("dense", "dense"), Array())
    assert timing.load_cycles == 128 * 128 // 16 and timing.cycles == timing.load_cycles + 128 * 128 // 16 + 1
    assert timing.utilisation(Array()) == pytest.approx(0.5, abs=1e-3)


def test_words_that_match_nothing_are_charged():
    a, b = entries_of(np.eye(64, 128)), entries_of(np.eye(128, 64, -64))
    timing = time_product(a, b, ("csr", "csc"), Array())
    assert timing.macs == 0 and timing.cycles - timing.load_cycles == 3 * 64 // 16 + 1


def test_nothing_to_do_takes_the_markers():
    empty = entries_of(np.zeros((32, 8)))
    timing = time_product(empty, entries_of(np.ones((8, 4))), ("csr", "dense"), Array())
    assert timing.streamed_words == 32 and timing.macs == 0
    assert time_product(empty, entries_of(np.ones((8, 4))), ("coo", "dense"), Array()).cycles == 2  # the load alone
