import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.optimizers.belief import fit_belief
from archwright.optimizers.mace import Mace, ensemble
from archwright.optimizers.observations import observe
from archwright.optimizers.random import Random
from archwright.testing.functions import Bnh, Branin, Sphere


def test_laws(check_laws, any_problem):
    def make(problem, goals):
        return Mace(problem, goals, startup=6, fitted=12, remembered=15, population=20, evaluations=100)

    check_laws(make, any_problem, batches=(7, 1, 3), probes=(1, 4))


def test_is_far_better_than_random_search(best_loss):
    ours = [best_loss(Mace, Branin(), 40, seed=seed) for seed in range(3)]
    random = [best_loss(Random, Branin(), 160, seed=seed) for seed in range(3)]
    assert np.median(ours) < Branin.optimal_value + 0.05
    assert np.median(ours) < np.median(random)


def test_a_batch_holds_designs_that_differ(drive):
    table = drive(Mace, Branin(), 16, startup=8)
    keys = np.array([trial.hint["keys"] for trial in table[8:]])
    assert np.ptp(keys, axis=0).max() > 0.1 and len(np.unique(keys, axis=0)) == 8


def belief_on(problem, n, goals):
    designs = problem.space.decode_many(np.random.default_rng(0).random((n, problem.space.horizon)))
    outcomes = problem.evaluate(designs, rng=np.random.default_rng(0))
    pairs = enumerate(zip(designs, outcomes, strict=True))
    trials = [judge(i, d, o, goals, seconds=0.0, attempts=1) for i, (d, o) in pairs]
    return fit_belief(observe(problem.space, goals, trials), goals, 100, np.random.default_rng(1))


def test_the_ensemble_is_what_the_papers_name():
    keys = np.random.default_rng(2).random((40, 2))
    free = ensemble(belief_on(Branin(), 12, Goals(Branin().goals)), keys, 2.0)
    assert free.shape == (40, 3)
    held = belief_on(Bnh(), 30, Goals(Bnh().goals))
    columns = ensemble(held, keys, 2.0)
    assert columns.shape == (40, 6)
    mean, variance = held.slacks.model.predict(keys)
    np.testing.assert_allclose(columns[:, 3], np.maximum(mean, 0.0).sum(axis=1))
    np.testing.assert_allclose(columns[:, 4], np.maximum(mean / np.sqrt(variance), 0.0).sum(axis=1))
    lower = ensemble(held, keys, 0.0)[:, 0] - columns[:, 0]
    assert (lower > 0.0).all()


def test_constraints_alone_are_searched_by_their_probability():
    class Never(Sphere):
        def __init__(self):
            super().__init__(2)
            self.goals = Goals.read(["f <= -1"]).goals

    assert ensemble(belief_on(Never(), 10, Goals(Never().goals)), np.full((3, 2), 0.5), 2.0).shape == (3, 3)


@pytest.mark.parametrize(
    ("option", "value"),
    [("startup", 1), ("kappa", -1.0), ("population", 3), ("evaluations", 50), ("fitted", 1), ("remembered", 1)],
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Mace(Sphere(2), Goals(Sphere(2).goals), **{option: value})
