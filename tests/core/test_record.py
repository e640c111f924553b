import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.core.errors import SpecError
from archwright.core.record import Record
from archwright.core.space import Charted, Pick, Real, Space, check_design, decode_many, encode_many
from archwright.testing.space import all_designs, check_space, same_design

SIZING = Record(
    w_um=Real(2.0, 15.0, step=0.2),
    bias_a=Real(1e-6, 1e-3, log=True),
    load=["diode", "resistor", 3],
    fixed_v=Real(1.8, 1.8),
)


def test_is_a_space_with_a_chart_of_its_own():
    assert isinstance(SIZING, Space) and isinstance(SIZING, Charted)
    assert SIZING.axes == ("w_um", "bias_a", "load", "fixed_v") and SIZING.horizon == 4
    check_space(SIZING, rng=np.random.default_rng(0))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(*[st.floats(-0.5, 1.5)] * 4), max_size=5))
def test_batches_decode_like_the_draft_view(rows):
    keys = np.array(rows, dtype=float).reshape(-1, 4)
    for row, design in zip(keys, decode_many(SIZING, keys), strict=True):
        draft = SIZING.start()
        for key in row:
            draft = draft.choose(draft.next().at(key))
        assert same_design(draft.design(), check_design(SIZING, design))


def test_arrays_lead_to_designs_and_back():
    designs = decode_many(SIZING, np.random.default_rng(0).random((50, 4)))
    values = SIZING.to_array(designs)
    assert values.shape == (50, 4) and values[:, 2].tolist() == [SIZING.choices(d)[2] for d in designs]
    assert SIZING.from_array(values) == designs
    assert all(map(same_design, decode_many(SIZING, encode_many(SIZING, designs)), designs))


def test_arrays_of_numbers_only_lead_to_designs_and_back():
    space = Record(a=Real(0.0, 1.0), b=Real(2.0, 4.0))
    values = np.array([[0.25, 3.0], [1.0, 2.0]])
    assert space.from_array(values) == [{"a": 0.25, "b": 3.0}, {"a": 1.0, "b": 2.0}]
    assert space.to_array(space.from_array(values)).tolist() == values.tolist()
    assert space.to_array([]).shape == (0, 2) and SIZING.to_array([]).shape == (0, 4)


def test_from_array_snaps_to_bounds_grid_and_choices():
    found = SIZING.from_array(np.array([[3.31, 1.0, 7.0, 0.0], [-1.0, 0.0, -1.0, 9.0]]))
    assert found == [
        {"w_um": 3.4, "bias_a": 1e-3, "load": 3, "fixed_v": 1.8},
        {"w_um": 2.0, "bias_a": 1e-6, "load": "diode", "fixed_v": 1.8},
    ]


def test_from_array_leaves_its_argument_alone():
    values = np.array([[3.31, 1.0, 7.0, 0.0]])
    SIZING.from_array(values)
    assert values.tolist() == [[3.31, 1.0, 7.0, 0.0]]


def test_to_array_takes_the_order_of_the_axes_not_of_the_design():
    assert Record(a=Real(0.0, 9.0), b=Real(0.0, 9.0)).to_array([{"b": 1.0, "a": 2.0}]).tolist() == [[2.0, 1.0]]


def test_one_parameter_is_enough():
    space = Record(w=["a", "b"])
    assert list(all_designs(space)) == [{"w": "a"}, {"w": "b"}]
    assert space.to_array([{"w": "b"}]).tolist() == [[1.0]]


def test_the_grid_never_leaves_the_bounds_in_a_batch():
    space = Record(w=Real(1e-50, 1e-50, step=1.0))
    assert space.decode_many(np.array([[0.3]])) == [{"w": 1e-50}]


def test_drafts_decide_one_parameter_after_the_other_and_never_change():
    draft = SIZING.start()
    assert draft.next() == Real(2.0, 15.0, step=0.2)
    longer = draft.choose(3.31).choose(1e-5)
    assert draft.values == () and longer.values == (3.4, 1e-5)
    assert isinstance(longer.next(), Pick) and longer.next().legal.tolist() == [True] * 3
    assert longer.choose(2).choose(1.8).next() is None


GOOD = {"w_um": 2.0, "bias_a": 1e-5, "load": "diode", "fixed_v": 1.8}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"w_um": 2.1}, r"^design\.w_um: 2.1 .*a number from 2 to 15 in steps of 0.2"),
        ({"w_um": "2"}, r"^design\.w_um: '2'"),
        ({"bias_a": math.nan}, r"^design\.bias_a: nan"),
        ({"bias_a": None}, r"^design\.bias_a: None"),
        ({"load": "diodee"}, r"^design\.load: 'diodee' .*'diode', 'resistor', 3"),
        ({"load": 3.0}, r"^design\.load: 3.0"),
        ({"loadd": "diode"}, r"^design: 'loadd' .*did you mean 'load'"),
    ],
)
def test_malformed_designs_are_refused_by_axis(change, said):
    with pytest.raises(SpecError, match=said):
        check_design(SIZING, {**GOOD, **change})


def test_a_missing_parameter_is_named():
    with pytest.raises(SpecError, match="bias_a is missing"):
        check_design(SIZING, {"w_um": 2.0, "load": "diode", "fixed_v": 1.8})
    with pytest.raises(SpecError, match="bias_a is missing"):
        SIZING.to_array([{"w_um": 2.0, "load": "diode", "fixed_v": 1.8}])
    with pytest.raises(SpecError, match="an object with w_um"):
        check_design(SIZING, [2.0])


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "at least one parameter"),
        ({"w": Real(2.0, 1.0)}, "^w: .*reversed"),
        ({"w": Real(0.0, 1.0, log=True)}, r"^w\.low"),
        ({"w": []}, "^w: .*at least one choice"),
        ({"w": ["a", "b", "a"]}, "^w: .*differ"),
    ],
)
def test_records_that_make_no_sense_are_refused(parameters, said):
    with pytest.raises(SpecError, match=said):
        Record(parameters)


def test_every_parameter_is_a_component_unless_a_graph_is_given():
    assert SIZING.components["w_um"] == ("w_um",) and SIZING.edges == ()
    graph = SIZING.with_graph({"T1": ["w_um", "bias_a"], "R1": ["load"]}, [("T1", "R1")])
    assert graph.components == {"T1": ("w_um", "bias_a"), "R1": ("load",)} and graph.edges == (("T1", "R1"),)
    assert graph.axes == SIZING.axes and SIZING.edges == ()


def test_a_graph_over_unknown_names_is_refused():
    with pytest.raises(SpecError, match=r"components\.T1: 'w_umm' .*did you mean 'w_um'"):
        SIZING.with_graph({"T1": ["w_umm"]}, [])
    with pytest.raises(SpecError, match=r"edges: 'T2'"):
        SIZING.with_graph({"T1": ["w_um"]}, [("T1", "T2")])


def test_a_choice_in_a_batch_that_does_not_exist_is_refused():
    with pytest.raises(SpecError, match=r"design\.load: 'coil'"):
        SIZING.to_array([{**GOOD, "load": "coil"}])
