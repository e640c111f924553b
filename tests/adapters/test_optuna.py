import numpy as np
import pytest

from archwright.adapters.optuna import Objective, directions, to_optuna
from archwright.core.catalog import make_problem
from archwright.core.errors import Failed, Infeasible, SimulatorMissing, SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.record import Record
from archwright.core.space import Real, check_design
from archwright.core.trial import judge
from archwright.testing.functions import Bnh, Sphere

optuna = pytest.importorskip("optuna", minversion="5", reason="Optuna 5 is not installed: pip install 'archwright[bo]'")
from optuna.distributions import CategoricalDistribution, FloatDistribution  # noqa: E402
from optuna.trial import TrialState  # noqa: E402


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


class Sized:
    """A problem with every kind of parameter."""

    name, version, metrics = "sized", "1", {"area_um2": "um2", "gain_db": "dB"}
    goals = (Goal("area_um2", "min"), Goal("gain_db", ">=", 20.0))
    space = Record(
        w_um=Real(2.0, 15.1, step=0.2),
        bias_a=Real(1e-6, 1e-3, log=True),
        grid=Real(1.0, 8.0, log=True, step=1.0),
        load=["diode", "resistor", 3],
        corner=[["slow", 1.6], ["fast", 2.0]],
    )

    def evaluate(self, designs, *, rng):
        return [self.one(design) for design in designs]

    def one(self, design):
        if design["load"] == 3:
            return Infeasible("no such load")
        if design["corner"] == ["slow", 1.6] and design["w_um"] > 10.0:
            return Failed("no convergence")
        return {"area_um2": design["w_um"] * design["grid"], "gain_db": 10.0 + design["w_um"]}


def trials_of(problem, n, goals=None):
    goals = goals or Goals.read(problem.goals)
    designs = problem.space.decode_many(np.random.default_rng(0).random((n, problem.space.horizon)))
    outcomes = problem.evaluate(designs, rng=np.random.default_rng(0))
    return goals, [
        judge(i, design, outcome, goals, seconds=0.5, attempts=1)
        for i, (design, outcome) in enumerate(zip(designs, outcomes, strict=True))
    ]


def test_a_stored_study_is_opened_again_by_optuna(tmp_path):
    problem, url = Sized(), f"sqlite:///{tmp_path / 'export.db'}"
    goals, trials = trials_of(problem, 20)
    to_optuna(trials, problem, goals, name="first", storage=url)
    study = optuna.load_study(study_name="first", storage=url)
    assert study.direction.name == "MINIMIZE" and study.metric_names == ["area_um2"]
    assert study.user_attrs == {"problem": "sized", "goals": ["min area_um2", "gain_db >= 20.0"]}
    assert {trial.state for trial in trials} == {"done", "infeasible", "failed"}, "the sample must hold every state"
    for ours, theirs in zip(trials, study.trials, strict=True):
        assert theirs.number == ours.number and theirs.user_attrs["design"] == ours.design
        assert theirs.state == (TrialState.COMPLETE if ours.state == "done" else TrialState.FAIL)
        assert theirs.user_attrs["metrics"] == ours.metrics and theirs.user_attrs["trial"]["reason"] == ours.reason
        assert {k: v for k, v in theirs.params.items() if k != "corner"} == {
            k: v for k, v in ours.design.items() if k != "corner"
        }
        if ours.state == "done":
            assert theirs.values == [ours.metrics["area_um2"]]
            assert theirs.constraints == {"gain_db >= 20.0": ours.violation}
            assert theirs.user_attrs["trial"]["score"] == ours.score


def test_optuna_s_best_is_ours():
    problem = Sized()
    goals, trials = trials_of(problem, 60)
    study = to_optuna(trials, problem, goals, name="best")
    best = min((trial for trial in trials if trial.is_feasible), key=lambda trial: trial.rank_key)
    assert study.best_trial.number == best.number


def test_optuna_s_front_is_ours():
    problem = Bnh()
    goals, trials = trials_of(problem, 80)
    study = to_optuna(trials, problem, goals, name="front")
    feasible = [trial for trial in trials if trial.is_feasible]
    front = {
        one.number
        for one in feasible
        if not any(np.all(np.less_equal(other.objectives, one.objectives)) and other.objectives != one.objectives
                   for other in feasible)
    }  # fmt: skip
    assert {trial.number for trial in study.best_trials} == front


def test_distributions_keep_ranges_steps_scales_and_choices():
    goals, trials = trials_of(Sized(), 1)
    found = to_optuna(trials, Sized(), goals, name="x").trials[0].distributions
    assert found["w_um"] == FloatDistribution(2.0, 15.0, step=0.2)
    assert found["bias_a"] == FloatDistribution(1e-6, 1e-3, log=True)
    assert found["grid"] == FloatDistribution(1.0, 8.0, log=True)
    assert found["load"] == CategoricalDistribution(["diode", "resistor", 3])
    assert found["corner"] == CategoricalDistribution(['["slow", 1.6]', '["fast", 2.0]'])


def test_other_spaces_are_seen_through_their_keys():
    problem = make_problem("two-machine-schedule", graph="gaussian-3")
    goals, trials = trials_of(problem, 5)
    study = to_optuna(trials, problem, goals, name="x")
    for ours, theirs in zip(trials, study.trials, strict=True):
        assert list(theirs.params) == list(problem.space.axes)
        assert problem.space.decode_many(np.array([list(theirs.params.values())])) == [ours.design]


def test_without_an_objective_the_violation_is_minimized():
    goals, trials = trials_of(Sphere(2), 5, Goals.read(["f <= 1"]))
    study = to_optuna(trials, Sphere(2), goals, name="x")
    assert study.best_value == min(trial.violation for trial in trials) and study.metric_names == ["violation"]


def test_a_name_is_given_once(tmp_path):
    goals, trials = trials_of(Sphere(2), 1)
    url = f"sqlite:///{tmp_path / 'export.db'}"
    to_optuna(trials, Sphere(2), goals, name="first", storage=url)
    with pytest.raises(SpecError, match=r"name: 'first' .*does not hold yet"):
        to_optuna(trials, Sphere(2), goals, name="first", storage=url)


def test_a_design_of_another_problem_is_refused():
    goals, trials = trials_of(Sphere(3), 1)
    with pytest.raises(SpecError, match="design: 'x3'"):
        to_optuna(trials, Sphere(2), goals, name="x")


def test_optuna_minimizes_our_problem():
    objective = Objective(Sphere(2))
    study = optuna.create_study(directions=objective.directions, sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=60)
    assert study.best_value < 0.5
    assert study.best_trial.user_attrs["metrics"]["f"] == study.best_value


def test_every_kind_of_parameter_is_suggested_and_legal():
    objective = Objective(Sized())
    study = optuna.create_study(directions=objective.directions, sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=60)
    states = {trial.user_attrs["trial"]["state"]: trial.state for trial in study.trials}
    assert states == {"done": TrialState.COMPLETE, "infeasible": TrialState.PRUNED, "failed": TrialState.PRUNED}
    for trial in study.trials:
        check_design(Sized.space, trial.user_attrs["design"])
        if trial.state == TrialState.COMPLETE:
            assert set(trial.constraints) == {"gain_db >= 20.0"} and min(trial.constraints.values()) >= 0.0


def test_optuna_searches_orders_and_several_objectives():
    goals = ["min makespan_us", "min transfer_us"]
    objective = Objective(make_problem("two-machine-schedule", graph="gaussian-3"), goals)
    study = optuna.create_study(directions=objective.directions, sampler=optuna.samplers.NSGAIISampler(seed=0))
    study.optimize(objective, n_trials=30)
    assert len(study.best_trials[0].values) == 2


def test_evaluations_of_a_trial_depend_on_seed_and_number_alone():
    class Noisy(Sphere):
        noise = "dice"

        def evaluate(self, designs, *, rng):
            return [{"f": float(rng.random())} for _ in designs]

    def values(seed):
        study = optuna.create_study()
        study.optimize(Objective(Noisy(2), seed=seed), n_trials=3)
        return [trial.value for trial in study.trials]

    assert values(1) == values(1) != values(2)
    assert len(set(values(1))) == 3


def test_directions():
    assert directions(Goals.read(["max a", "min b", "c >= 1"])) == ["maximize", "minimize"]
    assert directions(Goals.read(["c >= 1"])) == ["minimize"]


def test_an_older_optuna_is_answered_with_how_to_get_it(monkeypatch):
    for kind in optuna.trial.Trial.__mro__:
        monkeypatch.delattr(kind, "set_constraint", raising=False)
    with pytest.raises(SimulatorMissing, match="optuna 5 is not installed; to get it: pip install"):
        Objective(Sphere(2))
