"""How a study went: best so far over trials and over seconds, and what its trials came to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.trial import Trial

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class History:
    """The best trial so far, after each simulation.

    Args:
        simulations: (n,) 1, 2, 3 ...; cached answers are not counted.
        seconds: (n,) simulator seconds spent so far.
        violation: (n,) of the best so far; infinite before the first done trial.
        score: (n,) of the best so far; NaN until it meets every constraint.
    """

    simulations: Array
    seconds: Array
    violation: Array
    score: Array

    @property
    def first_feasible(self) -> int | None:
        """The simulation that first met every constraint, counted from 1."""
        met = np.flatnonzero(self.violation == 0.0)
        return int(met[0]) + 1 if len(met) else None


def history(trials: Sequence[Trial]) -> History:
    """The history of `trials` in order of number.

    Example:
        >>> t = [Trial(i, {}, "done", {}, v, (), -v, 0.1, 1) for i, v in enumerate([2.0, 3.0, 1.0])]
        >>> history(t).violation.tolist()
        [2.0, 2.0, 1.0]
    """
    counted = [t for t in trials if t.attempts > 0]
    violation = np.array([t.violation for t in counted], dtype=float)
    score = np.array([t.score for t in counted], dtype=float)
    lowest = np.minimum.accumulate(violation)
    best = np.maximum.accumulate(np.where(violation == 0.0, score, -np.inf))
    return History(
        simulations=np.arange(1.0, len(counted) + 1),
        seconds=np.cumsum([t.seconds for t in counted], dtype=float),
        violation=lowest,
        score=np.where(lowest == 0.0, best, np.nan),
    )


@dataclass(frozen=True)
class Tally:
    """What the trials of a study came to.

    Args:
        trials: rows in the table.
        simulations: rows that cost an evaluation.
        cached: rows answered from the cache.
        feasible: done and every constraint met.
        missed: done, a constraint missed.
        infeasible: designs that cannot exist.
        failed: no answer after all retries.
        seconds: simulator seconds in all.
        reasons: `(state, reason, count)`, the most frequent first; numbers in reasons are drawn together.
    """

    trials: int
    simulations: int
    cached: int
    feasible: int
    missed: int
    infeasible: int
    failed: int
    seconds: float
    reasons: tuple[tuple[str, str, int], ...]


def tally(trials: Sequence[Trial]) -> Tally:
    """Counts of `trials` by outcome and reason.

    Example:
        >>> tally([Trial(0, {}, "failed", {}, float("inf"), (), 0.0, 0.1, 1, "node 7 floats")]).reasons
        (('failed', 'node # floats', 1),)
    """
    states = Counter(t.state for t in trials)
    feasible = sum(t.is_feasible for t in trials)
    simulations = sum(t.attempts > 0 for t in trials)
    reasons = Counter((t.state, draw_together(t.reason)) for t in trials if t.state != "done")
    return Tally(
        trials=len(trials),
        simulations=simulations,
        cached=len(trials) - simulations,
        feasible=feasible,
        missed=states["done"] - feasible,
        infeasible=states["infeasible"],
        failed=states["failed"],
        seconds=sum(t.seconds for t in trials),
        reasons=tuple((state, reason, count) for (state, reason), count in reasons.most_common()),
    )


_NUMBER = re.compile(r"(?<![A-Za-z_])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")


def draw_together(reason: str) -> str:
    """`reason` with its numbers replaced by `#`, so that equal kinds are counted together."""
    return _NUMBER.sub("#", reason).strip() or "no reason given"
