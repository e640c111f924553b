import numpy as np
import pytest

from archwright.core.errors import Failed, SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.study import Study
from archwright.optimizers.pac_moo import PacMoo
from archwright.optimizers.random import Random
from archwright.testing.functions import Bnh, Osy, Sphere


def test_laws(check_laws, any_problem):
    def make(problem, goals):
        return PacMoo(problem, goals, startup=6, starts=2, fitted=12, remembered=15)

    check_laws(make, any_problem, batches=(7, 1, 3), probes=(1, 3))


def test_a_front_is_found_within_few_trials(drive):
    def volume(make, **options):
        table = drive(make, Bnh(), 20, **options)
        return hypervolume(np.array([t.objectives for t in table if t.is_feasible]), Bnh.reference_point)

    ours, random = volume(PacMoo, startup=6, batch=1), volume(Random, batch=20)
    assert ours > 0.9 * Bnh.hypervolume and ours > random


@pytest.mark.slow
def test_preferences_move_the_search_towards_their_objective(drive):
    def mean_rank(preferences):
        table = drive(PacMoo, Bnh(), 24, batch=1, startup=6, preferences=preferences)
        return np.mean([t.objectives[0] for t in table[8:] if t.is_feasible])

    assert mean_rank([0.95, 0.05]) < mean_rank([0.05, 0.95])


def narrow():
    class Narrow(Sphere):
        """Feasible in a thousandth of the box."""

        def __init__(self):
            super().__init__(4)
            self.metrics = {"f": "", "g": "", "h": ""}
            self.goals = Goals.read(["min f", "max g", "h <= 1"]).goals

        def values(self, x):
            distance = np.square(x - 2.5).sum(axis=1)
            return np.column_stack([super().values(x), x.sum(axis=1), distance])

    return Narrow()


def test_feasible_designs_are_found_first(drive):
    table = drive(PacMoo, narrow(), 24, batch=1, starts=4)
    assert sum(t.is_feasible for t in table) >= 4
    assert sum(t.is_feasible for t in drive(Random, narrow(), 240, batch=80)) < 4


def test_designs_from_elsewhere_stand_for_the_first_stage(tmp_path):
    problem = Osy(is_widened=True)
    study = Study.open(str(tmp_path / "s.db"), "s", problem, PacMoo, seed=1, options={"preferences": [0.8, 0.2]})
    starts = [design.design for design in Osy().references()]
    study.add(starts, source="corners")
    study.run(trials=len(starts) + 1)
    opened = PacMoo(problem, study.goals)
    opened.tell(study.table()[:3])
    assert not opened._has_started()  # three of six
    opened = PacMoo(problem, study.goals, starts=3)
    opened.tell(study.table()[:3])
    assert opened._has_started()


@pytest.mark.slow
def test_stays_away_from_where_trials_failed(drive):
    class Half(Bnh):
        def evaluate(self, designs, *, rng):
            values = super().evaluate(designs, rng=rng)
            return [Failed("crash") if d["x1"] > 2.0 else v for d, v in zip(designs, values, strict=True)]

    table = drive(PacMoo, Half(), 30, batch=1)
    assert sum(t.state == "failed" for t in table[8:]) < 8  # random search: 13


def test_whole_sizes_are_asked_once_each(drive):
    class Whole:
        name, version, metrics = "whole", "1", {"f": "", "g": ""}
        space = Record(a=Real(0.0, 5.0, step=1.0), b=Real(0.0, 5.0, step=1.0))
        goals = Goals.read(["min f", "min g", "f <= 40"]).goals

        def evaluate(self, designs, *, rng):
            return [{"f": d["a"] ** 2 + d["b"], "g": (d["a"] - 4) ** 2 + d["b"]} for d in designs]

    table = drive(PacMoo, Whole(), 14, startup=4, batch=2)
    asked = [tuple(trial.design.values()) for trial in table[4:]]
    assert len(set(asked)) == len(asked) and not set(asked) & {tuple(t.design.values()) for t in table[:4]}


@pytest.mark.parametrize(
    "preferences", [[1.0], [0.5, 0.5, 0.5], [0.0, 0.0], [-1.0, 2.0], [float("nan"), 1.0], "equal", 0.5]
)
def test_preferences_are_one_weight_per_objective(preferences):
    with pytest.raises(SpecError, match="preferences"):
        PacMoo(Bnh(), Goals(Bnh().goals), preferences=preferences)


def test_preferences_are_scaled():
    assert PacMoo(Bnh(), Goals(Bnh().goals), preferences=[8, 2]).preferences.tolist() == [0.8, 0.2]
    assert PacMoo(Bnh(), Goals(Bnh().goals)).preferences.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("option", "value"),
    [("balance", 1.5), ("filling", -0.1), ("starts", 0), ("startup", 1), ("samples", 0), ("fitted", 1),
     ("remembered", 1), ("kernel", "cubic")],
)  # fmt: skip
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        PacMoo(Bnh(), Goals(Bnh().goals), **{option: value})
