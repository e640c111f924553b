"""Exact verification: how much longer round trips are in a subgraph, over all pairs of a source and a vertex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from archwright.interconnect.spanner.graph import Digraph, Floats, Mask, Places, Side
from archwright.interconnect.spanner.paths import Search, clear, new_search, plain_distances, reach

ROUNDING = 1e-9
"""Relative difference below which two sums of the same lengths count as equal."""


class Stretch(NamedTuple):
    """Of all pairs of a source and another vertex that a round trip joins in the whole graph.

    Args:
        largest: round trip in the subgraph over that in the graph; infinite where one is lost, or a round trip of
            length 0 became longer.
        mean: over the pairs that are not lost, 1 where there is none.
        n_pairs: how many there are.
        n_lost: of them without a round trip in the subgraph.
    """

    largest: float
    mean: float
    n_pairs: int
    n_lost: int

    def is_within(self, limit: float) -> bool:
        """True when no round trip is longer than `limit` times its length in the graph."""
        return self.largest <= limit * (1.0 + ROUNDING)


@njit(cache=True, nogil=True)
def _kernel_round_trips(
    sides: tuple[Side, Side], kept: Mask, group: Places, source: int, search: Search, out: Floats
) -> None:
    out[:] = 0.0
    for side in sides:
        n_settled = reach(side, kept, group, np.inf, source, search)
        for vertex in range(len(out)):
            out[vertex] += search.distance[vertex]
        clear(search, n_settled)


@njit(cache=True, nogil=True)
def _kernel_stretch(
    sides: tuple[Side, Side], everything: Mask, part: tuple[Side, Side], kept: Mask, sources: Places, search: Search
) -> tuple[float, float, int, int]:
    n = len(search.distance)
    group, before, after = np.zeros(n, np.int32), np.empty(n), np.empty(n)
    largest, total, n_pairs, n_lost = 1.0, 0.0, 0, 0
    for source in sources:
        _kernel_round_trips(sides, everything, group, source, search, before)
        _kernel_round_trips(part, kept, group, source, search, after)
        for vertex in range(n):
            if vertex == source or before[vertex] == np.inf:
                continue
            n_pairs += 1
            ratio = np.inf
            if after[vertex] <= before[vertex]:
                ratio = 1.0
            elif before[vertex] > 0.0:
                ratio = after[vertex] / before[vertex]
            largest = max(largest, ratio)
            if ratio == np.inf:
                n_lost += 1
            else:
                total += ratio
    return largest, total, n_pairs, n_lost


def measure_stretch(graph: Digraph, kept: Mask, sources: Places) -> Stretch:
    """Verify a subgraph by four searches per source.

    Args:
        graph: the whole one.
        kept: (m,) edges of the subgraph.
        sources: (s,) vertices.

    Example:
        >>> from archwright.interconnect.spanner.graph import digraph
        >>> graph = digraph(3, [0, 0, 1, 2], [1, 2, 2, 0], [1.0, 1.0, 1.0, 1.0])
        >>> measure_stretch(graph, np.array([True, False, True, True]), np.array([0], np.int32))
        Stretch(largest=1.5, mean=1.25, n_pairs=2, n_lost=0)
    """
    part = graph.part(kept)
    largest, total, n_pairs, n_lost = _kernel_stretch(
        (graph.forwards, graph.backwards), graph.everything, (part.forwards, part.backwards), part.everything,
        sources, new_search(graph.n),
    )  # fmt: skip
    n_found = n_pairs - n_lost
    return Stretch(largest, total / n_found if n_found else 1.0, n_pairs, n_lost)


def plain_stretch(graph: Digraph, kept: Mask, sources: Places) -> Stretch:
    """The same by all distances: slow, for few vertices.

    Args:
        graph: the whole one.
        kept: (m,) edges of the subgraph.
        sources: (s,) vertices.
    """
    ratios, n_lost = [], 0
    before, after = (one + one.T for one in (plain_distances(graph, mask) for mask in (graph.everything, kept)))
    for source in sources:
        others = np.isfinite(before[source]) & (np.arange(graph.n) != source)
        for old, new in zip(before[source][others], after[source][others], strict=True):
            is_lost = new == np.inf or (old == 0.0 and new > 0.0)
            n_lost += is_lost
            ratios += [] if is_lost else [max(1.0, new / old) if old > 0.0 else 1.0]
    largest = np.inf if n_lost else max(ratios, default=1.0)
    return Stretch(float(largest), float(np.mean(ratios)) if ratios else 1.0, len(ratios) + n_lost, int(n_lost))
