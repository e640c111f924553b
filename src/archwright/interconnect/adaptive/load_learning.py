"""Learners in the paper's environment, beside bandits, against the exhaustive table.

The paper: 15 sweeps; epsilon = 1 / (episode + 1); alpha = 0.01; values begin at 0. The official code passes another
epsilon, that begins at 1 and falls by a thousandth per step to 0.01, where the discount belongs; `paper_bug_compat`
does the same.

Since all rewards are negative, values that begin at 0 make every routing look good until it was tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.learning.bandits import BANDITS, Bandit
from archwright.learning.tabular import RULES, ActionValues, Transition

Floats = np.ndarray[Any, np.dtype[np.float64]]
LEARNERS: tuple[str, ...] = (*RULES, *BANDITS)
BUG_DECAY, BUG_FLOOR = 0.999, 0.01


@dataclass(frozen=True)
class LoadLearning:
    """What a learner did.

    Args:
        regrets: (episodes, n_loads) cycles that the routing taken was slower than the best one at its load.
        left: (episodes, n_loads) the same for the routing that is thought best after each episode.
        chosen: (n_loads,) index of the routing that is thought best at the end.
    """

    regrets: Floats
    left: Floats
    chosen: tuple[int, ...]


def learn_loads(
    table: Floats,
    learner: str,
    rng: np.random.Generator,
    *,
    episodes: int = 15,
    rate: float | None = 0.01,
    discount: float = 0.9,
    width: float = 0.25,
    paper_bug_compat: bool = False,
) -> LoadLearning:
    """Sweep the loads with a learner.

    Args:
        table: (n_loads, n_routings) latencies in cycles.
        learner: one of `LEARNERS`.
        rng: draws what is explored.
        episodes: sweeps, >= 1.
        rate: alpha of the tabular learners; None for 1 / visits.
        discount: of the tabular learners, 0 to 1.
        width: of the bandits `ucb` and `thompson`.
        paper_bug_compat: discount by a falling epsilon, as the official code does.

    Raises:
        SpecError: no such learner, or no episode.

    Example:
        >>> table = np.array([[20.0, 25.0], [90.0, 30.0]])
        >>> learn_loads(table, "q_learning", np.random.default_rng(0), rate=None, discount=0.0).chosen
        (0, 1)
    """
    check_name("learner", learner, LEARNERS)
    if episodes < 1:
        raise SpecError("episodes", episodes, "1 or more")
    if learner in BANDITS:
        return _play(table, Bandit(learner, *table.shape, width=width), rng, episodes)
    values = ActionValues(learner, table.shape[1], rate=rate, discount=discount)
    return _sweep(table, values, rng, episodes, paper_bug_compat)


def _play(table: Floats, bandit: Bandit, rng: np.random.Generator, episodes: int) -> LoadLearning:
    taken, best = np.empty((2, episodes, len(table)), dtype=np.int64)
    for episode in range(episodes):
        for load in range(len(table)):
            taken[episode, load] = bandit.choose(load, rng)
            bandit.learn(load, taken[episode, load], -float(np.round(table[load, taken[episode, load]], 2)))
        best[episode] = [bandit.best(load) for load in range(len(table))]
    return _judged(table, taken, best)


def _sweep(table: Floats, values: ActionValues, rng: np.random.Generator, episodes: int, has_bug: bool) -> LoadLearning:
    taken, best = np.empty((2, episodes, len(table)), dtype=np.int64)
    n_steps = 0
    for episode in range(episodes):
        epsilon = 1.0 / (episode + 1)
        taken[episode, 0] = values.choose(0, epsilon, rng)
        for load in range(len(table)):
            action, is_last = int(taken[episode, load]), load + 1 == len(table)
            after = 0 if is_last else values.choose(load + 1, epsilon, rng)
            if not is_last:
                taken[episode, load + 1] = after
            if has_bug:
                values.discount = max(BUG_FLOOR, BUG_DECAY**n_steps)
            reward = -float(np.round(table[load, action], 2))
            values.learn(Transition(load, action, reward, None if is_last else load + 1, after), epsilon)
            n_steps += 1
        best[episode] = [int(values.of(load).argmax()) for load in range(len(table))]
    return _judged(table, taken, best)


def _judged(table: Floats, taken: Any, best: Any) -> LoadLearning:
    loads, least = np.arange(len(table)), table.min(axis=1)
    regrets, left = table[loads, taken] - least, table[loads, best] - least
    return LoadLearning(regrets, left, tuple(int(one) for one in best[-1]))
