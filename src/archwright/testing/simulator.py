"""The law of a fast simulator: it agrees with its slow twin, or with an independent reference, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import Failed, Infeasible
from archwright.core.space import Design

Answer = Mapping[str, Any] | Infeasible | Failed
"""Quantities by name, each a number or an array, or why there are none."""

Simulate = Callable[[Sequence[Design]], Sequence[Answer]]


class Tolerance(NamedTuple):
    """How far a quantity may be off: by `relative` of the reference's largest value or by `absolute`.

    Args:
        relative: >= 0.
        absolute: >= 0, in the quantity's unit.
    """

    relative: float = 0.0
    absolute: float = 0.0


@dataclass(frozen=True)
class Parity:
    """What the comparison found.

    Args:
        n_designs: compared.
        n_answered: answered by both with quantities.
        n_disagreeing: answered by one only.
        relative: per quantity the largest relative error.
        absolute: per quantity the largest absolute error.
    """

    n_designs: int
    n_answered: int
    n_disagreeing: int
    relative: Mapping[str, float]
    absolute: Mapping[str, float]

    def __str__(self) -> str:
        """A line per quantity."""
        lines = [f"{self.n_answered} of {self.n_designs} designs answered by both, {self.n_disagreeing} by one only"]
        return "\n".join(
            lines
            + [
                f"{name}: {self.relative[name]:.3g} relative, {self.absolute[name]:.3g} absolute"
                for name in self.relative
            ]
        )


def check_simulator(
    simulate: Simulate,
    reference: Simulate,
    designs: Sequence[Design],
    tolerances: Mapping[str, Tolerance],
    *,
    max_disagreeing: int = 0,
) -> Parity:
    """Hold a simulator to a reference, quantity by quantity, and its batches to their order.

    Args:
        simulate: the fast one; it answers whole batches.
        reference: the slow twin, or another tool.
        designs: what to compare on, >= 2.
        tolerances: per quantity; a quantity is off when it exceeds both its tolerances.
        max_disagreeing: on so many designs one may answer with quantities and the other not, or the two name another
            kind of reason.

    Returns:
        The largest errors, to be printed.

    Raises:
        AssertionError: a quantity is off, the flags disagree, or an answer depends on the batch it stands in.

    Example:
        >>> halve = lambda designs: [{"half": d["x"] / 2} for d in designs]
        >>> shift = lambda designs: [{"half": d["x"] * 0.5 + 1e-9} for d in designs]
        >>> parity = check_simulator(halve, shift, [{"x": 1.0}, {"x": 3.0}], {"half": Tolerance(absolute=1e-8)})
        >>> round(parity.absolute["half"], 12)
        1e-09
    """
    answers, wanted = list(simulate(designs)), list(reference(designs))
    for who, found in (("simulator", answers), ("reference", wanted)):
        assert len(found) == len(designs), f"the {who} gives {len(found)} answers for {len(designs)} designs"
    _check_order(simulate, designs, answers)
    disagreeing = [i for i in range(len(designs)) if _kind(answers[i]) is not _kind(wanted[i])]
    if len(disagreeing) > max_disagreeing:
        i = disagreeing[0]
        raise AssertionError(
            f"on {len(disagreeing)} of {len(designs)} designs only one of both answers (at most {max_disagreeing} "
            f"may); first {designs[i]!r}: the simulator says {_short(answers[i])}, the reference {_short(wanted[i])}"
        )
    both = [i for i in range(len(designs)) if isinstance(answers[i], Mapping) and isinstance(wanted[i], Mapping)]
    assert both, "no design is answered by both; compare on designs that work"
    relative, absolute = {}, {}
    for name, tolerance in tolerances.items():
        errors = np.array([_errors(name, answers[i], wanted[i]) for i in both])
        _check_quantity(name, errors, tolerance, [designs[i] for i in both])
        relative[name], absolute[name] = errors.max(axis=0).tolist()
    return Parity(len(designs), len(both), len(disagreeing), relative, absolute)


def _check_quantity(name: str, errors: Any, tolerance: Tolerance, designs: Sequence[Design]) -> None:
    off = np.flatnonzero((errors[:, 0] > tolerance.relative) & (errors[:, 1] > tolerance.absolute))
    if len(off) == 0:
        return
    worst = off[errors[off, 0].argmax()]
    relative, absolute = errors[worst]
    raise AssertionError(
        f"{name} is off on {len(off)} of {len(designs)} designs, at worst by {relative:.3g} relative and "
        f"{absolute:.3g} absolute (allowed {tolerance.relative:g} or {tolerance.absolute:g}) at {designs[worst]!r}"
    )


def _errors(name: str, answer: Any, wanted: Any) -> tuple[float, float]:
    for who, quantities in (("simulator", answer), ("reference", wanted)):
        assert name in quantities, f"the {who} gives no {name}, only {sorted(quantities)}"
    ours, theirs = np.atleast_1d(answer[name]), np.atleast_1d(wanted[name])
    assert ours.shape == theirs.shape, f"{name} has shape {ours.shape}, the reference's has {theirs.shape}"
    gap = float(np.abs(ours - theirs).max())
    assert np.isfinite(gap), f"{name} is not finite; flag the design as Infeasible or Failed instead"
    scale = float(np.abs(theirs).max())
    return (gap / scale if scale > 0.0 else 0.0 if gap == 0.0 else float("inf")), gap


def _check_order(simulate: Simulate, designs: Sequence[Design], answers: Sequence[Answer]) -> None:
    backwards = list(simulate(list(designs)[::-1]))[::-1]
    for place, others in (("alone", list(simulate(designs[:1]))), ("in the reversed batch", backwards)):
        for design, answer, other in zip(designs, answers, others, strict=False):
            assert _is_same(answer, other), (
                f"{design!r} gives {_short(answer)} in the batch and {_short(other)} {place}, or other numbers; "
                "no design may depend on its neighbours"
            )


def _kind(answer: Answer) -> type:
    return Infeasible if isinstance(answer, Infeasible) else Failed if isinstance(answer, Failed) else Mapping


def _is_same(first: Answer, second: Answer) -> bool:
    if not (isinstance(first, Mapping) and isinstance(second, Mapping)):
        return _kind(first) is _kind(second)
    return first.keys() == second.keys() and all(
        np.allclose(first[name], second[name], rtol=1e-9, atol=0.0, equal_nan=True) for name in first
    )


def _short(answer: Answer) -> str:
    return repr(answer) if not isinstance(answer, Mapping) else f"quantities ({', '.join(answer)})"
