"""The components of a problem: what a policy over components or over a graph needs to know, as plain arrays.

A space of named parameters may group them by component (a transistor owns its width and its length) and join the
components by edges. Several components may own the same parameter: that is how matching (a differential pair, a
current mirror) is written, and such a parameter takes one value for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.problem import Observable, Observation, Problem
from archwright.core.record import Record
from archwright.core.space import Design, Draft

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]


@runtime_checkable
class ComponentGraph(Observable, Protocol):
    """A problem whose observed nodes are typed components, such as the devices of a circuit.

    Node i is component `component_names[i]`, a name of its space's `Record.components`. The first columns of
    `Observation.nodes` are the one-hot type, in the order of `component_types`; the others are features of the type
    (for a transistor: saturation velocity, threshold, flat-band voltage, mobility, its degradation), 0 where a type
    has none.
    """

    component_names: tuple[str, ...]
    """A name per node."""
    component_types: tuple[str, ...]
    """A name per type, e.g. `("nmos", "pmos", "resistor", "capacitor")`."""

    def observe(self, draft: Draft) -> Observation:
        """Types, features and edges."""
        ...


@dataclass(frozen=True)
class Components:
    """Typed components with features and edges, and the axes of the space that each one sizes.

    Args:
        names: (n,) a name per component.
        types: (n,) the type of each, an index into `type_names`.
        type_names: a name per type.
        features: (n, n_features) floats.
        edges: (n_edges, 2) pairs of component indices, undirected.
        axes: per component the positions of its parameters among the axes of the space, in order.
        n_axes: axes of the space.
    """

    names: tuple[str, ...]
    types: Integers
    type_names: tuple[str, ...]
    features: Floats
    edges: Integers
    axes: tuple[tuple[int, ...], ...]
    n_axes: int

    def __len__(self) -> int:
        """How many components."""
        return len(self.names)

    @cached_property
    def width(self) -> int:
        """The largest number of axes that one component owns."""
        return max(len(owned) for owned in self.axes)

    @cached_property
    def entries(self) -> Integers:
        """(n_entries, 3): component, slot within it, axis; an axis stands once per component that owns it."""
        rows = [(i, slot, axis) for i, owned in enumerate(self.axes) for slot, axis in enumerate(owned)]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)

    def one_hot_types(self) -> Floats:
        """(n, n_types) floats."""
        return np.eye(len(self.type_names))[self.types]

    def states(self, *, index: str) -> Floats:
        """State vectors (index, type, features), each dimension standardised over the components.

        Args:
            index: `one-hot` (n columns) or `scalar` (one column, so that the size does not depend on n).

        Returns:
            (n, n_index + n_types + n_features) floats.

        Raises:
            SpecError: another kind of index.

        Source: Wang et al., "GCN-RL Circuit Designer", DAC 2020 (state s_k = (k, t, h)).
        """
        n = len(self)
        kinds = {"one-hot": np.eye(n), "scalar": np.arange(n, dtype=float)[:, None]}
        raw = np.hstack([kinds[check_name("index", index, kinds)], self.one_hot_types(), self.features])
        spread = raw.std(axis=0)
        return cast(Floats, (raw - raw.mean(axis=0)) / np.where(spread > 0, spread, 1.0))

    def adjacency(self) -> Floats:
        """(n, n) symmetric 0/1 floats without self-loops."""
        matrix = np.zeros((len(self), len(self)))
        first, second = self.edges.T
        matrix[first, second] = matrix[second, first] = 1.0
        np.fill_diagonal(matrix, 0.0)
        return matrix

    def merged(self) -> Components:
        """Matched components, which own the same axes and have equal type and features, as one; edges are united.

        What neither sizes anything nor is joined to anything is dropped.
        """
        joined = set(self.edges.ravel().tolist())
        group: dict[Any, int] = {}
        place: dict[int, int] = {}
        kept: list[int] = []
        for i, owned in enumerate(self.axes):
            if not owned and i not in joined:
                continue
            same = (owned, int(self.types[i]), self.features[i].tobytes()) if owned else i
            if same not in group:
                group[same] = len(kept)
                kept.append(i)
            place[i] = group[same]
        return self._only(kept, place, [self.axes[i] for i in kept])

    def _only(self, kept: list[int], place: dict[int, int], axes: list[tuple[int, ...]]) -> Components:
        """The components `kept`; `place` is where each of those here, or what it is merged into, then stands."""
        pairs = {(place[a], place[b]) for a, b in self.edges.tolist() if a in place and b in place}
        edges = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
        return Components(
            tuple(self.names[i] for i in kept), self.types[kept], self.type_names, self.features[kept],
            np.array(edges, dtype=np.int64).reshape(-1, 2), tuple(axes), self.n_axes,
        )  # fmt: skip

    def deciders(self) -> Components:
        """Every axis once: with the first component that owns it; components left without one are dropped."""
        seen: set[int] = set()
        kept: list[int] = []
        axes: list[tuple[int, ...]] = []
        for i, owned in enumerate(self.axes):
            own = tuple(axis for axis in owned if axis not in seen)
            seen.update(own)
            if own:
                kept.append(i)
                axes.append(own)
        return self._only(kept, {old: new for new, old in enumerate(kept)}, axes)


def components_of(problem: Problem) -> Components:
    """The components of `problem`; without any, each axis of its space is one.

    Axes that no component owns become components of their own, without edges. Where the problem names no types,
    components with the same number of parameters share one.

    Raises:
        SpecError: the problem's observation does not fit its space.

    Example:
        >>> from archwright.testing.functions import Sphere
        >>> components_of(Sphere(3)).axes
        ((0,), (1,), (2,))
    """
    space = problem.space
    if not isinstance(space, Record):
        return _observed(problem) if isinstance(problem, Observable) else _plain(space.axes)
    place = {name: i for i, name in enumerate(space.axes)}
    axes = {name: tuple(place[one] for one in owned) for name, owned in space.components.items()}
    names = tuple(axes)
    if isinstance(problem, ComponentGraph):
        return _with_orphans(_typed(problem, axes, len(place)), space.axes)
    at = {name: i for i, name in enumerate(names)}
    sizes = sorted({len(owned) for owned in axes.values()})
    found = Components(
        names,
        np.array([sizes.index(len(owned)) for owned in axes.values()], dtype=np.int64),
        tuple(f"{size} parameters" for size in sizes),
        np.zeros((len(names), 0)),
        np.array([(at[a], at[b]) for a, b in space.edges], dtype=np.int64).reshape(-1, 2),
        tuple(axes.values()),
        len(place),
    )
    return _with_orphans(found, space.axes)


def graph_of(problem: Problem, *, method: str) -> Components:
    """The components of a problem that has a graph over them.

    Raises:
        SpecError: it has none; the message names `method` and says what is needed.
    """
    components = components_of(problem)
    if len(components.edges) == 0:
        raise SpecError(
            f"{method} on {problem.name}", "no component graph", "a problem whose components are joined by edges"
        )
    return components


def observed_features(problem: ComponentGraph, design: Design) -> Floats:
    """What a complete design shows of every component, `(n_components, n_features)`: for a transistor, say, its point.

    Example:
        >>> from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
        >>> observed_features(ThreeStageTIA(), HUMAN).shape
        (26, 12)
    """
    space = cast(Problem, problem).space
    draft = space.start()
    for value in space.choices(design):
        draft = draft.choose(value)
    return np.asarray(problem.observe(draft).nodes, dtype=float)[:, len(problem.component_types) :]


def _typed(problem: ComponentGraph, axes: dict[str, tuple[int, ...]], n_axes: int) -> Components:
    names = tuple(problem.component_names)
    for name in names:
        check_name("component_names", name, axes)
    observation = problem.observe(cast(Problem, problem).space.start())
    n_types = len(problem.component_types)
    nodes = np.asarray(observation.nodes, dtype=float)
    if nodes.shape[0] != len(names) or nodes.shape[1] < n_types or not (nodes[:, :n_types].sum(axis=1) == 1.0).all():
        allowed = f"({len(names)}, at least {n_types}) with the one-hot type first"
        raise SpecError("observed nodes", nodes.shape, allowed)
    edges = np.asarray(observation.edges, dtype=np.int64).reshape(-1, 2)
    types = nodes[:, :n_types].argmax(axis=1).astype(np.int64)
    owned = tuple(axes[name] for name in names)
    return Components(names, types, tuple(problem.component_types), nodes[:, n_types:], edges, owned, n_axes)


def _observed(problem: Problem) -> Components:
    space = problem.space
    observation = cast(Observable, problem).observe(space.start())
    nodes = np.asarray(observation.nodes, dtype=float)
    if len(nodes) != space.horizon:
        return _plain(space.axes)
    edges = np.asarray(observation.edges, dtype=np.int64).reshape(-1, 2)
    plain = _plain(space.axes)
    return Components(plain.names, plain.types, plain.type_names, nodes, edges, plain.axes, plain.n_axes)


def _plain(axes: tuple[str, ...]) -> Components:
    n = len(axes)
    types, edges = np.zeros(n, dtype=np.int64), np.zeros((0, 2), dtype=np.int64)
    return Components(axes, types, ("1 parameters",), np.zeros((n, 0)), edges, tuple((i,) for i in range(n)), n)


def _with_orphans(found: Components, axes: tuple[str, ...]) -> Components:
    owned = {axis for one in found.axes for axis in one}
    orphans = [i for i in range(len(axes)) if i not in owned]
    if not orphans:
        return found
    return Components(
        (*found.names, *(axes[i] for i in orphans)),
        np.append(found.types, np.full(len(orphans), len(found.type_names))),
        (*found.type_names, "parameter"),
        np.vstack([found.features, np.zeros((len(orphans), found.features.shape[1]))]),
        found.edges,
        (*found.axes, *((i,) for i in orphans)),
        len(axes),
    )
