import numpy as np
import pytest

from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
from archwright.circuits.netlist import DEVICE_TYPES
from archwright.circuits.observation import (
    MODEL_FEATURES,
    POINT_FEATURES,
    SIZE_FEATURES,
    component_names,
    observe_components,
)
from archwright.learning.components import ComponentGraph, components_of

N_TYPES = len(DEVICE_TYPES)
SIZES = slice(N_TYPES + len(MODEL_FEATURES), N_TYPES + len(MODEL_FEATURES) + len(SIZE_FEATURES))
POINT = slice(SIZES.stop, SIZES.stop + len(POINT_FEATURES))


@pytest.fixture(scope="module")
def problem():
    return ThreeStageTIA()


def drafted(problem, n):
    draft = problem.space.start()
    for value in list(HUMAN.values())[:n]:
        draft = draft.choose(value)
    return draft


def test_nodes_are_devices_with_types_and_models(problem):
    nodes = problem.observe(problem.space.start()).nodes
    row = dict(zip(problem.component_names, nodes, strict=True))
    assert row["m1a"][:N_TYPES].tolist() == [1, 0, 0, 0, 0, 0] and row["rl"][DEVICE_TYPES.index("resistor")] == 1
    assert row["m1a"][N_TYPES] == 1.0 and row["ml1a"][N_TYPES] == -1.0
    assert not row["cl"][N_TYPES:].any()


def test_edges_are_those_of_the_netlist(problem):
    names, edges = problem.component_names, problem.observe(problem.space.start()).edges
    joined = {frozenset((names[i], names[j])) for i, j in edges.tolist()}
    assert {"m1a", "ml1a"} in joined and {"mb", "mb3b"} in joined and {"m2a", "m2b"} in joined
    assert {"m1a", "m1b"} not in joined and {"ml1a", "ml2a"} not in joined


def test_decided_sizes_appear_one_by_one(problem):
    row = dict(zip(problem.component_names, problem.observe(drafted(problem, 1)).nodes, strict=True))
    assert row["m1a"][SIZES].tolist() == pytest.approx([1.0, 10.0 / 13.0])
    assert row["m1b"][SIZES].tolist() == row["m1a"][SIZES].tolist()
    assert row["m3a"][SIZES].tolist() == [0.0, 0.5] and row["cl"][SIZES].tolist() == [0.0, 0.0]


def test_operating_point_appears_with_the_last_decision(problem):
    assert not problem.observe(drafted(problem, 9)).nodes[:, POINT].any()
    row = dict(zip(problem.component_names, problem.observe(drafted(problem, 10)).nodes, strict=True))
    drive, margin, current, gm, _ = row["m1a"][POINT]
    assert drive == pytest.approx(0.239698, abs=1e-5) and margin == pytest.approx(2.232588 - 0.239698, abs=1e-5)
    assert np.expm1(gm) == pytest.approx(2.0 * np.expm1(current) / drive, rel=1e-9)  # gm = 2 id / drive, saturated
    assert row["ml1a"][POINT][2] < 0.0  # flows from source to drain of a p device
    assert not row["rb"][POINT].any()


def test_policies_over_components_understand_it(problem):
    assert isinstance(problem, ComponentGraph)
    components = components_of(problem)
    assert len(components) == 26 and components.n_axes == 10
    assert np.isfinite(components.states(index="one-hot")).all()


def test_components_have_types_and_technology_but_sources_are_none(problem):
    seen = observe_components(problem.netlist, {"nch": [0.5, 2.0], "pch": [-0.5, 1.0]})
    names = component_names(problem.netlist)
    assert len(names) == 22 == len(seen.nodes) and "vdd" not in names
    row = dict(zip(names, seen.nodes.tolist(), strict=True))
    assert row["m1a"] == [1, 0, 0, 0, 0.5, 2.0] and row["ml1a"] == [0, 1, 0, 0, -0.5, 1.0]
    assert row["rl"] == [0, 0, 1, 0, 0, 0] and row["cl"] == [0, 0, 0, 1, 0, 0]
    joined = {frozenset((names[i], names[j])) for i, j in seen.edges.tolist()}
    assert {"m1a", "ml1a"} in joined and {"rl", "cl"} in joined and {"m1a", "m1b"} not in joined
