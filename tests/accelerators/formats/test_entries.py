import numpy as np
import pytest
import scipy.sparse

from archwright.accelerators.formats.entries import (
    MAX_ELEMENTS,
    Entries,
    check_density,
    check_shape,
    check_size,
    draw_entries,
    entries_of,
    from_coordinates,
)
from archwright.core.errors import SpecError


def test_arrays_and_scipy_give_the_same_entries():
    dense = np.array([[0, 3, 0], [1, 0, 2]])
    for made in (scipy.sparse.csr_array, scipy.sparse.csc_array, scipy.sparse.coo_array):
        found = entries_of(made(dense))
        assert found.positions.tolist() == [1, 3, 5] and found.values.tolist() == [3, 1, 2]
    assert (entries_of(dense).dense() == dense).all()


def test_what_scipy_stores_twice_is_added_and_its_zeros_are_left_out():
    twice = scipy.sparse.coo_array(([1, 2, 0], ([0, 0, 1], [1, 1, 1])), shape=(2, 2))
    found = entries_of(twice)
    assert found.positions.tolist() == [1] and found.values.tolist() == [3]
    kept = scipy.sparse.csr_array((np.array([0.0, 4.0]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    assert entries_of(kept).positions.tolist() == [1] and kept.nnz == 2


def test_coordinates_lead_back():
    entries = draw_entries((3, 4, 5), 0.4, rng=np.random.default_rng(0))
    shuffled = np.random.default_rng(1).permutation(len(entries.values))
    found = from_coordinates(
        entries.shape, [one[shuffled] for one in entries.coordinates], entries.values[shuffled]
    )  # fmt: skip
    assert (found.positions == entries.positions).all() and (found.values == entries.values).all()


def test_drawn_densities_are_those_asked_for():
    rng = np.random.default_rng(0)
    assert draw_entries((200, 300), 0.25, rng=rng).density == pytest.approx(0.25, abs=0.01)
    assert draw_entries((5, 6), 0.0, rng=rng).density == 0.0 and draw_entries((5, 6), 1, rng=rng).density == 1.0
    assert len(draw_entries((100_000, 100_000), 1e-8, rng=rng).positions) < 200  # nothing is written out


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, -1), (2, 2, 2, 2), (2.5, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(SpecError, match=r"shape: .*allowed: two or three whole numbers above 0"):
        check_shape(shape)


@pytest.mark.parametrize("density", [-0.1, 1.1, float("nan"), "0.5", True, None])
def test_other_densities_are_refused(density):
    with pytest.raises(SpecError, match=r"density_a: .* is not possible; allowed: a number from 0 to 1"):
        check_density("density_a", density)


def test_tensors_that_are_too_large_are_not_written_out():
    huge = Entries((2**15, 2**15), np.array([0]), np.array([1.0]))
    with pytest.raises(SpecError, match="at most 268,435,456 elements"):
        huge.dense()
    assert check_size((2**14, 2**14)) == MAX_ELEMENTS
