"""CMA-ES: a normal distribution that learns the scales and correlations of good designs (pycma).

Papers: Hansen and Ostermeier, "Completely Derandomized Self-Adaptation in Evolution Strategies", Evolutionary
Computation 2001; restarts of Auger and Hansen, "A Restart CMA Evolution Strategy with Increasing Population Size",
2005; designs from elsewhere as in Hansen, "Injecting External Solutions into CMA-ES", 2011. Each generation is drawn as

    x = m + sigma D z,   z ~ N(0, I),   D D^T = C                                                        (1)

and m, sigma and C move towards the better half. The update itself is pycma's, untouched; given the same z it goes
through the same states as `pycma.fmin` with bounds 0 and 1.

How `ask` stays pure although pycma draws and remembers: `ask` computes (1) from numbers of its own generator and puts
z into the hint; `tell` computes the same points from z and tells them to pycma as a generation. Keys are the points
folded into [0, 1] by pycma's own map (`fold_into_box`). A generation is closed when as many of its points are told as
the population has, so any batch size works; a first batch larger than the population sets it.

What differs: what is told is the loss, above the worst feasible one the violation (Deb 2000), with several objectives
the place by front and crowding. pycma's stops only start it anew, from a point of a quasi-random sequence with twice
the population; stops on absolute differences of the loss are off, since losses may have any unit. Above 200 keys the
covariance is kept diagonal.

    archwright run PROBLEM --with cmaes --trials 3000
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.core.pareto import constrained_order
from archwright.core.problem import Problem
from archwright.core.space import Keys
from archwright.core.trial import Proposal, Trial
from archwright.optimizers.keyed import (
    Column,
    Told,
    check_option,
    nothing_told,
    optional_package,
    propose,
    quasi_random_point,
    told,
)

MAX_DOUBLINGS = 9
DIAGONAL_ABOVE = 200
MARGIN = 0.05


class Cmaes:
    """CMA-ES with restarts and growing population.

    Args:
        problem: what is searched.
        goals: what is wanted.
        population: points per generation, >= 4; by default 4 + 3 ln(keys), or the first batch where that is larger.
        sigma: the first standard deviation in units of the keys' range, above 0 to 1.

    Raises:
        SpecError: an option is out of range.
        SimulatorMissing: the package `cma` is not installed.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> problem = Sphere(10)
        >>> Cmaes(problem, Goals(problem.goals)).batch
        10
    """

    def __init__(self, problem: Problem, goals: Goals, *, population: int | None = None, sigma: float = 0.3) -> None:
        self.space, self.goals, self.sigma = problem.space, goals, sigma
        self.dimension = max(2, self.space.horizon)  # pycma needs two; a second of one key is ignored
        self.is_fixed = population is not None
        self.batch = 4 + int(3 * np.log(self.dimension)) if population is None else int(population)
        check_option("population", self.batch, 4, 1_000_000, whole=True)
        check_option("sigma", sigma, 1e-9, 1.0)
        self.generation = self.restarts = 0
        self.worst_loss, self.worst_violation = -np.inf, 0.0
        self.normals: list[list[float]] = []
        self.own = self.foreign = nothing_told(self.space.horizon, goals)
        self.strategy = self._start()

    def _start(self) -> Any:
        """A new strategy of pycma."""
        cma = optional_package("cma")
        population = self.batch * 2 ** min(self.restarts, MAX_DOUBLINGS)
        options = {
            "popsize": population, "verbose": -9, "signals_filename": "", "seed": np.nan, "randn": _zeros,
            "AdaptSigma": cma.sigma_adaptation.CMAAdaptSigmaCSA, "CMA_diagonal": self.dimension > DIAGONAL_ABOVE,
            "maxstd": 1 / 3, "tolfun": 0, "tolfunhist": 0, "tolfunrel": 1e-15, "conditioncov_alleviate": False,
        }  # fmt: skip
        return cma.CMAEvolutionStrategy(quasi_random_point(self.dimension, self.restarts), self.sigma, options)

    def ask(self, n: int, rng: np.random.Generator) -> list[Proposal]:
        """`n` points of the current distribution."""
        normals = rng.standard_normal((n, self.dimension))
        keys = fold_into_box(self._points(normals))[:, : self.space.horizon]
        notes = ({"normals": row, "generation": self.generation} for row in normals.tolist())
        return propose(self.space, keys, notes)

    def _points(self, normals: Keys) -> Keys:
        """Equation (1), in pycma's order of operations."""
        now = self.strategy
        steps = normals if self.dimension > DIAGONAL_ABOVE else np.dot(now.sm.B, (now.sm.D * normals).T).T
        points: Keys = now.mean + now.sigma * (now.sigma_vec * steps)
        return points

    def tell(self, trials: Sequence[Trial]) -> None:
        """Collect the points of this generation; close it when they are as many as the population."""
        batch = told(self.space, self.goals, trials)
        hints = [trial.hint or {} for trial in trials]
        is_own = np.array([hint.get("generation") == self.generation and "normals" in hint for hint in hints], bool)
        self.normals += [hint["normals"] for hint, ours in zip(hints, is_own.tolist(), strict=True) if ours]
        self.own, self.foreign = self.own.joined(batch.rows(is_own)), self.foreign.joined(batch.rows(~is_own))
        feasible = batch.losses[batch.violations == 0]
        self.worst_loss = max(self.worst_loss, float(feasible.max(initial=-np.inf)))
        finite = batch.violations[np.isfinite(batch.violations)]
        self.worst_violation = max(self.worst_violation, float(finite.max(initial=0.0)))
        if self.generation == 0 and not self.is_fixed and len(self.own) > self.batch:
            self.batch = len(self.own)
            self.strategy = self._start()
        if len(self.own) >= self.strategy.popsize:
            self._close_generation()

    def _close_generation(self) -> None:
        injected = [self.strategy.repair_genotype(one) for one in unfold(self._padded(self.foreign.keys))]
        points = [*self._points(np.array(self.normals)), *injected]
        self.strategy.ask(1)  # opens the generation; the point itself is not used
        costs = self._costs(self.own.joined(self.foreign)).tolist()
        self.strategy.tell(points, costs, check_points=False)
        self.strategy.sm.update_now()
        self.generation += 1
        self.normals, self.own, self.foreign = [], self.own.rows(np.arange(0)), self.foreign.rows(np.arange(0))
        if self.strategy.stop():
            self.restarts += 1
            self.strategy = self._start()

    def _padded(self, keys: Keys) -> Keys:
        return np.pad(keys, ((0, 0), (0, self.dimension - keys.shape[1])), constant_values=0.5)

    def _costs(self, batch: Told) -> Column:
        """One finite number per trial, in the order of preference."""
        if not self.goals.is_scalar:
            return np.argsort(constrained_order(batch.objectives, batch.violations)).astype(float)
        bottom = self.worst_loss if np.isfinite(self.worst_loss) else 0.0
        violations = np.minimum(batch.violations, 1.0 + 2.0 * self.worst_violation)
        return np.where(batch.violations == 0, batch.losses, bottom + violations)


def _zeros(*shape: int) -> Keys:
    """pycma draws nothing."""
    return np.zeros(shape)


def fold_into_box(points: Keys) -> Keys:
    """Map any points into [0, 1]: the identity inside, smooth near the bounds, periodic beyond (pycma's map).

    Example:
        >>> fold_into_box(np.array([-0.05, 0.5, 1.05, 1.25])).round(12).tolist()
        [0.0, 0.5, 1.0, 0.85]
    """
    start, period = -2 * MARGIN - 0.5, 2 + 4 * MARGIN
    points = points - period * np.floor((points - start) / period)
    points = np.where(points > 1 + MARGIN, 2 * (1 + MARGIN) - points, points)
    points = np.where(points < -MARGIN, -2 * MARGIN - points, points)
    low, high = (points + MARGIN) ** 2 / (4 * MARGIN), 1 - (points - 1 - MARGIN) ** 2 / (4 * MARGIN)
    return np.where(points < MARGIN, low, np.where(points > 1 - MARGIN, high, points))


def unfold(keys: Keys) -> Keys:
    """The points in [-0.05, 1.05] that `fold_into_box` maps to `keys`.

    Example:
        >>> unfold(np.array([0.0, 0.5, 1.0])).tolist()
        [-0.05, 0.5, 1.05]
    """
    low = -MARGIN + np.sqrt(4 * MARGIN * keys)
    high = 1 + MARGIN - np.sqrt(4 * MARGIN * (1 - keys))
    return np.where(keys < MARGIN, low, np.where(keys > 1 - MARGIN, high, keys))
