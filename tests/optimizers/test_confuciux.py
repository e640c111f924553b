import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.study import Study
from archwright.optimizers.confuciux import Confuciux
from archwright.testing.functions import Sphere
from archwright.testing.pipeline import Pipeline


def small(problem, goals, **options):
    return Confuciux(problem, goals, **{"trials": 30, "batch": 5, **options})


def test_laws(check_laws, any_problem):
    check_laws(small, any_problem, batches=(7, 1, 12, 3), probes=(1, 9))


def test_two_thirds_are_learned_and_the_rest_is_tuned(drive):
    table = drive(small, Pipeline(3), 30)
    assert [("seed" in trial.hint) for trial in table] == [True] * 20 + [False] * 10
    assert drive.optimizer.agent.n_told == 20


@pytest.mark.parametrize("stop", [10, 25])
def test_a_loaded_state_goes_on_as_the_one_saved_in_either_stage(drive, answer, stop):
    problem = Pipeline(3)
    goals = Goals(problem.goals)
    drive(small, problem, stop)
    first, second = drive.optimizer, small(problem, goals)
    second.load(first.save())
    for number in range(stop, stop + 20, 5):
        asked = [one.ask(5, np.random.default_rng([0, number])) for one in (first, second)]
        assert asked[0] == asked[1]
        for one in (first, second):
            one.tell(answer(problem, goals, asked[0], number))


def test_a_study_stopped_anywhere_ends_in_the_same_table(tmp_path):
    def table(name, stops):
        for stop in stops:
            options = {"trials": 30, "batch": 5}
            study = Study.open(tmp_path / name, "s", Pipeline(3), Confuciux, options=options).run(trials=stop)
        return [(trial.design, trial.score, trial.hint) for trial in study.table()]

    assert table("a.db", (33,)) == table("b.db", (3, 18, 22, 33))


def test_the_second_stage_begins_at_the_best_design_of_the_first(drive):
    table = drive(small, Pipeline(4), 20)
    best = min(table, key=lambda trial: trial.rank_key)
    members = drive.optimizer.tuner.generations.members
    assert (members.losses == -best.score).all() and (members.violations == best.violation).all()


def test_the_second_stage_improves_on_the_first(drive):
    problem = Pipeline(6)
    table = drive(lambda *given: Confuciux(*given, trials=600), problem, 600)
    first, both = (min(one.metrics["latency_s"] for one in part if one.is_feasible) for part in (table[:400], table))
    assert both < first and both < 1.1 * problem.references()[0].metrics["latency_s"]


@pytest.mark.parametrize(("option", "value"), [("trials", 0), ("learned", 1.5), ("alpha", 0.0), ("batch", 0)])
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Confuciux(Sphere(2), Goals(Sphere(2).goals), **{option: value})
