import numpy as np
import pytest

from archwright.compression.amc.walled_space import WalledSpace, uniform_design
from archwright.compression.budget import Wall
from archwright.core.errors import SpecError
from archwright.core.space import check_design, decode_many
from archwright.testing.space import check_space

OPTIONS = [(2, 4, 6, 8), (4, 8, 12), (1, 2, 3)]


def products(widths):
    """What three layers in a row cost."""
    widths = np.asarray(widths, float)
    return (widths[:, :1] * 3 + widths[:, :1] * widths[:, 1:2] + widths[:, 1:2] * widths[:, 2:3]) * 1.0


def space(limit=90.0):
    return WalledSpace(("a", "b", "c"), Wall(OPTIONS, products, [limit], ["cost"]))


def test_laws():
    check_space(space(), rng=np.random.default_rng(0))


@pytest.mark.parametrize("limit", [18.0, 40.0, 90.0, 156.0])
def test_no_design_is_above_the_budget(limit):
    designs = decode_many(space(limit), np.random.default_rng(0).random((500, 3)))
    costs = products([list(design.values()) for design in designs])
    assert costs.max() <= limit and (limit < 156.0 or costs.max() > 100.0)


def test_the_wall_leaves_room_for_what_follows():
    draft = space(40.0).start().choose(1.0)
    assert draft.widths == (4,)  # 6 * 3 + 6 * 4 + 4 * 1 = 46 would be too much
    assert draft.choose(1.0).choose(1.0).design() == {"a": 4, "b": 4, "c": 3}


def test_shares_are_rounded_to_the_nearest_width():
    draft = space(156.0).start()
    assert [draft.choose(share).widths[0] for share in (0.25, 0.6, 0.65, 0.9)] == [2, 4, 6, 8]
    assert draft.next().low == 0.25 and draft.choose(0.5).choose(0.5).choose(1.0).next() is None


@pytest.mark.parametrize(
    ("design", "field"),
    [({"a": 8, "b": 12, "c": 3}, "design"), ({"a": 8, "b": 5, "c": 1}, "design.b"), ({"a": 2}, "design.b"),
     ({"a": 2, "b": 4, "c": 1, "d": 1}, "design"), ([2, 4, 1], "design"), ({"a": 2.0, "b": 4, "c": 1}, "design.a")],
)  # fmt: skip
def test_what_is_no_design_is_one_clear_line(design, field):
    with pytest.raises(SpecError) as refused:
        check_design(space(), design)
    assert refused.value.field == field and "\n" not in str(refused.value)


def test_uniform_shares_fill_the_budget():
    found = uniform_design(space(60.0))
    widths = np.array([list(found.values())])
    assert products(widths)[0, 0] <= 60.0
    for axis, options in enumerate(OPTIONS):
        wider = [one for one in options if one > widths[0, axis]][:1]
        grown = np.where(np.arange(3) == axis, wider[0] if wider else 99, widths)
        assert products(grown)[0, 0] > 60.0


def test_shares_may_stand_to_each_other_as_wanted():
    first = uniform_design(space(70.0), [2.0, 1.0, 1.0])
    last = uniform_design(space(70.0), [1.0, 1.0, 2.0])
    assert first["a"] > last["a"] and first["c"] <= last["c"]


def test_decisions_are_offered_up_to_the_wall_so_that_keys_at_it_do_not_pile_up():
    wall = Wall([(1, 2, 3, 4, 5, 6, 7, 8)] * 2, lambda widths: widths.sum(1, keepdims=True), [9.0], ["total"])
    space = WalledSpace(("a", "b"), wall)
    draft = space.start().choose(6 / 8)
    assert draft.next().high == wall.largest([6]) / 8 == 3 / 8
    widths = [one["b"] for one in decode_many(space, np.array([(5 / 7, key) for key in np.linspace(0.0, 1.0, 101)]))]
    assert {width: widths.count(width) for width in sorted(set(widths))} == pytest.approx({1: 25, 2: 51, 3: 25}, abs=1)
