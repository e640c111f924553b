import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.load_table import latency_table
from archwright.interconnect.adaptive.problem import NocRouting
from archwright.testing import check_problem


def test_it_keeps_the_contract():
    check_problem(NocRouting(cycles=200, size=4), rng=np.random.default_rng(0))


def test_no_design_beats_the_exhaustive_one():
    problem = NocRouting(cycles=200, size=4)
    best, baseline = problem.references()
    rng = np.random.default_rng(0)
    designs = [{axis: values[rng.integers(4)] for axis, values in problem.space.parameters.items()} for _ in range(50)]
    least = min(one["latency_cycles"] for one in problem.evaluate(designs, rng=rng))
    assert best.metrics["latency_cycles"] <= least
    assert best.metrics["worst_regret_cycles"] == 0.0
    assert baseline.metrics["latency_cycles"] == pytest.approx(latency_table(problem.scenario)[:, 0].mean())


def test_its_environment_is_the_sweep_of_loads():
    env = NocRouting(cycles=200, size=4).env(np.random.default_rng(0))
    assert (env.observation_space.n, env.action_space.n) == (6, 4)


def test_too_few_cycles_are_refused():
    with pytest.raises(SpecError, match="cycles: 10"):
        NocRouting(cycles=10)
