import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.compression.graph.labels import aligned, full_line, joined, reshaped, squeezed, varying


def shapes_of(entries):
    """Shapes that hold so many entries, some axes of length 1 among them."""
    factors, rest = [], entries
    for factor in (2, 3, 5, 7):
        while rest % factor == 0:
            factors, rest = [*factors, factor], rest // factor
    cuts = st.lists(st.sampled_from([*factors, 1, 1]), max_size=8)
    return cuts.map(lambda one: merge(factors, one))


def merge(factors, cuts):
    """A shape from all factors in their order: an axis ends where a cut says so."""
    shape, product = [], 1
    for factor, cut in zip(factors, [*cuts, *[2] * len(factors)], strict=False):
        product *= factor
        if cut != 2:
            shape, product = [*shape, product], 1
            shape += [1] * (cut == 1)
    return (*shape, product)


@given(st.data())
def test_reshapes_carry_every_entry(data):
    before, after = data.draw(shapes_of(60)), data.draw(shapes_of(60))
    assert math.prod(before) == math.prod(after) == 60
    kept = [data.draw(st.sampled_from([1, length])) for length in before]
    labels = squeezed(np.arange(math.prod(kept)).reshape(kept))
    found = reshaped(labels, before, after)
    assert (np.broadcast_to(found, after) == np.broadcast_to(labels, before).reshape(after)).all()
    assert squeezed(found).shape == found.shape


@pytest.mark.parametrize(
    ("before", "after", "shape"),
    [((1, 6, 4, 4), (1, 96), (1, 96)), ((1, 6, 4, 4), (1, 2, 3, 16), (1, 2, 3, 1)), ((1, 6, 1), (6,), (6,))],
)
def test_only_what_changes_is_spelt_out(before, after, shape):
    assert reshaped(np.arange(6).reshape(1, 6, *[1] * (len(before) - 2)), before, after).shape == shape


def test_parts_stand_one_after_another():
    left, right = np.array([[[1]], [[2]]]), np.array([[[3]]])
    assert joined([(left, (2, 1, 4)), (right, (1, 3, 4))], 0).tolist() == [[[1]], [[2]], [[3]]]
    assert joined([(np.array([[5], [6]]), (2, 3)), (np.zeros((1, 1), int), (2, 1))], 1).tolist() == [
        [5, 5, 5, 0],
        [6, 6, 6, 0],
    ]


def test_lines_are_spelt_out():
    assert full_line(np.full((1, 1), 4), 1, 3).tolist() == [4, 4, 4]
    assert aligned(np.array([1, 2]), 2).shape == (1, 2) and varying(np.zeros((1, 3, 1))) == (1,)
