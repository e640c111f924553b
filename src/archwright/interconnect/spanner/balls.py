"""The deterministic cover by balls, and the spanner of stretch 2 k + epsilon.

Sources: Zhu, Lam, "Source-wise round-trip spanners in digraphs", Theoretical Computer Science, 2018; growing balls are
from Roditty, Thorup, Zwick, "Roundtrip spanners and roundtrip routing in directed graphs", 2008. At every scale R,
while sources are left: take one, u, and give it a ball of i R, i <= k, that holds at most s^(1/k) times as many sources
that are left as the ball of (i - 1) R. There is one, or each step would multiply them by more than s^(1/k). Shortest
paths between u and the outer ball are kept, both ways; the sources of the inner ball are done, since all that is within
R of them is in the outer ball. Pairs with a round trip between R / ratio and R are served within 2 k R, so the stretch
is at most 2 k ratio.

What differs: Zhu and Lam remove balls from the graph; here all round trips are known, and only the list of sources
shrinks. Of several i that are allowed, the one with the fewest new edges per source that it serves is taken.
"""

from __future__ import annotations

import math

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.graph import Digraph, Floats, Mask, Places
from archwright.interconnect.spanner.paths import shortest_trees

HIGHEST_K = 64


def ball_cover(graph: Digraph, sources: Places, k: int, *, ratio: float = 2.0) -> Mask:
    """A spanner of stretch `claimed_stretch(k, ratio)` at most.

    Args:
        graph: any.
        sources: (s,) vertices; takes memory for 4 s n numbers.
        k: 1 to 64; with 1 it is exact.
        ratio: of a scale to the next, above 1.

    Returns:
        (m,) the edges that stay.

    Raises:
        SpecError: `k` or `ratio` is out of its range.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> found = named_instance("torus-8x8")
        >>> [int(ball_cover(*found, k).sum()) for k in (1, 2, 3)]
        [224, 164, 146]
    """
    check_k(k)
    if not 1.0 < ratio <= 1e6:
        raise SpecError("ratio", ratio, "a number above 1, up to 1,000,000")
    both = [shortest_trees(graph, graph.everything, sources, side) for side in (graph.forwards, graph.backwards)]
    round_trips, parents = both[0][0] + both[1][0], np.stack([one[1] for one in both])
    marked = graph.nothing
    positive = round_trips[np.isfinite(round_trips) & (round_trips > 0.0)]
    scales = [0.0, *_scales(positive, ratio)]
    for low, radius in zip([-1.0, *scales], scales, strict=False):
        left: Mask = np.any((round_trips > low) & (round_trips <= radius), axis=1)
        _cover(round_trips, parents, sources, left, radius, k, marked)
    return marked


def claimed_stretch(k: int, ratio: float = 2.0) -> float:
    """What the method promises: 2 k ratio, and 1 where every source gets its shortest paths."""
    return 1.0 if k == 1 else 2.0 * k * ratio


def zhu_lam(graph: Digraph, sources: Places, k: int, *, epsilon: float = 0.5) -> Mask:
    """The spanner of stretch 2 k + epsilon: scales that lie closer.

    Args:
        graph: any.
        sources: (s,) vertices.
        k: 1 to 64.
        epsilon: > 0.

    Raises:
        SpecError: `k` or `epsilon` is out of its range.
    """
    if not epsilon > 0.0:
        raise SpecError("epsilon", epsilon, "a number above 0")
    return ball_cover(graph, sources, k, ratio=1.0 + epsilon / (2.0 * k))


def check_k(k: int) -> None:
    """Refuse a `k` that is no whole number from 1 to 64."""
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= HIGHEST_K:
        raise SpecError("k", k, f"a whole number from 1 to {HIGHEST_K}")


def _scales(round_trips: Floats, ratio: float) -> list[float]:
    if not len(round_trips):
        return []
    least, most = float(round_trips.min()), float(round_trips.max())
    n = math.ceil(math.log(most / least) / math.log(ratio)) + 1
    return [least * ratio**i for i in range(n)]


def _cover(
    round_trips: Floats, parents: Places, sources: Places, left: Mask, radius: float, k: int, marked: Mask
) -> None:
    """Balls of one scale over the sources that are `left`; their paths are marked."""
    growth = len(sources) ** (1.0 / k)
    between = round_trips[:, sources]
    while left.any():
        u = int(np.flatnonzero(left)[0])
        held = [int((left & (between[u] <= i * radius)).sum()) for i in range(k + 1)]
        allowed = [i for i in range(1, k + 1) if held[i] <= growth * held[i - 1]]
        paths = {i: _edges(parents[:, u, round_trips[u] <= i * radius]) for i in allowed}
        i = min(allowed, key=lambda i: (~marked[paths[i]]).sum() / held[i - 1])
        marked[paths[i]] = True
        left &= between[u] > (i - 1) * radius
        left[u] = False


def _edges(parents: Places) -> Places:
    return np.unique(parents[parents >= 0])
