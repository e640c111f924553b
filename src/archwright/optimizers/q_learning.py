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

    Its arguments are those of `TabularAgent`.

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
