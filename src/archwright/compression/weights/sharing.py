"""Weight sharing: k-means over the weights of a layer, in one dimension.

Source: Han et al., "Deep Compression", 2016, section 3 and 3.2: three ways to place the first centroids (evenly between
least and largest weight, at even shares of the distribution, on random weights), then Lloyd's iterations. Beyond the
paper: the true optimum by dynamic programming (Wang, Song, "Ckmeans.1d.dp", 2011, with the divide and conquer of its
later versions), which says what the iterations leave on the table.

Sorted weights make clusters intervals: an iteration is one binary search per centroid over prefix sums.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.core.errors import SpecError, check_name

Floats = np.ndarray[Any, np.dtype[np.float64]]
Weights = np.ndarray[Any, np.dtype[np.float32]]
Codes = np.ndarray[Any, np.dtype[np.uint8]]

METHODS = ("linear", "density", "random", "exact")
MAX_EXACT = 100_000
"""Weights beyond which `exact` is refused: its table would need 8 bytes per weight and centroid."""


class Shared(NamedTuple):
    """Weights that share a codebook.

    Args:
        codes: (n,) uint8, the cluster of every weight.
        codebook: (k,) float32, ascending.
    """

    codes: Codes
    codebook: Weights

    @property
    def weights(self) -> Weights:
        """What the codes stand for, (n,)."""
        return self.codebook[self.codes]


def share_weights(
    weights: Weights, bits: int, method: str = "linear", *, rng: np.random.Generator, max_rounds: int = 100
) -> Shared:
    """Cluster weights into at most `2**bits` shared ones.

    Args:
        weights: (n,) float32, the surviving ones only: a pruned zero is no member of any cluster.
        bits: 1 to 8.
        method: where the centroids start: `linear`, `density`, `random`; or `exact`, the optimum.
        rng: for `random`.
        max_rounds: of Lloyd's iterations; they end when no weight changes its cluster.

    Returns:
        Clusters without empty ones.

    Raises:
        SpecError: bits or method are unknown, or there are too many weights for `exact`.

    Example:
        >>> weights = np.array([-1.1, 2.0, -0.9, 2.2], np.float32)
        >>> shared = share_weights(weights, 1, rng=np.random.default_rng(0))
        >>> shared.codes.tolist(), shared.codebook.round(2).tolist()
        ([0, 1, 0, 1], [-1.0, 2.0999999046325684])
    """
    check_name("codebook", method, METHODS)
    if bits not in range(1, 9):
        raise SpecError("bits", bits, "1 to 8")
    ordered = np.sort(weights)
    if len(ordered) == 0:
        return Shared(np.zeros(0, np.uint8), np.zeros(0, np.float32))
    sums = _prefix_sums(ordered)
    if method == "exact":
        edges = _exact_edges(ordered, sums, 1 << bits)
    else:
        edges = _lloyd(ordered, sums, _first_centroids(ordered, 1 << bits, method, rng), max_rounds)
    edges = np.unique(edges)  # drops empty clusters
    centroids = (np.diff(sums[edges]) / np.diff(edges)).astype(np.float32)
    lowest = ordered[edges[1:-1]]
    return Shared(np.searchsorted(lowest, weights, side="right").astype(np.uint8), centroids)


def within_cluster_squares(weights: Weights, shared: Shared) -> float:
    """What k-means minimises: the summed squared distance of weights to their centroids."""
    return float(np.square(weights.astype(np.float64) - shared.weights).sum())


def _prefix_sums(ordered: Weights) -> Floats:
    sums = np.zeros(len(ordered) + 1)
    np.cumsum(ordered, dtype=np.float64, out=sums[1:])
    return sums


def _first_centroids(ordered: Weights, k: int, method: str, rng: np.random.Generator) -> Floats:
    if method == "linear":
        return np.linspace(float(ordered[0]), float(ordered[-1]), k)
    if method == "density":
        return ordered[((np.arange(k) + 0.5) / k * len(ordered)).astype(np.int64)].astype(np.float64)
    return np.sort(rng.choice(ordered, k, replace=len(ordered) < k)).astype(np.float64)


def _lloyd(ordered: Weights, sums: Floats, centroids: Floats, max_rounds: int) -> Any:
    """Edges of the clusters among the sorted weights after Lloyd's iterations; equal weights are never parted."""
    edges = np.zeros(len(centroids) + 1, np.int64)
    for _ in range(max_rounds):
        middles = ((centroids[:-1] + centroids[1:]) / 2.0).astype(np.float32)
        inner = np.searchsorted(ordered, middles, side="left")
        moved = np.concatenate([[0], inner, [len(ordered)]])
        if np.array_equal(moved, edges):
            break
        edges = moved
        counts = np.diff(edges)
        filled = counts > 0
        centroids = centroids.copy()
        centroids[filled] = np.diff(sums[edges])[filled] / counts[filled]
    return edges


def _exact_edges(ordered: Weights, sums: Floats, k: int) -> Any:
    if len(ordered) > MAX_EXACT:
        raise SpecError("codebook", "exact", f"'linear' for a layer of {len(ordered):,} weights above {MAX_EXACT:,}")
    distinct, first = np.unique(ordered, return_index=True)
    starts = np.append(first, len(ordered)).astype(np.int64)
    squares = np.concatenate([[0.0], np.cumsum(np.square(ordered.astype(np.float64)))])
    k = min(k, len(distinct))
    return starts[_kernel_partition(sums[starts], squares[starts], starts.astype(np.float64), k)]


@njit(cache=True, nogil=True)
def _interval_cost(sums: Any, squares: Any, counts: Any, start: int, stop: int) -> float:
    total = sums[stop] - sums[start]
    squared: float = squares[stop] - squares[start] - total * total / (counts[stop] - counts[start])
    return max(squared, 0.0)


@njit(cache=True, nogil=True)
def _kernel_partition(sums: Any, squares: Any, counts: Any, k: int) -> Any:
    """Edges (k + 1,) of the cheapest partition into k intervals; row by row, the best split only moves right."""
    n = len(sums) - 1
    before = np.empty(n + 1)
    splits = np.zeros((k, n + 1), np.int32)
    for stop in range(1, n + 1):
        before[stop] = _interval_cost(sums, squares, counts, 0, stop)
    stack = np.empty((128, 4), np.int64)
    for row in range(1, k):
        now = np.full(n + 1, np.inf)
        stack[0] = (row + 1, n, row, n - 1)
        depth = 1
        while depth > 0:
            depth -= 1
            low, high, left, right = stack[depth]
            if low > high:
                continue
            middle = (low + high) // 2
            for split in range(max(left, row), min(right, middle - 1) + 1):
                cost = before[split] + _interval_cost(sums, squares, counts, split, middle)
                if cost < now[middle]:
                    now[middle] = cost
                    splits[row, middle] = split
            best = np.int64(splits[row, middle])
            stack[depth] = (low, middle - 1, left, best)
            stack[depth + 1] = (middle + 1, high, best, right)
            depth += 2
        before = now
    edges = np.empty(k + 1, np.int64)
    edges[k] = n
    for row in range(k - 1, -1, -1):
        edges[row] = splits[row, edges[row + 1]]
    return edges
