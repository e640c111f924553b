import pickle
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from archwright.circuits.differential_amplifier import (
    NO_GAIN,
    NO_LOOP,
    REFERENCE,
    DifferentialAmplifier,
    differential_netlist,
)
from archwright.circuits.mna.dense import operating_point, transfer
from archwright.circuits.ngspice.library import find_library
from archwright.circuits.technology.nodes import NODES
from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Drawable, Problem, Referenced
from archwright.learning.components import ComponentGraph, components_of

RNG = np.random.default_rng(0)
MATCHED = {
    "w_pair_um": ("mt2", "mt3"), "w_load_um": ("mt4", "mt5"), "w_driver_um": ("mt0", "mt7"),
    "w_sink_um": ("mt1", "mt6"), "w_sense_um": ("mt8", "mt9"), "w_diode_um": ("mt10", "mt11"), "cc_pf": ("cca", "ccb"),
    "l_load_um": ("mt4", "mt5", "mt10", "mt11"), "l_bias_um": ("mt1", "mt6", "mtail", "mtb", "mtc"),
}  # fmt: skip


@pytest.fixture(scope="module")
def problem():
    return DifferentialAmplifier()


def test_reference_meets_the_specification_with_all_transistors_saturated(problem):
    outcome = problem.evaluate([REFERENCE], rng=RNG)[0]
    assert Goals(problem.specifications).violation(outcome) == 0.0 and outcome["saturated"] == 15
    gain = 10.0 ** (outcome["gain_db"] / 20.0)
    assert outcome["gbw_hz"] == pytest.approx(gain * outcome["f3db_hz"])
    assert outcome["unity_hz"] == pytest.approx(outcome["gbw_hz"], rel=0.2) and gain > 300.0


@pytest.mark.parametrize("node", NODES)
def test_scaled_reference_meets_the_specification_at_every_node(node):
    problem = DifferentialAmplifier(node=node)
    assert isinstance(problem, Problem) and isinstance(problem, Referenced) and isinstance(problem, Drawable)
    outcome = problem.evaluate([problem.references()[0].design], rng=RNG)[0]
    assert set(outcome) == set(problem.metrics)
    assert Goals(problem.specifications).violation(outcome) == 0.0


def test_outputs_stand_at_the_reference_and_mirror_each_other(problem):
    points = problem.bench.simulator.operate(problem.space.to_array([REFERENCE]))
    sensed, wanted = points.voltage_v("sense")[0], points.voltage_v("ref")[0]
    assert sensed == pytest.approx(wanted, abs=0.03) and wanted == pytest.approx(1.08)
    for one, other in (("outa", "outb"), ("xa", "xb")):
        assert points.voltage_v(one)[0] == pytest.approx(points.voltage_v(other)[0], abs=1e-6)


def test_gain_and_margins_agree_with_the_slow_twin(problem):
    """The twin solves dense matrices; the loop is closed by hand: v(gate) = 1 V + v(sense)."""
    outcome = problem.evaluate([REFERENCE], rng=RNG)[0]
    differential, common = differential_netlist(), differential_netlist(is_common_mode=True)
    point = operating_point(differential, REFERENCE)
    low, unity = transfer(differential, point, np.array([1e3, outcome["unity_hz"]]), ("outa", "outb"))
    assert 20.0 * np.log10(abs(low)) == pytest.approx(outcome["gain_db"], abs=1e-5)
    assert abs(unity) == pytest.approx(1.0, abs=1e-5)
    angle = np.degrees(np.angle(unity * np.sign(low.real)))
    assert (180.0 + angle - outcome["dpm_deg"]) % 360.0 == pytest.approx(0.0, abs=1e-3)
    frequencies_hz = np.geomspace(1e3, 1e11, 801)
    sensed = transfer(common, operating_point(common, REFERENCE), frequencies_hz, ("sense", "0"))
    loop = -sensed / (1.0 + sensed)
    last = np.flatnonzero(np.abs(loop) >= 1.0)[-1]
    lag = np.degrees(np.unwrap(np.angle(loop)))[last : last + 2]
    assert loop[0].real > 1.0
    assert min(lag) - 0.01 <= outcome["cpm_deg"] - 180.0 <= max(lag) + 0.01


def test_matching_groups_are_pairs_and_mirrors():
    groups = differential_netlist().matching_groups
    assert {name: groups[name] for name in MATCHED} == MATCHED


def test_components_are_transistors_resistors_and_capacitors_at_every_node():
    layouts = []
    for node in NODES:
        problem = DifferentialAmplifier(node=node)
        assert isinstance(problem, ComponentGraph)
        components = components_of(problem)
        assert len(components) == 26 and components.states(index="scalar").shape == (26, 10)
        layouts.append((components.names, components.axes, components.edges.tolist()))
    assert all(layout == layouts[0] for layout in layouts)


def test_random_designs_work_or_say_why(problem):
    designs = problem.space.decode_many(np.random.default_rng(1).random((400, problem.space.horizon)))
    outcomes = problem.evaluate(designs, rng=RNG)
    done = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    assert len(done) > 150 and all(np.isfinite(list(outcome.values())).all() for outcome in done)
    assert NO_GAIN in outcomes and NO_LOOP in outcomes
    assert pickle.loads(pickle.dumps(problem)).evaluate(designs[:20], rng=RNG) == outcomes[:20]


def test_bode_plot_shows_the_design_beside_the_human(problem):
    text = problem.draw({**REFERENCE, "cc_pf": 3.0})
    assert ElementTree.fromstring(text).tag.endswith("svg") and "human" in text


def test_unknown_node_is_refused():
    with pytest.raises(SpecError, match="did you mean '45nm'"):
        DifferentialAmplifier(node="45")


@pytest.mark.external
def test_reference_meets_the_specification_in_ngspice_too():
    """BSIM4 in ngspice, EKV here: gain to 1 dB, margins to 3 degrees, bandwidth and power to a tenth."""
    if find_library() is None:
        pytest.skip("libngspice is not installed")
    problems = [DifferentialAmplifier(engine=engine) for engine in ("embedded", "ngspice")]
    ours, theirs = (problem.evaluate([REFERENCE], rng=RNG)[0] for problem in problems)
    for bench in (problems[1].bench, problems[1].loop_bench):
        bench.simulator.close()
    assert Goals(problems[1].specifications).violation(theirs) == 0.0
    assert ours["gain_db"] == pytest.approx(theirs["gain_db"], abs=1.0)
    for name in ("dpm_deg", "cpm_deg"):
        assert ours[name] == pytest.approx(theirs[name], abs=3.0)
    for name in ("f3db_hz", "unity_hz", "power_w"):
        assert ours[name] == pytest.approx(theirs[name], rel=0.1), name
