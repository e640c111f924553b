"""The step of the gradient method: the best design that the models promise within a trust region.

    minimize  F(u(d)) + penalty * sum t_j   over d, t >= 0,   c_j(u(d)) <= t_j,   low <= d <= high            (1)

F is minus the goals' merit, c_j the relative shortfall of constraint j, ln bound / metric where metrics are modelled by
their logarithms. The slacks t keep (1) solvable where no design within reach meets every constraint; the same exact
penalty rates a step once it is simulated.

Source: R. Fletcher, "Practical Methods of Optimization", 2nd edition, 1987, section 14.3 (exact penalty); D. Kraft, "A
software package for sequential quadratic programming", DFVLR-FB 88-28, 1988 (the solver, SLSQP of SciPy).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from archwright.core.goal import TOLERANCE, Goal, Goals
from archwright.core.space import Keys
from archwright.optimizers.gradient_model import LocalModel
from archwright.optimizers.keyed import Column, Mask

PENALTY = 30.0
MARGIN = 0.5 * TOLERANCE
"""Constraints count as met this far short of their bound, half of what goals forgive: a step that ends a little
shorter still meets them."""
DIFFERENCE = 1e-6
MAX_ITERATIONS = 60


@dataclass(frozen=True)
class Rating:
    """The goals as functions of modelled metrics.

    Args:
        goals: what is wanted.
        names: metrics in the order of the models.
        is_log: (k,) which of them are modelled by their logarithm.
        weights: (t,) of each objective's merit.
    """

    goals: Goals
    names: tuple[str, ...]
    is_log: Mask
    weights: Column

    def loss(self, u: Column) -> float:
        """F: minus the merit of all objectives."""
        pairs = zip(self.goals.targets, self.weights.tolist(), strict=True)
        return -sum([weight * self._merit(one, float(u[self.names.index(one.metric)])) for one, weight in pairs], 0.0)

    def _merit(self, one: Goal, u: float) -> float:
        is_log = self.is_log[self.names.index(one.metric)]
        return one.merit(math.exp(min(u, 300.0)) if is_log else u)

    def loss_slopes(self, u: Column) -> Column:
        """(k,) its derivatives."""
        slopes = np.zeros(len(self.names))
        for one, weight in zip(self.goals.targets, self.weights.tolist(), strict=True):
            at = self.names.index(one.metric)
            step = DIFFERENCE if self.is_log[at] else DIFFERENCE * max(abs(float(u[at])), 1e-9)
            ahead, behind = (self._merit(one, float(u[at]) + sign * step) for sign in (1.0, -1.0))
            slopes[at] -= weight * (ahead - behind) / (2.0 * step)
        return slopes

    def lines(self) -> tuple[Keys, Column]:
        """(c, k) and (c,): the shortfalls are the first times the metrics plus the second."""
        constraints = self.goals.constraints
        rows, offsets = np.zeros((len(constraints), len(self.names))), np.zeros(len(constraints))
        for row, one in enumerate(constraints):
            assert one.value is not None
            at, sign = self.names.index(one.metric), -1.0 if one.sense == ">=" else 1.0
            scale = 1.0 if self.is_log[at] else abs(one.value) or 1.0
            bound = math.log(one.value) if self.is_log[at] else one.value
            rows[row, at] = sign / scale
            offsets[row] = -sign * bound / scale - (MARGIN if one.value else 0.0)
        return rows, offsets

    def height(self, u: Column) -> float:
        """Loss plus penalties: what a step must lower."""
        rows, offsets = self.lines()
        return self.loss(u) + PENALTY * float(np.maximum(rows @ u + offsets, 0.0).sum())


def best_step(model: LocalModel, rating: Rating, low: Column, high: Column, start: Column | None = None) -> Column:
    """The solution of (1), or the first guess where the solver finds none that the models prefer.

    Args:
        model: of the metrics.
        rating: of the metrics.
        low, high: (horizon,) bounds of the step.
        start: (horizon,) first guess; no step unless given.

    Returns:
        (horizon,) step.
    """
    from scipy.optimize import Bounds, minimize

    rows, offsets = rating.lines()
    n, n_slacks = len(low), len(offsets)
    unit = np.hstack([np.zeros((n_slacks, n)), np.eye(n_slacks)])

    here, start = np.zeros(n), np.clip(np.zeros(n) if start is None else start, low, high)
    reach = np.abs(rating.loss_slopes(model.at(here)) @ model.slopes(here)) @ np.maximum(-low, high)
    missed = np.maximum(rows @ model.at(here) + offsets, 0.0).sum()
    scale = 1.0 / max(float(reach + PENALTY * missed), 1e-200)  # what may be gained is about 1
    short = np.maximum(rows @ model.at(start) + offsets, 0.0)

    def value(x: Column) -> float:
        return scale * (rating.loss(model.at(x[:n])) + PENALTY * float(x[n:].sum()))

    def slopes(x: Column) -> Column:
        along = rating.loss_slopes(model.at(x[:n])) @ model.slopes(x[:n])
        return scale * np.concatenate([along, np.full(n_slacks, PENALTY)])

    def slack(x: Column) -> Column:
        return x[n:] - rows @ model.at(x[:n]) - offsets

    def slack_slopes(x: Column) -> Keys:
        return unit - np.hstack([rows @ model.slopes(x[:n]), np.zeros((n_slacks, n_slacks))])

    found = minimize(
        value, np.concatenate([start, short]), jac=slopes, method="SLSQP",
        bounds=Bounds(np.concatenate([low, np.zeros(n_slacks)]), np.concatenate([high, np.full(n_slacks, np.inf)])),
        constraints=[{"type": "ineq", "fun": slack, "jac": slack_slopes}] if n_slacks else [],
        options={"maxiter": MAX_ITERATIONS, "ftol": 1e-10},
    )  # fmt: skip
    step = np.clip(found.x[:n], low, high)
    is_better = np.isfinite(step).all() and rating.height(model.at(step)) <= rating.height(model.at(start))
    return step if is_better else start
