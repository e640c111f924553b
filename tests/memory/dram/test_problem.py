"""The problem: every parameter matters, and the pieces fit."""

import pickle

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.memory.dram.controller import CHOICES
from archwright.memory.dram.problem import DEFAULT_DESIGN, DramController

PROBLEM = DramController()


def measured(*designs):
    return PROBLEM.evaluate(designs, rng=np.random.default_rng(0))


@pytest.mark.parametrize("axis", CHOICES)
def test_no_parameter_is_inert(axis):
    rng = np.random.default_rng(1)
    bases = [{name: choices[rng.integers(len(choices))] for name, choices in CHOICES.items()} for _ in range(12)]
    bases = [{**base, "refresh_policy": "all-bank"} for base in bases] if axis.startswith("refresh_max") else bases
    found = [measured(*({**base, axis: value} for value in CHOICES[axis])) for base in bases]
    assert any(len({one["energy_delay_js"] for one in outcomes}) > 1 for outcomes in found)


def test_the_default_scores_one_and_is_the_reference():
    [reference] = PROBLEM.references()
    assert reference.metrics == measured(DEFAULT_DESIGN)[0]
    assert PROBLEM.goals[0].merit(reference.metrics["energy_delay_js"]) == pytest.approx(1.0, rel=1e-5)


def test_forgetting_misses_a_goal():
    [forgetting] = measured({**DEFAULT_DESIGN, "refresh_policy": "no-refresh"})
    assert PROBLEM.goals[1].shortfall(forgetting["postponed_refreshes"]) > 0.9


def test_a_copy_in_another_process_is_the_same():
    copy = pickle.loads(pickle.dumps(PROBLEM))
    assert copy.version == PROBLEM.version
    assert copy.evaluate([DEFAULT_DESIGN], rng=np.random.default_rng(0)) == measured(DEFAULT_DESIGN)


def test_another_trace_is_another_version():
    assert DramController(trace="random").version != PROBLEM.version
    with pytest.raises(SpecError, match="trace"):
        DramController(trace="none")
