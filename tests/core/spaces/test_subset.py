import itertools

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.space import check_design
from archwright.core.spaces.subset import Subset
from archwright.testing.space import all_designs


@pytest.mark.parametrize(("smallest", "largest"), [(0, 4), (2, 2), (1, 3), (4, 4), (0, 0)])
def test_the_draft_view_gives_exactly_the_subsets_of_these_sizes(smallest, largest):
    expected = [list(c) for n in range(smallest, largest + 1) for c in itertools.combinations(range(4), n)]
    assert sorted(all_designs(Subset(4, smallest, largest))) == sorted(expected)


def test_the_mask_forces_and_forbids_to_keep_the_sizes():
    draft = Subset(3, 2, 2).start()
    assert draft.next().legal.tolist() == [True, True]
    assert draft.choose(0).next().legal.tolist() == [False, True]
    assert draft.choose(1).choose(1).next().legal.tolist() == [True, False]


def test_the_chart_takes_the_largest_keys_where_sizes_bind():
    space = Subset(4, 1, 2)
    keys = np.array([[0.6, 0.9, 0.7, 0.8], [0.1, 0.2, 0.4, 0.3], [0.6, 0.1, 0.2, 0.3]])
    assert space.decode_many(keys) == [[1, 3], [2], [0]]


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (["a"], "2 to 3 items"),
        (["a", "b", "c", "d"], "2 to 3 items"),
        (["a", "a"], r"design\[1\]: 'a'.*at most once"),
        (["b", "a"], r"design\[1\]: 'a'.*order of the space"),
        (["a", "e"], r"design\[1\]: 'e'"),
        ({"a": True}, "a list of 2 to 3 items"),
    ],
)
def test_malformed_designs_are_refused_by_place(design, said):
    with pytest.raises(SpecError, match=said):
        check_design(Subset(["a", "b", "c", "d"], 2, 3), design)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [((0,), "items"), ((3, 4), "smallest"), ((3, -1), "smallest"), ((3, 2, 1), "largest"), ((3, 0, 4), "largest")],
)
def test_sizes_that_no_subset_has_are_refused(arguments, field):
    with pytest.raises(SpecError, match=f"^{field}"):
        Subset(*arguments)
