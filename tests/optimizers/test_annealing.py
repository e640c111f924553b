import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.trial import judge
from archwright.optimizers.annealing import Annealing, Spread, chain_weights
from archwright.optimizers.random import Random
from archwright.testing.functions import Bnh, Rastrigin, Rosenbrock, Sphere


def small(problem, goals, **options):
    return Annealing(problem, goals, **{"chains": 5, "steps": 60, **options})


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem)


def test_held_at_one_temperature_it_samples_boltzmanns_distribution(answer):
    # Metropolis et al. (1953): mean energy of a quadratic well is half the temperature, and x is normal.
    problem = Sphere(1)
    goals = Goals(problem.goals)
    annealing = Annealing(problem, goals, chains=1, steps=10**12, final=1e-3)
    annealing.cooled = 10**12 // 2
    temperature, energies = 1e-3**0.5, []
    for number in range(12_000):
        annealing.tell(answer(problem, goals, annealing.ask(1, np.random.default_rng([1, number])), number))
        energies.append(annealing.current.losses[0])
    scaled = np.array(energies[2000:]) / (temperature * annealing.objective_spread.deviation[0])
    assert scaled.mean() == pytest.approx(0.5, rel=0.1)
    assert np.mean(scaled < 0.5) == pytest.approx(0.6827, abs=0.03)  # one standard deviation of x


def test_cold_chains_only_fall_and_hot_ones_climb(answer):
    problem = Sphere(3)
    goals = Goals(problem.goals)
    climbs = []
    for final in (1e-300, 1.0):
        annealing = Annealing(problem, goals, chains=1, steps=1000, final=final)
        n_climbs = 0
        for number in range(400):
            before = annealing.current.losses.copy()
            annealing.tell(answer(problem, goals, annealing.ask(1, np.random.default_rng([0, number])), number))
            n_climbs += number > 100 and annealing.current.losses[0] > before[0]
        climbs.append(n_climbs)
    assert climbs[0] == 0 and climbs[1] > 50


def test_widths_keep_the_acceptance_near_one_half(drive):
    drive(Annealing, Sphere(5), 4000, steps=4000)
    widths = drive.optimizer.widths
    assert (widths < 1e-2).all() and (widths > 1e-8).all()


def test_starts_anew_when_cold_and_keeps_the_best(drive):
    table = drive(small, Sphere(3), 66)
    annealing = drive.optimizer
    best = max(table, key=lambda trial: trial.score)
    assert annealing.cooled <= 10 and (annealing.widths == 1.0).all()
    assert -annealing.best.losses[0] == best.score
    assert best.hint["keys"] in annealing.current.keys.tolist()


def test_failures_are_never_taken(drive):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    drive(small, problem, 20)
    annealing = drive.optimizer
    before = annealing.current.keys.tolist()
    asked = annealing.ask(5, np.random.default_rng(0))
    annealing.tell([judge(0, p.design, Failed("hang"), goals, seconds=0.0, attempts=1, hint=p.hint) for p in asked])
    assert all(keys in before for keys in annealing.current.keys.tolist())


@pytest.mark.parametrize(
    ("problem", "trials", "bound"),
    [(Sphere(10), 5000, 1e-3), (Rosenbrock(10), 5000, 100.0), (Rastrigin(10), 5000, 15.0)],
)
def test_is_far_better_than_random_search(best_loss, problem, trials, bound):
    ours = [best_loss(Annealing, problem, trials, seed=seed, steps=trials) for seed in range(3)]
    random = [best_loss(Random, problem, trials, seed=seed) for seed in range(3)]
    assert np.median(ours) < bound and max(ours) < 0.3 * min(random)


def test_chains_spread_over_a_front(drive):
    table = drive(Annealing, Bnh(), 3000, steps=3000)
    points = np.array([trial.objectives for trial in table if trial.is_feasible])
    assert hypervolume(points, Bnh.reference_point) > 0.98 * Bnh.hypervolume


def test_weights_sum_to_one_and_differ():
    for n_objectives in (1, 2, 4):
        weights = chain_weights(8, n_objectives)
        assert weights.shape == (8, n_objectives) and (weights >= 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert len(np.unique(weights, axis=0)) == 8


def test_spread_equals_numpys_whatever_the_batches():
    rows = np.random.default_rng(0).normal(3.0, 2.0, (100, 2))
    spread = Spread(2)
    for part in np.split(rows, [1, 7, 7, 60]):
        spread.add(part)
    np.testing.assert_allclose(spread.mean, rows.mean(axis=0))
    np.testing.assert_allclose(spread.deviation, rows.std(axis=0))
    np.testing.assert_array_equal(spread.lowest, rows.min(axis=0))
    assert Spread(1).deviation.tolist() == [1.0]


@pytest.mark.parametrize(("option", "value"), [("chains", 0), ("steps", 0), ("final", 0.0), ("final", 2.0)])
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Annealing(Sphere(2), Goals(Sphere(2).goals), **{option: value})
