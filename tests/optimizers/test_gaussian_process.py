import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.record import Record
from archwright.core.trial import judge
from archwright.optimizers.gaussian_process import GaussianProcess
from archwright.optimizers.random import Random
from archwright.testing.functions import Bnh, Branin, Hartmann6, Sphere


def test_laws(check_laws, any_problem):
    def make(problem, goals):
        return GaussianProcess(problem, goals, startup=6, fitted=12, remembered=15)

    check_laws(make, any_problem, batches=(7, 1, 3), probes=(1, 4))


@pytest.mark.parametrize(
    ("function", "trials", "gap"),
    [(Branin(), 30, 0.05), pytest.param(Hartmann6(), 50, 0.4, marks=pytest.mark.slow)],
    ids=lambda v: getattr(v, "name", v),
)
def test_is_far_better_than_random_search(best_loss, function, trials, gap):
    ours = [best_loss(GaussianProcess, function, trials, seed=seed) for seed in range(3)]
    random = [best_loss(Random, function, 4 * trials, seed=seed) for seed in range(3)]
    assert np.median(ours) < function.optimal_value + gap
    assert np.median(ours) < np.median(random)


def test_batches_cost_little(best_loss):
    assert np.median([best_loss(GaussianProcess, Branin(), 36, seed=seed, batch=9) for seed in range(3)]) < 0.6


def test_no_design_is_asked_twice_until_all_were(drive):
    class Small:
        name, version, metrics = "small", "1", {"f": ""}
        space = Record(a=list(range(5)), b=list(range(5)))
        goals = Goals.read(["min f"]).goals

        def evaluate(self, designs, *, rng):
            return [{"f": float((d["a"] - 2) ** 2 + d["b"])} for d in designs]

    table = drive(GaussianProcess, Small(), 24, startup=4, batch=2)
    asked = [tuple(trial.design.values()) for trial in table[4:]]
    assert len(set(asked)) == len(asked) and not set(asked) & {tuple(t.design.values()) for t in table[:4]}
    assert len(drive(GaussianProcess, Small(), 30, startup=4, batch=5)) == 30


def test_constraints_are_met_first_and_then_used_to_the_full(drive):
    class Disc(Sphere):
        def __init__(self):
            super().__init__(2)
            self.metrics = {"f": "", "g": ""}
            self.goals = Goals.read(["min f", "g >= 6"]).goals

        def values(self, x):
            return np.column_stack([super().values(x), x[:, 0] + x[:, 1]])

    best = max(drive(GaussianProcess, Disc(), 40), key=lambda trial: (trial.is_feasible, trial.score))
    assert best.is_feasible and -best.score == pytest.approx(18.0, abs=0.1)  # at (3, 3)


def test_stays_away_from_where_trials_failed(drive):
    class Half(Sphere):
        def evaluate(self, designs, *, rng):
            values = super().evaluate(designs, rng=rng)
            return [Failed("crash") if d["x1"] < -0.5 else v for d, v in zip(designs, values, strict=True)]

    table = drive(GaussianProcess, Half(3), 48)
    assert sum(trial.state == "failed" for trial in table[8:]) < 12  # random search: 18
    assert max(trial.score for trial in table) > -0.05


def test_failures_alone_teach_nothing_wrong():
    problem = Sphere(2)
    goals = Goals(problem.goals)
    method = GaussianProcess(problem, goals, startup=3)
    for first in range(0, 12, 4):
        asked = method.ask(4, np.random.default_rng(first))
        method.tell([judge(first, p.design, Failed("x"), goals, seconds=0.0, attempts=1, hint=p.hint) for p in asked])
    assert len(method.ask(2, np.random.default_rng(0))) == 2


@pytest.mark.slow
def test_several_objectives_give_a_front(drive):
    table = drive(GaussianProcess, Bnh(), 40)
    points = np.array([trial.objectives for trial in table if trial.is_feasible])
    assert hypervolume(points, Bnh.reference_point) > 0.96 * Bnh.hypervolume


@pytest.mark.parametrize("option", ["startup", "fitted", "remembered"])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(SpecError, match=option):
        GaussianProcess(Sphere(2), Goals(Sphere(2).goals), **{option: 1})
