"""Rewards made of judged trials: comparable, bounded, never good for a design without an answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.trial import Trial

Floats = np.ndarray[Any, np.dtype[np.float64]]

FAILURE_SCORE = -5.0
"""Score of a simulation that failed, in the rating rule of the Park benchmark suite."""
BOLD, CAREFUL = 1.05, 4.0
"""How many times the smallest exact penalty the penalty is: while enough of the latest designs are feasible, and when
none is."""
RECENT, FEW = 64, 0.1
"""The latest designs, and the share of feasible ones among them below which the penalty grows."""


def score_rewards(violations: Floats, merits: Floats) -> Floats:
    """Scores by the published rating rule, standardised.

    The score is minus the violation while a constraint is missed, else the merit; a design without an answer has -5,
    and no other has less. Where merits can be negative (an objective without a reference), those of feasible designs
    are lifted so that the worst of them is worth as much as no violation.

    Args:
        violations: (n,) from the trials; infinite without an answer.
        merits: (n,) sums of the objectives' merits, whether or not a constraint is missed: see `merit_of`.

    Returns:
        (n,) with mean 0 and standard deviation 1, or all 0 while nothing differs.

    Example:
        >>> score_rewards(np.array([0.0, 2.0, np.inf]), np.array([3.0, 4.0, -np.inf])).round(2).tolist()
        [1.31, -0.2, -1.11]

    Source: Mao et al., "Park: An Open Platform for Learning-Augmented Computer Systems", NeurIPS 2019 (circuit rating).
    """
    raw = raw_scores(violations, merits)
    spread = raw.std() if len(raw) else 0.0
    return (raw - raw.mean()) / spread if spread > 0 else np.zeros_like(raw)


def raw_scores(violations: Floats, merits: Floats) -> Floats:
    """Scores by the published rating rule before they are standardised: see `score_rewards`."""
    is_feasible = violations == 0.0
    lift = -min(0.0, merits[is_feasible].min()) if is_feasible.any() else 0.0
    return np.where(is_feasible, merits + lift, np.maximum(-violations, FAILURE_SCORE))


def rank_rewards(violations: Floats, merits: Floats) -> Floats:
    """Normal scores of the trials' ranks: the smaller violation first, then the larger merit.

    They keep the same scale whatever the units of a problem, and spread the many good designs of a late search as
    far as the bad ones of its beginning.

    Args:
        violations: (n,) from the trials; infinite without an answer.
        merits: (n,) sums of the objectives' merits; they count among feasible designs only.

    Returns:
        (n,) quantiles of the standard normal distribution; equal trials share one.

    Example:
        >>> rank_rewards(np.array([0.0, 2.0, np.inf]), np.array([3.0, 4.0, -np.inf])).round(2).tolist()
        [0.97, 0.0, -0.97]

    Source: normal scores at Hazen's plotting position, (rank - 1/2) / n.
    """
    return _normal_scores(violations, np.where(violations == 0.0, merits, 0.0))


def penalty_rewards(violations: Floats, merits: Floats) -> Floats:
    """Normal scores of the ranks by merit minus penalty times violation.

    At the best designs constraints are nearly always tight. There `rank_rewards` has a cliff, which a critic rounds off
    and its actor keeps away from; an exact penalty has a kink instead. The penalty is the smallest that puts no design
    above the best feasible one, and at least what makes the usual violation cost the usual difference in merit. As long
    as no design is feasible, only violations count.

    Args:
        violations: (n,) from the trials; infinite without an answer.
        merits: (n,) sums of the objectives' merits, whether or not a constraint is missed.

    Returns:
        (n,) quantiles of the standard normal distribution; equal trials share one, those without an answer the least.

    Example:
        >>> penalty_rewards(np.array([0.0, 0.0, 0.1, 9.0]), np.array([3.0, 1.0, 2.5, 4.0])).round(2).tolist()
        [1.15, -1.15, 0.32, -0.32]

    Source: Nocedal and Wright, "Numerical Optimization", 2006, section 17.2 (exact penalties).
    """
    is_feasible, is_answered = violations == 0.0, np.isfinite(violations)
    is_violating = is_answered & ~is_feasible
    if not is_feasible.any() or not is_violating.any():
        return rank_rewards(violations, merits)
    short = max(0.0, 1.0 - is_feasible[-RECENT:].mean() / FEW)
    margin = BOLD + short * (CAREFUL - BOLD)
    lead = (merits[is_violating] - merits[is_feasible].max()) / violations[is_violating]
    usual = merits[is_answered].std() / violations[is_violating].mean()
    penalty = max(margin * lead.max(), usual)
    penalised = np.where(is_answered, merits, 0.0) - penalty * np.where(is_answered, violations, 0.0)
    return _normal_scores(np.where(is_answered, 0.0, np.inf), np.where(is_answered, penalised, 0.0))


def _normal_scores(first: Floats, second: Floats) -> Floats:
    """Normal scores of ranks: the smaller `first` is better, then the larger `second`."""
    from scipy.special import ndtri

    n = len(first)
    order = np.lexsort((second, -first))
    ordered = np.stack([first[order], second[order]])
    is_new = np.ones(n, dtype=bool)
    is_new[1:] = np.any(ordered[:, 1:] != ordered[:, :-1], axis=0)
    starts = np.flatnonzero(is_new)
    middles = (starts + np.append(starts[1:], n)) / 2.0
    rewards = np.empty(n)
    rewards[order] = ndtri(middles / n)[np.cumsum(is_new) - 1]
    return rewards


REWARDS = {"penalty": penalty_rewards, "rank": rank_rewards, "score": score_rewards}
"""Ways to make rewards, by the name of the option `reward`."""


def merit_of(trial: Trial, goals: Goals) -> float:
    """Sum of the objectives' merits of a trial, also when it misses a constraint; minus infinity without an answer."""
    if trial.state != "done":
        return -np.inf
    return sum((one.merit(trial.metrics[one.metric]) for one in goals.targets), 0.0)


def moving_baselines(rewards: Floats, minibatch: int, smoothing: float, start: float | None = None) -> Floats:
    """What a learner expects by now: the moving average of the mean rewards of minibatches, up to each one's own.

    Args:
        rewards: (n,) of minibatches one after another.
        minibatch: rewards in each, >= 1.
        smoothing: share of the newest mean, 0 to 1.
        start: the average before them; None where there is none yet.

    Returns:
        (n,) the average that belongs to each reward.

    Example:
        >>> moving_baselines(np.array([1.0, 3.0, 4.0]), 2, 0.5).tolist()
        [2.0, 2.0, 3.0]

    Source: He et al., "AMC", ECCV 2018, section 3.2 (baseline).
    """
    averages = np.empty(len(rewards))
    for first in range(0, len(rewards), minibatch):
        mean = float(rewards[first : first + minibatch].mean())
        start = mean if start is None else start + smoothing * (mean - start)
        averages[first : first + minibatch] = start
    return averages


def telescoping(scores: Floats, start: float = 0.0) -> Floats:
    """Rewards of one episode: what each step adds to the score, so that they sum to the last one.

    Args:
        scores: (n_steps,) score after each step.
        start: the score before the first step.

    Example:
        >>> rewards = telescoping(np.array([-1.0, 0.5, 2.0]))
        >>> rewards.tolist(), float(rewards.sum())
        ([-1.0, 1.5, 1.5], 2.0)

    Source: Park benchmark suite, circuit environment (reward of a step).
    """
    return np.diff(scores, prepend=start)
