import pickle

import numpy as np
import pytest

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.problem import PUBLISHED_DESIGN, SparchDesign
from archwright.accelerators.sparch.simulation import simulate
from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.space import decode_many

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def problem():
    return SparchDesign(workload="wiki-Vote", max_products=60_000)


def test_the_published_design_scores_one(problem):
    (found,) = problem.evaluate([PUBLISHED_DESIGN], rng=RNG)
    run = simulate(stand_in("wiki-Vote", 60_000), stand_in("wiki-Vote", 60_000))
    assert found["cycles"] == run.timing.cycles and found["energy_j"] == run.energy_j
    goals = Goals.read(problem.goals, problem.metrics)
    assert goals.violation(found) == 0.0 and goals.score(found) == pytest.approx(1.0, rel=1e-4)


def test_no_design_beats_the_optimum(problem):
    optimum = problem.references()[1]
    goals = Goals.read(problem.goals, problem.metrics)
    designs = decode_many(problem.space, np.random.default_rng(1).random((300, 5)))
    fitting = [one for one in problem.evaluate(designs, rng=RNG) if goals.violation(one) == 0.0]
    assert optimum.is_optimal and goals.violation(optimum.metrics) == 0.0
    assert fitting and min(one["time_s"] for one in fitting) >= optimum.metrics["time_s"]


def test_a_smaller_area_takes_longer(problem):
    small = SparchDesign(workload="wiki-Vote", max_products=60_000, area_budget_mm2=8.0)
    assert small.optimum[1]["area_mm2"] <= 8.0 and small.optimum[1]["time_s"] > problem.optimum[1]["time_s"]
    assert SparchDesign(workload="wiki-Vote", max_products=60_000, area_budget_mm2=2.0).optimum is None


def test_a_copy_in_another_process_is_the_same(problem):
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.version == problem.version and copy.goals == problem.goals
    assert copy.evaluate([PUBLISHED_DESIGN], rng=RNG) == problem.evaluate([PUBLISHED_DESIGN], rng=RNG)


def test_the_version_follows_the_matrix(problem):
    other = SparchDesign(workload="wiki-Vote", max_products=60_000, seed=1)
    assert other.version != problem.version


def test_the_picture_names_the_design(problem):
    assert "128 ways of 16" in problem.draw({**PUBLISHED_DESIGN, "ways": 128})
    with pytest.raises(SpecError, match=r"design\.ways: 3"):
        problem.draw({**PUBLISHED_DESIGN, "ways": 3})
