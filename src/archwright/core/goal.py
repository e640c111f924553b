"""Goals are data outside the simulator: constraints with bounds, objectives with references.

A problem reports metrics with units; a study scores them. The order of two trials is always: the smaller violation
first, then dominance (several objectives) or the larger score. The score follows the rating rule of "Learning to
Design Circuits" (Wang et al., 2018): relative shortfalls, all at most 0, while a constraint is missed; then the sum
over objectives of how many times better than the reference each is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

from archwright.core.errors import SpecError, check_name
from archwright.core.units import parse_quantity

Sense = Literal["min", "max", ">=", "<="]
Scale = Literal["linear", "log"]

TOLERANCE = 1e-4
"""Relative slack of a bound: published bounds are rounded, the human design must not fail its own specification."""

_OBJECTIVE = re.compile(r"\s*(min|max)\s+(\w+)(?:\s+ref\s+(.+?))?(\s+log)?\s*\Z")
_CONSTRAINT = re.compile(r"\s*(\w+)\s*(>=|<=)\s*(.+?)(\s+log)?\s*\Z")


@dataclass(frozen=True)
class Goal:
    """One objective (`min`, `max`) or one constraint (`>=`, `<=`) on a metric.

    Args:
        metric: its name.
        sense: `min` or `max` for an objective, `>=` or `<=` for a constraint.
        value: the bound of a constraint; the reference of an objective, or None.
        scale: `log` compares orders of magnitude instead of values.
    """

    metric: str
    sense: Sense
    value: float | None = None
    scale: Scale = "linear"

    @property
    def is_constraint(self) -> bool:
        """True for a bound, False for an objective."""
        return self.sense in (">=", "<=")

    def shortfall(self, metric: float) -> float:
        """By how much the bound is missed, relative; 0.0 when met within `TOLERANCE`."""
        assert self.value is not None
        bound = self.value
        gap = bound - metric if self.sense == ">=" else metric - bound
        if gap <= TOLERANCE * abs(bound):
            return 0.0
        if self.scale == "log" and bound > 0:
            return self._log_shortfall(metric, bound)
        if self.sense == "<=" and bound > 0:
            return gap / metric
        return gap / (abs(bound) or 1.0)

    def _log_shortfall(self, metric: float, bound: float) -> float:
        ours = math.log10(max(metric, 1e-12 * bound))
        wanted = math.log10(bound)
        is_over = self.sense == "<=" and wanted > 0  # bounds up to 1 have no ratio of logarithms that makes sense
        return abs(wanted - ours) / (abs(ours if is_over else wanted) or 1.0)

    def merit(self, metric: float) -> float:
        """An objective's share of the score: times better than the reference, or the signed metric without one.

        On a log scale, and against a reference up to 0, it is 1 plus the relative difference.
        """
        if self.value is None:
            return metric if self.sense == "max" else -metric
        ours, reference = metric, self.value
        if self.scale == "log" and reference > 0:
            ours, reference = math.log10(max(metric, 1e-12 * reference)), math.log10(reference)
        elif reference > 0:
            return ours / reference if self.sense == "max" else reference / max(ours, 1e-12 * reference)
        better = ours - reference if self.sense == "max" else reference - ours
        return 1.0 + better / (abs(reference) or 1.0)

    def __str__(self) -> str:
        """The text that `goal` reads back into the same goal."""
        log = " log" if self.scale == "log" else ""
        number = "" if self.value is None else repr(float(self.value))
        if self.is_constraint:
            return f"{self.metric} {self.sense} {number}{log}"
        reference = number and f" ref {number}"
        return f"{self.sense} {self.metric}{reference}{log}"


def goal(text: str, units: Mapping[str, str] | None = None) -> Goal:
    """Read a goal from text.

    Args:
        text: `min power_w`, `min power_w ref 1.37 mW` (a reference to be measured against), `gain_db >= 60`,
            `f3db_hz >= 90 MHz log`.
        units: unit per metric, as in `Problem.metrics`; bounds are converted to it.

    Raises:
        SpecError: the text is no goal, the metric does not exist, or the unit is of another kind.

    Example:
        >>> goal("power_w <= 3 mW", {"power_w": "W"})
        Goal(metric='power_w', sense='<=', value=0.003, scale='linear')
    """
    objective, constraint = _OBJECTIVE.match(text), _CONSTRAINT.match(text)
    sense: Sense
    if objective is not None:
        sense, metric, value, log = cast("tuple[Sense, str, str | None, str | None]", objective.groups())
    elif constraint is not None:
        metric, sense, value, log = cast("tuple[str, Sense, str, str | None]", constraint.groups())
    else:
        raise SpecError("goal", text, "'min METRIC', 'max METRIC', 'METRIC >= VALUE' or 'METRIC <= VALUE'")
    if units is not None:
        check_name("goal", metric, units)
    unit = (units or {}).get(metric, "")
    number = None if value is None else parse_quantity(value, unit, field=f"goal {text!r}")
    return Goal(metric, sense, number, "log" if log else "linear")


@dataclass(frozen=True)
class Goals:
    """All goals of a study, and the one place that judges metrics by them.

    Example:
        >>> goals = Goals.read(["gain_ohm >= 100", "min power_w ref 2.0"])
        >>> goals.violation({"gain_ohm": 50.0, "power_w": 1.0})
        0.5
        >>> goals.score({"gain_ohm": 120.0, "power_w": 1.0})
        2.0
    """

    goals: tuple[Goal, ...]

    @classmethod
    def read(cls, goals: Iterable[Goal | str], units: Mapping[str, str] | None = None) -> Goals:
        """Goals from texts and ready goals.

        Raises:
            SpecError: no goal at all, or one that `goal` refuses.
        """
        ready = tuple(one if isinstance(one, Goal) else goal(one, units) for one in goals)
        if not ready:
            raise SpecError("goals", [], "at least one goal")
        for one in ready:
            if units is not None:
                check_name("goal", one.metric, units)
        return cls(ready)

    @cached_property
    def constraints(self) -> tuple[Goal, ...]:
        """The bounds."""
        return tuple(one for one in self.goals if one.is_constraint)

    @cached_property
    def targets(self) -> tuple[Goal, ...]:
        """The objectives."""
        return tuple(one for one in self.goals if not one.is_constraint)

    @cached_property
    def _signs(self) -> tuple[tuple[str, float], ...]:
        return tuple((one.metric, -1.0 if one.sense == "max" else 1.0) for one in self.targets)

    def shortfalls(self, metrics: Mapping[str, float]) -> tuple[float, ...]:
        """Relative shortfall of each constraint, 0.0 where met."""
        return tuple([one.shortfall(metrics[one.metric]) for one in self.constraints])

    def violation(self, metrics: Mapping[str, float]) -> float:
        """Sum of the shortfalls."""
        return sum(self.shortfalls(metrics), 0.0)

    def objectives(self, metrics: Mapping[str, float]) -> tuple[float, ...]:
        """The objective metrics, signed so that smaller is better."""
        return tuple([sign * metrics[metric] for metric, sign in self._signs])

    def score(self, metrics: Mapping[str, float]) -> float:
        """Minus the violation while a constraint is missed, else the sum of the objectives' merits."""
        return self.judge(metrics)[2]

    @cached_property
    def is_scalar(self) -> bool:
        """True when the score alone orders feasible designs: one objective at most, or a reference for each."""
        return len(self.targets) <= 1 or all(one.value is not None for one in self.targets)

    def merit(self, metrics: Mapping[str, float]) -> float:
        """Sum of the objectives' merits, whether or not the constraints are met."""
        return sum([one.merit(metrics[one.metric]) for one in self.targets], 0.0)

    def judge(self, metrics: Mapping[str, float]) -> tuple[float, tuple[float, ...], float]:
        """Violation, objectives and score at once."""
        violation = self.violation(metrics)
        score = -violation if violation > 0.0 else self.merit(metrics)
        return violation, self.objectives(metrics), score

    def texts(self) -> list[str]:
        """The goals as text, one each; `Goals.read` reads them back."""
        return [str(one) for one in self.goals]
