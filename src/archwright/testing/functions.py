"""Standard test functions as problems, with their known optima, fronts and hypervolumes.

They cost microseconds, so a method can be measured before it meets a simulator. Every one evaluates whole batches.
`optimal_value` and `optimizers` (one objective) or `front`, `reference_point` and `hypervolume` (two objectives) say
what is to be reached; the tests evaluate them.

Sources: Dixon and Szego (1978) for Branin and Hartmann; Rosenbrock (1960); Rastrigin (1974) in n dimensions after
Muhlenbein et al. (1991); Zitzler, Deb and Thiele (2000) for ZDT; Binh and Korn (1997) for BNH; Osyczka and Kundu
(1995) for OSY, its front after Deb, "Multi-Objective Optimization using Evolutionary Algorithms" (2001), table 30.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goals
from archwright.core.problem import Gradients, Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, Real

Array = np.ndarray[Any, np.dtype[np.float64]]

COMPLEX_STEP = 1e-30

WIDENED_OSY_HYPERVOLUME = 22609.384
"""From (0, 100), by the trapezoidal rule over 200,000 points of the front."""

_HARTMANN_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
_HARTMANN_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


class Function(ABC):
    """A formula over a box as a problem; its subclasses are the standard functions.

    Args:
        name: the problem's name.
        bounds: (low, high) of each variable `x1`, `x2` ...
        metrics: names of the values, in the order `values` gives them.
        goals: the goals as text.

    Attributes:
        optimal_value: the smallest value of a function with one objective, else None.
        optimizers: every known design, as numbers, that has it; with two objectives some points of the front.
        reference_point: where hypervolume is measured from, in the objectives; None with one objective.
        hypervolume: the hypervolume of the whole front from `reference_point`; None with one objective.
    """

    version = "1"
    typical_seconds = 1e-6
    optimal_value: float | None = None
    optimizers: tuple[tuple[float, ...], ...] = ()
    reference_point: tuple[float, float] | None = None
    hypervolume: float | None = None

    def __init__(
        self, name: str, bounds: Sequence[tuple[float, float]], metrics: Sequence[str], goals: Iterable[str]
    ) -> None:
        self.name = name
        self.space = Record({f"x{i}": Real(low, high) for i, (low, high) in enumerate(bounds, start=1)})
        self.metrics: Mapping[str, str] = dict.fromkeys(metrics, "")
        self.goals = Goals.read(goals, self.metrics).goals

    @abstractmethod
    def values(self, x: Array) -> Array:
        """The metrics `(n, n_metrics)` at `x`, `(n, n_variables)`."""

    def front(self, n: int) -> Array:
        """About `n` points `(n, 2)` of the exact Pareto front; empty with one objective."""
        return np.empty((0, 2))

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """The values of every design; `rng` is not used.

        Example:
            >>> Sphere(2).evaluate([{"x1": 0.0, "x2": 2.0}], rng=np.random.default_rng(0))
            [{'f': 4.0}]
        """
        rows = self.values(self.space.to_array(designs))
        return [dict(zip(self.metrics, row, strict=True)) for row in rows.tolist()]

    def gradients(self, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
        """The values with their exact derivatives, by the complex step: a formula takes complex numbers as well.

        Source: W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
        40, 1998.

        Example:
            >>> Sphere(2).gradients([{"x1": 0.5, "x2": 2.0}])[0].slopes["f"]
            array([1., 4.])
        """
        x = self.space.to_array(designs).astype(np.complex128)
        steps = COMPLEX_STEP * 1j * np.eye(self.space.horizon)
        slopes = np.array([self.values(x + step).imag / COMPLEX_STEP for step in steps]).transpose(1, 2, 0)
        metrics = [dict(zip(self.metrics, row, strict=True)) for row in self.values(x.real).tolist()]
        named = [dict(zip(self.metrics, rows, strict=True)) for rows in slopes]
        return [Gradients(*pair) for pair in zip(metrics, named, strict=True)]

    def references(self) -> list[Reference]:
        """The known optimizers with their values."""
        return [
            Reference(f"optimum {i}", self.space.from_array(np.array([point]))[0], self._at(point), "closed form", True)
            for i, point in enumerate(self.optimizers, start=1)
        ]

    def _at(self, point: Sequence[float]) -> Metrics:
        return dict(zip(self.metrics, self.values(np.array([point]))[0].tolist(), strict=True))


class Sphere(Function):
    """`sum x_i^2`: what every method must solve.

    Args:
        n: number of variables, >= 1.
    """

    optimal_value = 0.0

    def __init__(self, n: int = 6) -> None:
        super().__init__("sphere", [(-5.0, 5.0)] * n, ["f"], ["min f"])
        self.optimizers = ((0.0,) * n,)

    def values(self, x: Array) -> Array:
        """The sum of squares."""
        total: Array = np.square(x).sum(axis=1, keepdims=True)
        return total


class Rosenbrock(Function):
    """A curved narrow valley.

    Args:
        n: number of variables, >= 2.
    """

    optimal_value = 0.0

    def __init__(self, n: int = 6) -> None:
        super().__init__("rosenbrock", [(-5.0, 10.0)] * n, ["f"], ["min f"])
        self.optimizers = ((1.0,) * n,)

    def values(self, x: Array) -> Array:
        """`sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2`."""
        head, tail = x[:, :-1], x[:, 1:]
        total: Array = (100.0 * (tail - head**2) ** 2 + (1.0 - head) ** 2).sum(axis=1, keepdims=True)
        return total


class Rastrigin(Function):
    """Many regular local minima around one global one.

    Args:
        n: number of variables, >= 1.
    """

    optimal_value = 0.0

    def __init__(self, n: int = 6) -> None:
        super().__init__("rastrigin", [(-5.12, 5.12)] * n, ["f"], ["min f"])
        self.optimizers = ((0.0,) * n,)

    def values(self, x: Array) -> Array:
        """`10 n + sum x_i^2 - 10 cos(2 pi x_i)`."""
        total: Array = (10.0 + x**2 - 10.0 * np.cos(2 * math.pi * x)).sum(axis=1, keepdims=True)
        return total


class Branin(Function):
    """Two variables, three global minima."""

    optimal_value = 10.0 / (8.0 * math.pi)
    optimizers = ((-math.pi, 12.275), (math.pi, 2.275), (3.0 * math.pi, 2.475))

    def __init__(self) -> None:
        super().__init__("branin", [(-5.0, 10.0), (0.0, 15.0)], ["f"], ["min f"])

    def values(self, x: Array) -> Array:
        """`(x2 - 5.1 x1^2 / 4 pi^2 + 5 x1 / pi - 6)^2 + 10 (1 - 1 / 8 pi) cos x1 + 10`."""
        first, second = x[:, :1], x[:, 1:]
        valley = second - 5.1 / (4 * math.pi**2) * first**2 + 5 / math.pi * first - 6
        return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * np.cos(first) + 10


class Hartmann6(Function):
    """Six variables in the unit cube, six local minima."""

    optimal_value = -3.32237
    optimizers = ((0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573),)

    def __init__(self) -> None:
        super().__init__("hartmann6", [(0.0, 1.0)] * 6, ["f"], ["min f"])

    def values(self, x: Array) -> Array:
        """`-sum_i alpha_i exp(-sum_j A_ij (x_j - P_ij)^2)`."""
        distance = (_HARTMANN_A * (x[:, None, :] - _HARTMANN_P) ** 2).sum(axis=2)
        total: Array = -(np.exp(-distance) @ _HARTMANN_ALPHA)[:, None]
        return total


class Zdt1(Function):
    """A convex front.

    Args:
        n: number of variables, >= 2.
    """

    reference_point = (11.0, 11.0)
    hypervolume = 120.0 + 2.0 / 3.0

    def __init__(self, n: int = 30) -> None:
        super().__init__("zdt1", [(0.0, 1.0)] * n, ["f1", "f2"], ["min f1", "min f2"])
        self.optimizers = tuple((first, *(0.0,) * (n - 1)) for first in (0.0, 0.25, 1.0))

    def values(self, x: Array) -> Array:
        """`f1 = x1`, `g = 1 + 9 mean(x2 ...)`, `f2 = g (1 - sqrt(f1 / g))`."""
        return _zdt(x, 0.5)

    def front(self, n: int) -> Array:
        """`n` points of `f2 = 1 - sqrt f1`."""
        first = np.linspace(0.0, 1.0, n)
        return np.stack([first, 1.0 - np.sqrt(first)], axis=1)


class Zdt2(Function):
    """A front that is not convex: weighted sums find only its ends.

    Args:
        n: number of variables, >= 2.
    """

    reference_point = (11.0, 11.0)
    hypervolume = 120.0 + 1.0 / 3.0

    def __init__(self, n: int = 30) -> None:
        super().__init__("zdt2", [(0.0, 1.0)] * n, ["f1", "f2"], ["min f1", "min f2"])
        self.optimizers = tuple((first, *(0.0,) * (n - 1)) for first in (0.0, 0.5, 1.0))

    def values(self, x: Array) -> Array:
        """`f1 = x1`, `g = 1 + 9 mean(x2 ...)`, `f2 = g (1 - (f1 / g)^2)`."""
        return _zdt(x, 2.0)

    def front(self, n: int) -> Array:
        """`n` points of `f2 = 1 - f1^2`."""
        first = np.linspace(0.0, 1.0, n)
        return np.stack([first, 1.0 - first**2], axis=1)


def _zdt(x: Array, power: float) -> Array:
    first = x[:, 0]
    g = 1.0 + 9.0 * x[:, 1:].mean(axis=1)
    return np.stack([first, g * (1.0 - (first / g) ** power)], axis=1)


class Bnh(Function):
    """Two objectives, two constraints, two variables; the front is easy, one constraint cuts it nowhere."""

    reference_point = (140.0, 50.0)
    hypervolume = 7000.0 - 1368.0 - 992.0 / 3.0 - 16.0
    optimizers = ((0.0, 0.0), (3.0, 3.0), (5.0, 3.0))

    def __init__(self) -> None:
        goals = ["min f1", "min f2", "c1 <= 25", "c2 >= 7.7"]
        super().__init__("bnh", [(0.0, 5.0), (0.0, 3.0)], ["f1", "f2", "c1", "c2"], goals)

    def values(self, x: Array) -> Array:
        """`f1 = 4 x1^2 + 4 x2^2`, `f2 = (x1 - 5)^2 + (x2 - 5)^2` and the two constrained circles."""
        first, second = x.T
        return np.stack(
            [
                4 * first**2 + 4 * second**2,
                (first - 5) ** 2 + (second - 5) ** 2,
                (first - 5) ** 2 + second**2,
                (first - 8) ** 2 + (second + 3) ** 2,
            ],
            axis=1,
        )

    def front(self, n: int) -> Array:
        """`x1 = x2` up to 3, then `x2 = 3`."""
        first = np.linspace(0.0, 5.0, n)
        return self.values(np.stack([first, np.minimum(first, 3.0)], axis=1))[:, :2]


class Osy(Function):
    """Two objectives, six constraints, six variables; the front lies on different edges of the constraints.

    Args:
        is_widened: the box of Ahmadianshalchi et al. (2023), half as large again at the upper ends: a smaller share of
            it is feasible, and `x5` beyond 5 adds to the front.
    """

    reference_point = (0.0, 80.0)
    hypervolume = 16796.05
    optimizers = ((5.0, 1.0, 5.0, 0.0, 5.0, 0.0), (5.0, 1.0, 1.0, 0.0, 1.0, 0.0), (0.0, 2.0, 1.0, 0.0, 1.0, 0.0))

    def __init__(self, *, is_widened: bool = False) -> None:
        bounds = [(0.0, 10.0), (0.0, 10.0), (1.0, 5.0), (0.0, 6.0), (1.0, 5.0), (0.0, 10.0)]
        if is_widened:
            bounds = [(0.0, 15.0), (0.0, 15.0), (1.0, 7.0), (0.0, 9.0), (1.0, 7.0), (0.0, 15.0)]
            self.reference_point, self.hypervolume = (0.0, 100.0), WIDENED_OSY_HYPERVOLUME
            self.optimizers = ((5.0, 1.0, 5.0, 0.0, 7.0, 0.0), *self.optimizers[1:])
        self.is_widened = is_widened
        limits = ["c1 >= 2", "c1 <= 6", "c2 <= 2", "c3 <= 2", "c4 <= 4", "c5 >= 4"]
        metrics = ["f1", "f2", "c1", "c2", "c3", "c4", "c5"]
        name = "osy-widened" if is_widened else "osy"
        super().__init__(name, bounds, metrics, ["min f1", "min f2", *limits])

    def values(self, x: Array) -> Array:
        """The two objectives and the five constrained sums."""
        a, b, c, d, e, f = x.T
        f1 = -(25 * (a - 2) ** 2 + (b - 2) ** 2 + (c - 1) ** 2 + (d - 4) ** 2 + (e - 1) ** 2)
        sums = [a + b, b - a, a - 3 * b, (c - 3) ** 2 + d, (e - 3) ** 2 + f]
        return np.stack([f1, np.square(x).sum(axis=1), *sums], axis=1)

    def front(self, n: int) -> Array:
        """Deb's five edges, `n` points in all; in the widened box `x5` goes on to 7 before `x3` goes from 1 to 5."""
        part = np.linspace(0.0, 1.0, max(n // (6 if self.is_widened else 5), 2))
        zero, one = np.zeros_like(part), np.ones_like(part)
        last = [[5 * one, one, 1 + 4 * part, zero, 5 * one, zero]]
        if self.is_widened:
            last = [[5 * one, one, one, zero, 5 + 2 * part, zero], [5 * one, one, 1 + 4 * part, zero, 7 * one, zero]]
        edges = [
            *last,
            [5 * one, one, 1 + 4 * part, zero, one, zero],
            [4.056 + 0.944 * part, (2.056 + 0.944 * part) / 3, one, zero, one, zero],
            [zero, 2 * one, 1 + 2.732 * part, zero, one, zero],
            [part, 2 - part, one, zero, one, zero],
        ]
        return self.values(np.concatenate([np.stack(edge, axis=1) for edge in edges]))[:, :2]
