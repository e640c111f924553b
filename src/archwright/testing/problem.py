"""The laws of a problem."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from archwright.core.errors import Error, Failed, Infeasible
from archwright.core.goal import goal
from archwright.core.problem import Outcome, Problem, Stochastic
from archwright.core.space import Design
from archwright.core.units import scale_and_dimension
from archwright.testing.powers import check_powers
from archwright.testing.references import check_references
from archwright.testing.space import check_space, draw_designs

BATCH_TOLERANCE = 1e-9
"""Relative: vector instructions may round the last digits of a number differently at another place of a batch."""


def check_problem(
    problem: Problem, *, rng: np.random.Generator, n: int = 16, reference_tolerance: float = 0.01
) -> None:
    """Hold `problem` to everything that studies, pools and caches rely on, and to the powers it claims.

    Args:
        problem: as users get it, with default options.
        rng: draws designs.
        n: designs per law, >= 2; each is evaluated about eight times.
        reference_tolerance: relative; how well the metrics of the problem's references must be met.

    Raises:
        AssertionError: a law is broken; the message says which and how to mend it.

    Example:
        >>> from archwright.testing.functions import Branin
        >>> check_problem(Branin(), rng=np.random.default_rng(0))
    """
    _check_declaration(problem)
    check_space(problem.space, rng=rng, n=n)
    designs = draw_designs(problem.space, rng, n)
    seed = int(rng.integers(2**31))
    outcomes = _check_outcomes(problem, designs, seed)
    _check_purity(problem, designs, seed, outcomes)
    if isinstance(problem, Stochastic):
        _check_noise(problem, designs, seed)
    else:
        _check_batching(problem, designs, seed, outcomes)
    _check_pickling(problem, designs, seed, outcomes)
    check_references(problem, outcomes, tolerance=reference_tolerance)
    check_powers(problem, designs, outcomes, rng=rng)


def same_outcome(first: Outcome, second: Outcome, tolerance: float = 0.0) -> bool:
    """True when two outcomes are of one kind and, where done, agree in every metric to the relative `tolerance`.

    Example:
        >>> same_outcome({"gain_db": 60.0}, {"gain_db": 60.0000001}, 1e-6)
        True
        >>> same_outcome({"gain_db": 60.0}, Infeasible("no gain"))
        False
    """
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            math.isclose(first[name], second[name], rel_tol=tolerance, abs_tol=tolerance * 1e-12) for name in first
        )
    return type(first) is type(second)


@contextmanager
def untouched_randomness(who: str) -> Iterator[None]:
    """Fail when the block draws from the global generators of `random` or numpy; `who` names the culprit.

    Raises:
        AssertionError: it does.
    """
    before = random.getstate(), pickle.dumps(np.random.get_state())
    yield
    after = random.getstate(), pickle.dumps(np.random.get_state())
    assert before == after, f"{who} draws from a global generator; draw from the rng that is passed in"


def _check_declaration(problem: Problem) -> None:
    assert isinstance(problem, Problem), "a problem needs name, version, space, metrics, goals and evaluate"
    is_word = isinstance(problem.name, str) and problem.name.split() == [problem.name]
    assert is_word, f"the name {problem.name!r} must be one word, as it is typed"
    assert isinstance(problem.version, str) and problem.version, "version must be text, such as '1'"
    assert isinstance(problem.metrics, Mapping) and problem.metrics, "metrics must map at least one name to its unit"
    for name, unit in problem.metrics.items():
        assert name.isidentifier(), f"the metric {name!r} cannot stand in a goal; use letters, digits and underscores"
        try:
            scale_and_dimension(unit)
        except Error as error:
            raise AssertionError(f"the unit of metric {name} is not known: {error}") from error
    assert problem.goals, "a problem needs at least one default goal"
    for one in problem.goals:
        assert one.metric in problem.metrics, f"the goal '{one}' is on {one.metric}, which is no metric"
        assert goal(str(one), problem.metrics) == one, f"the goal '{one}' does not read back from its text"


def _evaluate(problem: Problem, designs: Sequence[Design], seed: int) -> list[Outcome]:
    with untouched_randomness(f"evaluate of {problem.name}"):
        try:
            return problem.evaluate(designs, rng=np.random.default_rng(seed))
        except (Infeasible, Failed) as error:
            raise AssertionError(
                f"evaluate raises {error!r}; return it in the place of that design's metrics"
            ) from error


def _check_outcomes(problem: Problem, designs: Sequence[Design], seed: int) -> list[Outcome]:
    given = copy.deepcopy(list(designs))
    outcomes = _evaluate(problem, designs, seed)
    assert isinstance(outcomes, list), f"evaluate gives {type(outcomes).__name__}; it must give a list of outcomes"
    assert len(outcomes) == len(designs), (
        f"{len(outcomes)} outcomes for {len(designs)} designs; give one each, in order"
    )
    assert list(designs) == given, "evaluate changes the designs it is given; copy before changing"
    for design, outcome in zip(designs, outcomes, strict=True):
        _check_outcome(problem, design, outcome)
    assert _evaluate(problem, [], seed) == [], "evaluate([]) must give []"
    done = sum(isinstance(outcome, Mapping) for outcome in outcomes)
    assert done, f"none of {len(designs)} random designs gives metrics ({outcomes[0]!r}); nothing can be learned here"
    return outcomes


def _check_outcome(problem: Problem, design: Design, outcome: Outcome) -> None:
    if isinstance(outcome, Infeasible | Failed):
        assert outcome.reason, f"{type(outcome).__name__} without a reason for {design!r}; say why"
        return
    assert isinstance(outcome, Mapping), f"{outcome!r} is no outcome; give metrics, Infeasible or Failed"
    missing, unknown = set(problem.metrics) - set(outcome), set(outcome) - set(problem.metrics)
    assert not missing, f"metrics lack {sorted(missing)} for {design!r}; report all of them, or Infeasible"
    assert not unknown, f"metrics hold {sorted(unknown)}, which are not declared in problem.metrics; declare them"
    for name, value in outcome.items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        assert is_number, f"{name} is {value!r}, not a plain number; convert it"
        assert math.isfinite(value), f"{name} is {value!r} for {design!r}; give Infeasible or Failed with a reason"


def _check_purity(problem: Problem, designs: Sequence[Design], seed: int, outcomes: Sequence[Outcome]) -> None:
    again = _evaluate(problem, designs, seed)
    for design, first, second in zip(designs, outcomes, again, strict=True):
        assert same_outcome(first, second), (
            f"{design!r} gives {first!r}, then {second!r} with the same generator; keep no state between calls"
        )


def _check_batching(problem: Problem, designs: Sequence[Design], seed: int, outcomes: Sequence[Outcome]) -> None:
    """A problem that is not `Stochastic`: neither the generator, nor the batch, nor the place in it may matter."""
    other = _evaluate(problem, designs, seed + 1)
    backwards = _evaluate(problem, list(designs)[::-1], seed)[::-1]
    for i, (design, outcome) in enumerate(zip(designs, outcomes, strict=True)):
        alone = _evaluate(problem, [design], seed)[0]
        assert same_outcome(outcome, other[i], BATCH_TOLERANCE), (
            f"{design!r} gives {outcome!r}, and {other[i]!r} with another generator; declare the problem Stochastic"
        )
        assert same_outcome(outcome, alone, BATCH_TOLERANCE), (
            f"{design!r} gives {outcome!r} in a batch and {alone!r} alone; let designs of a batch not touch each other"
        )
        assert same_outcome(outcome, backwards[i], BATCH_TOLERANCE), (
            f"{design!r} gives {outcome!r}, and {backwards[i]!r} in the reversed batch; keep the order of the designs"
        )


def _check_noise(problem: Problem, designs: Sequence[Design], seed: int) -> None:
    assert isinstance(problem, Stochastic)
    assert isinstance(problem.noise, str) and problem.noise, "noise must say what the randomness models"
    varies = False
    for design in designs:
        first, again, other = (_evaluate(problem, [design], one)[0] for one in (seed, seed, seed + 1))
        assert same_outcome(first, again), f"{design!r} gives {first!r}, then {again!r} with the same generator"
        varies = varies or not same_outcome(first, other)
    assert varies, "no outcome varies with the generator; leave out `noise`"


def _check_pickling(problem: Problem, designs: Sequence[Design], seed: int, outcomes: Sequence[Outcome]) -> None:
    try:
        twin: Any = pickle.loads(pickle.dumps(problem))
    except Exception as error:
        raise AssertionError(f"the problem cannot be pickled ({error}); open files and tools in evaluate") from error
    for name in ("name", "version", "metrics", "goals"):
        assert getattr(twin, name) == getattr(problem, name), f"{name} is another one after pickling"
    assert twin.space.axes == problem.space.axes, "the space is another one after pickling"
    for first, second in zip(outcomes, _evaluate(twin, designs, seed), strict=True):
        assert same_outcome(first, second), f"after pickling evaluate gives {second!r} in place of {first!r}"
