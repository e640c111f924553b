import itertools
import math

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.space import Pick, Real, check_design, decode
from archwright.core.spaces.sequence import Sequence
from archwright.testing.space import all_designs


def test_all_lists_of_all_lengths_are_designs():
    expected = [list(one) for n in (1, 2, 3) for one in itertools.product("ab", repeat=n)]
    assert sorted(all_designs(Sequence(["a", "b"], 3, shortest=1))) == sorted(expected)


def test_a_fixed_length_has_no_stop_choice():
    assert Sequence(["a", "b"], 2).start().next().legal.tolist() == [True, True]


def test_the_stop_choice_is_masked_until_the_shortest_length():
    draft = Sequence(["a", "b"], 2, shortest=1).start()
    assert draft.next().legal.tolist() == [True, True, False]
    assert draft.choose(0).next().legal.tolist() == [True, True, True]
    assert draft.choose(0).choose(2).next() is None


def test_numbers_ask_first_whether_to_go_on():
    space = Sequence(Real(0.0, 1.0), 2, shortest=1)
    assert space.axes == ("step0", "go_on1", "step1")
    draft = space.start().choose(0.25)
    assert isinstance(draft.next(), Pick)
    assert draft.choose(0).design() == [0.25] and draft.choose(0).next() is None
    assert draft.choose(1).choose(0.5).design() == [0.25, 0.5]
    assert space.choices([0.25]) == [0.25, 0] and space.choices([0.25, 0.5]) == [0.25, 1, 0.5]


def test_number_steps_keep_log_scale_and_grid():
    assert decode(Sequence(Real(1.0, 100.0, log=True), 1), [0.5]) == pytest.approx([10.0])
    assert decode(Sequence(Real(0.0, 1.0, step=0.3), 3), [0.0, 0.6, 1.0]) == [0.0, 0.6, 0.9]


@pytest.mark.parametrize("step", [Real(0.1, 7.3, step=0.3), Real(0.5, 80.0, log=True), Real(1.0, 9.0, True, 0.7)])
def test_the_chart_agrees_with_the_draft_view(step):
    keys = np.random.default_rng(0).random((200, 4))
    for row, design in zip(keys, Sequence(step, 4).decode_many(keys), strict=True):
        assert design == pytest.approx([step.at(key) for key in row], rel=1e-14)


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ("aab", "design: 'aab' is not possible; allowed: a list of 1 to 3 steps"),
        ([], "0 steps"),
        (["a"] * 4, "4 steps"),
        (["a", "q"], r"design\[1\]: 'q'"),
    ],
)
def test_malformed_designs_are_refused_by_place(design, said):
    with pytest.raises(SpecError, match=said):
        check_design(Sequence(["a", "b"], 3, shortest=1), design)


@pytest.mark.parametrize("value", [2.0, "x", True, math.nan, 0.15])
def test_malformed_numbers_are_refused_by_place(value):
    with pytest.raises(SpecError, match=r"design\[1\].*a number from 0 to 1 in steps of 0.1"):
        check_design(Sequence(Real(0.0, 1.0, step=0.1), 2), [0.1, value])


def test_one_and_true_are_different_choices():
    assert Sequence([1, True], 2).choices([True, 1]) == [1, 0]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (dict(step=["a"], n=0), "n"),
        (dict(step=["a"], n=2, shortest=3), "shortest"),
        (dict(step=["a"], n=2, shortest=-1), "shortest"),
        (dict(step=[], n=2), "step"),
        (dict(step=["a", "a"], n=2), "step"),
        (dict(step=Real(2.0, 1.0), n=2), "step"),
    ],
)
def test_a_sequence_that_makes_no_sense_is_refused(arguments, field):
    with pytest.raises(SpecError, match=f"^{field}"):
        Sequence(**arguments)
