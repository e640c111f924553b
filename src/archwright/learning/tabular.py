"""Tables of action values: Q-learning, SARSA and Expected SARSA.

With a step size alpha and a discount g, an action's value moves towards what it brought and what follows:

    Q(s, a) <- Q(s, a) + alpha (r + g V(s') - Q(s, a))

    Q-learning       V(s') = max_a' Q(s', a')                 Watkins, Dayan, Machine Learning 8, 1992
    SARSA            V(s') = Q(s', a'), a' as it was taken    Rummery, Niranjan, CUED/F-INFENG/TR 166, 1994
    Expected SARSA   V(s') = sum_a' pi(a' | s') Q(s', a')     van Seijen et al., ADPRL 2009

pi is greedy but for a share epsilon of even choices; equally good actions share what is greedy.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from archwright.core.errors import SpecError, check_name

Floats = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

Rule = Literal["q_learning", "sarsa", "expected_sarsa"]
RULES: tuple[Rule, ...] = get_args(Rule)


def greedy_shares(values: Floats, epsilon: float, legal: Mask | None = None) -> Floats:
    """Probabilities of the actions: 1 - epsilon for the best, which equals share, and epsilon evenly for all.

    Args:
        values: (n_actions,).
        epsilon: 0 to 1.
        legal: (n_actions,) actions that may be taken; all where it is None.

    Returns:
        (n_actions,), summing to 1.

    Example:
        >>> greedy_shares(np.array([1.0, 3.0, 9.0]), 0.5, np.array([True, True, False])).tolist()
        [0.25, 0.75, 0.0]
    """
    legal = np.ones(len(values), dtype=bool) if legal is None else legal
    is_best = legal & (values == values[legal].max())
    shares: Floats = (1.0 - epsilon) * is_best / is_best.sum() + epsilon * legal / legal.sum()
    return shares


@dataclass(frozen=True)
class Transition:
    """One step of an episode.

    Args:
        state: where an action was taken.
        action: its index.
        reward: what it brought.
        following: the state after it; None where the episode is over.
        action_after: the action taken there; SARSA alone reads it.
        legal_after: (n_actions,) actions that may be taken there; all where it is None.
    """

    state: Hashable
    action: int
    reward: float
    following: Hashable | None = None
    action_after: int = 0
    legal_after: Mask | None = None


class ActionValues:
    """A table of action values that learns from transitions; states appear in it when they are first met.

    Args:
        rule: `q_learning`, `sarsa` or `expected_sarsa`.
        n_actions: >= 1.
        rate: alpha, above 0, up to 1; None for 1 / visits of the action, which makes every value a mean.
        discount: g, 0 to 1.
        initial: value of an action never taken.

    Raises:
        SpecError: a value out of its range.

    Example:
        >>> table = ActionValues("q_learning", 2, rate=0.5, discount=0.9)
        >>> table.learn(Transition("end", 1, 4.0))
        >>> table.learn(Transition("start", 0, 1.0, "end"))
        >>> table.of("end").tolist(), table.of("start").tolist()
        ([0.0, 2.0], [1.4, 0.0])
    """

    def __init__(
        self, rule: str, n_actions: int, *, rate: float | None = 0.1, discount: float = 1.0, initial: float = 0.0
    ) -> None:
        check_name("rule", rule, RULES)
        if n_actions < 1:
            raise SpecError("n_actions", n_actions, "1 or more")
        if rate is not None and not 0.0 < rate <= 1.0:
            raise SpecError("rate", rate, "above 0, up to 1, or None for 1 / visits")
        if not 0.0 <= discount <= 1.0:
            raise SpecError("discount", discount, "0 to 1")
        self.rule, self.n_actions, self.rate, self.discount = rule, n_actions, rate, discount
        self._fresh = np.full(n_actions, float(initial))
        self._values: dict[Hashable, Floats] = {}
        self._visits: dict[Hashable, Floats] = {}

    def of(self, state: Hashable) -> Floats:
        """Values of the actions in a state, `(n_actions,)`."""
        return self._values.get(state, self._fresh)

    def choose(self, state: Hashable, epsilon: float, rng: np.random.Generator) -> int:
        """An action by lot: see `greedy_shares`; one number is drawn."""
        sums = greedy_shares(self.of(state), epsilon).cumsum()
        return int((sums > rng.random() * sums[-1]).argmax())

    def learn(self, step: Transition, epsilon: float = 0.0) -> None:
        """Move the value of the action towards the target.

        Args:
            step: what happened.
            epsilon: of the policy, 0 to 1; Expected SARSA alone reads it.
        """
        values = self._values.setdefault(step.state, self._fresh.copy())
        visits = self._visits.setdefault(step.state, np.zeros(self.n_actions))
        visits[step.action] += 1.0
        rate = 1.0 / visits[step.action] if self.rate is None else self.rate
        target = step.reward + self.discount * self._worth_after(step, epsilon)
        values[step.action] += rate * (target - values[step.action])

    def _worth_after(self, step: Transition, epsilon: float) -> float:
        if step.following is None:
            return 0.0
        values = self.of(step.following)
        if self.rule == "sarsa":
            return float(values[step.action_after])
        share = epsilon if self.rule == "expected_sarsa" else 0.0
        return float(greedy_shares(values, share, step.legal_after) @ values)
