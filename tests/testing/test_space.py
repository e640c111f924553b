import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Pick, Real, check_design
from archwright.core.spaces import Order, Subset
from archwright.testing.space import all_designs, check_space, draw_designs, same_design


def broken(**changes):
    """A small space with some of its parts replaced."""
    return type("Broken", (Record,), changes)(w_um=Real(1.0, 2.0), load=["a", "b"])


class Forgetful(Record):
    def decode_many(self, keys):
        return super().decode_many(np.sort(keys, axis=0))


class Restless(Record):
    calls = 0

    def decode_many(self, keys):
        self.calls += 1
        return super().decode_many((keys + 0.1 * self.calls) % 1.0)


class Shared:
    """A draft that changes itself."""

    def __init__(self):
        self.values = []

    def next(self):
        return Pick(np.ones(2 + len(self.values), bool)) if len(self.values) < 2 else None

    def choose(self, value):
        self.values.append(value)
        return self

    def design(self):
        return self.values


class DeadEnd(Shared):
    def next(self):
        return Pick(np.zeros(2, bool))


class Endless(Shared):
    def next(self):
        return Real(0.0, 1.0)

    def choose(self, value):
        return self


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (broken(horizon=property(lambda self: 3, lambda self, value: None)), "2 axes for a horizon of 3"),
        (broken(axes=property(lambda self: ("w", "w"), lambda self, value: None)), "two axes share a name"),
        (broken(start=lambda self: Shared()), "choose changes the draft"),
        (broken(start=lambda self: DeadEnd()), "dead end"),
        (broken(start=lambda self: Endless()), "more than horizon = 2 decisions"),
        (broken(decode_many=lambda self, keys: []), "0 designs for 34 keys"),
        (broken(decode_many=lambda self, keys: [{"w_um": 9.0, "load": "a"}] * len(keys)), "check_design refuses"),
        (broken(decode_many=lambda self, keys: [{"w_um": np.float32(1)}] * len(keys)), "not plain JSON"),
        (broken(encode_many=lambda self, designs: np.full((len(designs), 2), 7.0)), r"keys outside \[0, 1\]"),
        (broken(encode_many=lambda self, designs: np.full((len(designs), 2), 0.3)), "they must lead back"),
        (broken(encode_many=lambda self, designs: np.zeros((len(designs), 3))), r"shape \(1, 3\)"),
        (broken(choices=lambda self, design: [design["w_um"], "ab".index(design["load"])]), "must raise SpecError"),
        (broken(choices=lambda self, design: [1.5, 0]), "not back to it"),
        (Forgetful(w_um=Real(1.0, 2.0)), "other designs alone than in a batch"),
        (Restless(w_um=Real(1.0, 2.0)), "decode must be pure"),
    ],
)
def test_a_space_that_breaks_a_law_is_told_which(space, said):
    with pytest.raises(AssertionError, match=said):
        check_space(space, rng=np.random.default_rng(0))


def test_a_space_that_takes_anything_for_a_design_is_told():
    class Credulous(Record):
        def choices(self, design):
            return super().choices(design) if isinstance(design, dict) and "w_um" in design else [1.5]

    with pytest.raises(AssertionError, match=r"choices\(\) accepts None, which is no design"):
        check_space(Credulous(w_um=Real(1.0, 2.0)), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"a": 0.1 + 0.2}, {"a": 0.3}, True),
        ({"a": 0.3}, {"a": 0.3001}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ([1, [2.0]], [1, [2.0]], True),
        ([1], [1, 2], False),
        (True, 1, False),
        ("a", "a", True),
    ],
)
def test_same_design(first, second, is_same):
    assert same_design(first, second) == is_same


def test_all_designs_are_all_and_legal():
    space = Order(3, before=[(2, 0)])
    assert list(all_designs(space)) == [[1, 2, 0], [2, 0, 1], [2, 1, 0]]
    with pytest.raises(SpecError, match="a space of choices only"):
        list(all_designs(Record(a=Real(0.0, 1.0))))


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_draw_designs_gives_as_many_as_asked(n):
    space = Subset(6, 1, 3)
    designs = draw_designs(space, np.random.default_rng(0), n)
    assert len(designs) == n and all(check_design(space, design) == design for design in designs)
