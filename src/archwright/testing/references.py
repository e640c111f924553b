"""The laws of a problem's references."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Outcome, Problem, Reference, Referenced, Stochastic
from archwright.core.space import check_design


def check_references(problem: Problem, outcomes: Sequence[Outcome], *, tolerance: float = 0.01) -> None:
    """Hold the references of `problem`, if it has any, to what they claim.

    Args:
        problem: any.
        outcomes: of random designs, which must not beat a reference that is said to be optimal.
        tolerance: relative; how well stated metrics must be met.

    Raises:
        AssertionError: a claim is wrong; the message says which.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> check_references(Sphere(2), [{"f": 3.0}])
    """
    if not isinstance(problem, Referenced):
        return
    references = list(problem.references())
    names = [one.name for one in references]
    assert references, "references() gives none; leave it out"
    assert len(set(names)) == len(names), f"two references share a name: {names}"
    for reference in references:
        _check_reference(problem, reference, tolerance)
        if reference.is_optimal:
            _check_optimal(problem, reference, outcomes)


def _check_reference(problem: Problem, reference: Reference, tolerance: float) -> None:
    said = f"reference {reference.name!r}"
    assert reference.source, f"{said} names no source"
    unknown = set(reference.metrics) - set(problem.metrics)
    assert not unknown, f"{said} states {sorted(unknown)}, which are no metrics of the problem"
    if reference.design is None:
        assert reference.metrics, f"{said} has neither a design nor metrics"
        return
    try:
        check_design(problem.space, reference.design)
    except SpecError as error:
        raise AssertionError(f"{said} is not in the problem's space: {error}") from error
    outcome = problem.evaluate([reference.design], rng=np.random.default_rng(0))[0]
    assert isinstance(outcome, Mapping), f"{said} gives {outcome!r}; a reference must work"
    if isinstance(problem, Stochastic):
        return
    for name, stated in reference.metrics.items():
        is_close = math.isclose(outcome[name], stated, rel_tol=tolerance, abs_tol=1e-12)
        assert is_close, f"{said} states {name} = {stated!r}, evaluate gives {outcome[name]!r}"


def _check_optimal(problem: Problem, reference: Reference, outcomes: Sequence[Outcome]) -> None:
    goals = Goals.read(problem.goals)
    missing = {one.metric for one in goals.goals} - set(reference.metrics)
    assert not missing, f"reference {reference.name!r} is said to be optimal but states no {sorted(missing)}"
    for outcome in outcomes:
        if isinstance(outcome, Mapping):
            is_beaten = beats(goals, outcome, reference.metrics)
            assert not is_beaten, f"{outcome!r} beats reference {reference.name!r}, which is said to be optimal"


def beats(goals: Goals, first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    """True when `first` is better: a smaller violation, then every objective no worse and one better.

    Differences of less than 1e-6, relative, do not count: an optimum may be stated in six digits.

    Example:
        >>> goals = Goals.read(["min power_w", "min area_um2"])
        >>> beats(goals, {"power_w": 1.0, "area_um2": 2.0}, {"power_w": 1.0, "area_um2": 3.0})
        True
    """
    ours, theirs = goals.violation(first), goals.violation(second)
    if ours != theirs:
        return ours < theirs - 1e-6
    margins = [
        (b - a) / max(abs(a), abs(b), 1e-12)
        for a, b in zip(goals.objectives(first), goals.objectives(second), strict=True)
    ]
    return all(margin >= -1e-6 for margin in margins) and any(margin > 1e-6 for margin in margins)
