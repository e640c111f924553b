"""Derivatives of metrics that are formulas of a bench's measures: gains in ohms, products, figures of merit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from archwright.circuits.bench import CHUNK, Bench, Differentiated, Floats, Measured
from archwright.core.errors import Failed, Infeasible
from archwright.core.problem import Gradients
from archwright.core.record import Record
from archwright.core.space import Design

SHARE = 1e-6
"""Step of a measure, relative, in the central differences of a formula."""


class Derived(Protocol):
    """A problem whose metrics are measures of one bench and formulas of them."""

    @property
    def space(self) -> Record:
        """Of its designs."""
        ...

    @property
    def bench(self) -> Bench:
        """Measures them."""
        ...

    @property
    def metrics(self) -> Mapping[str, str]:
        """Units by name."""
        ...

    def derived(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """The metrics that are formulas of the bench's columns, each row by itself."""
        ...


def amplifier_gradients(problem: Derived, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
    """Metrics with their derivatives, by the embedded simulator on either engine.

    Args:
        problem: an amplifier.
        designs: of its space.
    """
    values = problem.space.to_array(designs)
    answers: list[Gradients | Infeasible | Failed] = []
    for first in range(0, len(values), CHUNK):
        found = problem.bench.derivatives.differentiate(values[first : first + CHUNK])
        answers += chained(found, problem.derived).gradients(problem.metrics)
    return answers


def chained(found: Differentiated, derived: Callable[[Mapping[str, Floats]], Mapping[str, Floats]]) -> Differentiated:
    """Formulas and their derivatives, beside those of the measures they are made of.

    Args:
        found: measures with derivatives.
        derived: the formulas, of (n,) columns by name.

    Example:
        >>> measured = Measured({"gain": np.array([3.0]), "f_hz": np.array([5.0])}, {})
        >>> found = Differentiated(measured, {"gain": np.array([[1.0, 0.0]]), "f_hz": np.array([[0.0, 2.0]])})
        >>> product = chained(found, lambda columns: {"gbw_hz": columns["gain"] * columns["f_hz"]})
        >>> product.slopes["gbw_hz"].round(6)
        array([[5., 6.]])
    """
    columns = found.measured.columns
    with np.errstate(invalid="ignore", divide="ignore"):  # designs without an answer have reasons instead
        formulas = derived(columns)
        slopes = {name: np.zeros_like(next(iter(found.slopes.values()))) for name in formulas}
        for measure, column in columns.items():
            step = SHARE * np.maximum(np.abs(column), 1e-30)
            ahead, behind = (derived({**columns, measure: column + sign * step}) for sign in (1.0, -1.0))
            for name, slope in slopes.items():
                slope += ((ahead[name] - behind[name]) / (2.0 * step))[:, None] * found.slopes[measure]
    return Differentiated(Measured({**columns, **formulas}, found.measured.reasons), {**found.slopes, **slopes})
