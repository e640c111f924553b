import pickle
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from archwright.circuits.amplifiers import BEST_KNOWN, CHUNK, HUMAN, ThreeStageTIA, three_stage_netlist
from archwright.circuits.measures import is_saturated, supply_power_w
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.ngspice.library import find_library
from archwright.core.errors import Infeasible, SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Drawable, Problem, Referenced

RNG = np.random.default_rng(0)
GRID_HZ = np.geomspace(1e3, 1e10, 50)
# ngspice 39.3, human design, six digits as printed.
NODES_V = {
    "vo1a": 1.138423, "vo2a": 1.010126, "vouta": -0.227426, "nbias": -1.298218, "iina": -1.094165, "v0d": -0.428565,
}  # fmt: skip


def needs_library():
    if find_library() is None:
        pytest.skip("libngspice is not installed")


def random_designs(n, seed, **options):
    space = ThreeStageTIA(**options).space
    return space.to_array(space.decode_many(np.random.default_rng(seed).random((n, space.horizon))))


def check_human(metrics):
    """The published figures: gain 20.236 kohm, 1.3694 mW, 211.2 um2, bandwidth 90.9 MHz."""
    assert round(metrics["gain_ohm"]) == 20236
    assert round(metrics["power_w"] * 1e3, 4) == 1.3694
    assert metrics["area_um2"] == pytest.approx(211.2, rel=1e-12)
    assert metrics["f3db_hz"] == pytest.approx(90.9e6, rel=1e-3)
    assert metrics["f3db_hz"] == pytest.approx(90.107e6, rel=0.02)
    assert metrics["saturated"] == 17 and abs(metrics["peaking_db"]) < 1e-9
    assert metrics["noise_a_rthz"] == pytest.approx(1.780819e-12, rel=1e-5)


def test_human_design_gives_the_published_figures():
    check_human(ThreeStageTIA().evaluate([HUMAN], rng=RNG)[0])


@pytest.mark.external
def test_human_design_gives_the_published_figures_in_ngspice():
    needs_library()
    problem = ThreeStageTIA(engine="ngspice")
    check_human(problem.evaluate([HUMAN], rng=RNG)[0])
    problem.bench.simulator.close()


def test_node_voltages_of_the_human_design():
    points = Simulator(three_stage_netlist(), "vouta").operate(np.array([list(HUMAN.values())]))
    for net, volt in NODES_V.items():
        assert points.voltage_v(net)[0] == pytest.approx(volt, abs=6e-7)


def test_human_design_scores_two():
    problem = ThreeStageTIA()
    goals = Goals(problem.goals)
    published = problem.references()[0].metrics
    assert goals.score(published) == pytest.approx(2.0, abs=1e-12)
    simulated = problem.evaluate([HUMAN], rng=RNG)[0]
    assert goals.violation(simulated) == 0.0 and round(goals.score(simulated), 3) == 2.0


def test_scoring_of_missed_constraints():
    goals = Goals(ThreeStageTIA().goals)
    fine = {"gain_ohm": 3e4, "f3db_hz": 1e8, "power_w": 1e-3, "area_um2": 100.0}
    assert goals.score(fine) == pytest.approx(1.3694 + 2.112)
    low_gain = goals.score(fine | {"gain_ohm": 2e3})
    assert low_gain == pytest.approx(np.log10(2e3) / np.log10(20236) - 1.0)
    assert goals.score(fine | {"power_w": 6e-3}) == pytest.approx(-0.5)


def test_best_known_design_beats_the_human_by_a_third():
    problem = ThreeStageTIA()
    found = Goals(problem.goals).judge(problem.evaluate([BEST_KNOWN], rng=RNG)[0])
    assert found[0] == 0.0 and found[2] == pytest.approx(2.6465, abs=1e-4)


def test_published_optimum_for_continuous_sizes():
    """Sizes and figures as published, to the digits given; its sizes are on no grid."""
    problem = ThreeStageTIA(step_um=0.0)
    sizes = [5.28, 2.0, 2.0, 5.0, 2.0, 2.0, 18.96, 6.37, 2.0, 109.35]
    design = dict(zip(problem.space.axes, sizes, strict=True))
    metrics = problem.evaluate([design], rng=RNG)[0]
    published = problem.references()[2].metrics
    assert {name: metrics[name] for name in published} == pytest.approx(dict(published), rel=2e-3)
    with pytest.raises(SpecError, match=r"steps of 0\.2"):
        ThreeStageTIA().space.choices(design)


@pytest.mark.parametrize("options", [{}, {"has_free_lengths": True}, {"step_um": 0.0}])
def test_problem_keeps_the_contract(options):
    problem = ThreeStageTIA(**options)
    assert isinstance(problem, Problem) and isinstance(problem, Referenced) and isinstance(problem, Drawable)
    for reference in problem.references():
        if reference.design is not None:
            assert problem.space.choices(reference.design)
    outcome = problem.evaluate([problem.references()[0].design], rng=RNG)[0]
    assert set(outcome) == set(problem.metrics)
    again = pickle.loads(pickle.dumps(problem))
    assert again.evaluate([problem.references()[0].design], rng=RNG) == [outcome]


def test_lengths_are_ten_and_nineteen_parameters():
    assert ThreeStageTIA().space.horizon == 10
    problem = ThreeStageTIA(has_free_lengths=True)
    assert problem.space.horizon == 19 and problem.name == "three-stage-tia-lengths"
    wide = dict(problem.references()[0].design) | {"lb_um": 1.0, "lb1_um": 1.0, "lb2_um": 1.0, "lb3_um": 1.0}
    assert problem.evaluate([wide], rng=RNG)[0]["area_um2"] == pytest.approx(211.2 - 2 * (3.2 + 5.8 + 10.2) - 2.0)


def test_matching_groups_size_both_halves():
    groups = three_stage_netlist().matching_groups
    assert groups["w3_um"] == ("m3a", "m3b") and groups["wb_um"] == ("mb",) and groups["rb_kohm"] == ("rb",)


def test_batches_larger_than_a_chunk_stay_in_order():
    problem = ThreeStageTIA()
    few = problem.space.from_array(random_designs(3, 0))
    designs = few * (CHUNK // 3 + 2)
    outcomes = problem.evaluate(designs, rng=RNG)
    assert len(outcomes) == len(designs)
    assert outcomes[:3] == outcomes[-3:] and outcomes[CHUNK] == outcomes[CHUNK % 3]


def test_random_designs_rarely_meet_the_goals():
    """0.07 % of random designs are feasible, and none of 4,000 beats the human."""
    problem = ThreeStageTIA()
    goals = Goals(problem.goals)
    outcomes = problem.evaluate(problem.space.from_array(random_designs(4000, 1)), rng=RNG)
    scores = [goals.score(outcome) for outcome in outcomes]
    assert sum(score > 0 for score in scores) < 20 and max(scores) < 2.0


def test_misnamed_parameter_and_engine_are_refused():
    with pytest.raises(SpecError, match="did you mean 'w1_um'"):
        ThreeStageTIA().evaluate([{"w_1_um": 2.0} | {k: v for k, v in HUMAN.items() if k != "w1_um"}], rng=RNG)
    with pytest.raises(SpecError, match="did you mean 'ngspice'"):
        ThreeStageTIA(engine="ngspic")
    with pytest.raises(SpecError, match="step_um"):
        ThreeStageTIA(step_um=-1.0)


def test_corner_out_of_reach_is_infeasible_and_never_rewarded():
    problem = ThreeStageTIA()
    object.__setattr__(problem.bench, "high_hz", 1e7)
    outcome = problem.evaluate([HUMAN], rng=RNG)[0]
    assert outcome == Infeasible("the gain falls by 3 dB nowhere below 1e+07 Hz")


def test_bode_plot_shows_the_design_beside_the_human():
    text = ThreeStageTIA().draw(BEST_KNOWN)
    assert ElementTree.fromstring(text).tag.endswith("svg") and "human" in text


@pytest.mark.external
@pytest.mark.parametrize(("options", "n"), [({}, 1000), ({"has_free_lengths": True}, 60)])
def test_embedded_simulator_is_ngspice(options, n):
    """Node voltages to 1 uV, gain to 1e-5, corner to 1e-4, noise to 1e-3; found: 1e-11 V, 1e-11, 2e-6, 1e-11."""
    needs_library()
    from archwright.circuits.ngspice.engine import NgspiceEngine

    designs = random_designs(n, 2, **options)
    netlist = ThreeStageTIA(**options).netlist
    simulators = [kind(netlist, "vouta", ("vouta", "voutb")) for kind in (Simulator, NgspiceEngine)]
    ours, theirs = (simulator.operate(designs) for simulator in simulators)
    assert ours.is_converged.all() and theirs.is_converged.all()
    np.testing.assert_allclose(ours.voltages_v, theirs.voltages_v, atol=1e-9, rtol=0)
    np.testing.assert_allclose(supply_power_w(ours), supply_power_w(theirs), rtol=1e-9)
    one, other = (s.bandwidth(p, GRID_HZ) for s, p in zip(simulators, (ours, theirs), strict=True))
    np.testing.assert_allclose(one.largest, other.largest, rtol=1e-5)
    np.testing.assert_allclose(one.corner_hz, other.corner_hz, rtol=1e-4)
    some_hz = np.array([1e5, 1e8])
    one, other = (s.noise(p, some_hz) for s, p in zip(simulators, (ours, theirs), strict=True))
    np.testing.assert_allclose(one.output_v_rthz, other.output_v_rthz, rtol=1e-9)
    np.testing.assert_allclose(one.gain, other.gain, rtol=1e-9)
    few = designs[:60]
    np.testing.assert_array_equal(*(is_saturated(simulator.operate(few)) for simulator in simulators))
    simulators[1].close()
