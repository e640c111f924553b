"""What happens where trials are evaluated: the problem is called, and whatever comes of it becomes an outcome.

This is the one place that catches every exception.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from archwright.core.errors import Failed, Infeasible, SimulatorMissing, SpecError
from archwright.core.pool_limits import limit_memory, memory_reason
from archwright.core.problem import Outcome, Problem
from archwright.core.space import Design

_OUTCOMES = (Infeasible, Failed)


@dataclass(slots=True)
class Job:
    """One trial to be evaluated.

    Args:
        number: of the trial.
        design: plain JSON.
        seed: of its own generator, `numpy.random.default_rng(seed)`.
    """

    number: int
    design: Design
    seed: tuple[int, ...]


class Answer(NamedTuple):
    """An outcome and the seconds it took."""

    outcome: Outcome
    seconds: float


class Crashed(Exception):
    """The evaluation ended without an answer: its process died or was stopped.

    Args:
        reason: `timed out after 2 s`, `process died (signal 9)`.
        seconds: it had run.
    """

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason, seconds)
        self.reason, self.seconds = reason, seconds


class Carried(Protocol):
    """A problem on its way to where it is evaluated."""

    def load(self) -> Problem:
        """The problem."""
        ...


def evaluate_chunk(carried: Carried, jobs: Sequence[Job]) -> list[Answer]:
    """Evaluate `jobs` here and now; problems that vary with their generator one by one, others in one call.

    Raises:
        SpecError: the problem refuses its own description.
        SimulatorMissing: a real tool is not installed.
    """
    problem = carried.load()
    limit_memory()
    if hasattr(problem, "noise"):  # it is `Stochastic`; asked like this, a chunk is 50 us cheaper before Python 3.12
        return [answer for job in jobs for answer in _evaluate(problem, [job])]
    return _evaluate(problem, jobs)


def _evaluate(problem: Problem, jobs: Sequence[Job]) -> list[Answer]:
    started = time.perf_counter()
    try:
        outcomes = problem.evaluate([job.design for job in jobs], rng=np.random.default_rng(jobs[0].seed))
    except (SpecError, SimulatorMissing):
        raise
    except (Exception, SystemExit) as error:
        if len(jobs) > 1:  # find out whose fault it is
            return [answer for job in jobs for answer in _evaluate(problem, [job])]
        outcomes = [_from_exception(error)]
    seconds = (time.perf_counter() - started) / len(jobs)
    if len(outcomes) != len(jobs):
        wrong = Failed(f"the problem gave {len(outcomes)} outcomes for {len(jobs)} designs")
        return [Answer(wrong, seconds) for _ in jobs]
    names = tuple(problem.metrics)
    return [Answer(checked(outcome, names), seconds) for outcome in outcomes]


def _from_exception(error: BaseException) -> Outcome:
    if isinstance(error, _OUTCOMES):
        return error
    if isinstance(error, MemoryError):
        return Failed(memory_reason())
    return Failed(f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": "))


def checked(outcome: object, names: Sequence[str]) -> Outcome:
    """`outcome` with plain floats for exactly the metrics in `names`; Failed, naming the metric, when it has not.

    Example:
        >>> checked({"gain_db": float("nan")}, ["gain_db"])
        Failed('gain_db is nan')
    """
    if isinstance(outcome, _OUTCOMES):
        return outcome
    if type(outcome) is not dict and not isinstance(outcome, Mapping):
        return Failed(f"the problem gave {type(outcome).__name__} in place of metrics")
    try:
        metrics = {name: float(outcome[name]) for name in names}
    except (KeyError, TypeError, ValueError):
        return _blame(outcome, names)
    return metrics if math.isfinite(sum(metrics.values())) else _blame(outcome, names)


def _blame(outcome: Mapping[str, Any], names: Sequence[str]) -> Outcome:
    for name in names:
        if name not in outcome:
            return Failed(f"{name} is missing")
        try:
            value = float(outcome[name])
        except (TypeError, ValueError):
            return Failed(f"{name} is {outcome[name]!r}, not a number")
        if not math.isfinite(value):
            return Failed(f"{name} is {value}")
    return {name: float(outcome[name]) for name in names}
