from itertools import product

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Stepwise
from archwright.learning.components import ComponentGraph, components_of
from archwright.testing import check_problem
from archwright.testing.pipeline import BUFFERS, LANES, Pipeline

RNG = np.random.default_rng(0)


def test_it_keeps_the_laws():
    problem = Pipeline(3)
    assert isinstance(problem, Stepwise) and isinstance(problem, ComponentGraph)
    check_problem(problem, rng=RNG)


def test_the_optimum_is_the_best_of_all_designs():
    problem = Pipeline(3)
    goals = Goals(problem.goals)
    values = product(*[LANES, BUFFERS] * 3)
    designs = [dict(zip(problem.space.axes, one, strict=True)) for one in values]
    answers = problem.evaluate(designs, rng=RNG)
    scores = [goals.score(one) for one in answers if goals.violation(one) == 0.0]
    (reference,) = problem.references()
    assert goals.score(reference.metrics) == max(scores)
    assert problem.evaluate([reference.design], rng=RNG) == [reference.metrics]


def test_stages_are_components_that_show_their_work():
    components = components_of(Pipeline(4))
    assert components.axes == ((0, 1), (2, 3), (4, 5), (6, 7))
    assert components.features.ravel().tolist() == [0.25, 0.5, 0.75, 1.0]


def test_a_measure_is_the_sum_of_whole_stages():
    problem = Pipeline(2)
    draft = problem.space.start()
    assert problem.measure(draft) == {"latency_s": 0.0, "area": 0.0}
    assert problem.measure(draft.choose(3)) == {"latency_s": 0.0, "area": 0.0}
    whole = draft.choose(3).choose(0).choose(0).choose(3)
    assert problem.measure(whole) == problem.evaluate([whole.design()], rng=RNG)[0]
