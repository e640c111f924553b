import numpy as np
import pytest

from archwright.core.goal import Goals
from archwright.core.problem import Problem, Referenced
from archwright.testing.functions import Bnh, Branin, Hartmann6, Osy, Rastrigin, Rosenbrock, Sphere, Zdt1, Zdt2

SINGLE = [Sphere(), Rosenbrock(), Rastrigin(), Branin(), Hartmann6()]
DOUBLE = [Zdt1(), Zdt2(), Bnh(), Osy(), Osy(is_widened=True)]


def dominated_volume(front, reference):
    order = np.argsort(front[:, 0])
    first, second = front[order, 0], np.minimum.accumulate(front[order, 1])
    under = np.trapezoid(reference[1] - second, first)
    return under + (reference[0] - first[-1]) * (reference[1] - second[-1])


@pytest.mark.parametrize("function", SINGLE, ids=lambda f: f.name)
def test_optimal_value_at_optimizers(function):
    values = function.values(np.array(function.optimizers))
    assert values.shape == (len(function.optimizers), 1)
    np.testing.assert_allclose(values[:, 0], function.optimal_value, atol=2e-6)


@pytest.mark.parametrize("function", SINGLE, ids=lambda f: f.name)
def test_no_neighbour_and_no_random_point_is_better(function):
    rng = np.random.default_rng(0)
    anywhere = function.space.to_array(function.space.decode_many(rng.random((5_000, function.space.horizon))))
    around = np.array(function.optimizers)[0] + rng.normal(0, 1e-2, (5_000, function.space.horizon))
    assert function.values(np.concatenate([anywhere, around])).min() >= function.optimal_value - 2e-6


@pytest.mark.parametrize("function", DOUBLE, ids=lambda f: f.name)
def test_hypervolume_of_the_front_is_the_stated_one(function):
    volume = dominated_volume(function.front(200_000), function.reference_point)
    assert volume == pytest.approx(function.hypervolume, rel=1e-6)


@pytest.mark.parametrize("function", DOUBLE, ids=lambda f: f.name)
def test_no_random_point_dominates_the_front(function):
    rng = np.random.default_rng(0)
    designs = function.space.decode_many(rng.random((3_000, function.space.horizon)))
    goals = Goals.read(function.goals)
    outcomes = function.evaluate(designs, rng=rng)
    found = np.array([goals.objectives(o) for o in outcomes if goals.violation(o) == 0.0]).reshape(-1, 2)
    for point in function.front(200):
        assert not ((found <= point).all(axis=1) & (found < point - 1e-9).any(axis=1)).any()


@pytest.mark.parametrize("function", DOUBLE, ids=lambda f: f.name)
def test_optimizers_of_two_objectives_lie_on_the_front_and_keep_the_constraints(function):
    goals, front = Goals.read(function.goals), function.front(100_000)
    for reference in function.references():
        assert goals.violation(reference.metrics) == 0.0
        distance = np.abs(front - goals.objectives(reference.metrics)).max(axis=1)
        assert distance.min() < 1e-3 * np.abs(front).max()


@pytest.mark.parametrize("function", SINGLE + DOUBLE, ids=lambda f: f.name)
def test_is_a_problem_whose_references_evaluate_to_their_metrics(function):
    assert isinstance(function, Problem) and isinstance(function, Referenced)
    references = function.references()
    outcomes = function.evaluate([one.design for one in references], rng=np.random.default_rng(0))
    assert outcomes == [one.metrics for one in references]


def test_published_values():
    # Dixon and Szego (1978); Picheny et al. (2013).
    assert Branin.optimal_value == pytest.approx(0.397887, abs=1e-6)
    assert Branin().values(np.array([[0.0, 0.0]]))[0, 0] == pytest.approx(55.602113, abs=1e-6)
    assert Rosenbrock(2).values(np.array([[-1.2, 1.0]]))[0, 0] == pytest.approx(24.2)
    assert Rastrigin(2).values(np.array([[1.0, 1.0]]))[0, 0] == pytest.approx(2.0)
    assert Osy().values(np.array([[5.0, 1.0, 5.0, 0.0, 5.0, 0.0]]))[0, :2].tolist() == [-274.0, 76.0]


def test_osy_constraints_cut_off_the_unconstrained_best():
    goals = Goals.read(Osy().goals)
    outcome = Osy().evaluate([dict(x1=10.0, x2=10.0, x3=5.0, x4=0.0, x5=5.0, x6=10.0)], rng=np.random.default_rng(0))
    assert goals.violation(outcome[0]) > 0


@pytest.mark.parametrize("function", SINGLE + DOUBLE, ids=lambda f: f.name)
def test_gradients_agree_with_central_differences(function):
    designs = function.space.decode_many(0.1 + 0.8 * np.random.default_rng(2).random((5, function.space.horizon)))
    x = function.space.to_array(designs)
    found = function.gradients(designs)
    for p in range(function.space.horizon):
        step = 1e-6 * (np.arange(function.space.horizon) == p)
        expected = (function.values(x + step) - function.values(x - step)) / 2e-6
        ours = np.array([[one.slopes[name][p] for name in function.metrics] for one in found])
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
    assert [one.metrics for one in found] == function.evaluate(designs, rng=np.random.default_rng(0))
