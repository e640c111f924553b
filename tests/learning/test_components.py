from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.problem import Observation
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.spaces.order import Order
from archwright.learning.components import ComponentGraph, components_of, graph_of, observed_features
from archwright.testing.functions import Sphere


class Scheduling:
    name, space = "scheduling", Order(4, before=[])


class ObservedScheduling(Scheduling):
    def observe(self, draft):
        return Observation(np.arange(8.0).reshape(4, 2), np.array([[0, 1], [2, 3]]))


class Wide(ObservedScheduling):
    def observe(self, draft):
        return Observation(np.zeros((9, 2)), np.array([[0, 8]]))


def test_a_circuit_s_components_carry_types_features_and_edges(circuit):
    assert isinstance(circuit, ComponentGraph)
    found = components_of(circuit)
    assert found.names == ("m1", "m2", "m3", "r1", "c1", "bias")
    assert found.type_names == ("nmos", "pmos", "resistor", "capacitor", "parameter")
    assert found.types.tolist() == [0, 0, 1, 2, 3, 4]
    assert found.axes == ((0, 1), (0, 1), (2,), (3,), (4,), (5,))
    assert found.features[:3].tolist() == [[1.0, 0.5], [1.0, 0.5], [0.4, -0.5]] and not found.features[3:].any()
    assert found.adjacency()[1].tolist() == [1, 0, 1, 0, 0, 0] and not found.adjacency()[5].any()
    assert found.width == 2 and len(found) == 6


def test_a_state_of_ten_components_has_nineteen_dimensions(path):
    rng = np.random.default_rng(0)
    components = path(10, types=rng.integers(4, size=10), n_types=4, features=rng.random((10, 5)))
    states = components.states(index="one-hot")
    assert states.shape == (10, 19)
    np.testing.assert_allclose(states.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(states.std(axis=0), 1.0)


def test_a_scalar_index_does_not_depend_on_the_number_of_components(path):
    widths = {path(n, n_types=4).states(index="scalar").shape[1] for n in (4, 10, 17)}
    assert widths == {5}
    column = path(4).states(index="scalar")[:, 0]
    assert (np.diff(column) > 0).all() and column.mean() == pytest.approx(0.0)


def test_a_feature_that_is_the_same_everywhere_says_nothing(path):
    assert not path(4, features=np.full((4, 1), 7.0)).states(index="scalar")[:, -1].any()


def test_another_index_is_refused(path):
    with pytest.raises(SpecError, match="did you mean 'one-hot'"):
        path(3).states(index="onehot")


def test_components_without_types_share_one_by_their_number_of_parameters():
    space = Record(a=Real(0, 1), b=Real(0, 1), c=Real(0, 1)).with_graph(
        {"one": ["a"], "none": [], "two": ["b", "c"], "other": ["a"]}, [("one", "none"), ("none", "two")]
    )
    problem = Sphere(2)
    problem.space = space
    found = components_of(problem)
    assert found.type_names == ("0 parameters", "1 parameters", "2 parameters")
    assert found.types.tolist() == [1, 0, 2, 1] and found.edges.tolist() == [[0, 1], [1, 2]]


def test_each_axis_has_one_decider(circuit):
    found = components_of(circuit).deciders()
    assert found.names == ("m1", "m3", "r1", "c1", "bias")
    assert sorted(axis for owned in found.axes for axis in owned) == list(range(6))
    assert found.edges.tolist() == [[1, 2], [2, 3]]


def test_matched_components_become_one_and_join_what_they_joined(path):
    found = path(5)
    pairs = (("m1", "m2"), ("m2", "r"), ("r", "load"), ("m1", "load"), ("m2", "m2b"))
    names = ("m1", "m2", "r", "load", "alone", "m2b")
    edges = np.array([(names.index(a), names.index(b)) for a, b in pairs])
    axes = ((0, 1), (0, 1), (2,), (), (), (0, 1))
    features = np.array([[1.0], [1.0], [0.0], [0.0], [0.0], [2.0]])
    types = np.array([0, 0, 1, 1, 1, 0])
    merged = replace(found, names=names, types=types, features=features, edges=edges, axes=axes, n_axes=3).merged()
    assert merged.names == (
        "m1",
        "r",
        "load",
        "m2b",
    )  # another feature is no match; what is alone and sizes nothing goes
    assert merged.edges.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2]]
    assert merged.axes == ((0, 1), (2,), (), (0, 1)) and merged.features.ravel().tolist() == [1.0, 0.0, 0.0, 2.0]


def test_the_halves_of_the_amplifier_become_one():
    from archwright.circuits.amplifiers import ThreeStageTIA

    merged = graph_of(ThreeStageTIA(), method="gcn_ddpg").merged()
    sizing = [name for name, owned in zip(merged.names, merged.axes, strict=True) if owned]
    assert sizing == ["m1a", "ml1a", "mb1a", "m2a", "ml2a", "mb2a", "m3a", "mb3a", "mb", "rb"] and len(merged) == 16


def test_a_finished_design_shows_its_operating_point():
    from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA

    problem = ThreeStageTIA()
    first, second = (observed_features(problem, {**HUMAN, "w3_um": width}) for width in (20.0, 44.4))
    m1a, m3a = problem.component_names.index("m1a"), problem.component_names.index("m3a")
    assert (first[m1a] == second[m1a]).all() and (first[m3a] != second[m3a]).any()
    assert not first[problem.component_names.index("rl")].any()


def test_other_spaces_have_a_component_per_axis():
    assert components_of(Scheduling()).axes == ((0,), (1,), (2,), (3,))
    observed = components_of(ObservedScheduling())
    assert observed.features.shape == (4, 2) and observed.edges.tolist() == [[0, 1], [2, 3]]
    assert len(components_of(Wide()).edges) == 0  # nodes that are no axes


@pytest.mark.parametrize("problem", [Sphere(3), Scheduling(), Wide()], ids=["box", "order", "other nodes"])
def test_a_problem_without_graph_is_refused_in_one_line(problem):
    with pytest.raises(SpecError, match=r"^gcn_ddpg on .*: 'no component graph' is not possible; allowed: .*edges$"):
        graph_of(problem, method="gcn_ddpg")


@pytest.mark.parametrize(
    "nodes", [np.eye(4)[[0, 0, 1, 2]], np.zeros((5, 6)), np.ones((5, 3))], ids=["too few", "no type", "too narrow"]
)
def test_observations_that_do_not_fit_are_refused(circuit, nodes):
    circuit.observe = lambda draft: Observation(nodes, np.array([[0, 1]]))
    with pytest.raises(SpecError, match="observed nodes"):
        components_of(circuit)


def test_an_unknown_component_is_refused(circuit):
    circuit.component_names = ("m1", "m2", "m3", "r1", "c9")
    with pytest.raises(SpecError, match="did you mean 'c1'"):
        components_of(circuit)
