from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.trial import Trial, judge
from archwright.optimizers.evolution_strategy import SIGMA_RANGE, EvolutionStrategy, utilities
from archwright.optimizers.random import Random
from archwright.testing.functions import Rosenbrock, Sphere


def trial(violation, score):
    return Trial(0, {}, "done", {}, violation, (), score, 0.0, 1)


def test_laws(check_laws, any_problem):
    check_laws(EvolutionStrategy, any_problem)


def test_each_second_sample_mirrors_the_one_before_also_across_batches(answer):
    problem = Sphere(3)
    goals = Goals(problem.goals)
    strategy = EvolutionStrategy(problem, goals, population=20, sigma=0.05)
    keys, first = [], 0
    for n in (3, 1, 4, 5):
        asked = strategy.ask(n, np.random.default_rng(first))
        keys += [np.array(proposal.hint["keys"]) for proposal in asked]
        strategy.tell(answer(problem, goals, asked, first))
        first += n
    for one, other in zip(keys[:12:2], keys[1:12:2], strict=True):
        np.testing.assert_allclose(one + other, 1.0)
    assert not np.allclose(keys[0], keys[2])


def test_a_step_is_the_paper_s_equation(answer):
    problem = Rosenbrock(3)
    goals = Goals(problem.goals)
    strategy = EvolutionStrategy(problem, goals, population=6, sigma=0.1, rate=0.5)
    trials = answer(problem, goals, strategy.ask(6, np.random.default_rng(0)), 0)
    strategy.tell(trials)
    noise = np.array([(np.array(t.hint["keys"]) - 0.5) / 0.1 for t in trials])
    order = np.argsort([-t.score for t in trials])
    raw = np.maximum(0, np.log(6 / 2 + 1) - np.log(np.arange(1, 7)))
    gains = np.empty(6)
    gains[order] = raw / raw.sum() - 1 / 6
    np.testing.assert_allclose(strategy.mean, 0.5 + 0.1 * gains @ noise)
    growth = gains @ ((noise**2).sum(axis=1) / 3 - 1)
    assert strategy.sigma == pytest.approx(0.1 * np.exp(0.25 * growth))


def test_nothing_moves_before_a_population_is_told(drive):
    drive(EvolutionStrategy, Sphere(3), 9, population=10, batch=3)
    assert (drive.optimizer.mean == 0.5).all() and len(drive.optimizer.pending) == 9
    drive(EvolutionStrategy, Sphere(3), 12, population=10, batch=3)
    assert (drive.optimizer.mean != 0.5).all() and drive.optimizer.pending == []


def test_utilities_sum_to_zero_share_ties_and_follow_the_order_of_trials():
    worth = utilities([trial(0.0, 1.0), trial(0.2, -0.2), trial(0.0, 3.0), trial(0.0, 1.0), trial(np.inf, -np.inf)])
    assert worth.sum() == pytest.approx(0.0, abs=1e-12)
    assert worth[0] == worth[3] and worth[2] > worth[0] > worth[1] >= worth[4]
    assert np.abs(utilities([trial(np.inf, -np.inf)] * 4)).max() < 1e-15


def test_failures_alone_move_nothing_and_never_draw_the_mean(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    strategy = EvolutionStrategy(problem, goals, population=8)
    asked = strategy.ask(8, np.random.default_rng(0))
    cost = {"seconds": 0.0, "attempts": 1}
    strategy.tell([judge(i, p.design, Failed("crash"), goals, hint=p.hint, **cost) for i, p in enumerate(asked)])
    assert np.allclose(strategy.mean, 0.5) and strategy.sigma == pytest.approx(0.2)
    trials = answer(problem, goals, strategy.ask(8, np.random.default_rng(1)), 8)
    half = [t if t.hint["sign"] > 0 else judge(t.number, t.design, Failed("x"), goals, hint=t.hint, **cost)
            for t in trials]  # fmt: skip
    strategy.tell(half)
    good = np.mean([t.hint["keys"] for t in half if t.state == "done"], axis=0) - 0.5
    assert good @ (strategy.mean - 0.5) > 0


def test_a_better_design_from_elsewhere_takes_over_and_a_worse_one_does_not(answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    strategy = EvolutionStrategy(problem, goals)
    own = strategy.ask(1, np.random.default_rng(0))
    strategy.tell(answer(problem, goals, own, 0))
    for design, is_taken in (({"x1": 5.0, "x2": -5.0}, False), ({"x1": 0.0, "x2": 0.0}, True)):
        proposal = own[0]._replace(design=design, hint=None)
        strategy.tell([replace(one, hint={"imported": "x"}) for one in answer(problem, goals, [proposal], 1)])
        expected = problem.space.encode_many([design])[0] if is_taken else np.full(2, 0.5)
        np.testing.assert_allclose(strategy.mean, expected)


def test_sigma_keeps_its_range(drive):
    drive(EvolutionStrategy, Sphere(2), 2000)
    low, high = SIGMA_RANGE
    assert low <= drive.optimizer.sigma <= high


def test_solves_the_sphere_and_beats_random_on_rosenbrock(best_loss):
    assert best_loss(EvolutionStrategy, Sphere(8), 2000) < 1e-6
    ours = [best_loss(EvolutionStrategy, Rosenbrock(6), 1500, seed=seed) for seed in range(5)]
    theirs = [best_loss(Random, Rosenbrock(6), 1500, seed=seed) for seed in range(5)]
    assert max(ours) < 0.2 * min(theirs)


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_any_batch_size_converges(best_loss, batch):
    assert best_loss(EvolutionStrategy, Sphere(4), 2000, batch=batch) < 1e-2


@pytest.mark.parametrize(("option", "value"), [("population", 1), ("population", 4.5), ("sigma", 0.0), ("rate", -1.0)])
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        EvolutionStrategy(Sphere(2), Goals(Sphere(2).goals), **{option: value})
