"""Links added and taken away one after the other while every round trip of a source stays within its limit.

`add_links` is the greedy spanner of Althofer, Das, Dobkin, Joseph, Soares, "On sparse spanners of weighted graphs",
1993, by pairs and for round trips: pairs by their round trip, nearest first; one that is served too slowly gets its
shortest paths. `remove_links` is deletion: links in an order, each taken away where all limits hold without it. Both
keep the shortest-path trees of all sources and repair only what a link changes; after a deletion the vertices that hung
on it, by Ramalingam and Reps, "An incremental algorithm for a generalization of the shortest-path problem", 1996.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from archwright.core.errors import SpecError, check_name
from archwright.interconnect.spanner.graph import Digraph, Floats, Ints, Mask, Places, Side
from archwright.interconnect.spanner.paths import Search, new_search, offer, one_group, settle, shortest_trees
from archwright.interconnect.spanner.stretch import ROUNDING

ORDERS = ("longest", "shortest", "least_used", "random")


class Trees(NamedTuple):
    """Shortest-path trees of s sources, from them and to them, and what their round trips may take.

    Args:
        distances: (2, s, n), away and back.
        parents: (2, s, n) edges.
        limits: (s, n) of away and back together, infinite where nothing is asked.
    """

    distances: Floats
    parents: Places
    limits: Floats


class Log(NamedTuple):
    """What was before a deletion, to undo it.

    Args:
        rows: (2 s n, 3) side, source and vertex.
        distances: (2 s n,)
        parents: (2 s n,)
    """

    rows: Places
    distances: Floats
    parents: Places


def add_links(graph: Digraph, sources: Places, max_stretch: float, kept: Mask | None = None) -> Mask:
    """The greedy round-trip spanner, or what it adds to a subgraph that there is.

    Args:
        graph: the whole one.
        sources: (s,) vertices; takes memory for 6 s n numbers.
        max_stretch: that a round trip may have, >= 1.
        kept: (m,) edges to start from; none by default.

    Raises:
        SpecError: a stretch below 1.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> graph = digraph(3, [0, 0, 1, 2], [1, 2, 2, 0], [1.0, 1.5, 1.0, 1.0])
        >>> [add_links(graph, np.array([0], np.int32), stretch).tolist() for stretch in (1.0, 1.2)]
        [[True, True, True, True], [True, True, True, True]]
    """
    kept = graph.nothing if kept is None else kept.copy()
    whole = _trees(graph, graph.everything, sources)
    round_trips = whole.distances.sum(axis=0)
    trees = _trees(graph, kept, sources)._replace(limits=_limits(round_trips, max_stretch))
    asked = np.flatnonzero(np.isfinite(round_trips))
    pairs = asked[np.argsort(round_trips.ravel()[asked], kind="stable")]
    _kernel_add(_sides(graph), graph.tails, graph.heads, graph.lengths, kept, trees, whole.parents, pairs, _room(graph))
    return kept


def remove_links(
    graph: Digraph, kept: Mask, sources: Places, order: Ints, *, max_stretch: float = math.inf, n_left: int = 0
) -> Mask:
    """Take links away in an order, each where every limit holds without it.

    Args:
        graph: the whole one, whose round trips count.
        kept: (m,) edges to start from, within the limits.
        sources: (s,) vertices; takes memory for 9 s n numbers.
        order: edges to try, each once.
        max_stretch: that a round trip may have, >= 1; infinite for any as long as there is one.
        n_left: edges at which to stop.

    Raises:
        SpecError: a stretch below 1.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> graph = digraph(3, [0, 0, 1, 2], [1, 2, 2, 0], [1.0, 1.5, 1.0, 1.0])
        >>> source = np.array([0], np.int32)
        >>> remove_links(graph, graph.everything, source, np.arange(4), max_stretch=1.2).tolist()
        [True, False, True, True]
    """
    kept = kept.copy()
    round_trips = _trees(graph, graph.everything, sources).distances.sum(axis=0)
    trees = _trees(graph, kept, sources)._replace(limits=_limits(round_trips, max_stretch))
    size = 2 * round_trips.size
    log = Log(np.empty((size, 3), np.int32), np.empty(size), np.empty(size, np.int32))
    ends = (graph.heads, graph.tails)
    _kernel_remove(_sides(graph), ends, kept, trees, order, n_left, log, _room(graph), one_group(graph.n))
    return kept


def removal_order(graph: Digraph, kept: Mask, sources: Places, order: str, *, rng: np.random.Generator) -> Ints:
    """Kept links in the order in which to try to do without them; equal ones are shuffled.

    Args:
        graph: the whole one.
        kept: (m,) edges.
        sources: (s,) vertices.
        order: longest, shortest, least_used (by how many trees of sources use a link) or random.
        rng: shuffles.

    Raises:
        SpecError: no such order.
    """
    check_name("order", order, ORDERS)
    edges = rng.permutation(np.flatnonzero(kept))
    if order == "random":
        return edges
    if order == "least_used":
        parents = _trees(graph, kept, sources).parents
        keys = np.bincount(parents[parents >= 0], minlength=graph.m)[edges]
    else:
        keys = graph.lengths[edges] * (-1.0 if order == "longest" else 1.0)
    return edges[np.argsort(keys, kind="stable")]


def _trees(graph: Digraph, kept: Mask, sources: Places) -> Trees:
    both = [shortest_trees(graph, kept, sources, side) for side in _sides(graph)]
    return Trees(np.stack([one[0] for one in both]), np.stack([one[1] for one in both]), np.empty((0, 0)))


def _limits(round_trips: Floats, max_stretch: float) -> Floats:
    if not max_stretch >= 1.0:
        raise SpecError("max_stretch", max_stretch, "a number from 1 up")
    most = np.full(round_trips.shape, np.finfo(float).max)  # any round trip, where the stretch may be infinite
    if math.isfinite(max_stretch):
        most = max_stretch * (1.0 + ROUNDING) * round_trips
    return np.where(np.isfinite(round_trips), most, math.inf)


def _sides(graph: Digraph) -> tuple[Side, Side]:
    return graph.forwards, graph.backwards


def _room(graph: Digraph) -> Search:
    return new_search(graph.n)


@njit(cache=True, nogil=True)
def _kernel_add(
    sides: tuple[Side, Side], tails: Places, heads: Places, lengths: Floats, kept: Mask, trees: Trees, paths: Places,
    pairs: Ints, room: Search,
) -> None:  # fmt: skip
    n_sources, n = trees.limits.shape
    group, fresh = np.zeros(n, np.int32), np.empty(2 * n, np.int32)
    for pair in pairs:
        source, vertex = pair // n, pair % n
        if trees.distances[0, source, vertex] + trees.distances[1, source, vertex] <= trees.limits[source, vertex]:
            continue
        n_fresh = 0
        for way in range(2):
            end, edge = vertex, paths[way, source, vertex]
            while edge >= 0:
                if not kept[edge]:
                    kept[edge], fresh[n_fresh] = True, edge
                    n_fresh += 1
                end = tails[edge] if way == 0 else heads[edge]
                edge = paths[way, source, end]
        for way in range(2):
            for other in range(n_sources):
                distance = trees.distances[way, other]
                search = Search(distance, trees.parents[way, other], room.heap, room.place, room.settled)
                size = 0
                for edge in fresh[:n_fresh]:
                    near, far = (tails[edge], heads[edge]) if way == 0 else (heads[edge], tails[edge])
                    if distance[near] + lengths[edge] < distance[far]:
                        size = offer(search, size, far, distance[near] + lengths[edge], edge)
                settle(sides[way], kept, group, np.inf, search, size)


@njit(cache=True, nogil=True)
def _hang_on(side: Side, parents: Places, root: int, group: Places, found: Places) -> int:
    """Vertices of a tree below a root, marked in `group`; how many."""
    found[0], group[root], n_found, i = root, 1, 1, 0
    while i < n_found:
        for j in range(side.starts[found[i]], side.starts[found[i] + 1]):
            end = side.ends[j]
            if parents[end] == side.edges[j] and group[end] == 0:
                group[end], found[n_found] = 1, end
                n_found += 1
        i += 1
    return n_found


@njit(cache=True, nogil=True)
def _attach(side: Side, kept: Mask, group: Places, search: Search, found: Places) -> int:
    """Offer every found vertex its best edge from outside the group; the size of the heap."""
    size = 0
    for vertex in found:
        best, by = np.inf, -1
        for j in range(side.starts[vertex], side.starts[vertex + 1]):
            near = side.ends[j]
            if group[near] == 0 and kept[side.edges[j]] and search.distance[near] + side.lengths[j] < best:
                best, by = search.distance[near] + side.lengths[j], side.edges[j]
        if by >= 0:
            size = offer(search, size, vertex, best, by)
    return size


@njit(cache=True, nogil=True)
def _repair(
    sides: tuple[Side, Side], way: int, source: int, root: int, kept: Mask, trees: Trees, log: Log, n_log: int,
    room: Search, group: Places,
) -> tuple[bool, int]:  # fmt: skip
    """A tree without the edge that led to `root`; whether all limits hold, and the length of the log."""
    search = Search(trees.distances[way, source], trees.parents[way, source], room.heap, room.place, room.settled)
    found = np.empty(len(group), np.int32)
    found = found[: _hang_on(sides[way], search.parent, root, group, found)]
    for vertex in found:
        log.rows[n_log, 0], log.rows[n_log, 1], log.rows[n_log, 2] = way, source, vertex
        log.distances[n_log], log.parents[n_log] = search.distance[vertex], search.parent[vertex]
        n_log += 1
        search.distance[vertex], search.parent[vertex] = np.inf, -1
    size = _attach(sides[1 - way], kept, group, search, found)
    settle(sides[way], kept, group, np.inf, search, size)
    is_good = True
    for vertex in found:
        group[vertex] = 0
        round_trip = search.distance[vertex] + trees.distances[1 - way, source, vertex]
        is_good = is_good and round_trip <= trees.limits[source, vertex]
    return is_good, n_log


@njit(cache=True, nogil=True)
def _kernel_remove(
    sides: tuple[Side, Side], ends: tuple[Places, Places], kept: Mask, trees: Trees, order: Ints, n_left: int,
    log: Log, room: Search, group: Places,
) -> None:  # fmt: skip
    n_kept = kept.sum()
    for edge in order:
        if n_kept <= n_left:
            break
        if not kept[edge]:
            continue
        kept[edge], is_good, n_log = False, True, 0
        n_kept -= 1
        for source in range(trees.limits.shape[0]):
            for way in range(2):
                root = ends[way][edge]
                if is_good and trees.parents[way, source, root] == edge:
                    is_good, n_log = _repair(sides, way, source, root, kept, trees, log, n_log, room, group)
        if is_good:
            continue
        kept[edge] = True
        n_kept += 1
        for k in range(n_log - 1, -1, -1):
            way, source, vertex = log.rows[k]
            trees.distances[way, source, vertex] = log.distances[k]
            trees.parents[way, source, vertex] = log.parents[k]
