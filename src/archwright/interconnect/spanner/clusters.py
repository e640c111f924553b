"""Parts of a graph at one radius: sizes of balls by samples, clusters by exponential shifts, round-trip balls.

Sources: Pachocki, Roditty, Sidford, Tov, Vassilevska Williams, "Approximating cycles in directed graphs", SODA 2018
(ClusterOut and ClusterIn, sampled ball sizes); Miller, Peng, Xu, "Parallel graph decompositions using random shifts",
SPAA 2013. Every centre c draws x from an exponential distribution, and a vertex u joins the one with the largest
x - d(c, u), if that is not negative. What is ours: the second largest is computed too. All vertices within a round trip
R of u join the same cluster when the gap to it, and to 0, is more than R, which has probability exp(-rate R); so a
source knows by itself whether it was cut, and no pair has to be looked at.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.interconnect.spanner.graph import Digraph, Floats, Ints, Mask, Places, Side
from archwright.interconnect.spanner.paths import Search, clear, new_search, offer, reach, settle


class Ground(NamedTuple):
    """A graph whose vertices are divided into parts that no search leaves.

    Args:
        graph: all edges may be walked.
        group: (n,) the part of every vertex.
        everything: (m,) the mask of all edges.
        first: room for a search.
        second: room for another.
    """

    graph: Digraph
    group: Places
    everything: Mask
    first: Search
    second: Search


class Ball(NamedTuple):
    """Vertices by their round trip through a centre.

    Args:
        vertices: (b,) within the outer radius, the nearest first.
        round_trips: (b,) of each.
        edges: on shortest paths from the centre to them and back.
    """

    vertices: Places
    round_trips: Floats
    edges: Places


class Clusters(NamedTuple):
    """Who joins which centre.

    Args:
        vertices: (c,) that came within reach of joining, the others stay apart from every cluster.
        owners: (c,) the centre's place in the list of centres, -1 for those that stay with the rest.
        is_safe: (c,) true where all vertices within a round trip of the radius stand on the same side.
    """

    vertices: Places
    owners: Ints
    is_safe: Mask


def new_ground(graph: Digraph, group: Places) -> Ground:
    """A graph with its parts."""
    return Ground(graph, group, graph.everything, new_search(graph.n), new_search(graph.n))


def ball_shares(ground: Ground, samples: Places, radius: float) -> Floats:
    """Estimated shares of a part within a radius of each vertex, away and back, (2, n).

    Args:
        ground: with the part.
        samples: vertices of the part.
        radius: > 0.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> ground = new_ground(digraph(3, [0, 1, 2], [1, 2, 0], [1.0, 1.0, 5.0]), np.zeros(3, np.int32))
        >>> ball_shares(ground, np.arange(3, dtype=np.int32), 2.0).round(2).tolist()
        [[1.0, 0.67, 0.33], [0.33, 0.67, 1.0]]
    """
    counts = np.zeros((2, ground.graph.n))
    sides = (ground.graph.backwards, ground.graph.forwards)  # a search back from a sample finds who gets to it
    _kernel_count(sides, ground.everything, ground.group, samples, radius, ground.first, counts)
    return counts / len(samples)


def grow_ball(ground: Ground, centre: int, radius: float) -> Ball:
    """The round-trip ball of a centre within its part.

    Args:
        ground: with the part.
        centre: a vertex.
        radius: of a round trip.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> ground = new_ground(digraph(3, [0, 1, 1, 2], [1, 0, 2, 0], [1.0, 1.0, 1.0, 5.0]), np.zeros(3, np.int32))
        >>> grow_ball(ground, 0, 3.0).round_trips.tolist()
        [0.0, 2.0]
    """
    sides = (ground.graph.forwards, ground.graph.backwards)
    return Ball(*_kernel_ball(sides, ground.everything, ground.group, centre, radius, ground.first, ground.second))


def cluster(ground: Ground, centres: Places, radius: float, shifts: Floats, *, is_out: bool) -> Clusters:
    """Vertices that join centres within their part.

    Args:
        ground: with the part.
        centres: vertices of the part.
        radius: of the round trips that shall not be cut.
        shifts: (len(centres),) x of each, >= 0.
        is_out: distances from centres count; else those to them.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> ground = new_ground(digraph(3, [0, 1, 2], [1, 2, 0], [1.0, 1.0, 5.0]), np.zeros(3, np.int32))
        >>> cluster(ground, np.array([0], np.int32), 0.5, np.array([1.2]), is_out=True)
        Clusters(vertices=array([0, 1], dtype=int32), owners=array([0, 0]), is_safe=array([ True, False]))
    """
    graph = ground.graph
    sides = (graph.forwards, graph.backwards) if is_out else (graph.backwards, graph.forwards)
    return Clusters(*_kernel_cluster(sides, ground.everything, ground.group, centres, shifts, radius,
                                     ground.first, ground.second, graph.tails if is_out else graph.heads))  # fmt: skip


def draw_shifts(n: int, rate: float, most: float, *, rng: np.random.Generator) -> Floats:
    """Exponential numbers below a bound.

    Args:
        n: how many.
        rate: > 0.
        most: the bound, > 0.
        rng: draws.

    Example:
        >>> bool(draw_shifts(1000, 1.0, 2.0, rng=np.random.default_rng(0)).max() < 2.0)
        True
    """
    return -np.log1p(rng.random(n) * math.expm1(-rate * most)) / rate


@njit(cache=True, nogil=True)
def _kernel_count(
    sides: tuple[Side, Side], kept: Mask, group: Places, samples: Places, radius: float, search: Search, counts: Floats
) -> None:
    for way in range(2):
        for sample in samples:
            n_settled = reach(sides[way], kept, group, radius, sample, search)
            for vertex in search.settled[:n_settled]:
                counts[way, vertex] += 1.0
            clear(search, n_settled)


@njit(cache=True, nogil=True)
def _kernel_ball(
    sides: tuple[Side, Side], kept: Mask, group: Places, centre: int, radius: float, away: Search, back: Search
) -> tuple[Places, Floats, Places]:
    n_away = reach(sides[0], kept, group, radius, centre, away)
    n_back = reach(sides[1], kept, group, radius, centre, back)
    vertices, trips = np.empty(n_away, np.int32), np.empty(n_away)
    edges = np.empty(2 * n_away, np.int32)
    n = 0
    for vertex in away.settled[:n_away]:
        trip = away.distance[vertex] + back.distance[vertex]
        if trip <= radius:
            vertices[n], trips[n] = vertex, trip
            edges[2 * n], edges[2 * n + 1] = away.parent[vertex], back.parent[vertex]
            n += 1
    clear(away, n_away)
    clear(back, n_back)
    order = np.argsort(trips[:n])
    return vertices[:n][order], trips[:n][order], edges[2 : 2 * n]  # the centre, which comes first, has no parents


@njit(cache=True, nogil=True)
def _second_best(
    sides: tuple[Side, Side], kept: Mask, joined: Places, top: float, group: Places, centres: Places, shifts: Floats,
    first: Search, second: Search,
) -> Any:  # fmt: skip
    """The best distance to another centre than one's own; `group` holds -2 - owner where a vertex has joined."""
    size = 0
    for i in range(len(centres)):
        if group[centres[i]] != -2 - i and top - shifts[i] < second.distance[centres[i]]:
            size = offer(second, size, centres[i], top - shifts[i], -1)
    for vertex in joined:
        for j in range(sides[1].starts[vertex], sides[1].starts[vertex + 1]):
            near = sides[1].ends[j]
            distance = first.distance[near] + sides[1].lengths[j]
            if group[near] <= -2 and group[near] != group[vertex] and distance < min(second.distance[vertex], top):
                size = offer(second, size, vertex, distance, -1)
    return settle(sides[0], kept, group, top, second, size)


@njit(cache=True, nogil=True)
def _kernel_cluster(
    sides: tuple[Side, Side], kept: Mask, group: Places, centres: Places, shifts: Floats, radius: float,
    first: Search, second: Search, tails: Places,
) -> tuple[Places, Ints, Mask]:  # fmt: skip
    top, size, part = shifts.max(), 0, group[centres[0]]
    owner_of = np.empty(len(group), np.int32)
    for i in range(len(centres)):
        owner_of[centres[i]] = i
        size = offer(first, size, centres[i], top - shifts[i], -1)
    n_settled = settle(sides[0], kept, group, top + radius, first, size)
    found = first.settled[:n_settled].copy()
    n_joined = 0
    for vertex in found:  # in the order of distances, so that parents come before their children
        if first.parent[vertex] >= 0:
            owner_of[vertex] = owner_of[tails[first.parent[vertex]]]
        if first.distance[vertex] <= top:
            group[vertex] = -2 - owner_of[vertex]
            n_joined += 1
    n_second = _second_best(sides, kept, found[:n_joined], top, group, centres, shifts, first, second)
    owners, is_safe = np.full(n_settled, -1, np.int64), np.zeros(n_settled, np.bool_)
    for i in range(n_joined):
        distance = first.distance[found[i]]
        owners[i] = owner_of[found[i]]
        is_safe[i] = min(second.distance[found[i]], top) - distance > radius
        group[found[i]] = part
    clear(first, n_settled)
    clear(second, n_second)
    return found, owners, is_safe
