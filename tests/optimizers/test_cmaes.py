import copy

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.optimizers.cmaes import Cmaes, fold_into_box, unfold
from archwright.testing.functions import Bnh, Rastrigin, Rosenbrock, Sphere


def test_laws(check_laws, any_problem):
    check_laws(Cmaes, any_problem)


def test_laws_with_a_diagonal_covariance(check_laws):
    check_laws(Cmaes, Sphere(210), batches=(20, 20, 7, 40))


def pycma_keys(function, generations, population):
    """The points that pycma itself asks for when it draws the same numbers and gets the same answers."""
    import cma

    asked = []

    def normals(n, dimension):
        return np.random.default_rng([0, len(asked)]).standard_normal((n, dimension))

    dimension = function.space.horizon
    options = {"bounds": [0, 1], "popsize": population, "verbose": -9, "randn": normals, "seed": np.nan}
    strategy = cma.CMAEvolutionStrategy(np.full(dimension, 0.5), 0.3, options)
    for _ in range(generations):
        points = strategy.ask()
        strategy.tell(
            points,
            function.values(function.space.to_array(function.space.decode_many(np.array(points))))[:, 0].tolist(),
        )
        asked += points
    return np.array(asked)


@pytest.mark.parametrize("function", [Sphere(10), Rosenbrock(10), Rastrigin(10)], ids=lambda f: f.name)
@pytest.mark.parametrize("population", [10, 40])
def test_goes_through_the_states_of_pycma(drive, function, population):
    table = drive(Cmaes, function, 60 * population, population=population)
    ours = np.array([trial.hint["keys"] for trial in table])
    np.testing.assert_allclose(ours, pycma_keys(function, 60, population), rtol=0, atol=1e-13)


def test_box_is_folded_as_pycma_does():
    from cma.boundary_handler import BoundTransform

    points = np.random.default_rng(0).uniform(-9.0, 9.0, (500, 4))
    theirs = [BoundTransform([0, 1]).repair(row) for row in points]
    np.testing.assert_allclose(fold_into_box(points), theirs, atol=1e-13)
    keys = np.linspace(0.0, 1.0, 101)
    np.testing.assert_allclose(fold_into_box(unfold(keys)), keys, atol=1e-15)


def test_a_copy_lives_its_own_life(drive, answer):
    problem = Sphere(3)
    goals = Goals(problem.goals)
    drive(Cmaes, problem, 21)
    original = drive.optimizer
    twin = copy.deepcopy(original)
    asked = original.ask(7, np.random.default_rng(0))
    twin.tell(answer(problem, goals, asked, 21))
    assert original.ask(7, np.random.default_rng(0)) == asked != twin.ask(7, np.random.default_rng(0))
    original.tell(answer(problem, goals, asked, 21))
    assert original.ask(7, np.random.default_rng(0)) == twin.ask(7, np.random.default_rng(0))


def test_first_large_batch_becomes_the_population(drive):
    drive(Cmaes, Sphere(5), 300, batch=50)
    assert drive.optimizer.strategy.popsize == 50 and drive.optimizer.generation == 6
    drive(Cmaes, Sphere(5), 300, batch=50, population=12)
    assert drive.optimizer.strategy.popsize == 12 and drive.optimizer.generation == 6


def test_small_batches_wait_for_a_whole_generation(drive, best_loss):
    drive(Cmaes, Sphere(10), 25, batch=3)
    assert drive.optimizer.generation == 2 and len(drive.optimizer.own) == 1
    assert best_loss(Cmaes, Sphere(10), 3000, batch=1) < 1e-8


def test_stops_become_restarts_with_twice_the_population(drive):
    drive(Cmaes, Sphere(2), 3000)
    assert drive.optimizer.restarts >= 1
    assert drive.optimizer.strategy.popsize == drive.optimizer.batch * 2**drive.optimizer.restarts


def test_scale_of_the_loss_does_not_stop_it(best_loss):
    class Tiny(Sphere):
        def values(self, x):
            return 1e-15 * super().values(x)  # farads

    assert best_loss(Cmaes, Tiny(5), 1500) < 1e-24


def test_a_good_design_from_elsewhere_draws_the_distribution(drive, answer):
    problem = Sphere(5)
    goals = Goals(problem.goals)
    cmaes = Cmaes(problem, goals)
    asked = cmaes.ask(cmaes.batch, np.random.default_rng(0))
    corner = asked[0]._replace(design={f"x{i}": 4.0 for i in range(1, 6)}, hint={"imported": "a file"})
    worse = answer(problem, goals, asked, 1)
    for trial in worse:
        trial.score -= 1000.0
    cmaes.tell(answer(problem, goals, [corner], 0) + worse)
    assert (cmaes.strategy.mean > 0.5).all()


def test_one_key_and_several_objectives_work(best_loss, drive):
    class Line:
        name, version, metrics = "line", "1", {"f": ""}
        space = Record(x=Real(0.0, 1.0))
        goals = Goals.read(["min f"]).goals

        def evaluate(self, designs, *, rng):
            return [{"f": (d["x"] - 0.3) ** 2} for d in designs]

    assert best_loss(Cmaes, Line(), 300) < 1e-9
    table = drive(Cmaes, Bnh(), 600)
    assert sum(trial.is_feasible for trial in table[300:]) > 200


def test_feasible_designs_are_found_and_preferred(drive, any_problem):
    table = drive(Cmaes, any_problem, 400)
    if any(trial.is_feasible for trial in table):
        assert sum(t.is_feasible for t in table[200:]) >= sum(t.is_feasible for t in table[:200])


@pytest.mark.parametrize(("option", "value"), [("population", 3), ("sigma", 0.0)])
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Cmaes(Sphere(2), Goals(Sphere(2).goals), **{option: value})
