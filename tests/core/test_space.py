import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import (
    Charted,
    Draft,
    Pick,
    Real,
    Space,
    check_design,
    decode,
    decode_many,
    encode_many,
    random_draft_design,
)
from archwright.testing.space import check_space

keys = st.floats(0.0, 1.0)


@dataclass(frozen=True)
class Coins:
    """Pay `total` with at most `horizon` coins of 1, 2 or 5: a space with a draft view only."""

    total: int = 7
    horizon: int = 7

    @property
    def axes(self):
        return tuple(f"coin{i}" for i in range(self.horizon))

    def start(self):
        return CoinsDraft(self, ())

    def choices(self, design):
        if not isinstance(design, list) or not set(map(repr, design)) <= {"1", "2", "5"} or sum(design) > self.total:
            raise SpecError("design", design, f"coins of 1, 2 and 5 that make {self.total}")
        return [(1, 2, 5).index(coin) for coin in design]


@dataclass(frozen=True)
class CoinsDraft:
    space: Coins
    paid: tuple

    def next(self):
        left = self.space.total - sum(self.paid)
        return Pick(np.array([coin <= left for coin in (1, 2, 5)])) if left else None

    def choose(self, value):
        return replace(self, paid=(*self.paid, (1, 2, 5)[value]))

    def design(self):
        return list(self.paid)


@st.composite
def reals(draw):
    log = draw(st.booleans())
    low = draw(st.floats(1e-9, 1e6) if log else st.floats(-1e6, 1e6))
    high = low + draw(st.floats(0.0, 1e6))
    return Real(low, high, log=log, step=draw(st.none() | st.floats(1e-3, 1e3)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(real=reals(), key=keys)
def test_a_number_at_a_key_is_allowed_and_leads_back_to_itself(real, key):
    value = real.at(key)
    assert real.allows(value)
    assert real.low <= value <= real.high
    assert real.snap(value) == pytest.approx(value, rel=1e-12)
    assert 0.0 <= real.key(value) <= 1.0
    assert real.at(real.key(value)) == pytest.approx(value, rel=1e-9, abs=1e-9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(legal=st.lists(st.booleans(), min_size=1, max_size=9).filter(any), key=keys)
def test_an_index_at_a_key_is_legal_and_leads_back_to_itself(legal, key):
    pick = Pick(np.array(legal))
    index = pick.at(key)
    assert pick.allows(index) and pick.at(pick.key(index)) == index


def test_keys_cut_the_interval_into_equal_parts_of_legal_choices():
    pick = Pick(np.array([True, False, True, True]))
    assert [pick.at(key) for key in (-1.0, 0.0, 0.33, 0.34, 0.66, 0.67, 1.0, 2.0)] == [0, 0, 0, 2, 2, 3, 3, 3]


def test_scale_grid_and_ends_of_a_number():
    assert Real(1.0, 100.0, log=True).at(0.5) == pytest.approx(10.0)
    assert Real(2.0, 15.0, step=0.2).at(0.101) == 3.4
    assert Real(0.0, 1.0, step=0.3).at(1.0) == 0.9, "the grid starts at low and may end below high"
    assert Real(0.0, 1.0).at(-3.0) == 0.0 and Real(0.0, 1.0).at(7.0) == 1.0
    assert Real(4.0, 4.0).at(0.9) == 4.0 and Real(4.0, 4.0).key(4.0) == 0.5


def test_a_grid_never_leaves_the_bounds():
    # Rounding away binary dust must not push a value below a tiny lower bound.
    real = Real(1e-50, 1e-50, step=1.0)
    assert real.at(0.3) == 1e-50 and real.allows(real.at(0.3))


@pytest.mark.parametrize("value", [None, "3", True, math.nan, math.inf, 1.9, 15.1, 2.1, [2.0]])
def test_what_a_number_does_not_allow(value):
    assert not Real(2.0, 15.0, step=0.2).allows(value)


@pytest.mark.parametrize("value", [None, "0", 0.0, -1, 1, 3])
def test_what_a_pick_does_not_allow(value):
    assert not Pick(np.array([True, False, True])).allows(value)


@pytest.mark.parametrize(
    ("real", "said"),
    [
        (Real(2.0, 1.0), r"w_um: \(2.0, 1.0\).*reversed"),
        (Real(0.0, math.inf), "w_um: .*finite"),
        (Real(math.nan, 1.0), "w_um: .*finite"),
        (Real(0.0, 1.0, log=True), r"w_um\.low: 0.0.*above 0 on a log scale"),
        (Real(0.0, 1.0, step=0.0), r"w_um\.step: 0.0"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(real, said):
    with pytest.raises(SpecError, match=said):
        real.checked("w_um")


def test_the_key_view_derives_from_the_draft_view():
    space = Coins()
    assert isinstance(space, Space) and isinstance(space.start(), Draft) and not isinstance(space, Charted)
    assert decode(space, [0.99, 0.0, 0.99, 0.5, 0.5, 0.5, 0.5]) == [5, 1, 1]
    assert decode_many(space, np.array([[0.0] * 7, [1.0] * 7])) == [[1] * 7, [5, 2]]
    encoded = encode_many(space, [[5, 2]])
    assert encoded[0, 2:].tolist() == [0.5] * 5 and decode_many(space, encoded) == [[5, 2]]
    check_space(space, rng=np.random.default_rng(0))


def test_the_derived_key_view_reaches_every_design():
    def ways(left):
        return 1 if left == 0 else sum(ways(left - coin) for coin in (1, 2, 5) if coin <= left)

    rng = np.random.default_rng(0)
    found = {tuple(design) for design in decode_many(Coins(), rng.random((3000, 7)))}
    assert len(found) == ways(7)
    assert {tuple(random_draft_design(Coins(), rng)) for _ in range(3000)} == found


def test_keys_of_another_shape_are_refused():
    with pytest.raises(SpecError, match=r"keys: \(1, 3\).*\(n, 7\)"):
        decode(Coins(), [0.1, 0.2, 0.3])
    with pytest.raises(SpecError, match="keys"):
        decode_many(Coins(), np.zeros(7))


def test_check_design_refuses_what_no_decisions_build():
    assert check_design(Coins(), [5, 2]) == [5, 2]
    with pytest.raises(SpecError, match="coins of 1, 2 and 5"):
        check_design(Coins(), [5, 5])
    with pytest.raises(SpecError, match="1 decisions leave it open"):
        check_design(Coins(), [5])
    with pytest.raises(SpecError, match="coins of 1, 2 and 5"):
        encode_many(Coins(), [[3]])


@dataclass(frozen=True)
class Careless(Coins):
    """Its `choices` looks at nothing, so that the draft's own checks must hold."""

    def choices(self, design):
        return design


def test_check_design_names_the_axis_of_an_illegal_decision():
    with pytest.raises(SpecError, match=r"design, coin1: 2 is not possible; allowed: one of the choices \[0, 1\]"):
        check_design(Careless(), [2, 2])
    with pytest.raises(SpecError, match=r"design, coin2: 0 is not possible; allowed: no further decision"):
        check_design(Careless(), [2, 1, 0])
    with pytest.raises(SpecError, match=r"design, decision 1: 2 .*\[0, 1\]"):
        encode_many(Careless(), [[2, 2]])


def test_an_illegal_number_is_answered_with_its_range():
    class Loose(Record):
        def choices(self, design):
            return list(design)

    space = Loose(w_um=Real(2.0, 15.0, step=0.2))
    with pytest.raises(SpecError, match=r"design, w_um: 99.0 .* a number from 2 to 15 in steps of 0.2"):
        check_design(space, [99.0])
