"""Sobol's sequence: designs that fill the space more evenly than random ones.

Papers: Sobol, "On the Distribution of Points in a Cube and the Approximate Evaluation of Integrals", 1967, with the
direction numbers of Joe and Kuo, "Constructing Sobol Sequences with Better Two-Dimensional Projections", SIAM J. Sci.
Comput. 2008; scrambled after Matousek, "On the L2-Discrepancy for Anchored Boxes", 1998 (SciPy's `qmc.Sobol`).

The sequence is one for the whole study, while `ask` must change nothing and gets a new generator each time. So the
seed of the scrambling is drawn when nothing was told yet, and every hint carries it together with the point's place
in the sequence; `tell` takes both from there. Designs from elsewhere do not move the sequence on.

    archwright run PROBLEM --with sobol --trials 1024
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import propose

MAX_KEYS = 21201
"""Keys for which direction numbers are tabulated."""


class Sobol:
    """Sobol's sequence over the keys.

    Args:
        problem: what is searched; at most 21,201 keys.
        goals: not used.
        scramble: False gives the plain sequence, the same for every seed; its first point has all keys 0.

    Raises:
        SpecError: the space has too many keys.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> sobol = Sobol(problem, Goals(problem.goals), scramble=False)
        >>> [proposal.hint["keys"] for proposal in sobol.ask(3, np.random.default_rng(0))]
        [[0.0, 0.0], [0.5, 0.5], [0.75, 0.25]]
    """

    batch = 64

    def __init__(self, problem: Problem, goals: Goals, *, scramble: bool = True) -> None:
        self.space = problem.space
        self.scramble = scramble
        self.position = 0
        self.seed: int | None = None
        if self.space.horizon > MAX_KEYS:
            raise SpecError("sobol keys", self.space.horizon, f"at most {MAX_KEYS}")

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """The next `n` points of the sequence."""
        seed = int(rng.integers(2**31)) if self.scramble and self.seed is None else self.seed
        keys = sobol_points(self.space.horizon, self.position, n, seed)
        notes = ({"position": self.position + i, "seed": seed} for i in range(n))
        return propose(self.space, keys, notes)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Move on to the place after the last of our own points."""
        for trial in trials:
            if trial.hint is not None and "position" in trial.hint:
                self.position = max(self.position, trial.hint["position"] + 1)
                self.seed = trial.hint["seed"]


def sobol_points(dimension: int, first: int, n: int, seed: int | None) -> Keys:
    """Points `first` to `first + n - 1` of Sobol's sequence, `(n, dimension)`; scrambled when a seed is given.

    Example:
        >>> sobol_points(2, 1, 2, None).tolist()
        [[0.5, 0.5], [0.75, 0.25]]
    """
    from scipy.stats import qmc

    engine = qmc.Sobol(dimension, scramble=seed is not None, seed=None if seed is None else np.random.default_rng(seed))
    if first:
        return np.asarray(engine.fast_forward(first).random(n))
    # SciPy warns when a first draw is no power of two: the first point alone is one.
    return np.concatenate([engine.random(1), engine.random(n - 1)]) if n > 1 else np.asarray(engine.random(n))
