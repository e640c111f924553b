"""Expected SARSA over the decisions of a design: SARSA, averaged over what the policy may do next.

Paper: van Seijen, van Hasselt, Whiteson, Wiering, "A Theoretical and Empirical Analysis of Expected Sarsa", ADPRL 2009.

    Q(s, a) <- Q(s, a) + alpha (r + g sum_a' pi(a' | s') Q(s', a') - Q(s, a))

What differs from the paper: an episode is a design, and the reward is the rank of the whole design; see
`optimizers.tabular_agent`.

    archwright run PROBLEM --with expected_sarsa --trials 2000
"""

from __future__ import annotations

from typing import ClassVar

from archwright.learning.tabular import Rule
from archwright.optimizers.tabular_agent import TabularAgent


class ExpectedSarsa(TabularAgent):
    """Tabular Expected SARSA on the draft view.

    Its arguments are those of `TabularAgent`.

    Raises:
        SpecError: an option out of its range.

    Example:
        >>> import numpy as np
        >>> from archwright.core.goal import Goals
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> len(ExpectedSarsa(problem, Goals(problem.goals)).ask(8, np.random.default_rng(0)))
        8
    """

    rule: ClassVar[Rule] = "expected_sarsa"
