import numpy as np
import pytest
from optuna.trial import TrialState

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.record import Record
from archwright.core.trial import judge
from archwright.optimizers.random import Random
from archwright.optimizers.tpe import Tpe
from archwright.testing.functions import Bnh, Branin, Hartmann6, Rastrigin, Sphere


def test_laws(check_laws, any_problem):
    check_laws(lambda problem, goals: Tpe(problem, goals, startup=5), any_problem, batches=(4, 1, 7, 3, 9))


def optuna_keys(function, trials):
    """The keys that Optuna itself asks for, its sampler seeded like ours before every trial."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    box = {f"{i:03d}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(function.space.horizon)}
    asked = []
    for number in range(trials):
        seed = int(np.random.default_rng([0, number]).integers(2**31))
        study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = study.ask(box)
        asked.append(list(trial.params.values()))
        design = function.space.decode_many(np.array(asked[-1:]))
        study.tell(trial, function.evaluate(design, rng=np.random.default_rng(0))[0]["f"])
    return np.array(asked)


@pytest.mark.parametrize("function", [Hartmann6(), Branin(), Rastrigin(4)], ids=lambda f: f.name)
def test_asks_exactly_what_optuna_asks(drive, function):
    table = drive(Tpe, function, 40, batch=1)
    np.testing.assert_array_equal([trial.hint["keys"] for trial in table], optuna_keys(function, 40))


class Grid(Sphere):
    """Few designs: a sphere on the corners and edges of a grid."""

    def __init__(self):
        super().__init__(3)
        self.space = Record({f"x{i}": [-2.0, -1.0, 0.0, 1.0] for i in range(3)})


def test_known_designs_are_drawn_anew(drive):
    table = drive(Tpe, Grid(), 48, batch=4)
    different = {tuple(trial.design.values()) for trial in table}
    assert len(different) == 48
    assert min(trial.metrics["f"] for trial in table) == 0.0
    assert len(drive.optimizer.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) == len(different)


def test_a_space_of_one_design_is_still_asked():
    problem = Grid()
    problem.space = Record(x0=[0.0], x1=[0.0], x2=[0.0])
    tpe = Tpe(problem, Goals(problem.goals), startup=1)
    for number in range(3):
        (asked,) = tpe.ask(1, np.random.default_rng(number))
        tpe.tell([judge(number, asked.design, {"f": 0.0}, tpe.goals, seconds=0.0, attempts=1, hint=asked.hint)])
    assert asked.design == {"x0": 0.0, "x1": 0.0, "x2": 0.0}


def test_is_better_than_random_search_in_any_batch(best_loss):
    random = np.median([best_loss(Random, Hartmann6(), 100, seed=seed) for seed in range(3)])
    for batch in (1, 10):
        assert np.median([best_loss(Tpe, Hartmann6(), 100, seed=seed, batch=batch) for seed in range(3)]) < random


def test_a_batch_spreads(drive):
    drive(Tpe, Sphere(2), 40)
    keys = np.array([p.hint["keys"] for p in drive.optimizer.ask(30, np.random.default_rng(0))])
    distances = np.linalg.norm(keys[:, None] - keys, axis=2)[np.triu_indices(30, 1)]
    assert distances.min() > 0 and np.median(distances) > 0.02


def test_stays_away_from_what_fails_and_violates(drive):
    class Half(Sphere):
        def evaluate(self, designs, *, rng):
            values = super().evaluate(designs, rng=rng)
            return [Failed("crash") if d["x1"] < 1.0 else v for d, v in zip(designs, values, strict=True)]

    table = drive(Tpe, Half(2), 120)
    assert np.mean([trial.state == "failed" for trial in table[:20]]) > 0.4
    assert np.mean([trial.state == "failed" for trial in table[60:]]) < 0.4
    table = drive(Tpe, Bnh(), 80)
    assert (
        hypervolume(np.array([t.objectives for t in table if t.is_feasible]), Bnh.reference_point)
        > 0.9 * Bnh.hypervolume
    )


def test_failures_alone_teach_nothing_wrong():
    problem = Sphere(2)
    goals = Goals(problem.goals)
    tpe = Tpe(problem, goals, startup=3)
    for first in range(0, 24, 8):
        asked = tpe.ask(8, np.random.default_rng(first))
        tpe.tell([judge(first, p.design, Failed("x"), goals, seconds=0.0, attempts=1, hint=p.hint) for p in asked])
    assert len(tpe.ask(4, np.random.default_rng(0))) == 4


def test_optuna_keeps_its_own_verbosity(drive):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    drive(Tpe, Sphere(2), 12)
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR


@pytest.mark.parametrize(("option", "value"), [("startup", 0), ("candidates", 0)])
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Tpe(Sphere(2), Goals(Sphere(2).goals), **{option: value})
