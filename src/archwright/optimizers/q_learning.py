"""Q-learning over the decisions of a design: a table learns what each choice is worth when the best follow.

Paper: Watkins and Dayan, "Q-learning", Machine Learning 8, 1992.

    Q(s, a) <- Q(s, a) + alpha (r + g max_a' Q(s', a') - Q(s, a))

What differs from the paper: an episode is a design, and the reward is the rank of the whole design; see
`optimizers.tabular_agent`.

    archwright run PROBLEM --with q_learning --trials 2000
"""

from __future__ import annotations

from typing import ClassVar

from archwright.learning.tabular import Rule
from archwright.optimizers.tabular_agent import TabularAgent


class QLearning(TabularAgent):
    """Tabular Q-learning on the draft view.

    Args:
        problem: what is searched.
        goals: what is wanted.
        batch: designs between two lessons, >= 1; also the natural batch.
        rate: alpha, the step of the values, above 0, up to 1.
        discount: per decision, 0 to 1.
        initial: value of a choice never made; above 0, the mean of the rewards, all are tried.
        epsilon: least share of even choices, 0 to 1; None for one decision of a design.
        memory: steps whose choices the state holds, >= 0.
        levels: parts of the range of a number, >= 2.

    Raises:
        SpecError: an option out of its range.

    Example:
        >>> import numpy as np
        >>> from archwright.core.goal import Goals
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(QLearning(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
        8
    """

    rule: ClassVar[Rule] = "q_learning"
