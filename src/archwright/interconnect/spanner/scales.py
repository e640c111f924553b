"""The source-wise round-trip spanner of nearly linear time: covers over all scales.

Source: Zhu et al., "Efficient construction of source-wise round-trip spanners in weighted digraphs", 2020,
arXiv:2004.05721: stretch O(k log n) and O(n s^(1/k) log^2 n) edges in time O(m s^(1/k) log^5 n). A scale R serves the
pairs of a source and a vertex with a round trip between R / 2 and R. It sees no edge longer than R, and parts joined by
edges of next to no length as one vertex, so an edge takes part in O(log n) scales, whatever the range of lengths is.

What differs. Scales go down, not up, and begin with one tree from and to a source of every strongly connected part: a
source at a round trip `near` from the centre of a tree that holds all within R of it is served within 1 + 4 near / R,
so no scale takes care of it as long as that is within the promise. The promise is explicit: 1 + 12 r / R, where r =
radius k R, and the paper's radius is ln(n) / ln(s); joined parts add 0.1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.balls import check_k
from archwright.interconnect.spanner.clusters import grow_ball, new_ground
from archwright.interconnect.spanner.cover import Radii, cover_scale
from archwright.interconnect.spanner.graph import Digraph, Floats, Ints, Mask, Places
from archwright.interconnect.spanner.paths import new_search, offer, settle, strong_parts

JOINED_STRETCH = 0.1
"""What paths inside joined parts may add to the stretch."""


class Scale(NamedTuple):
    """What one scale did.

    Args:
        radius: R.
        n_asked: sources that earlier trees do not serve at it.
        rounds: of clusters.
        n_own: sources that got a ball of their own.
    """

    radius: float
    n_asked: int
    rounds: int
    n_own: int


class Spanner(NamedTuple):
    """A subgraph and its promise.

    Args:
        kept: (m,) edges.
        claimed: largest stretch that it can have.
        scales: from the largest down.
    """

    kept: Mask
    claimed: float
    scales: tuple[Scale, ...]


def round_trip_spanner(
    graph: Digraph, sources: Places, k: int = 2, *, radius: float | None = None, rng: np.random.Generator
) -> Spanner:
    """The spanner of the paper.

    Args:
        graph: any.
        sources: (s,) vertices.
        k: 1 to 64; more gives fewer edges and a larger stretch.
        radius: of clusters over k R; ln(n) / ln(s), as in the paper, by default.
        rng: draws samples, centres and shifts.

    Raises:
        SpecError: `k` or `radius` is out of its range.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> graph, sources = named_instance("random-500-2000-20")
        >>> found = round_trip_spanner(graph, sources, 2, rng=np.random.default_rng(0))
        >>> int(found.kept.sum()), round(found.claimed, 1)
        (834, 50.8)
    """
    check_k(k)
    s, n = max(2, len(sources)), max(2, graph.n)
    radius = math.log(n) / math.log(s) if radius is None else radius
    if not 0.0 < radius <= 1e6:
        raise SpecError("radius", radius, "a number above 0, up to 1,000,000")
    stretch, n_rounds = 1.0 + 12.0 * radius * k, math.ceil(s ** (1.0 / k) * math.log(n))
    kept, near = _root_trees(graph, sources)
    ladder = _ladder(graph, float(near[sources].max()), stretch)
    joined = _joined_parts(graph, ladder, kept)
    scales = []
    for scale, labels in zip(ladder, joined, strict=True):
        asked = sources[near[sources] > (stretch - 1.0) * scale / 4.0]
        if not len(asked):
            continue
        radii = Radii(scale, radius * k * scale, math.log(s) / (k * scale), n_rounds)
        found = _serve(graph, labels, asked, radii, kept, near, rng)
        scales += [found] if found.n_asked else []
    has_joined = any(len(np.unique(labels)) < graph.n for labels in joined)
    return Spanner(kept, stretch + (JOINED_STRETCH if has_joined else 0.0), tuple(scales))


def _root_trees(graph: Digraph, sources: Places) -> tuple[Mask, Floats]:
    """Trees from and to one source of every strongly connected part, and the round trips of all vertices to it."""
    parts = strong_parts(graph, graph.everything)
    ground = new_ground(graph, parts.astype(np.int32))
    kept, near = graph.nothing, np.full(graph.n, math.inf)
    for root in sources[np.unique(parts[sources], return_index=True)[1]]:
        ball = grow_ball(ground, root, math.inf)
        kept[ball.edges], near[ball.vertices] = True, ball.round_trips
    return kept, near


def _ladder(graph: Digraph, farthest: float, stretch: float) -> list[float]:
    """Scales from the first that the root trees do not serve down to the shortest edge."""
    positive = graph.lengths[graph.lengths > 0.0]
    if not len(positive) or farthest == 0.0:
        return []
    scales = [4.0 * farthest / (stretch - 1.0)]
    while scales[-1] > positive.min():
        scales.append(scales[-1] / 2.0)
    return scales[1:]


def _joined_parts(graph: Digraph, ladder: list[float], kept: Mask) -> list[Ints]:
    """For every scale, which vertices count as one; trees inside them are kept, those of small parts first."""
    labels, found = np.arange(graph.n), []
    for scale in [0.0, *ladder[::-1]]:
        short = graph.lengths <= JOINED_STRETCH * scale / (16.0 * graph.n)
        if (short & (labels[graph.tails] != labels[graph.heads])).any():
            labels = _join_short(graph, labels, short, kept)
        found.append(labels)
    return found[:0:-1]


def _join_short(graph: Digraph, labels: Ints, short: Mask, kept: Mask) -> Ints:
    small, origin = contract(graph, labels, short)
    parts = strong_parts(small, small.everything)
    roots = np.unique(parts, return_index=True)[1]
    for side in (small.forwards, small.backwards):
        search, size = new_search(small.n), 0
        for root in roots:
            size = offer(search, size, root, 0.0, -1)
        settle(side, small.everything, parts.astype(np.int32), math.inf, search, size)
        kept[origin[search.parent[search.parent >= 0]]] = True
    return parts[labels]


def contract(graph: Digraph, labels: Ints, kept: Mask) -> tuple[Digraph, Places]:
    """The graph of kept edges between vertices that are numbered anew, and the edges they stem from.

    Args:
        graph: the whole one.
        labels: (n,) from 0 up; vertices of one label become one.
        kept: (m,) edges; of those with the same ends the shortest stays.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> graph = digraph(3, [0, 1, 2], [2, 2, 0], [3.0, 2.0, 1.0])
        >>> small, origin = contract(graph, np.array([0, 0, 1]), graph.everything)
        >>> small.lengths.tolist(), origin.tolist()
        ([2.0, 1.0], [1, 2])
    """
    edges = np.flatnonzero(kept & (labels[graph.tails] != labels[graph.heads])).astype(np.int32)
    tails, heads = labels[graph.tails[edges]], labels[graph.heads[edges]]
    order = np.lexsort((graph.lengths[edges], heads, tails))
    edges, tails, heads = edges[order], tails[order], heads[order]
    is_first = np.append(True, (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1]))[: len(edges)]
    edges, tails, heads = edges[is_first], tails[is_first].astype(np.int32), heads[is_first].astype(np.int32)
    return Digraph(int(labels.max()) + 1, tails, heads, graph.lengths[edges]), edges


def _serve(
    graph: Digraph, labels: Ints, asked: Places, radii: Radii, kept: Mask, near: Floats, rng: np.random.Generator
) -> Scale:
    """One scale: its graph, the sources that have anybody near them, and what their cover keeps."""
    small, origin = contract(graph, labels, graph.lengths <= radii.scale)
    parts = strong_parts(small, small.everything)
    sizes = np.bincount(parts, minlength=1)
    wanted = np.unique(labels[asked])
    served = wanted[sizes[parts[wanted]] > 1].astype(np.int32)
    if not len(served):
        return Scale(radii.scale, 0, 0, 0)
    found = cover_scale(small, parts.astype(np.int32), served, radii, rng=rng)
    kept[origin[found.edges]] = True
    near[asked] = np.minimum(near[asked], found.near[labels[asked]])
    return Scale(radii.scale, len(served), found.rounds, found.n_own)
