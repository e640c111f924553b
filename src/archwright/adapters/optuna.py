"""A study for Optuna's tools, and a problem for Optuna's users.

Parameters of a `Record` keep their ranges, steps, scales and choices; any other space is seen through its keys, one
number in [0, 1] per axis. Constraint goals become Optuna's constraints: the relative shortfalls, met at 0.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from archwright.core.errors import SimulatorMissing, SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.problem import Problem
from archwright.core.record import Record
from archwright.core.space import Design, Real, Space, decode, encode_many
from archwright.core.trial import Trial, judge

PLAIN = (type(None), bool, int, float, str)
"""What Optuna takes for a choice; others are shown as JSON text."""


def to_optuna(trials: Sequence[Trial], problem: Problem, goals: Goals, *, name: str, storage: Any = None) -> Any:
    """A new Optuna study that holds `trials`, in their order.

    Every trial has its parameters with their distributions, the objective metrics as values, the shortfalls of the
    constraints, and three user attributes: `metrics` (all of them), `design`, and `trial` (state, violation, score,
    reason, seconds). A trial that is infeasible or failed has Optuna's state FAIL. Without an objective the violation
    is minimized.

    Args:
        trials: of a study, in order of number.
        problem: whose designs they are.
        goals: of the study.
        name: of the Optuna study.
        storage: an Optuna storage URL such as `sqlite:///export.db`, or an Optuna storage; in memory by default. A
            database takes some 50 trials a second, a `JournalStorage` some 500.

    Returns:
        The `optuna.Study`.

    Raises:
        SpecError: the storage has a study of this name already.
        SimulatorMissing: Optuna is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> sphere, goals = Sphere(2), Goals.read(["min f"])
        >>> trial = judge(0, {"x1": 1.0, "x2": 0.0}, {"f": 1.0}, goals, seconds=0.0, attempts=1)
        >>> to_optuna([trial], sphere, goals, name="first").best_value
        1.0
    """
    optuna = _optuna()
    distributions = _distributions(problem.space)
    parameters = _parameters(problem.space, [trial.design for trial in trials])
    try:
        study = optuna.create_study(storage=storage, study_name=name, directions=directions(goals))
    except optuna.exceptions.DuplicatedStudyError:
        raise SpecError("name", name, f"a name that {storage} does not hold yet") from None
    study.set_user_attr("problem", problem.name)
    study.set_user_attr("goals", goals.texts())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # there since Optuna 3.2
        study.set_metric_names([one.metric for one in goals.targets] or ["violation"])
    study.add_trials(
        optuna.trial.create_trial(
            params=params, distributions=distributions, user_attrs=_attributes(trial), **_result(optuna, trial, goals)
        )
        for trial, params in zip(trials, parameters, strict=True)
    )
    return study


class Objective:
    """A problem as an objective function for `optuna.Study.optimize`.

    Trials that are infeasible or failed are pruned; the user attributes are those of `to_optuna`.

    Args:
        problem: any.
        goals: texts or goals; the problem's own by default.
        seed: of the generator that evaluations get, with the trial's number.

    Attributes:
        directions: for `optuna.create_study(directions=...)`.

    Example:
        >>> import optuna
        >>> from archwright.testing.functions import Sphere
        >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
        >>> objective = Objective(Sphere(2))
        >>> study = optuna.create_study(directions=objective.directions)
        >>> study.optimize(objective, n_trials=3)
        >>> sorted(study.best_params)
        ['x1', 'x2']
    """

    def __init__(self, problem: Problem, goals: Iterable[Goal | str] | None = None, *, seed: int = 0) -> None:
        self.problem, self.seed = problem, seed
        self.goals = Goals.read(problem.goals if goals is None else goals, problem.metrics)
        self.directions = directions(self.goals)
        self._distributions = _distributions(problem.space)

    def __call__(self, trial: Any) -> tuple[float, ...]:
        """Evaluate the design that `trial` suggests."""
        optuna = _optuna()
        rng = np.random.default_rng([self.seed, trial.number])
        design = self.suggest(trial)
        outcome = self.problem.evaluate([design], rng=rng)[0]
        judged = judge(trial.number, design, outcome, self.goals, seconds=0.0, attempts=1)
        for name, value in _attributes(judged).items():
            trial.set_user_attr(name, value)
        if judged.state != "done":
            raise optuna.TrialPruned(judged.reason)
        for name, shortfall in _constraints(judged, self.goals).items():
            trial.set_constraint(name, shortfall)
        return _values(judged, self.goals)

    def suggest(self, trial: Any) -> Design:
        """The design whose parameters `trial` suggests."""
        values = {name: _suggested(trial, name, one) for name, one in self._distributions.items()}
        space = self.problem.space
        if not isinstance(space, Record):
            return decode(space, list(values.values()))
        return {name: _from_optuna(space.parameters[name], value) for name, value in values.items()}


def directions(goals: Goals) -> list[str]:
    """Optuna's direction of every objective; `minimize` for the violation when there is none.

    Example:
        >>> directions(Goals.read(["max gain_db", "power_w <= 1"]))
        ['maximize']
    """
    return ["maximize" if one.sense == "max" else "minimize" for one in goals.targets] or ["minimize"]


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise SimulatorMissing("optuna", "pip install 'archwright[bo]'") from None
    if not hasattr(optuna.trial.Trial, "set_constraint"):
        raise SimulatorMissing("optuna 5", "pip install 'optuna>=5'")
    return optuna


def _distributions(space: Space) -> dict[str, Any]:
    distributions = _optuna().distributions
    if not isinstance(space, Record):
        return {axis: distributions.FloatDistribution(0.0, 1.0) for axis in space.axes}
    return {name: _distribution(distributions, what) for name, what in space.parameters.items()}


def _distribution(distributions: Any, parameter: Real | tuple[Any, ...]) -> Any:
    if not isinstance(parameter, Real):
        return distributions.CategoricalDistribution([_shown(parameter, choice) for choice in parameter])
    if parameter.log or parameter.step is None:  # Optuna has no steps on a log scale
        return distributions.FloatDistribution(parameter.low, parameter.high, log=parameter.log)
    highest = parameter.low + parameter.last_index * parameter.step
    return distributions.FloatDistribution(parameter.low, highest, step=parameter.step)


def _suggested(trial: Any, name: str, distribution: Any) -> Any:
    if isinstance(distribution, _optuna().distributions.CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    return trial.suggest_float(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)


def _shown(choices: tuple[Any, ...], choice: Any) -> Any:
    return choice if all(isinstance(one, PLAIN) for one in choices) else json.dumps(choice)


def _from_optuna(parameter: Real | tuple[Any, ...], value: Any) -> Any:
    if isinstance(parameter, Real):
        return parameter.snap(value)
    return next(choice for choice in parameter if _shown(parameter, choice) == value)


def _parameters(space: Space, designs: Sequence[Design]) -> list[dict[str, Any]]:
    if not isinstance(space, Record):
        return [dict(zip(space.axes, row, strict=True)) for row in encode_many(space, designs).tolist()]
    shown = []
    for design in designs:
        space.choices(design)
        pairs = ((name, space.parameters[name], design[name]) for name in space.axes)
        shown.append({name: v if isinstance(what, Real) else _shown(what, v) for name, what, v in pairs})
    return shown


def _attributes(trial: Trial) -> dict[str, Any]:
    told: dict[str, Any] = {"state": trial.state, "reason": trial.reason, "seconds": trial.seconds}
    if trial.state == "done":
        told |= {"violation": trial.violation, "score": trial.score}
    # Few attributes: in a database every one costs Optuna a millisecond.
    return {"trial": told, "metrics": dict(trial.metrics), "design": trial.design}


def _values(trial: Trial, goals: Goals) -> tuple[float, ...]:
    return tuple(trial.metrics[one.metric] for one in goals.targets) or (trial.violation,)


def _result(optuna: Any, trial: Trial, goals: Goals) -> dict[str, Any]:
    if trial.state != "done":
        return {"state": optuna.trial.TrialState.FAIL}
    state = optuna.trial.TrialState.COMPLETE
    return {"state": state, "values": _values(trial, goals), "constraints": _constraints(trial, goals)}


def _constraints(trial: Trial, goals: Goals) -> dict[str, float]:
    if not goals.targets:
        return {}  # the violation is the value then
    return dict(zip(map(str, goals.constraints), goals.shortfalls(trial.metrics), strict=True))
