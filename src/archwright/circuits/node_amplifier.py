"""What amplifiers at a technology node have in common: bounds that scale, a component graph, a figure of merit."""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from archwright.circuits.bench import CHUNK, Bench, Floats, Measured
from archwright.circuits.figure_of_merit import FigureOfMerit, Term
from archwright.circuits.netlist import Netlist
from archwright.circuits.observation import COMPONENT_TYPES, component_names, observe_components
from archwright.circuits.technology.nodes import Technology
from archwright.core.goal import Goal, goal
from archwright.core.problem import Observation, Outcome, Reference
from archwright.core.space import Design, Draft, Real

BASE_NM = 180.0
"""The node at which sizes are given; others scale them by their ratio to it."""
TYPICAL_SECONDS = {"embedded": 4e-5, "ngspice": 1e-2}
"""Seconds per design by engine."""


def scaled(low_um: float, high_um: float, technology: Technology) -> Real:
    """Bounds of a width or length at 180 nm, scaled to another node and set on its grid.

    Args:
        low_um: the least at 180 nm; raised to the node's narrowest width if that is wider, unless it is the shortest
            channel.
        high_um: the largest.
        technology: of the node.

    Example:
        >>> from archwright.circuits.technology.nodes import technology
        >>> scaled(0.18, 0.36, technology("65nm"))
        Real(low=0.065, high=0.13, log=False, step=0.005)
    """
    ratio, step = technology.node_nm / BASE_NM, round(technology.grid_m * 1e6, 9)
    first, last = math.ceil(low_um * ratio / step - 1e-6), math.ceil(high_um * ratio / step - 1e-6)
    return Real(round(first * step, 9), round(last * step, 9), step=step)


def scaled_design(design: Mapping[str, float], ranges: Mapping[str, Real], technology: Technology) -> dict[str, float]:
    """A design at 180 nm with its sizes (names that end in `_um`) scaled to another node, within its bounds.

    Args:
        design: values by name.
        ranges: of the parameters at the node.
        technology: of the node.
    """
    ratio = technology.node_nm / BASE_NM
    sizes = {name: value * (ratio if name.endswith("_um") else 1.0) for name, value in design.items()}
    return {name: ranges[name].snap(value) for name, value in sizes.items()}


class NodeAmplifier(ABC):
    """An amplifier to size at a technology node; a subclass has the netlist and says what is measured.

    Args:
        netlist: the circuit.
        technology: its node.
        bench: measures it.
        weights: preferences among the metrics of the figure of merit.
        goals: texts; by default the specifications and the largest figure of merit.

    Raises:
        SpecError: a preference for a metric that the figure of merit lacks.
    """

    circuit: ClassVar[str]
    """Catalogue name, and name of the frozen scales."""
    metrics: ClassVar[Mapping[str, str]]
    """Units by name; `fom` is the last."""
    terms: ClassVar[tuple[Term, ...]]
    """Of the figure of merit."""
    specification_texts: ClassVar[tuple[str, ...]]
    """Constraints as goals write them."""
    curve_label: ClassVar[str]
    """What the Bode plot shows."""

    def __init__(
        self,
        netlist: Netlist,
        technology: Technology,
        bench: Bench,
        *,
        weights: Mapping[str, float] | None = None,
        goals: Sequence[str] | None = None,
    ) -> None:
        self.netlist, self.technology, self.bench = netlist, technology, bench
        self.name, self.node, self.space = self.circuit, technology.name, netlist.record()
        self.figure = FigureOfMerit(self.circuit, technology.name, self.terms, weights)
        self.specifications: tuple[Goal, ...] = tuple(goal(text, self.metrics) for text in self.specification_texts)
        wanted = (*self.specification_texts, "max fom") if goals is None else goals
        self.goals: tuple[Goal, ...] = tuple(goal(text, self.metrics) for text in wanted)
        self.models_digest = hashlib.sha256(repr(technology.models).encode()).hexdigest()[:12]
        preferences = "".join(f" {name}x{weight:g}" for name, weight in sorted((weights or {}).items()))
        self.version = f"1 {bench.engine} {technology.name} {self.models_digest}{preferences}"
        self.typical_seconds = TYPICAL_SECONDS[bench.engine]
        self.component_names, self.component_types = component_names(netlist), COMPONENT_TYPES

    @abstractmethod
    def simulate(self, values: Floats) -> Measured:
        """Every metric but `fom` of (n, n_parameters) designs."""
        ...

    @abstractmethod
    def references(self) -> Sequence[Reference]:
        """The known designs, a human's first."""
        ...

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Simulate `designs`; `rng` is not used."""
        return self._evaluate(designs, is_rated=True)

    def unrated(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """What `evaluate` gives, without the figure of merit."""
        return self._evaluate(designs, is_rated=False)

    def _evaluate(self, designs: Sequence[Design], *, is_rated: bool) -> list[Outcome]:
        values = self.space.to_array(designs)
        names = [name for name in self.metrics if is_rated or name != "fom"]
        outcomes: list[Outcome] = []
        for first in range(0, len(values), CHUNK):
            measured = self.simulate(values[first : first + CHUNK])
            if is_rated:
                with np.errstate(invalid="ignore"):  # designs without an answer have reasons instead
                    measured.columns["fom"] = self.figure.of(measured.columns)
            outcomes += measured.outcomes(names)
        return outcomes

    @cached_property
    def _observation(self) -> Observation:
        features = {f"{polarity}ch": self.technology.features(polarity) for polarity in ("n", "p")}
        return observe_components(self.netlist, features)

    def observe(self, draft: Draft) -> Observation:
        """Components with type and technology features; the same for every draft: `observe_components`."""
        return self._observation

    def draw(self, design: Design) -> str:
        """A Bode plot of `design` beside the human design, as SVG."""
        from archwright.circuits.bode import bode_svg

        human = self.references()[0]
        values = self.space.to_array([design, human.design])
        frequencies_hz = np.geomspace(self.bench.low_hz, self.bench.high_hz, 251)
        curves = self.bench.amplitudes(values, frequencies_hz)
        named = {"this design": curves[0], human.name: curves[1]}
        return bode_svg(frequencies_hz, named, self.curve_label, self.bench.corner_below)
