import numpy as np
import pytest

from archwright.compression.amc.problem import LayerwisePruning
from archwright.compression.amc.rules import RULES, Sensitivity, deep_pruned, greedy, sensitivity, shallow_pruned
from archwright.core.space import check_design


@pytest.fixture(scope="module")
def problem():
    return LayerwisePruning(images=200)


def shares(problem, design):
    return problem.space.counts(design) / problem.space.whole


@pytest.mark.parametrize("name", RULES)
def test_rules_keep_the_budget(problem, name):
    check_design(problem.space, RULES[name](problem))


def test_rules_by_depth_lean_to_their_side(problem):
    first, last = shares(problem, deep_pruned(problem)), shares(problem, shallow_pruned(problem))
    assert first[0] >= last[0] and first[-1] <= last[-1] and not np.array_equal(first, last)


def test_sensitivity_scores_each_layer_alone(problem):
    found = sensitivity(problem)
    assert found.evaluations == 1 + sum(min(5, len(one) - 1) for one in problem.space.wall.options)
    for losses, options in zip(found.losses, problem.space.wall.options, strict=True):
        assert losses.shape == options.shape and losses[-1] >= 0.0 and (np.diff(losses) <= 0.0).all()
    narrowest = {**problem.space.named(problem.space.whole), problem.space.axes[0]: 4}
    whole = problem.operator.accuracy(problem.space.named(problem.space.whole))
    assert found.losses[0][0] >= whole - problem.operator.accuracy(narrowest) - 1e-12


def test_greedy_spares_the_layer_that_matters(problem):
    losses = [np.zeros(len(one)) for one in problem.space.wall.options]
    losses[1] = np.linspace(1.0, 0.0, len(losses[1]))
    found = greedy(problem, Sensitivity(losses, 0))
    check_design(problem.space, found)
    assert found[problem.space.axes[1]] == problem.space.whole[1]
    assert sum(found.values()) < problem.space.whole.sum()
