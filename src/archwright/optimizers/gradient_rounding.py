"""Steps of the gradient method on a grid: sizes are rounded one by one while the models adapt the others.

The continuous solution comes first. Of the sizes that lie between two grid points the first is fixed at either, the
rest is solved anew, and the `BEAM` best partial designs go on: a beam search of depth at most the number of sizes.
Once all sizes are close to their grid, they are rounded together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from archwright.optimizers.gradient_model import Coordinates, LocalModel
from archwright.optimizers.gradient_step import Rating, best_step
from archwright.optimizers.keyed import Column

BEAM = 2
FINE = 0.005
"""Coordinates this close to a grid point are not worth a choice."""
ON_GRID = 1e-7
"""Coordinates this close to a grid point lie on it."""


class _Partial(NamedTuple):
    height: float
    z: Column
    fixed: Mapping[int, float]


def candidates(model: LocalModel, rating: Rating, coordinates: Coordinates, radius: float) -> list[Column]:
    """Coordinates that the models rate best within a radius, best first; on the grid where there is one.

    Args:
        model: of the metrics.
        rating: of the metrics.
        coordinates: bounds and grid.
        radius: of the trust region; a grid point next to the center counts as within.
    """
    low, high = np.maximum(coordinates.low, model.z - radius), np.minimum(coordinates.high, model.z + radius)
    below, above = coordinates.neighbours(coordinates.values(model.z[None])[0])
    has_grid = coordinates.steps > 0
    low, high = np.where(has_grid, np.minimum(low, below), low), np.where(has_grid, np.maximum(high, above), high)
    partials = [_solved(model, rating, low, high, {}, model.z)]
    leaves: list[_Partial] = []
    while partials:
        grown: list[_Partial] = []
        for one in partials:
            far = _distances(one, coordinates)
            axis = int(far.argmax())
            if far[axis] > FINE:
                ends = coordinates.around(one.z, axis)
                grown += [_solved(model, rating, low, high, {**one.fixed, axis: end}, one.z) for end in ends]
            else:
                rounded = {at: coordinates.around(one.z, at)[0] for at in np.flatnonzero(has_grid).tolist()}
                leaves.append(_solved(model, rating, low, high, rounded, one.z) if far[axis] > ON_GRID else one)
        partials = sorted(grown, key=lambda one: one.height)[:BEAM]
    return [one.z for one in sorted(leaves, key=lambda one: one.height)]


def _solved(
    model: LocalModel, rating: Rating, low: Column, high: Column, fixed: Mapping[int, float], near: Column
) -> _Partial:
    """The best design with some sizes fixed, searched from `near`."""
    low, high = low.copy(), high.copy()
    for axis, end in fixed.items():
        low[axis] = high[axis] = end
    z = model.z + best_step(model, rating, low - model.z, high - model.z, near - model.z)
    return _Partial(rating.height(model.at(z - model.z)), z, fixed)


def _distances(one: _Partial, coordinates: Coordinates) -> Column:
    """(horizon,) distance of each size from its grid; 0 where it is fixed or has none."""
    far = np.zeros(len(one.z))
    for axis in np.flatnonzero(coordinates.steps > 0).tolist():
        if axis not in one.fixed:
            far[axis] = abs(coordinates.around(one.z, axis)[0] - one.z[axis])
    return far
