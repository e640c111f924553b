"""Grid search: every combination of a few values per axis, each once.

A grid of `levels` values on each of h axes has levels^h points. Counting through them would move only the last axes for
the whole of a budget, so they are visited with a stride near the golden section of their number, without a common
divisor with it: each point is met once, and any run of them is spread over the first axes (Knuth, "The Art of Computer
Programming", volume 3, section 6.4, theorem S). When all are visited, a grid of twice as many intervals follows.

    archwright run PROBLEM --with grid --trials 5000
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from archwright.core.goal import Goals
from archwright.core.problem import Problem
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import check_option, propose

FINEST = 1 << 20
"""Values per axis beyond which a grid is not refined: it begins anew."""


class Grid:
    """Grid search in an order that spreads.

    Args:
        problem: what is searched.
        goals: not used.
        levels: values per axis at first, both ends among them, >= 2.

    Raises:
        SpecError: `levels` is out of range.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(2)
        >>> grid = Grid(problem, Goals(problem.goals), levels=2)
        >>> [list(one.design.values()) for one in grid.ask(4, np.random.default_rng(0))]
        [[-5.0, -5.0], [5.0, 5.0], [5.0, -5.0], [-5.0, 5.0]]
    """

    def __init__(self, problem: Problem, goals: Goals, *, levels: int = 4) -> None:
        check_option("levels", levels, 2, FINEST, whole=True)
        self.space, self.levels, self.n_told = problem.space, int(levels), 0

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """The next `n` points of the grid."""
        keys = [grid_point(self.n_told + i, self.space.horizon, self.levels) for i in range(n)]
        notes = ({"point": self.n_told + i} for i in range(n))
        return propose(self.space, np.array(keys), notes)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Go on behind the last of its points."""
        points = [trial.hint["point"] for trial in trials if trial.hint is not None and "point" in trial.hint]
        self.n_told = max([self.n_told, *(point + 1 for point in points)])


def grid_point(index: int, n_axes: int, levels: int) -> list[float]:
    """Keys of the point visited as number `index`, from 0, `(n_axes,)`.

    Example:
        >>> sorted(grid_point(i, 1, 3) for i in range(3)), grid_point(3 + 1, 1, 3)
        ([[0.0], [0.5], [1.0]], [0.75])
    """
    total = levels**n_axes
    while index >= total:
        index, levels = index - total, 2 * levels - 1 if levels < FINEST else levels
        total = levels**n_axes
    place = index * golden_stride(total) % total
    digits = []
    for _ in range(n_axes):
        place, digit = divmod(place, levels)
        digits.append(digit / (levels - 1))
    return digits[::-1]


def golden_stride(total: int) -> int:
    """The whole number nearest above the golden section of `total` that shares no divisor with it.

    Example:
        >>> golden_stride(16), golden_stride(5), golden_stride(2)
        (9, 3, 1)
    """
    stride = (math.isqrt(5 * total * total) - total) // 2
    while math.gcd(stride, total) != 1:
        stride += 1
    return stride
