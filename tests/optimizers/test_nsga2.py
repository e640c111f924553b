import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.optimizers.nsga2 import Nsga2, polynomial_mutation, simulated_binary_crossover
from archwright.testing.functions import Bnh, Osy, Rastrigin, Sphere, Zdt1


def small(problem, goals, **options):
    return Nsga2(problem, goals, **{"population": 10, **options})


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem)


def test_crossover_keeps_the_middle_and_spreads_like_the_paper():
    n, index = 200_000, 2.0
    first, second = np.full((n, 1), 0.45), np.full((n, 1), 0.55)
    low, high = simulated_binary_crossover(first, second, index, np.random.default_rng(0))
    assert (low <= high).all() and (low >= 0).all() and (high <= 1).all()
    spread = (high - low) / 0.1
    # Far from the bounds half of all children lie between their parents: the contracting side of (2).
    assert np.mean(spread <= 1.0) == pytest.approx(0.5, abs=0.01)
    # P(beta_q <= b) = b^(eta + 1) / 2 inside.
    assert np.mean(spread <= 0.7) == pytest.approx(0.7**3 / 2, abs=0.01)
    np.testing.assert_allclose(low + high, 1.0, atol=1e-12)


def test_crossover_agrees_with_pymoo():
    from pymoo.operators.crossover.sbx import cross_sbx

    class Stream:
        """Hands the same uniform numbers to both."""

        def __init__(self):
            self.rng, self.calls = np.random.default_rng(1), 0

        def random(self, size):
            self.calls += 1
            # pymoo draws: which keys cross (all), the spread, which children are exchanged (none).
            return np.full(size, (0.0, None, 1.0)[self.calls - 1]) if self.calls != 2 else self.rng.random(size)

    parents = np.random.default_rng(0).random((2, 50, 4))
    theirs = cross_sbx(
        parents, np.zeros(4), np.ones(4), np.full((50, 1), 20.0), 0.5, np.full((50, 1), 0.5), random_state=Stream()
    )
    low, high = simulated_binary_crossover(*parents, 20.0, np.random.default_rng(1))
    np.testing.assert_allclose(np.sort(theirs, axis=0), [low, high], rtol=1e-12)


def test_mutation_agrees_with_pymoo():
    from pymoo.operators.mutation.pm import mut_pm

    class Stream:
        def __init__(self):
            self.rng, self.calls = np.random.default_rng(1), 0

        def random(self, size):
            self.calls += 1
            return np.zeros(size) if self.calls == 1 else self.rng.random(size)

    keys = np.random.default_rng(0).random((50, 4))
    theirs = mut_pm(keys, np.zeros(4), np.ones(4), np.full(50, 20.0), np.ones(50), False, random_state=Stream())
    ours = polynomial_mutation(keys, 20.0, np.random.default_rng(1).random(200).reshape(50, 4).view(Uniform))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


class Uniform(np.ndarray):
    """Numbers that stand in for a generator."""

    def random(self, shape):
        return np.asarray(self).reshape(shape)


def test_operators_stay_in_bounds_at_the_bounds():
    rng = np.random.default_rng(0)
    corners = rng.integers(2, size=(500, 6)).astype(float)
    low, high = simulated_binary_crossover(corners, corners[::-1], 20.0, rng)
    mutated = polynomial_mutation(corners, 20.0, rng)
    for keys in (low, high, mutated):
        assert np.isfinite(keys).all() and keys.min() >= 0 and keys.max() <= 1
    same, too = simulated_binary_crossover(corners, corners, 20.0, rng)
    np.testing.assert_array_equal(same, corners)
    np.testing.assert_array_equal(too, corners)


def test_no_child_is_a_copy_of_its_parents(drive):
    drive(small, Sphere(3), 200, crossover=0.0, mutation=0.0)
    genetic = drive.optimizer
    children = np.array([p.hint["keys"] for p in genetic.ask(200, np.random.default_rng(0))])
    same = (children[:, None, :] == genetic.members.keys).sum(axis=2).max(axis=1)
    assert (same == 2).all()  # exactly one key of three was mutated


def test_members_are_the_best_of_everything_told(drive):
    table = drive(small, Sphere(3), 300)
    losses = sorted(-trial.score for trial in table)
    assert sorted(drive.optimizer.members.losses.tolist()) == losses[:10]


def test_one_objective_is_a_genetic_algorithm(best_loss):
    assert best_loss(Nsga2, Rastrigin(4), 8000, population=40) < 0.1


@pytest.mark.parametrize(
    ("problem", "trials", "share"), [(Bnh(), 2000, 0.985), (Zdt1(10), 6000, 0.99), (Osy(), 8000, 0.8)]
)
def test_fronts_are_reached_under_constraints(drive, problem, trials, share):
    drive(Nsga2, problem, trials)
    members = drive.optimizer.members
    assert (members.violations == 0).all()
    assert hypervolume(members.objectives, problem.reference_point) > share * problem.hypervolume


@pytest.mark.parametrize(
    ("option", "value"),
    [("population", 1), ("crossover", -0.1), ("mutation", 2.0), ("crossover_index", -1.0), ("mutation_index", -1.0)],
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Nsga2(Sphere(2), Goals(Sphere(2).goals), **{option: value})
