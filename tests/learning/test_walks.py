import numpy as np
import pytest

from archwright.core.record import Record
from archwright.core.space import Pick, Real, check_design, random_draft_design
from archwright.core.spaces import Assign, Order, Product, Sequence, Subset
from archwright.learning.walks import WalkLayout, draw_levels
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline

SPACES = {
    "numbers and choices": Record(
        x=Real(1e-3, 1e3, log=True), n=Real(1.0, 9.0, step=1.0), kind=["a", "bb", "c"], fixed=Real(2.0, 2.0)
    ),
    "an order": Order(6, before=[(0, 3), (4, 1)]),
    "an assignment": Assign(4, 3, capacity=2),
    "a list that may end": Sequence(["u", "v"], 5, shortest=1),
    "numbers that may end": Sequence(Real(0.0, 1.0), 3, shortest=0),
    "a subset": Subset(5),
    "parts": Product(order=Order(3), machine=Assign(3, 2)),
}


class Only:
    def __init__(self, space):
        self.space = space


def evenly(layout):
    return lambda inputs, carry: (np.zeros((len(inputs), layout.n_slots, layout.width)), carry)


@pytest.mark.parametrize("name", SPACES)
def test_drawn_designs_are_legal_and_walks_lead_back_to_them(name):
    layout = WalkLayout(Only(SPACES[name]), levels=5)
    rng = np.random.default_rng(0)
    designs = layout.draw(evenly(layout), 20, rng)
    for design in designs:
        check_design(layout.space, design)
    walks = layout.read(designs)
    assert walks.levels.shape == (20, layout.n_steps, layout.n_slots)
    assert np.take_along_axis(walks.legal, walks.levels[..., None], axis=3).all()
    assert len({repr(design) for design in designs}) > 5


@pytest.mark.parametrize("name", SPACES)
def test_a_policy_that_insists_gets_its_way(name):
    layout = WalkLayout(Only(SPACES[name]), levels=5)
    wanted = random_draft_design(layout.space, np.random.default_rng(3))
    walks = layout.read([wanted])

    def insist(inputs, step):
        step = step or 0
        logits = np.full((len(inputs), layout.n_slots, layout.width), -100.0)
        logits[:, np.arange(layout.n_slots), walks.levels[0, step]] = 100.0
        return logits, step + 1

    drawn = layout.draw(insist, 3, np.random.default_rng(0))
    assert all((one == walks.levels[0]).all() for one in layout.read(drawn).levels)
    is_exact = not name.startswith("numbers")  # a number is drawn anew within its part
    assert not is_exact or drawn == [wanted] * 3


def test_numbers_on_a_short_grid_are_levels_and_others_are_parts():
    space = Record(grid=Real(1.0, 2.0, step=0.25), fine=Real(0.0, 1.0, step=0.01), log=Real(1.0, 100.0, log=True))
    layout = WalkLayout(Only(space), levels=6)
    walks = layout.read([{"grid": 1.75, "fine": 0.99, "log": 10.1}])
    assert walks.levels.ravel().tolist() == [3, 5, 3]
    assert walks.legal.sum(axis=3).ravel().tolist() == [5, 6, 6]


def test_steps_without_a_choice_have_one_level():
    layout = WalkLayout(Only(SPACES["a list that may end"]))
    walks = layout.read([["u"], ["u", "v", "v", "u", "v"]])
    assert walks.is_decided.tolist() == [[True, True, False, False, False], [True] * 5]


def test_a_choice_wider_than_any_probe_is_made_by_parts():
    layout = WalkLayout(Only(SPACES["an order"]))
    layout.width = 4
    decision = Pick(np.array([False, True, True, True, True, True]))
    assert [layout.value(decision, level, 0.0) for level in range(4)] == [1, 2, 3, 4]
    assert [layout.level(decision, value) for value in (1, 3, 5)] == [0, 2, 3]


def test_components_are_steps_and_their_features_are_seen():
    layout = WalkLayout(Pipeline(3))
    assert (layout.n_steps, layout.n_slots, layout.width) == (3, 2, 4)
    designs = layout.draw(evenly(layout), 4, np.random.default_rng(0))
    inputs = layout.inputs(layout.read(designs))
    assert inputs.shape == (4, 3, sum(layout.n_inputs))
    assert len(np.unique(inputs[0, :, : layout.n_inputs[0]], axis=0)) == 3


def test_what_is_seen_while_drawing_is_what_is_read_afterwards():
    layout, seen = WalkLayout(Pipeline(4)), []

    def watch(inputs, carry):
        seen.append(inputs)
        return np.zeros((len(inputs), layout.n_slots, layout.width)), carry

    order = layout.order(7)
    designs = layout.draw(watch, 5, np.random.default_rng(1), order)
    np.testing.assert_allclose(np.stack(seen, axis=1), layout.inputs(layout.read(designs, order), order))


def test_components_can_be_decided_in_any_order_and_the_design_is_the_same():
    layout = WalkLayout(Pipeline(4))
    order = layout.order(3)
    assert sorted(order) == [0, 1, 2, 3] and order.tolist() != [0, 1, 2, 3]
    (design,) = layout.draw(evenly(layout), 1, np.random.default_rng(1), order)
    assert list(design) == list(layout.space.axes)
    plain, shuffled = layout.read([design]), layout.read([design], order)
    np.testing.assert_array_equal(plain.levels[:, order], shuffled.levels)
    assert not WalkLayout(Only(SPACES["an order"])).can_shuffle
    assert WalkLayout(Only(SPACES["an order"])).order(3).tolist() == list(range(6))


def test_levels_are_drawn_as_the_softmax_says():
    logits = np.log(np.array([[0.1, 0.6, 0.3]])).repeat(10_000, axis=0)
    legal = np.tile([True, True, False], (10_000, 1))
    levels = draw_levels(logits, legal, np.random.default_rng(0).random(10_000))
    assert np.bincount(levels, minlength=3)[2] == 0
    assert np.mean(levels == 1) == pytest.approx(6 / 7, abs=0.02)


def test_walks_are_selected_and_joined():
    layout = WalkLayout(Pipeline(2))
    walks = layout.read(layout.draw(evenly(layout), 5, np.random.default_rng(0)))
    again = walks.rows(slice(0, 2)).joined(walks.rows(np.array([2, 3, 4])))
    assert len(again) == 5 and (again.levels == walks.levels).all() and (again.legal == walks.legal).all()


def test_a_sphere_is_walked_axis_by_axis():
    assert WalkLayout(Sphere(5), levels=7).n_steps == 5
