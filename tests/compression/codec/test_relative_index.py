import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.compression.codec.relative_index import expected_padding, filler_count, gaps_of, positions_of


def slow_gaps(mask, bits):
    skip, out, gap = 2**bits - 1, [], 0
    for here in mask:
        if here:
            out += [skip] * (gap // skip) + [gap % skip]
            gap = 0
        else:
            gap += 1
    return out


def slow_fillers(mask, bits):
    """The paper's rule, entry by entry: a gap of more than 2^b - 1 zeros puts an explicit zero at its end."""
    fillers, gap = 0, 0
    for here in mask:
        if here:
            gap = 0
        elif gap == 2**bits - 1 and any(mask):
            fillers, gap = fillers + 1, 0
        else:
            gap += 1
    return fillers


masks = st.lists(st.booleans(), max_size=120)


@given(masks, st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_positions_come_back(mask, bits):
    array = np.array(mask, bool)
    gaps = gaps_of(array, bits)
    assert gaps.tolist() == slow_gaps(mask, bits)
    assert np.array_equal(positions_of(gaps, bits, len(mask)), np.flatnonzero(array))


@given(masks.filter(lambda mask: mask and mask[-1]), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_fillers_are_counted_by_the_paper_s_rule(mask, bits):
    assert filler_count(np.array(mask, bool), bits) == slow_fillers(mask, bits)


@pytest.mark.parametrize(("zeros", "fillers"), [(15, 0), (16, 1), (31, 1), (32, 2)])
def test_a_run_of_sixteen_zeros_needs_one_filler(zeros, fillers):
    assert filler_count(np.array([0] * zeros + [1], bool), 4) == fillers


def test_a_mask_of_any_shape_is_read_in_c_order():
    mask = np.zeros((3, 4), bool)
    mask[1, 2] = mask[2, 3] = True
    assert gaps_of(mask, 8).tolist() == [6, 4]
    assert gaps_of(np.asfortranarray(mask), 8).tolist() == [6, 4]


def test_gaps_beyond_the_end_are_seen():
    assert positions_of(np.array([3], np.uint8), 4, 3) is None
    assert positions_of(np.array([15], np.uint8), 4, 14) is None


@pytest.mark.parametrize(("density", "bits"), [(0.08, 4), (0.04, 5), (0.35, 4)])
def test_the_closed_form_is_what_random_positions_need(density, bits):
    mask = np.random.default_rng(0).random(400_000) < density
    kept = int(mask.sum())
    for padding, span in ((filler_count(mask, bits), 2**bits), (len(gaps_of(mask, bits)) - kept, 2**bits - 1)):
        assert padding / kept == pytest.approx(expected_padding(density, span), rel=0.05, abs=2e-3)
