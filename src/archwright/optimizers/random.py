"""Random search: designs drawn independently, the first thing to beat.

Paper: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012. Keys are uniform in
`[0, 1]^horizon`, so numbers are uniform over their range (log-uniform on a log scale) and every choice is equally
likely. It learns nothing, so its proposals carry no hint.

    archwright run PROBLEM --with random --trials 1000
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import decode_many
from archwright.core.trial import Proposal, Trial


class Random:
    """Uniform random keys.

    Args:
        problem: what is searched.
        goals: not used.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> random = Random(problem, Goals(problem.goals))
        >>> len(random.ask(3, np.random.default_rng(0)))
        3
    """

    batch = 64

    def __init__(self, problem: Problem, goals: Goals) -> None:
        self.space = problem.space

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """`n` independent designs."""
        return [Proposal(design) for design in decode_many(self.space, rng.random((n, self.space.horizon)))]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn nothing."""
