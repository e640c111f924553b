"""Cubics through four neighbouring points, for whole batches of curves."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def cubic(x: Floats, y: Floats, at: Floats) -> Floats:
    """The cubic through four points per row.

    Args:
        x: (n, 4) of which no two are equal.
        y: (n, 4).
        at: (n,) where it is wanted.

    Returns:
        (n,) its values.

    Example:
        >>> cubic(np.array([[0.0, 1.0, 2.0, 3.0]]), np.array([[0.0, 1.0, 8.0, 27.0]]), np.array([1.5]))
        array([3.375])
    """
    found = np.zeros(len(x))
    for k in range(4):
        others = [j for j in range(4) if j != k]
        found += y[:, k] * np.prod((at[:, None] - x[:, others]) / (x[:, k, None] - x[:, others]), axis=1)
    return found


def inverse_cubic(x: Floats, y: Floats) -> Floats:
    """Where y falls through 0: the cubic x(y), or a line between two points where y does not fall throughout.

    Args:
        x: (n, 4) rising.
        y: (n, 4) that falls through 0 between two of the points; else the answer means nothing.

    Returns:
        (n,) values of x.

    Example:
        >>> x = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0]])
        >>> inverse_cubic(x, np.array([[1.5, 0.5, -0.5, -1.5], [0.5, 1.0, -1.0, -0.5]]))
        array([1.5, 1.5])
    """
    falls = np.all(np.diff(y, axis=1) < 0, axis=1)
    left = ((y[:, :-1] >= 0.0) & (y[:, 1:] < 0.0)).argmax(axis=1)[:, None] + np.arange(2)
    x_ends, y_ends = np.take_along_axis(x, left, axis=1), np.take_along_axis(y, left, axis=1)
    slope = np.where(falls, -1.0, y_ends[:, 1] - y_ends[:, 0])
    slope = np.where(slope == 0.0, -1.0, slope)
    line = x_ends[:, 0] - y_ends[:, 0] * (x_ends[:, 1] - x_ends[:, 0]) / slope
    steady = np.where(falls[:, None], y, np.array([3.0, 2.0, 1.0, 0.0]))
    return np.where(falls, cubic(steady, x, np.zeros(len(x))), line)
