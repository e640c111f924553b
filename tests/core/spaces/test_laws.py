"""Laws that every ready space keeps, drawn by hypothesis; `Record` among them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archwright.core.spaces as spaces
from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Real, check_design, decode_many, encode_many, random_draft_design
from archwright.core.spaces import Assign, Order, Product, Sequence, Subset, Tree
from archwright.testing.space import all_designs, check_space, same_design

seeds = st.integers(0, 2**32 - 1)


@st.composite
def reals(draw):
    log = draw(st.booleans())
    low = draw(st.floats(1e-3, 1e3) if log else st.floats(-1e3, 1e3))
    high = low + draw(st.floats(0.0, 1e3))
    step = draw(st.none() | st.floats(0.01, 10.0))
    return Real(low, high, log=log, step=step)


choices = st.lists(st.sampled_from(["a", "b", "c", 1, 2.5, True]), min_size=1, max_size=4, unique_by=repr)


@st.composite
def records(draw):
    return Record({f"p{i}": what for i, what in enumerate(draw(st.lists(reals() | choices, min_size=1, max_size=5)))})


@st.composite
def sequences(draw):
    n = draw(st.integers(1, 5))
    return Sequence(draw(reals() | choices), n, shortest=draw(st.none() | st.integers(0, n)))


@st.composite
def orders(draw):
    n = draw(st.integers(1, 6))
    line = draw(st.permutations(range(n)))
    pairs = draw(st.lists(st.sampled_from(list(itertools.combinations(line, 2)) or [None]), max_size=8))
    return Order(n, before=[pair for pair in pairs if pair])


@st.composite
def subsets(draw):
    n = draw(st.integers(1, 6))
    smallest = draw(st.integers(0, n))
    return Subset(n, smallest, draw(st.none() | st.integers(smallest, n)))


@st.composite
def assigns(draw):
    n, n_slots = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    return Assign(n, n_slots, draw(st.none() | st.integers(-(-n // n_slots), n)))


@st.composite
def trees(draw):
    grammar = {
        "e": ["x", ("neg", "e"), ("add", "e", "t"), ("scale", "c", "e")],
        "t": [("mul", "e", "e"), "y"],
        "c": draw(reals()),
    }
    return Tree(grammar, draw(st.sampled_from(["e", "t", "c"])), draw(st.integers(1, 4)))


simple = records() | sequences() | orders() | subsets() | assigns() | trees()
products = st.dictionaries(st.sampled_from("abc"), simple, min_size=1, max_size=3).map(lambda parts: Product(**parts))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(space=simple | products, seed=seeds)
def test_every_space_keeps_the_laws_of_both_views(space, seed):
    check_space(space, rng=np.random.default_rng(seed), n=4)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(space=orders() | subsets() | assigns() | trees() | products, seed=seeds)
def test_keys_do_not_move_a_design_that_they_encode(space, seed):
    rng = np.random.default_rng(seed)
    designs = [random_draft_design(space, rng) for _ in range(4)]
    found = decode_many(space, encode_many(space, designs))
    assert all(map(same_design, found, designs))


SMALL = [
    Sequence(["a", "b"], 3),
    Sequence(["a", "b"], 3, shortest=1),
    Order(4, before=[(2, 0), (2, 1)]),
    Subset(4, 1, 2),
    Assign(3, 3, capacity=2),
    Tree({"e": ["x", "y", ("add", "e", "e")]}, "e", 3),
    Product(a=Order(3), b=Subset(2)),
    Record(a=["x", "y", "z"], b=[1, 2]),
]


@pytest.mark.parametrize("space", SMALL, ids=lambda s: type(s).__name__)
def test_both_views_reach_every_design_of_a_small_space(space):
    rng = np.random.default_rng(0)
    every = list(all_designs(space))
    assert len({repr(design) for design in every}) == len(every)
    keyed = decode_many(space, rng.random((200 * len(every), space.horizon)))
    drafted = [random_draft_design(space, rng) for _ in range(100 * len(every))]
    wanted = {repr(design) for design in every}
    assert {repr(design) for design in keyed} == wanted
    assert {repr(design) for design in drafted} == wanted


@pytest.mark.parametrize("space", SMALL, ids=lambda s: type(s).__name__)
def test_no_foreign_design_is_accepted(space):
    for nonsense in (None, 3, "no such item", {"q": 1}, [None], ["x"] * 50, [[]], {"a": None, "b": None}):
        with pytest.raises(SpecError, match="design"):
            check_design(space, nonsense)


@pytest.mark.parametrize("space", SMALL, ids=lambda s: type(s).__name__)
def test_keys_of_another_width_are_refused(space):
    with pytest.raises(SpecError, match="keys"):
        decode_many(space, np.zeros((2, space.horizon + 1)))


@pytest.mark.parametrize("space", SMALL, ids=lambda s: type(s).__name__)
def test_no_designs_and_no_keys_are_possible(space):
    assert decode_many(space, np.empty((0, space.horizon))) == []
    assert encode_many(space, []).shape == (0, space.horizon)


def test_the_door_leads_to_every_space():
    assert spaces.__all__ == ["Assign", "Order", "Product", "Sequence", "Subset", "Tree"]
