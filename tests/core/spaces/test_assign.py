import itertools

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.space import Pick, check_design
from archwright.core.spaces.assign import Assign
from archwright.testing.space import all_designs


@pytest.mark.parametrize("capacity", [None, 3, 2, [3, 1, 0], [1, 1, 1]])
def test_the_draft_view_gives_exactly_the_assignments_with_room(capacity):
    room = [capacity or 3] * 3 if not isinstance(capacity, list) else capacity
    every = itertools.product(range(3), repeat=3)
    expected = [list(one) for one in every if all(one.count(slot) <= room[slot] for slot in range(3))]
    assert sorted(all_designs(Assign(3, 3, capacity))) == expected


@pytest.mark.parametrize("capacity", [None, 3, [1, 2, 5]])
def test_the_chart_agrees_with_the_draft_view(capacity):
    space = Assign(6, 3, capacity)
    keys = np.random.default_rng(0).random((200, 6))
    for row, design in zip(keys, space.decode_many(keys), strict=True):
        draft = space.start()
        for key in row:
            decision = draft.next()
            assert isinstance(decision, Pick)
            draft = draft.choose(decision.at(key))
        assert draft.design() == design


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (["big"], "1 slots.*2 slots"),
        (["big", "big"], r"design\[add\]: 'big'.*a slot with room"),
        (["big", "litle"], r"design\[add\]: 'litle'.*did you mean 'little'"),
        ("big", "a list of 2 slots"),
    ],
)
def test_malformed_designs_are_refused_by_item(design, said):
    with pytest.raises(SpecError, match=said):
        check_design(Assign(["load", "add"], ["big", "little"], capacity=1), design)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0, 2), "items"),
        ((2, 0), "slots"),
        ((4, 2, 1), "capacity"),
        ((2, 2, [3]), "capacity"),
        ((2, 2, [3, -1]), "capacity"),
        ((2, 2, 1.5), "capacity"),
    ],
)
def test_assignments_without_room_are_refused(arguments, field):
    with pytest.raises(SpecError, match=f"^{field}"):
        Assign(*arguments)


def test_the_missing_room_is_said():
    with pytest.raises(SpecError, match="room for all 5 items; there is room for 4"):
        Assign(5, 2, 2)
