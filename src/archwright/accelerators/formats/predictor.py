"""A learned SAGE: the best formats of new products, predicted from evaluations of other ones.

Every evaluated choice tells what each operand and the computation took. With as many choices as there are pairs of a
memory format and compute formats, 35 of 245, each part of a workload is seen once. Logarithms of the parts are then
learned over the logarithms of what they depend on: an operand's over its two sizes and its density, the computation's
over three sizes and two densities, by a plane and Gaussian-process regression (Matern 3/2, fixed scales) of what is
left. New products cost no evaluation.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archwright.accelerators.formats.converter import Converter
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.sage import (
    COMPUTE_FORMATS,
    MEMORY_FORMATS,
    Choice,
    Table,
    computed_of,
    operands_of,
    tabulate,
)
from archwright.accelerators.formats.workloads import Workload, product_of
from archwright.core.errors import SpecError

Floats = np.ndarray[Any, np.dtype[np.float64]]

SCALE, NOISE = 6.0, 1e-4
"""Length over which parts vary, in deviations of the training set, and variance of what is not learned."""


@dataclass(eq=False)
class SagePredictor:
    """Predicts energy-delay products of every choice for products of matrices.

    Args:
        array: what computes.
        converter: what converts; hardware or software, so that every choice exists.
        layout: widths in memory.

    Raises:
        SpecError: the converter does not convert.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> predictor = SagePredictor().fit(draw_products(100, rng=rng))
        >>> predictor.n_evaluations, bool(predictor.regrets(draw_products(200, rng=rng)).mean() < 0.2)
        (3500, True)
    """

    array: Array = field(default_factory=Array)
    converter: Converter = field(default_factory=Converter)
    layout: Layout = field(default_factory=Layout)

    def __post_init__(self) -> None:
        """Check the converter."""
        self.n_evaluations = 0
        self._models: list[_Model] = []
        if self.converter.kind == "none":
            raise SpecError("converter", "none", "a converter that converts, so that every choice exists")

    def fit(self, workloads: Workload) -> SagePredictor:
        """Learn from products of uniform density, all choices of `covering_choices` of each.

        Args:
            workloads: many in one.
        """
        a, b = operands_of(workloads, self.array, self.converter, self.layout)
        computed = computed_of(workloads, self.array, self.layout)
        parts = [(one.transfer + one.conversion, one.energy_j) for one in (a, b)]
        parts.append((computed.result + computed.cycles, computed.energy_j))
        self._models = [_Model(x, part) for x, pair in zip(_inputs(workloads), parts, strict=True) for part in pair]
        self.n_evaluations = len(covering_choices()) * len(_inputs(workloads)[0])
        return self

    def predict(self, workloads: Workload) -> Floats:
        """Energy-delay products, (n, choices), in cycles for seconds."""
        inputs = [x for x in _inputs(workloads) for _ in range(2)]
        a_time, a_j, b_time, b_j, time, joules = (
            model.predict(x) for model, x in zip(self._models, inputs, strict=True)
        )
        cycles = a_time[:, :, None, :] + b_time[:, None, :, :] + time[:, None, None, :]
        energy = a_j[:, :, None, :] + b_j[:, None, :, :] + joules[:, None, None, :]
        found: Floats = (cycles * energy).reshape(len(cycles), -1)
        return found

    def regrets(self, workloads: Workload) -> Floats:
        """(n,) by which share more energy-delay product the predicted choice takes than the best one."""
        return regrets(self.predict(workloads), tabulate(workloads, self.array, self.converter, self.layout))


class _Model:
    """A regression of logarithms over logarithms, many outputs at once."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self.mean, self.deviation = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
        self.shape = y.shape[1:]
        at, outputs = self._scaled(x), np.log(y).reshape(len(x), -1)
        self.at, plane = at, np.column_stack([np.ones(len(at)), at])
        self.slopes = np.linalg.lstsq(plane, outputs, rcond=None)[0]
        self.weights = np.linalg.solve(_matern(at, at) + NOISE * np.eye(len(at)), outputs - plane @ self.slopes)

    def _scaled(self, x: Floats) -> Floats:
        scaled: Floats = (x - self.mean) / (SCALE * self.deviation)
        return scaled

    def predict(self, x: Floats) -> Floats:
        at = self._scaled(x)
        logs = np.column_stack([np.ones(len(at)), at]) @ self.slopes + _matern(at, self.at) @ self.weights
        found: Floats = np.exp(logs).reshape(len(x), *self.shape)
        return found


def _matern(first: Floats, second: Floats) -> Floats:
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * first @ second.T
    far = np.sqrt(3.0 * np.maximum(squares, 0.0))
    kernel: Floats = (1.0 + far) * np.exp(-far)
    return kernel


def _inputs(workloads: Workload) -> tuple[Floats, Floats, Floats]:
    """Logarithms of what both operands and the computation depend on, (n, 3), (n, 3), (n, 5)."""
    (rows, inner), columns = workloads.a.shape, workloads.b.shape[1]
    densities = [np.maximum(one.nonzeros / one.elements, 1e-12) for one in (workloads.a, workloads.b)]
    logs = [np.log(np.atleast_1d(one)) for one in (rows, inner, columns, *densities)]
    rows, inner, columns, first, second = np.broadcast_arrays(*logs)
    return (
        np.column_stack([rows, inner, first]),
        np.column_stack([inner, columns, second]),
        np.column_stack([rows, inner, columns, first, second]),
    )


def regrets(predicted: Floats, table: Table) -> Floats:
    """(n,) by which share more energy-delay product a predicted choice takes than the best one.

    Args:
        predicted: (n, choices), least where the choice is believed best.
        table: what the choices take.
    """
    actual = table.energy_delay_js
    chosen = np.take_along_axis(actual, predicted.argmin(axis=1)[:, None], axis=1)[:, 0]
    found: Floats = chosen / actual.min(axis=1) - 1.0
    return found


def covering_choices() -> tuple[Choice, ...]:
    """Choices that show each part of a product once: every memory format of both with every pair to compute on.

    Example:
        >>> len(covering_choices())
        35
    """
    pairs = itertools.product(MEMORY_FORMATS[2], COMPUTE_FORMATS[2])
    return tuple(Choice(name, name, *pair) for name, pair in pairs)


def draw_products(n: int, *, rng: np.random.Generator) -> Workload:
    """Products with sizes from 30 to 30,000 and densities from 1e-5 to 1, evenly over their logarithms, as one.

    Args:
        n: how many.
        rng: draws them.

    Example:
        >>> draw_products(5, rng=np.random.default_rng(0)).a.nonzeros.shape
        (5,)
    """
    sizes = [np.round(10.0 ** rng.uniform(np.log10(30), np.log10(30_000), n)) for _ in range(3)]
    first, second = (10.0 ** rng.uniform(-5.0, 0.0, n) for _ in range(2))
    return product_of(sizes, first, second)
