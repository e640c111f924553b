"""Bandits: one choice among arms, again and again, its reward seen at once; one set of arms per context.

Rules:

- `ucb`: the largest mean + width sqrt(2 ln t / n) after every arm was played once; width is in units of the spread of
  all rewards seen. Auer, Cesa-Bianchi, Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", 2002 (UCB1).
- `thompson`: the largest of means drawn from their posteriors, a Student distribution per arm, since the spread is not
  known either. Thompson, Biometrika 25, 1933; Honda, Takemura, AISTATS 2014 (normal rewards of unknown variance).
- `epsilon_greedy`: the largest mean, but for a share 1 / (plays of the context) of even choices.
- `random`: any arm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.learning.tabular import greedy_shares

Floats = np.ndarray[Any, np.dtype[np.float64]]
PRIOR_PLAYS = 2
"""Plays of an arm before which its posterior is not proper, and it is simply played."""


class Arms:
    """Counts, sums and sums of squares of the rewards of every arm in every context.

    Args:
        n_contexts: >= 1.
        n_arms: >= 1.

    Example:
        >>> arms = Arms(1, 2)
        >>> for reward in (1.0, 3.0):
        ...     arms.learn(0, 1, reward)
        >>> arms.means(0).tolist(), arms.counts[0].tolist()
        ([0.0, 2.0], [0.0, 2.0])
    """

    def __init__(self, n_contexts: int, n_arms: int) -> None:
        if n_contexts < 1 or n_arms < 1:
            raise SpecError("n_contexts, n_arms", (n_contexts, n_arms), "1 or more of each")
        self.counts, self.sums, self.squares = np.zeros((3, n_contexts, n_arms))

    def learn(self, context: int, arm: int, reward: float) -> None:
        """Count one reward."""
        self.counts[context, arm] += 1.0
        self.sums[context, arm] += reward
        self.squares[context, arm] += reward * reward

    def means(self, context: int) -> Floats:
        """Mean reward of every arm, 0 where it was never played."""
        means: Floats = self.sums[context] / np.maximum(self.counts[context], 1.0)
        return means

    def spread(self, context: int) -> float:
        """Standard deviation of all rewards of a context; 1 while they do not differ."""
        n = max(self.counts[context].sum(), 1.0)
        variance = self.squares[context].sum() / n - (self.sums[context].sum() / n) ** 2
        return float(np.sqrt(variance)) if variance > 1e-12 * max(1.0, self.squares[context].sum() / n) else 1.0


def _ucb(arms: Arms, context: int, width: float, rng: np.random.Generator) -> Floats:
    counts = arms.counts[context]
    bonus = np.sqrt(2.0 * np.log(max(counts.sum(), 1.0)) / np.maximum(counts, 1.0))
    return np.where(counts > 0, arms.means(context) + width * arms.spread(context) * bonus, np.inf)


def _thompson(arms: Arms, context: int, width: float, rng: np.random.Generator) -> Floats:
    counts, means = arms.counts[context], arms.means(context)
    known = counts >= PRIOR_PLAYS
    plays = np.where(known, counts, PRIOR_PLAYS)
    deviations = np.sqrt(np.maximum(arms.squares[context] / plays - means**2, 0.0))
    draws = means + width * deviations * rng.standard_t(plays - 1.0) / np.sqrt(plays - 1.0)
    return np.where(known, draws, np.inf)


def _epsilon_greedy(arms: Arms, context: int, width: float, rng: np.random.Generator) -> Floats:
    counts = arms.counts[context]
    if rng.random() < 1.0 / (counts.sum() + 1.0):
        return np.zeros(len(counts))
    return np.where(counts > 0, arms.means(context), np.inf)


def _random(arms: Arms, context: int, width: float, rng: np.random.Generator) -> Floats:
    return np.zeros(arms.counts.shape[1])


BANDITS: dict[str, Callable[[Arms, int, float, np.random.Generator], Floats]] = {
    "ucb": _ucb,
    "thompson": _thompson,
    "epsilon_greedy": _epsilon_greedy,
    "random": _random,
}
"""What every arm is worth to a rule, by its name; arms worth the same are chosen among by lot."""


class Bandit:
    """A contextual bandit.

    Args:
        rule: a name in `BANDITS`.
        n_contexts: >= 1.
        n_arms: >= 1.
        width: of the confidence bounds of `ucb` and of the posteriors of `thompson`, >= 0.

    Raises:
        SpecError: a value out of its range.

    Example:
        >>> bandit, rng = Bandit("ucb", 1, 3), np.random.default_rng(0)
        >>> for _ in range(60):
        ...     arm = bandit.choose(0, rng)
        ...     bandit.learn(0, arm, [0.0, 1.0, 0.5][arm])
        >>> bandit.best(0)
        1
    """

    def __init__(self, rule: str, n_contexts: int, n_arms: int, *, width: float = 0.5) -> None:
        check_name("rule", rule, BANDITS)
        if not 0.0 <= width < np.inf:
            raise SpecError("width", width, "a number from 0 up")
        self.rule, self.width, self.arms = BANDITS[rule], width, Arms(n_contexts, n_arms)

    def worths(self, context: int, rng: np.random.Generator) -> Floats:
        """What every arm is worth to the rule now, `(n_arms,)`."""
        return self.rule(self.arms, context, self.width, rng)

    def choose(self, context: int, rng: np.random.Generator) -> int:
        """The arm to play."""
        sums = greedy_shares(self.worths(context, rng), 0.0).cumsum()
        return int((sums > rng.random() * sums[-1]).argmax())

    def learn(self, context: int, arm: int, reward: float) -> None:
        """Take in what an arm brought."""
        self.arms.learn(context, arm, reward)

    def best(self, context: int) -> int:
        """The arm with the largest mean among those played; the first one before any was."""
        return int(np.where(self.arms.counts[context] > 0, self.arms.means(context), -np.inf).argmax())
