import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Real, check_design, decode_many
from archwright.core.spaces import Assign, Order, Product, Sequence, Subset
from archwright.testing.space import all_designs

SCHEDULE = Product(order=Order(3, before=[(0, 2)]), machine=Assign(3, ["big", "little"]))


def test_designs_are_the_pairs_of_the_parts_designs():
    orders, machines = list(all_designs(SCHEDULE.spaces["order"])), list(all_designs(SCHEDULE.spaces["machine"]))
    expected = [{"order": order, "machine": machine} for order in orders for machine in machines]
    assert list(all_designs(SCHEDULE)) == expected and len(expected) == 3 * 8


def test_the_chart_gives_every_part_its_own_keys():
    keys = np.random.default_rng(0).random((20, 6))
    designs = SCHEDULE.decode_many(keys)
    assert [d["order"] for d in designs] == decode_many(SCHEDULE.spaces["order"], keys[:, :3])
    assert [d["machine"] for d in designs] == decode_many(SCHEDULE.spaces["machine"], keys[:, 3:])


def test_axes_name_their_part():
    space = Product(size=Record(w_um=Real(1.0, 2.0)), passes=Subset(["fuse", "unroll"]))
    assert space.axes == ("size.w_um", "passes.fuse", "passes.unroll") and space.horizon == 3


def test_parts_that_end_early_hand_over_to_the_next():
    space = Product(a=Sequence(["x"], 2, shortest=0), b=Order(2))
    draft = space.start().choose(1)
    assert draft.at == 1 and draft.choose(1).choose(0).design() == {"a": [], "b": [1, 0]}


def test_products_nest():
    space = Product(a=Product(b=Order(2)), c=Subset(1))
    check_design(space, {"a": {"b": [1, 0]}, "c": []})
    with pytest.raises(SpecError, match=r"^design\.a\.b\[1\]: 7"):
        check_design(space, {"a": {"b": [1, 7]}, "c": []})


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ([1], "an object with order, machine"),
        ({"order": [0, 1, 2]}, "machine is missing"),
        ({"order": [0, 1, 2], "machine": ["big"] * 3, "speed": 1}, "^design: 'speed'"),
        ({"order": [2, 1, 0], "machine": ["big"] * 3}, r"^design\.order\[0\]: 2"),
        ({"order": [0, 1, 2], "machine": ["big", "huge", "big"]}, r"^design\.machine\[1\]: 'huge'"),
    ],
)
def test_malformed_designs_are_refused_by_part_and_place(design, said):
    with pytest.raises(SpecError, match=said):
        check_design(SCHEDULE, design)


def test_a_product_of_nothing_is_refused():
    with pytest.raises(SpecError, match=r"^spaces: "):
        Product()
