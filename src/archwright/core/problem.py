"""What a problem is: a space, metrics with units, default goals, and a batched pure evaluation.

A problem knows nothing of optimizers, stores or goals beyond its defaults. Optional powers are small protocols of
their own, asked for with `isinstance`, never flags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goal
from archwright.core.space import Design, Draft, Space

Metrics = Mapping[str, float]
Outcome = Metrics | Infeasible | Failed


@runtime_checkable
class Problem(Protocol):
    """Anything that can be optimized. Plain attributes do for all that is not `evaluate`."""

    @property
    def name(self) -> str:
        """The catalogue name."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same design may give other metrics; part of the cache key."""
        ...

    @property
    def space(self) -> Space:
        """What a design may be."""
        ...

    @property
    def metrics(self) -> Mapping[str, str]:
        """Unit of each metric that `evaluate` reports, e.g. `{"gain_db": "dB"}`; `""` for plain numbers."""
        ...

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The default goals; a study may bring its own."""
        ...

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Evaluate `designs` in order; pure in (designs, rng), picklable, no NaN.

        Returns:
            One outcome per design: every metric by name, or `Infeasible` (a legal answer) or `Failed` (no answer).
        """
        ...


@dataclass(frozen=True)
class Reference:
    """A design that results are compared with.

    Args:
        name: e.g. `human` or `best known`.
        design: the design in the problem's space, or None when only its figures are known.
        metrics: its published or proved metrics, where known.
        source: where it comes from (paper, table).
        is_optimal: True when the design is proved optimal for the default goals.
    """

    name: str
    design: Design | None
    metrics: Metrics
    source: str
    is_optimal: bool = False


@runtime_checkable
class Referenced(Protocol):
    """A problem with known designs: a human's, the best published, a proved optimum."""

    def references(self) -> Sequence[Reference]:
        """The known designs, the one to beat first."""
        ...


@runtime_checkable
class Drawable(Protocol):
    """A problem that can show a design the way its engineer would want to see it."""

    def draw(self, design: Design) -> str:
        """One standalone SVG picture of `design`."""
        ...


@dataclass(frozen=True)
class Observation:
    """What a graph policy sees of a draft.

    Args:
        nodes: (n_nodes, n_features) float array.
        edges: (n_edges, 2) int array of node indices; undirected edges stand once.
    """

    nodes: np.ndarray[Any, np.dtype[np.float64]]
    edges: np.ndarray[Any, np.dtype[np.int64]]


@runtime_checkable
class Observable(Protocol):
    """A problem whose drafts can be observed as graphs."""

    def observe(self, draft: Draft) -> Observation:
        """Node features and edges of a (partial) draft."""
        ...


@runtime_checkable
class Stepwise(Protocol):
    """A problem that can measure an unfinished draft."""

    def measure(self, draft: Draft) -> Metrics:
        """Metrics of a partial draft."""
        ...


@runtime_checkable
class Controlled(Protocol):
    """A problem whose design is a policy run in closed loop."""

    def env(self, rng: np.random.Generator) -> Any:
        """A `gymnasium.Env` over one run of the system."""
        ...


@dataclass(frozen=True)
class Gradients:
    """Metrics of a design and how they move with its parameters.

    Args:
        metrics: as `evaluate` reports them.
        slopes: (horizon,) per metric: its derivative with each parameter of a `Record`, in the order of the axes and in
            the parameter's unit; 0.0 for a choice.
    """

    metrics: Metrics
    slopes: Mapping[str, np.ndarray[Any, np.dtype[np.float64]]]


@runtime_checkable
class Differentiable(Protocol):
    """A problem that knows the exact derivatives of its metrics."""

    def gradients(self, designs: Sequence[Design]) -> list[Gradients | Infeasible | Failed]:
        """Metrics and their derivatives in order; a design without metrics has its reason instead."""
        ...


@runtime_checkable
class Stochastic(Protocol):
    """A problem whose metrics vary with `rng`: each trial is then evaluated alone with a generator of its own."""

    noise: str
    """What the randomness models, in one phrase."""


@runtime_checkable
class Timed(Protocol):
    """A problem that knows what an evaluation costs: under a millisecond it is run without processes."""

    typical_seconds: float
    """Seconds per design in a batch, to the order of magnitude."""
