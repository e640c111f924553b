import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible, SimulatorFailed, SpecError
from archwright.core.goal import Goals
from archwright.user_problems import load_problem

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(shutil.which("ngspice") is None, reason="no ngspice: apt-get install ngspice"),
]

EXAMPLE = Path(__file__).parents[2] / "examples" / "rc-filter" / "problem.toml"
HEAD = """
name = "divider"
goals = ["min out_v"]
[parameters.r_ohm]
low = 100
high = 10000
[metrics]
out_v = "V"
"""
NETLIST = "divider\\nv1 in 0 1 ac 1\\nr1 in out {r_ohm}\\nr2 out 0 1k\\n.op\\n"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def problem(tmp_path, spice, head=HEAD):
    file = tmp_path / "p.toml"
    file.write_text(f"{head}\n{spice}")
    return load_problem(file)


def spice(netlist, measures='out_v = "v(out)"', more=""):
    return f'[spice]\nnetlist = "{netlist}"\n{more}\n[spice.measures]\n{measures}\n'


def test_example_agrees_with_the_formulas(rng):
    filter_problem = load_problem(EXAMPLE)
    for r_ohm, c_nf in [(500.0, 10.0), (10e3, 1.0), (1.5e3, 3.3)]:
        (metrics,) = filter_problem.evaluate([{"r_ohm": r_ohm, "c_nf": c_nf}], rng=rng)
        cutoff_hz = 1 / (2 * math.pi * r_ohm * c_nf * 1e-9)
        assert metrics["cutoff_hz"] == pytest.approx(cutoff_hz, rel=1e-5)
        assert metrics["damping_db"] == pytest.approx(10 * math.log10(1 + (1e5 / cutoff_hz) ** 2), rel=1e-9)
        assert metrics["noise_v"] == pytest.approx(math.sqrt(1.380649e-23 * 300.15 / (c_nf * 1e-9)), rel=5e-3)


def test_example_optimum_by_hand_meets_the_goals(rng):
    filter_problem = load_problem(EXAMPLE)
    design = {"r_ohm": 1 / (2 * math.pi * 10.05e3 * 10e-9), "c_nf": 10.0}
    (metrics,) = filter_problem.evaluate([design], rng=rng)
    assert Goals(filter_problem.goals).violation(metrics) == 0.0


def test_example_runs_in_a_study():
    from archwright.core.study import Study

    study = Study.open(":memory:", "rc", load_problem(EXAMPLE), "random", seed=1)
    study.run(trials=20)
    assert len(study.table()) == 20
    assert all(trial.state == "done" for trial in study.table())


def test_expression_of_a_vector_that_does_not_exist_fails(tmp_path, rng):
    (outcome,) = problem(tmp_path, spice(NETLIST, 'out_v = "v(nowhere)"')).evaluate([{"r_ohm": 1e3}], rng=rng)
    assert isinstance(outcome, Failed) and "nowhere is not available" in outcome.reason


def test_expression_with_many_values_fails(tmp_path, rng):
    netlist = NETLIST.replace(".op", ".ac dec 10 1 1k")
    (outcome,) = problem(tmp_path, spice(netlist, 'out_v = "vm(out)"')).evaluate([{"r_ohm": 1e3}], rng=rng)
    assert isinstance(outcome, Failed) and "no single number" in outcome.reason


def test_measure_that_never_comes_true_is_infeasible(tmp_path, rng):
    netlist = NETLIST.replace(".op", ".ac dec 10 1 1k\\n.meas ac out_v when vdb(out)=-10")
    (outcome,) = problem(tmp_path, spice(netlist, "")).evaluate([{"r_ohm": 1e3}], rng=rng)
    assert isinstance(outcome, Infeasible) and not isinstance(outcome, Failed)
    assert "out_v has no value" in outcome.reason and "out of interval" in outcome.reason


def test_no_convergence_and_hang_fail_only_their_design(tmp_path, rng):
    netlist = "t\\nv1 a 0 sin(0 1 100k)\\nr1 a b {r_ohm}\\nc1 b 0 10n\\n.tran 20n {r_ohm}u\\n"
    netlist += ".meas tran out_v max v(b)\\n"
    made = problem(tmp_path, spice(netlist, "", "timeout_s = 2.0"), HEAD.replace("10000", "1e12"))
    outcomes = made.evaluate([{"r_ohm": 100.0}, {"r_ohm": 1e10}, {"r_ohm": 200.0}], rng=rng)
    assert outcomes[0]["out_v"] == pytest.approx(0.85, abs=0.2)
    assert isinstance(outcomes[1], SimulatorFailed) and "no answer within 2 s" in outcomes[1].reason
    assert outcomes[2]["out_v"] < outcomes[0]["out_v"]
    loop = "t\\nv1 a 0 1\\nv2 a 0 2\\nr1 a 0 {r_ohm}\\n.op\\n"
    (outcome,) = problem(tmp_path, spice(loop, 'out_v = "v(a)"')).evaluate([{"r_ohm": 1e3}], rng=rng)
    assert isinstance(outcome, SimulatorFailed) and "aborted" in outcome.reason


def test_control_block_of_the_user(tmp_path, rng):
    netlist = NETLIST.replace(".op", ".control\\nop\\nlet half = v(out)\\nprint half\\n.endc")
    (outcome,) = problem(tmp_path, spice(netlist, 'out_v = "half"')).evaluate([{"r_ohm": 1e3}], rng=rng)
    assert outcome == {"out_v": pytest.approx(0.5)}
    with pytest.raises(SpecError, match="control block prints"):
        problem(tmp_path, spice(netlist, 'out_v = "v(out)"'))


def test_files_are_put_beside_the_netlist_and_folders_of_failures_kept(tmp_path, rng):
    (tmp_path / "load.inc").write_text("r2 out 0 1k\n")
    netlist = "divider\\nv1 in 0 1\\nr1 in out {r_ohm}\\n.include load.inc\\n.op\\n"
    more = 'files = ["load.inc"]\nkeep_failed = true'
    made = problem(tmp_path, spice(netlist, 'out_v = "v(out)"', more))
    (tmp_path / "load.inc").unlink()  # the problem carries what it needs
    assert pickle.loads(pickle.dumps(made)).evaluate([{"r_ohm": 1e3}], rng=rng) == [{"out_v": pytest.approx(0.5)}]
    assert not (tmp_path / "failed-divider").exists()
    (tmp_path / "load.inc").write_text("v2 in 0 2\nr2 out 0 1k\n")
    made = problem(tmp_path, spice(netlist, 'out_v = "v(out)"', more))
    assert isinstance(made.evaluate([{"r_ohm": 1e3}], rng=rng)[0], Failed)
    (kept,) = (tmp_path / "failed-divider").iterdir()
    assert {"deck.cir", "design.json", "load.inc", "stderr.txt"} <= {file.name for file in kept.iterdir()}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (spice("t\\nworld of {r_ohm}\\n.op"), r"p.toml, spice.netlist: 't \.\.\.' .* it says: .*world of 5050"),
        (spice(NETLIST.replace("r2 out 0 1k", "m1 a b c d nope")), "it says: .*could not find a valid modelname"),
        (spice(NETLIST.replace(".op", "")), "p.toml, spice.netlist: 'divider' .* at least one analysis"),
        (spice(NETLIST.replace("{r_ohm}", "{r_ohms}")), r"p.toml, spice.netlist: '\{r_ohms\}' .* mean \{r_ohm\}"),
        (spice(NETLIST.replace("{r_ohm}", "1k")), r"p.toml, parameters.r_ohm: 'never used' .* \{r_ohm\}"),
        (spice(NETLIST, ""), "p.toml, spice.measures.out_v: None .* the netlist has no .meas line"),
        (spice(NETLIST, 'gain = "v(out)"'), r"p.toml, key in \[spice.measures\]: 'gain' .* one of out_v"),
        (spice(NETLIST, more='file = ["a"]'), r"p.toml, key in \[spice\]: 'file' .* did you mean 'files'"),
        (spice(NETLIST, more='files = ["absent.lib"]'), "p.toml, spice.files: 'absent.lib' .*No such file"),
        (spice(NETLIST, more="timeout_s = 0"), "p.toml, spice.timeout_s: 0"),
        (spice("absent.cir"), "p.toml, spice.netlist: 'absent.cir' .*No such file"),
    ],
)
def test_mistakes(tmp_path, table, message):
    with pytest.raises(SpecError, match=message) as caught:
        problem(tmp_path, table)
    assert "\n" not in str(caught.value)
