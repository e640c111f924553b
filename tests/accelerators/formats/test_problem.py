import pickle

import numpy as np
import pytest

from archwright.accelerators.formats.problem import DEFAULT, FormatsDesign
from archwright.core.errors import Infeasible, SpecError
from archwright.core.goal import Goals
from archwright.core.space import decode_many

RNG = np.random.default_rng(0)
DESIGN = {"memory_a": "rlc", "memory_b": "csc", "compute": "csr x csc", "converter": "mint_m", **DEFAULT}


@pytest.fixture(scope="module")
def problem():
    return FormatsDesign()


def test_a_design_is_measured(problem):
    (found,) = problem.evaluate([DESIGN], rng=RNG)
    assert found.keys() == problem.metrics.keys()
    assert found["energy_delay_js"] == pytest.approx(found["energy_j"] * found["time_s"])
    assert 0.0 < found["utilisation"] <= 1.0 and 0.0 < found["conversion_share"] < 0.1


def test_what_nothing_converts_cannot_exist(problem):
    direct = {**DESIGN, "memory_a": "csr", "converter": "none"}
    found = problem.evaluate([{**DESIGN, "converter": "none"}, direct], rng=RNG)
    assert found[0] == Infeasible("nothing converts rlc, csc -> csr x csc")
    assert found[1]["conversion_share"] == 0.0


def test_no_design_within_the_area_is_better_than_the_optimum(problem):
    goals = Goals.read(problem.goals, problem.metrics)
    reference, optimum = problem.references()
    designs = decode_many(problem.space, np.random.default_rng(1).random((200, problem.space.horizon)))
    found = [one for one in problem.evaluate(designs, rng=RNG) if not isinstance(one, Infeasible)]
    fitting = [one for one in found if goals.violation(one) == 0.0]
    assert optimum.is_optimal and goals.violation(optimum.metrics) == goals.violation(reference.metrics) == 0.0
    assert fitting and min(one["energy_delay_js"] for one in fitting) >= optimum.metrics["energy_delay_js"]
    assert goals.score(optimum.metrics) > goals.score(reference.metrics) == pytest.approx(1.0, rel=1e-3)
    (again,) = problem.evaluate([optimum.design], rng=RNG)
    assert again == pytest.approx(dict(optimum.metrics))


def test_converters_differ_in_area_and_software_in_time(problem):
    kinds = ("software", "mint_b", "mint_m", "mint_mr")
    found = dict(zip(kinds, problem.evaluate([{**DESIGN, "converter": one} for one in kinds], rng=RNG), strict=True))
    areas = [found[kind]["area_mm2"] for kind in kinds]
    assert areas[1] > areas[2] > areas[3] > areas[0]
    assert found["mint_b"]["time_s"] == found["mint_mr"]["time_s"] < found["software"]["time_s"]


def test_tensors_are_a_workload_too():
    problem = FormatsDesign(workload="crime-mttkrp")
    assert problem.references()[-1].design["compute"] in ("dense x dense", "coo x dense", "csf x dense")
    assert "csf" in problem.space.parameters["memory_a"]


def test_a_copy_in_another_process_is_the_same(problem):
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.version == problem.version and copy.goals == problem.goals
    assert copy.evaluate([DESIGN], rng=RNG) == problem.evaluate([DESIGN], rng=RNG)


def test_the_version_follows_the_workload(problem):
    others = {FormatsDesign(workload="64x64x64", density_a=density).version for density in (0.1, 0.2)}
    assert len({problem.version, *others}) == 3


def test_the_picture_names_the_formats(problem):
    drawn = problem.draw(DESIGN)
    assert "this design: rlc, csc -&gt; csr x csc" in drawn and "compressed both" in drawn
    with pytest.raises(SpecError, match=r"design\.n_pes: 3"):
        problem.draw({**DESIGN, "n_pes": 3})


def test_bad_options_are_told():
    with pytest.raises(SpecError, match="density_a: 7 is not possible; allowed: a number from 0 to 1"):
        FormatsDesign(workload="8x8x8", density_a=7)
