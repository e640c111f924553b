import pickle

import numpy as np
import pytest

from archwright.compression.amc.problem import REWARDS, LayerwisePruning
from archwright.core.errors import SpecError
from archwright.core.space import decode_many
from archwright.optimizers.ddpg_walk import WalkStates

# The conformance suite runs over the catalogue; here stands what only this problem knows.
SMALL = {"images": 200}


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("budget", ["macs <= 50%", "macs <= 25%", "parameters <= 30%", "bytes <= 6000"])
def test_budgets_are_never_violated(budget):
    problem = LayerwisePruning(budget=budget, **SMALL)
    designs = decode_many(problem.space, rng().random((200, problem.space.horizon)))
    taken = problem.costs(np.array([list(design.values()) for design in designs]))[:, 0]
    assert taken.max() <= problem.space.wall.limits[0]
    found = problem.evaluate(designs[:1], rng=rng())[0]
    assert found["budget_share"] == pytest.approx(taken[0] / problem.whole)


def test_rewards_are_the_paper_s():
    problem = LayerwisePruning(**SMALL)
    design = problem.references()[0].design
    found = problem.evaluate([design], rng=rng())[0]
    error = 1.0 - found["accuracy"]
    assert found["error_log_macs"] == pytest.approx(error * np.log(found["macs"]))
    assert found["error_log_parameters"] == pytest.approx(error * np.log(found["parameters"]))
    goals = [str(LayerwisePruning(reward=reward, **SMALL).goals[0]) for reward in REWARDS]
    assert goals == ["max accuracy", "min error_log_macs", "min error_log_parameters"]


def test_what_is_shown_follows_the_draft():
    problem = LayerwisePruning(budget="macs <= 100%", **SMALL)
    draft, whole = problem.space.start(), problem.whole
    first = problem.observe(draft)
    assert first.nodes.shape == (4, 10) and first.edges.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert first.nodes[0, 8:].tolist() == [0.0, 1.0]
    second = problem.observe(draft.choose(0.5))
    half = problem.costs(np.array([[4, *problem.space.whole[1:]]]))[0, 0]
    assert second.nodes[1, 8] == pytest.approx(1.0 - half / whole)
    own = problem.operator.features[:, -1]
    assert second.nodes[1, 9] == pytest.approx(own[1:].sum() / own.sum())
    assert WalkStates(problem).width == 11  # the paper's eleven, the action before among them


def test_single_weights_are_an_operator_too():
    problem = LayerwisePruning(operator="weights", budget="parameters <= 20%", **SMALL)
    uniform = problem.references()[0]
    assert set(problem.space.axes) > {"classifier"} and min(uniform.design.values()) >= 20
    assert uniform.metrics["budget_share"] <= 0.2


def test_latency_can_be_the_budget():
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    problem = LayerwisePruning(budget="latency_ms <= 90%", **SMALL)
    found = problem.references()[0].metrics
    assert 0.0 < found["budget_share"] <= 0.9


def test_another_process_makes_it_anew():
    problem = LayerwisePruning(budget="macs <= 30%", reward="error_macs", **SMALL)
    blob = pickle.dumps(problem)
    assert len(blob) < 1_000
    twin = pickle.loads(blob)
    assert (twin.version, twin.goals, twin.options) == (problem.version, problem.goals, problem.options)


@pytest.mark.parametrize(
    ("options", "field"),
    [({"network": "alexnet"}, "network"), ({"operator": "rows"}, "operator"), ({"budget": "macs"}, "budget"),
     ({"budget": "macs <= 1%"}, "budget macs"), ({"reward": "joy"}, "reward"), ({"multiple": 0}, "multiple"),
     ({"images": 2.5}, "images"), ({"least_share": 0.0}, "least_share")],
)  # fmt: skip
def test_an_option_out_of_range_is_one_clear_line(options, field):
    with pytest.raises(SpecError) as refused:
        LayerwisePruning(**options)
    assert refused.value.field == field and "\n" not in str(refused.value)
