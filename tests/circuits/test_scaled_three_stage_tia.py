import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from archwright.circuits.amplifiers import HUMAN as TEACHING
from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.ngspice.library import find_library
from archwright.circuits.scaled_three_stage_tia import HUMAN, ScaledThreeStageTIA, scaled_three_stage_netlist
from archwright.circuits.technology.nodes import NODES, technology
from archwright.core.goal import Goals
from archwright.core.problem import Drawable, Problem, Referenced
from archwright.learning.components import ComponentGraph, components_of

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("node", NODES)
def test_scaled_human_design_meets_the_specification_at_every_node(node):
    problem = ScaledThreeStageTIA(node=node)
    assert isinstance(problem, Problem) and isinstance(problem, Referenced) and isinstance(problem, Drawable)
    outcome = problem.evaluate([problem.references()[0].design], rng=RNG)[0]
    assert set(outcome) == set(problem.metrics)
    assert Goals(problem.specifications).violation(outcome) == 0.0
    assert outcome["gbw_ohm_hz"] == pytest.approx(outcome["gain_ohm"] * outcome["f3db_hz"])


def test_topology_is_that_of_the_teaching_process():
    ours, theirs = scaled_three_stage_netlist(), three_stage_netlist(has_free_lengths=True)
    assert [(d.name, d.nets) for d in ours.devices] == [(d.name, d.nets) for d in theirs.devices]
    assert ours.matching_groups == theirs.matching_groups
    supplies = {d.name: d.dc_v for d in scaled_three_stage_netlist("45nm").devices if d.name in ("vdd", "vss")}
    assert supplies == {"vdd": 0.5, "vss": -0.5} and technology("45nm").supply_v == 1.0


def test_human_widths_are_those_of_the_teaching_process_scaled():
    for name, width_um in TEACHING.items():
        if name.startswith("w"):
            assert HUMAN[name] == pytest.approx(0.18 * width_um, abs=0.006)


def test_components_are_the_same_at_every_node():
    layouts = []
    for node in NODES:
        problem = ScaledThreeStageTIA(node=node)
        assert isinstance(problem, ComponentGraph)
        components = components_of(problem)
        assert len(components) == 22 and components.states(index="scalar").shape == (22, 10)
        layouts.append((components.names, components.axes, components.edges.tolist()))
    assert all(layout == layouts[0] for layout in layouts)


def test_some_random_designs_meet_the_specification():
    problem = ScaledThreeStageTIA()
    designs = problem.space.decode_many(np.random.default_rng(1).random((1000, problem.space.horizon)))
    goals = Goals(problem.specifications)
    violations = [goals.violation(one) for one in problem.evaluate(designs, rng=RNG) if isinstance(one, dict)]
    assert len(violations) > 950 and 20 < violations.count(0.0) < 500


def test_bode_plot_shows_the_design_beside_the_human():
    text = ScaledThreeStageTIA().draw({**HUMAN, "w3_um": 3.0})
    assert ElementTree.fromstring(text).tag.endswith("svg") and "human" in text


@pytest.mark.external
def test_human_design_in_ngspice():
    """BSIM4 in ngspice, EKV here, fitted to it: figures to a tenth."""
    if find_library() is None:
        pytest.skip("libngspice is not installed")
    problems = [ScaledThreeStageTIA(engine=engine) for engine in ("embedded", "ngspice")]
    ours, theirs = (problem.evaluate([HUMAN], rng=RNG)[0] for problem in problems)
    problems[1].bench.simulator.close()
    for name in ("gain_ohm", "f3db_hz", "power_w"):
        assert ours[name] == pytest.approx(theirs[name], rel=0.1), name
