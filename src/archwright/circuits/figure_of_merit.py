"""The figure of merit of GCN-RL: metrics of a circuit, each on a scale from its worst to its best among random designs.

    fom = sum_i w_i (min(m_i, bound_i) - low_i) / (high_i - low_i)

`w_i` is +1 where more is better and -1 where less is, times a user's preference; `low_i` and `high_i` are the least and
the largest value among 5,000 random designs of the same circuit at the same technology node; a bound caps a metric of
which more is worth nothing (of one to be kept small: less). The paper gives -1 to every
design that misses a specification; here specifications are goals, so that any method orders such designs by how far
they miss.

What differs from the paper: a metric whose largest value is more than `LOG_SPAN` times its least, at any node, is taken
in decades at all: log10 of the value between log10 of both ends. Linearly, one odd design in 5,000 would stretch
such a scale until all good designs stand at the same end of it. Decibels are decades already, and stay. The scale of
each metric is frozen with its ends.

The ends are data (`figure_of_merit.json`), written once per circuit and node by

    python -m archwright.circuits.figure_of_merit two-stage-tia differential-amplifier

and never changed by a search: figures of merit of different runs can then be compared.

Source: H. Wang et al., GCN-RL Circuit Designer, DAC 2020, arXiv:2005.00406, section 3.2.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goal, Goals
from archwright.core.problem import Outcome
from archwright.core.space import Design, Space, decode_many

Floats = np.ndarray[Any, np.dtype[np.float64]]

LOG_SPAN = 100.0
"""Ratio of the largest to the least value above which a metric is taken in decades."""
N_DESIGNS, SEED = 5000, 0
"""Random designs per circuit and node, and the seed that draws them."""
FILE = "figure_of_merit.json"
FLOOR = 1e-6
"""Share of the least value at which a metric in decades is cut off."""


@dataclass(frozen=True)
class Term:
    """One metric of a figure of merit.

    Args:
        metric: its name.
        weight: +1 where more is better, -1 where less is.
        bound: the value beyond which better is worth nothing; None for no such value.
    """

    metric: str
    weight: float
    bound: float | None = None


class Rated(Protocol):
    """A problem with a figure of merit."""

    circuit: str
    """The name that its frozen scales have."""
    node: str
    """The technology node."""
    models_digest: str
    """Changes with the transistor models, and so with every metric."""
    terms: tuple[Term, ...]
    """What is weighed."""
    space: Space
    """Of its designs."""
    specifications: tuple[Goal, ...]
    """Constraints a design must meet."""

    def unrated(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """What `evaluate` gives, without the figure of merit."""
        ...


@dataclass(frozen=True)
class FigureOfMerit:
    """A weighted sum of metrics on frozen scales.

    Args:
        circuit: name of the circuit; node: of the technology.
        terms: the metrics.
        weights: a preference per metric by which its weight is multiplied; 1 where none is given.

    Raises:
        SpecError: a preference for a metric that is no term.

    Example:
        >>> from archwright.circuits.two_stage_tia import TERMS
        >>> figure = FigureOfMerit("two-stage-tia", "180nm", TERMS)
        >>> ends = {name: np.array(figure.scales[name][:2]) for name in figure.scales}
        >>> figure.of(ends).round(9)  # all metrics at their least, then all at their largest
        array([ 0., -1.])
    """

    circuit: str
    node: str
    terms: tuple[Term, ...]
    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        """Refuse a preference for what is not weighed."""
        for metric in self.weights or {}:
            check_name("weights", metric, [term.metric for term in self.terms])

    @cached_property
    def scales(self) -> Mapping[str, tuple[float, float, bool]]:
        """Least value, largest value, and whether decades count, per metric.

        Raises:
            SpecError: nothing is frozen for this circuit at this node.
        """
        found = frozen(self.circuit, self.node)["scales"]
        return {term.metric: tuple(found[term.metric]) for term in self.terms}

    def of(self, columns: Mapping[str, Floats]) -> Floats:
        """The figure of merit of many designs.

        Args:
            columns: (n,) per metric.

        Returns:
            (n,) without unit; not finite where a metric is not.
        """
        total = np.zeros(len(columns[self.terms[0].metric]))
        for term in self.terms:
            low, high, is_log = self.scales[term.metric]
            value = columns[term.metric]
            if term.bound is not None:
                value = np.minimum(value, term.bound) if term.weight > 0 else np.maximum(value, term.bound)
            if is_log:
                value, low, high = np.log10(np.maximum(value, FLOOR * low)), np.log10(low), np.log10(high)
            total += term.weight * (self.weights or {}).get(term.metric, 1.0) * (value - low) / (high - low)
        return total


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", json.loads(resources.files(__package__).joinpath(FILE).read_text()))


def frozen(circuit: str, node: str) -> dict[str, Any]:
    """What is known of random designs of a circuit at a node.

    Returns:
        `designs` drawn with `seed`, how many were `done`, the share of all that is `feasible`, the digest of the
        transistor `models`, and `scales`: least value, largest value, whether decades count, per metric.

    Raises:
        SpecError: nothing is frozen for it.

    Example:
        >>> frozen("two-stage-tia", "180nm")["designs"]
        5000
    """
    table = _tables().get(circuit, {})
    if node not in table:
        allowed = f"one that `python -m archwright.circuits.figure_of_merit {circuit}` has measured"
        raise SpecError("figure of merit", f"{circuit} at {node}", allowed)
    return cast("dict[str, Any]", table[node])


def measure_scales(problem: Rated, n_designs: int = N_DESIGNS) -> dict[str, Any]:
    """What `frozen` gives for `problem`, measured now, but for which scales count decades."""
    rng = np.random.default_rng(SEED)
    designs = decode_many(problem.space, rng.random((n_designs, problem.space.horizon)))
    outcomes = problem.unrated(designs, rng=rng)
    done = [outcome for outcome in outcomes if isinstance(outcome, Mapping)]
    goals = Goals(problem.specifications)
    values = {term.metric: [outcome[term.metric] for outcome in done] for term in problem.terms}
    return {
        "designs": n_designs,
        "seed": SEED,
        "models": problem.models_digest,
        "done": len(done),
        "feasible": sum(goals.violation(outcome) == 0.0 for outcome in done) / n_designs,
        "scales": {metric: [min(column), max(column)] for metric, column in values.items()},
    }


def spans_decades(metric: str, ends: Sequence[Sequence[float]]) -> bool:
    """Whether a metric is taken in decades, given its least and largest value at every node.

    Example:
        >>> spans_decades("f3db_hz", [(1e6, 5e7), (1e6, 5e8)]), spans_decades("gain_db", [(0.1, 60.0)])
        (True, False)
    """
    is_wide = any(low > 0.0 and high > LOG_SPAN * low for low, high in ends)
    return is_wide and all(low > 0.0 for low, _ in ends) and not metric.endswith("_db")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and freeze the scales of problems at every technology node.

    Args:
        arguments: of the command line; `sys.argv` unless given.
    """
    from archwright.circuits.technology.nodes import NODES
    from archwright.core.catalog import make_problem

    parser = argparse.ArgumentParser(prog="python -m archwright.circuits.figure_of_merit", description=main.__doc__)
    parser.add_argument("problems", nargs="+", help="catalogue names of problems with a figure of merit")
    parser.add_argument("--designs", type=int, default=N_DESIGNS, help="random designs per node")
    parser.add_argument("--file", type=Path, default=Path(__file__).with_name(FILE), help="where the scales stand")
    options = parser.parse_args(arguments)
    tables = json.loads(options.file.read_text()) if options.file.exists() else {}
    for name in options.problems:
        problems = {node: cast(Rated, make_problem(name, node=node)) for node in NODES}
        found = {node: measure_scales(problem, options.designs) for node, problem in problems.items()}
        for metric in found[NODES[0]]["scales"]:
            every = [found[node]["scales"][metric] for node in NODES]
            is_log = spans_decades(metric, every)
            for ends in every:
                ends.append(is_log)
        tables[problems[NODES[0]].circuit] = found
        for node, one in found.items():
            print(f"{name} {node}: {one['done']} done, {100.0 * one['feasible']:.2f} % feasible")
    options.file.write_text(json.dumps(tables, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
