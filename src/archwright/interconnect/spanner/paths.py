"""Shortest paths: Dijkstra's searches over rows of edges, bounded, within a part of the vertices, either way.

Source: Dijkstra, "A note on two problems in connexion with graphs", 1959. The heap holds a vertex once and knows its
place, so a search takes memory for n vertices only; what it touched is listed, so the next one need not clear the rest.
Lengths may be zero. `plain_distances` is the same without a heap, for tests.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.interconnect.spanner.graph import Digraph, Floats, Ints, Mask, Places, Side


class Search(NamedTuple):
    """What a search needs, and leaves behind for the vertices in `settled`.

    Args:
        distance: (n,) infinite where nothing came.
        parent: (n,) the edge by which a vertex was reached, -1 at the start.
        heap: (n,) vertices.
        place: (n,) of each vertex in the heap, -1 outside.
        settled: (n,) vertices in the order of their distances.
    """

    distance: Floats
    parent: Places
    heap: Places
    place: Places
    settled: Places


def new_search(n: int) -> Search:
    """Room for searches among `n` vertices.

    Example:
        >>> new_search(2).distance.tolist()
        [inf, inf]
    """
    return Search(np.full(n, math.inf), *(np.full(n, -1, np.int32) for _ in range(4)))


@njit(cache=True, nogil=True)
def offer(search: Search, size: int, vertex: int, distance: float, edge: int) -> int:
    """Reach a vertex at a smaller distance than before; the size of the heap afterwards."""
    heap, place, key = search.heap, search.place, search.distance
    key[vertex], search.parent[vertex] = distance, edge
    i = place[vertex]
    if i < 0:
        i = size
        size += 1
    while i > 0:
        above = (i - 1) >> 1
        if key[heap[above]] <= distance:
            break
        heap[i] = heap[above]
        place[heap[i]] = i
        i = above
    heap[i] = vertex
    place[vertex] = i
    return size


@njit(cache=True, nogil=True)
def _take(search: Search, size: int) -> Any:
    """The nearest vertex, out of a heap that holds `size`."""
    heap, place, key = search.heap, search.place, search.distance
    top, last = heap[0], heap[size - 1]
    place[top] = -1
    size -= 1
    i, distance = 0, key[last]
    while 2 * i + 1 < size:
        below = 2 * i + 1
        if below + 1 < size and key[heap[below + 1]] < key[heap[below]]:
            below += 1
        if key[heap[below]] >= distance:
            break
        heap[i] = heap[below]
        place[heap[i]] = i
        i = below
    if size:
        heap[i] = last
        place[last] = i
    return top


@njit(cache=True, nogil=True)
def settle(side: Side, kept: Mask, group: Places, bound: float, search: Search, size: int) -> int:
    """Run a search from what the heap holds; how many vertices were settled.

    Only kept edges between vertices of one group are walked, up to the bound.
    """
    starts, ends, edges, lengths = side
    n_settled = 0
    while size:
        vertex = _take(search, size)
        size -= 1
        search.settled[n_settled] = vertex
        n_settled += 1
        for j in range(starts[vertex], starts[vertex + 1]):
            end = ends[j]
            distance = search.distance[vertex] + lengths[j]
            if distance >= search.distance[end] or distance > bound or group[end] != group[vertex]:
                continue
            if kept[edges[j]]:
                size = offer(search, size, end, distance, edges[j])
    return n_settled


@njit(cache=True, nogil=True)
def reach(side: Side, kept: Mask, group: Places, bound: float, source: int, search: Search) -> Any:
    """A search from one vertex; how many were settled."""
    return settle(side, kept, group, bound, search, offer(search, 0, source, 0.0, -1))


@njit(cache=True, nogil=True)
def clear(search: Search, n_settled: int) -> None:
    """Forget what was settled."""
    for i in range(n_settled):
        search.distance[search.settled[i]] = np.inf
        search.parent[search.settled[i]] = -1


@njit(cache=True, nogil=True)
def _kernel_trees(
    side: Side, kept: Mask, group: Places, sources: Places, search: Search, distances: Floats, parents: Places
) -> None:
    for i in range(len(sources)):
        n_settled = reach(side, kept, group, np.inf, sources[i], search)
        distances[i] = search.distance
        parents[i] = search.parent
        clear(search, n_settled)


@njit(cache=True, nogil=True)
def _kernel_union(side: Side, kept: Mask, group: Places, sources: Places, search: Search, marked: Mask) -> None:
    for i in range(len(sources)):
        n_settled = reach(side, kept, group, np.inf, sources[i], search)
        for j in range(1, n_settled):
            marked[search.parent[search.settled[j]]] = True
        clear(search, n_settled)


def shortest_trees(graph: Digraph, kept: Mask, sources: Places, side: Side) -> tuple[Floats, Places]:
    """Distances of all vertices from each source along a side, and the edges that lead there.

    Args:
        graph: whose paths.
        kept: (m,) edges that may be walked.
        sources: (s,) vertices.
        side: `graph.forwards` for paths from sources, `graph.backwards` for paths to them.

    Returns:
        (s, n) distances, infinite where there is no path, and (s, n) edges, -1 where there is none.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> graph = digraph(3, [0, 1, 2], [1, 2, 0], [1.0, 2.0, 4.0])
        >>> shortest_trees(graph, graph.everything, np.array([0], np.int32), graph.backwards)[0].tolist()
        [[0.0, 6.0, 4.0]]
    """
    shape = len(sources), graph.n
    distances, parents = np.empty(shape), np.empty(shape, np.int32)
    _kernel_trees(side, kept, one_group(graph.n), sources, new_search(graph.n), distances, parents)
    return distances, parents


def tree_union(graph: Digraph, sources: Places) -> Mask:
    """The edges of a shortest-path tree from and one to every source: stretch 1, at most 2 s (n - 1) edges.

    Args:
        graph: any.
        sources: (s,) vertices.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> graph = digraph(3, [0, 0, 1, 2], [1, 2, 2, 0], [1.0, 9.0, 2.0, 4.0])
        >>> tree_union(graph, np.array([0], np.int32)).tolist()
        [True, False, True, True]
    """
    marked, search = graph.nothing, new_search(graph.n)
    for side in (graph.forwards, graph.backwards):
        _kernel_union(side, graph.everything, one_group(graph.n), sources, search, marked)
    return marked


def one_group(n: int) -> Places:
    """All vertices in one group."""
    return np.zeros(n, np.int32)


def plain_distances(graph: Digraph, kept: Mask) -> Floats:
    """All distances by Floyd and Warshall, (n, n): slow, for few vertices.

    Args:
        graph: any.
        kept: (m,) edges that may be walked.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> plain_distances(digraph(2, [0], [1], [3.0]), np.array([True])).tolist()
        [[0.0, 3.0], [inf, 0.0]]
    """
    found = np.full((graph.n, graph.n), math.inf)
    found[graph.tails[kept], graph.heads[kept]] = graph.lengths[kept]
    np.fill_diagonal(found, 0.0)
    for middle in range(graph.n):
        np.minimum(found, found[:, [middle]] + found[[middle]], out=found)
    return found


def strong_parts(graph: Digraph, kept: Mask) -> Ints:
    """Which strongly connected part every vertex stands in, (n,)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(int(kept.sum()), np.int8)
    links = csr_array((ones, (graph.tails[kept], graph.heads[kept])), shape=(graph.n, graph.n))
    labels = connected_components(links, directed=True, connection="strong")[1]
    return np.asarray(labels, np.int64)
