"""The laws of the powers that a problem may claim: to draw, be observed, measure drafts, run, give derivatives."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np

from archwright.core.problem import (
    Controlled,
    Differentiable,
    Drawable,
    Gradients,
    Metrics,
    Observable,
    Outcome,
    Problem,
    Stepwise,
    Timed,
)
from archwright.core.record import Record
from archwright.core.space import Design, Draft, Real

SVG = "{http://www.w3.org/2000/svg}svg"
DIFFERENCE = 1e-5
"""Step of central differences, in terms of a parameter's range."""
FLAT = 1e-6
"""Where all slopes of a metric are 0, it may change by a hundredth of this over a range."""
SLACK = 100.0
"""How many times longer than `typical_seconds` a design may take: other machines are slower, and busy."""


def check_powers(
    problem: Problem, designs: Sequence[Design], outcomes: Sequence[Outcome], *, rng: np.random.Generator
) -> None:
    """Hold `problem` to every power it claims.

    Args:
        problem: any.
        designs: of its space.
        outcomes: of these designs.
        rng: draws drafts.

    Raises:
        AssertionError: a power does not keep its promise; the message says which and how to mend it.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> check_powers(Sphere(2), [{"x1": 0.0, "x2": 0.0}], [{"f": 0.0}], rng=np.random.default_rng(0))
    """
    if isinstance(problem, Drawable):
        done = [design for design, outcome in zip(designs, outcomes, strict=True) if isinstance(outcome, Mapping)]
        for design in done[:2]:
            check_svg(problem.draw(design))
    if isinstance(problem, Observable | Stepwise):
        _check_drafts(problem, rng)
    if isinstance(problem, Timed):
        _check_time(problem, designs)
    if isinstance(problem, Differentiable):
        _check_gradients(problem, designs, outcomes)
    if isinstance(problem, Controlled):
        env = problem.env(rng)
        for name in ("reset", "step", "action_space", "observation_space"):
            assert hasattr(env, name), f"env(rng) gives no gymnasium.Env: it has no {name}"


def check_svg(picture: str) -> None:
    """Hold `picture` to being one standalone SVG.

    Raises:
        AssertionError: it is not.

    Example:
        >>> check_svg('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')
    """
    try:
        root = ElementTree.fromstring(picture)
    except ElementTree.ParseError as error:
        raise AssertionError(f"draw gives no valid XML ({error}); escape names with xml.sax.saxutils") from error
    assert root.tag == SVG, f"draw gives <{root.tag}>; the root must be <svg xmlns='http://www.w3.org/2000/svg'>"
    assert "viewBox" in root.attrib or {"width", "height"} <= set(root.attrib), "the SVG needs a viewBox, or a size"
    for element in root.iter():
        for name, value in element.attrib.items():
            is_outside = name.endswith("href") and not value.startswith(("#", "data:"))
            assert not is_outside, f"the SVG refers to {value!r}; a picture must stand alone"
        assert not element.tag.endswith("script"), "the SVG holds a script; a picture must not run code"


def _check_drafts(problem: Problem, rng: np.random.Generator) -> None:
    draft: Draft = problem.space.start()
    n_features: set[int] = set()
    while True:
        if isinstance(problem, Observable):
            n_features.add(_check_observation(problem, draft))
        if isinstance(problem, Stepwise):
            _check_measure(problem, draft)
        decision = draft.next()
        if decision is None:
            break
        draft = draft.choose(decision.at(float(rng.random())))
    assert len(n_features) <= 1, f"observe gives {sorted(n_features)} features per node; give the same for every draft"


def _check_observation(problem: Observable, draft: Draft) -> int:
    seen = problem.observe(draft)
    nodes, edges = seen.nodes, seen.edges
    assert nodes.ndim == 2 and nodes.dtype.kind == "f", (
        f"nodes are {nodes.dtype} {nodes.shape}, not (n, features) floats"
    )
    assert bool(np.isfinite(nodes).all()), "a node feature is not finite; mark what is unknown by a feature of its own"
    is_pairs = edges.ndim == 2 and edges.shape[1] == 2 and edges.dtype.kind == "i"
    assert is_pairs, f"edges are {edges.dtype} {edges.shape}, not (n_edges, 2) integers"
    in_range = edges.size == 0 or (edges.min() >= 0 and edges.max() < len(nodes))
    assert in_range, f"an edge names a node outside 0 to {len(nodes) - 1}"
    return int(nodes.shape[1])


def _check_measure(problem: Stepwise, draft: Draft) -> None:
    measured = problem.measure(draft)
    is_finite = isinstance(measured, Mapping) and all(math.isfinite(value) for value in measured.values())
    assert is_finite, f"measure gives {measured!r} for a draft; give finite metrics, those that are known"


def _check_gradients(problem: Problem, designs: Sequence[Design], outcomes: Sequence[Outcome]) -> None:
    """Slopes agree with central differences in the median over designs: some may stand at a kink."""
    assert isinstance(problem, Differentiable) and isinstance(problem.space, Record), "gradients need a Record"
    answers = problem.gradients(designs)
    assert len(answers) == len(designs), f"gradients gives {len(answers)} answers to {len(designs)} designs"
    errors: list[float] = []
    for design, outcome, answer in zip(designs, outcomes, answers, strict=True):
        is_known = isinstance(outcome, Mapping)
        assert is_known == isinstance(answer, Gradients), (
            f"{design!r}: evaluate gives {outcome!r}, gradients {answer!r}"
        )
        if isinstance(answer, Gradients) and len(errors) < 4:
            _check_slopes(problem, answer)
            errors.append(_difference(problem, design, answer))
    error = float(np.median(errors)) if errors else 0.0
    assert error < 1e-2, f"slopes differ from central differences by {error:.2g} of the largest; are they per unit?"


def _check_slopes(problem: Problem, answer: Gradients) -> None:
    for name in problem.metrics:
        assert name in answer.slopes and name in answer.metrics, f"gradients leaves out {name}"
        slopes = answer.slopes[name]
        is_vector = slopes.shape == (problem.space.horizon,) and bool(np.isfinite(slopes).all())
        assert is_vector, f"slopes of {name} are {slopes!r}, not {problem.space.horizon} finite numbers"


def _difference(problem: Problem, design: Design, answer: Gradients) -> float:
    """The largest difference from central differences, in terms of the metric's largest change over a range."""
    space = problem.space
    assert isinstance(space, Record)
    free = {name: one for name, one in space.parameters.items() if isinstance(one, Real) and one.step is None}
    widths = np.array([one.high - one.low if isinstance(one, Real) else 0.0 for one in space.parameters.values()])
    worst = 0.0
    for name, one in free.items():
        low, high = (min(max(design[name] + s * DIFFERENCE * (one.high - one.low), one.low), one.high) for s in (-1, 1))
        behind, ahead = problem.evaluate([{**design, name: low}, {**design, name: high}], rng=np.random.default_rng(0))
        if high > low and isinstance(ahead, Mapping) and isinstance(behind, Mapping):
            share = {metric: (ahead[metric] - behind[metric]) / (high - low) for metric in problem.metrics}
            worst = max(worst, _largest(share, answer, space.axes.index(name), widths))
    return worst


def _largest(
    differences: Metrics, answer: Gradients, axis: int, widths: np.ndarray[Any, np.dtype[np.float64]]
) -> float:
    found = [0.0]
    for metric, difference in differences.items():
        slopes = answer.slopes[metric]
        scale = max(float(np.abs(slopes * widths).max()), 1e-6 * abs(answer.metrics[metric]))
        scale = scale if slopes.any() else max(1e-3 * abs(answer.metrics[metric]), FLAT)
        found.append(abs(difference - float(slopes[axis])) * float(widths[axis]) / scale)
    return max(found)


def _check_time(problem: Problem, designs: Sequence[Design]) -> None:
    assert isinstance(problem, Timed)
    typical = problem.typical_seconds
    assert isinstance(typical, float) and typical > 0.0, f"typical_seconds is {typical!r}; it must be above 0"
    start = time.perf_counter()
    problem.evaluate(designs, rng=np.random.default_rng(0))
    seconds = (time.perf_counter() - start) / len(designs)
    is_close = seconds <= SLACK * typical + 1e-3
    assert is_close, f"a design takes {seconds:.2g} s, typical_seconds says {typical:.2g}; state what it takes"
