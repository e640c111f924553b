from itertools import pairwise

import pytest

from archwright.core.errors import SpecError, StoreError
from archwright.core.optimizer import Batched
from archwright.core.run import STALLED_AFTER, Budget
from archwright.core.study import Study
from archwright.core.trial import Proposal
from archwright.testing.functions import Sphere


@pytest.mark.parametrize(
    ("trials", "seconds", "message"),
    [
        (None, None, "budget: None"),
        (0, None, "trials: 0"),
        (-5, 1.0, "trials: -5"),
        (1.5, None, r"trials: 1\.5"),
        (None, 0.0, r"seconds: 0\.0"),
        (3, -1.0, r"seconds: -1\.0"),
        (None, float("nan"), "seconds: nan"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(trials, seconds, message):
    with pytest.raises(SpecError, match=message):
        Budget(trials, seconds)


def test_progress_counts_trials_and_simulations_and_knows_the_best():
    seen = []
    study = Study.open(":memory:", "s", Sphere(2), "random", batch=8).run(trials=20, on_progress=seen.append)
    assert [p.trials for p in seen] == [p.simulations for p in seen] == [0, 8, 16, 20]
    assert seen[-1].best == study.best()
    assert all(a.seconds <= b.seconds for a, b in pairwise(seen))


class Stubborn:
    """Asks for the same design for ever."""

    batch = 10

    def __init__(self, problem, goals):
        self.design = problem.space.start().choose(1.0).choose(1.0).design()

    def ask(self, n, rng):
        return [Proposal(self.design)] * n

    def tell(self, trials):
        pass


def test_a_run_that_learns_nothing_new_ends():
    study = Study.open(":memory:", "s", Sphere(2), Stubborn).run(trials=50)
    table = study.table()
    assert isinstance(Stubborn(Sphere(2), None), Batched)
    assert sum(trial.attempts for trial in table) == 1
    assert STALLED_AFTER <= len(table) - 1 < STALLED_AFTER + Stubborn.batch
    assert {trial.score for trial in table} == {table[0].score}


class Lazy(Stubborn):
    def ask(self, n, rng):
        return [Proposal(self.design)]


def test_an_optimizer_that_gives_too_few_designs_is_named():
    with pytest.raises(StoreError, match="Lazy was asked for 10 designs and gave 1"):
        Study.open(":memory:", "s", Sphere(2), Lazy).run(trials=50)
