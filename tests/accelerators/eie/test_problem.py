import pickle

import numpy as np
import pytest

from archwright.accelerators.eie.layers import published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.problem import PUBLISHED_DESIGN, EieDesign
from archwright.accelerators.eie.simulation import simulate
from archwright.core.errors import Infeasible, SpecError
from archwright.core.goal import Goals
from archwright.core.space import decode_many

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def problem():
    return EieDesign(workload="nt-lstm")


def test_the_published_design_scores_one(problem):
    (found,) = problem.evaluate([PUBLISHED_DESIGN], rng=RNG)
    run = simulate(published_layer("nt-lstm"), Machine())
    assert found["cycles"] == run.cycles
    assert found["energy_delay_js"] == pytest.approx(run.energy_j(run.needed) * run.time_s)
    goals = Goals.read(problem.goals, problem.metrics)
    assert goals.violation(found) == 0.0 and goals.score(found) == pytest.approx(1.0, rel=1e-3)


def test_no_design_beats_the_optimum(problem):
    optimum = problem.references()[1]
    goals = Goals.read(problem.goals, problem.metrics)
    designs = decode_many(problem.space, np.random.default_rng(1).random((400, 4)))
    found = [one for one in problem.evaluate(designs, rng=RNG) if not isinstance(one, Infeasible)]
    fitting = [one for one in found if goals.violation(one) == 0.0]
    assert optimum.is_optimal and goals.violation(optimum.metrics) == 0.0
    assert fitting and min(one["energy_delay_js"] for one in fitting) >= optimum.metrics["energy_delay_js"]


def test_pointers_that_are_too_short_cannot_exist():
    problem = EieDesign(workload="alex-7")
    found = problem.evaluate([{**PUBLISHED_DESIGN, "n_pes": 1}, PUBLISHED_DESIGN], rng=RNG)
    assert isinstance(found[0], Infeasible) and "16-bit pointers reach 65,535" in found[0].reason
    assert found[1]["cycles"] == 10346.0


def test_a_layer_that_the_published_machine_cannot_hold_has_no_such_reference():
    weights = np.ones((70_000, 1), bool)
    problem = EieDesign.__new__(EieDesign)
    EieDesign.__init__(problem, workload="nt-we")
    problem.__setstate__({"space": problem.space, "layer": _layer(np.repeat(weights, 61, axis=1))})
    assert "EIE" not in [one.name for one in problem.references()]


def _layer(weights):
    from archwright.accelerators.eie.layers import layer_of

    return layer_of("wide", weights, rng=np.random.default_rng(0))


def test_a_copy_in_another_process_is_the_same(problem):
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.version == problem.version and copy.goals == problem.goals
    assert copy.evaluate([PUBLISHED_DESIGN], rng=RNG) == problem.evaluate([PUBLISHED_DESIGN], rng=RNG)


def test_the_version_follows_the_workload(problem):
    versions = {problem.version, EieDesign(workload="nt-lstm", seed=1).version, EieDesign(workload="nt-we").version}
    assert len(versions) == 3


def test_a_file_with_one_matrix_is_a_workload(tmp_path):
    np.savez(tmp_path / "two.npz", a=np.eye(64), b=np.eye(64))
    np.save(tmp_path / "one.npy", np.eye(64))
    problem = EieDesign(workload=str(tmp_path / "one.npy"), activation_density=0.5)
    assert problem.layer.name == "one" and not problem.layer.is_active.all()
    with pytest.raises(SpecError, match="one layer, not 2"):
        EieDesign(workload=str(tmp_path / "two.npz"))


def test_the_picture_names_the_design(problem):
    assert "48 elements" in problem.draw({**PUBLISHED_DESIGN, "n_pes": 48})
    with pytest.raises(SpecError, match=r"design\.n_pes: 3"):
        problem.draw({**PUBLISHED_DESIGN, "n_pes": 3})
