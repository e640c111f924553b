"""Feasible designs to begin a study from, where the method under test is to be spared the search for them."""

from __future__ import annotations

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Design, Space, decode_many
from archwright.core.trial import judge

CHUNK = 256
MOST_DRAWN = 1_000_000


def draw_feasible(
    problem: Problem, goals: Goals, n: int, rng: np.random.Generator, *, space: Space | None = None
) -> list[Design]:
    """Random designs that meet every constraint, by rejection.

    The benchmark of PAC-MOO draws its starts so, in the original box of a problem whose box was widened. Give them to a
    study with `Study.add(designs, source="feasible starts")`.

    Args:
        problem: that judges them.
        goals: whose constraints are to be met.
        n: how many, >= 1.
        rng: draws the designs.
        space: where they are drawn; the problem's own space by default. Its designs must be the problem's too.

    Raises:
        SpecError: a million designs held fewer than `n` feasible ones.

    Example:
        >>> from archwright.testing.functions import Osy
        >>> problem = Osy(is_widened=True)
        >>> len(draw_feasible(problem, Goals(problem.goals), 6, np.random.default_rng(0), space=Osy().space))
        6
    """
    drawn_from = problem.space if space is None else space
    found: list[Design] = []
    for _ in range(MOST_DRAWN // CHUNK):
        designs = decode_many(drawn_from, rng.random((CHUNK, drawn_from.horizon)))
        outcomes = problem.evaluate(designs, rng=rng)
        judged = [judge(0, d, o, goals, seconds=0.0, attempts=1) for d, o in zip(designs, outcomes, strict=True)]
        found += [trial.design for trial in judged if trial.is_feasible]
        if len(found) >= n:
            return found[:n]
    raise SpecError("feasible starts", n, f"at most {len(found)}; {MOST_DRAWN:,} random designs held no more")
