import numpy as np
import pytest

from archwright.circuits.amplifier_gradients import amplifier_gradients, chained
from archwright.circuits.amplifiers import ThreeStageTIA
from archwright.circuits.bench import Differentiated, Measured
from archwright.circuits.scaled_three_stage_tia import ScaledThreeStageTIA
from archwright.circuits.two_stage_tia import TwoStageTIA
from archwright.core.problem import Differentiable, Gradients

PROBLEMS = [ThreeStageTIA(step_um=0.0), TwoStageTIA(node="65nm"), ScaledThreeStageTIA(node="130nm")]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda one: one.name)
def test_every_metric_agrees_with_central_differences_of_evaluate(problem):
    rng = np.random.default_rng(8)
    designs = problem.space.decode_many(0.1 + 0.8 * rng.random((8, problem.space.horizon)))
    assert isinstance(problem, Differentiable)
    wrong = []
    for design, answer in zip(designs, amplifier_gradients(problem, designs), strict=True):
        if not isinstance(answer, Gradients):
            continue
        assert answer.metrics == pytest.approx(problem.evaluate([design], rng=rng)[0], rel=1e-12)
        assert set(answer.slopes) == set(problem.metrics)
        for at, axis in enumerate(problem.space.axes):
            sides = [{**design, axis: design[axis] * (1.0 + sign * 1e-4)} for sign in (1.0, -1.0)]
            ahead, behind = problem.evaluate(sides, rng=rng)
            for metric in sorted(set(problem.metrics) - {"saturated"}):
                relative = answer.slopes[metric] * list(design.values())
                scale = max(np.abs(relative).max(), 1e-2 * abs(answer.metrics[metric]), 1e-3 * (metric == "peaking_db"))
                wrong.append(abs((ahead[metric] - behind[metric]) / 2e-4 - relative[at]) / scale)
    assert len(wrong) > 100
    assert np.quantile(wrong, 0.98) < 1e-4


def test_a_formula_follows_the_chain_rule():
    rng = np.random.default_rng(0)
    columns = {"a": rng.uniform(1, 2, 5), "b": rng.uniform(1, 2, 5)}
    slopes = {name: rng.normal(size=(5, 3)) for name in columns}
    found = chained(
        Differentiated(Measured(columns, {}), slopes), lambda one: {"c": one["a"] ** 2 / one["b"], "d": 3.0 * one["b"]}
    )
    a, b = (columns[name][:, None] for name in "ab")
    np.testing.assert_allclose(
        found.slopes["c"], 2 * a / b * slopes["a"] - (a / b) ** 2 * slopes["b"], rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(found.slopes["d"], 3.0 * slopes["b"], rtol=1e-8)
    np.testing.assert_array_equal(found.slopes["a"], slopes["a"])
    np.testing.assert_allclose(found.measured.columns["c"], columns["a"] ** 2 / columns["b"])


def test_reasons_stand_where_there_are_no_metrics():
    problem = ThreeStageTIA(step_um=0.0)
    designs = problem.space.decode_many(np.random.default_rng(1).random((3, 10)))
    assert [type(one) for one in amplifier_gradients(problem, designs)] == [Gradients] * 3
    assert amplifier_gradients(problem, []) == []
