"""A directed graph with lengths, by rows of both directions; a subgraph is a mask over its edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import SpecError

Ints = np.ndarray[Any, np.dtype[np.int64]]
Places = np.ndarray[Any, np.dtype[np.int32]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

MAX_VERTICES = 2**31 - 1


class Side(NamedTuple):
    """The edges of every vertex, one way.

    Args:
        starts: (n + 1,) where the edges of each vertex begin.
        ends: (m,) the other end of each.
        edges: (m,) their numbers.
        lengths: (m,) >= 0.
    """

    starts: Ints
    ends: Places
    edges: Places
    lengths: Floats


@dataclass(frozen=True, eq=False)
class Digraph:
    """Edges in the order of their tails, then heads; no loops, no two with the same ends.

    Args:
        n: vertices.
        tails: (m,) ascending.
        heads: (m,) ascending among those of a tail.
        lengths: (m,) >= 0, finite.
    """

    n: int
    tails: Places
    heads: Places
    lengths: Floats

    @property
    def m(self) -> int:
        """Edges."""
        return len(self.tails)

    @property
    def everything(self) -> Mask:
        """The mask of all edges."""
        return np.ones(self.m, bool)

    @property
    def nothing(self) -> Mask:
        """The mask of no edge."""
        return np.zeros(self.m, bool)

    @cached_property
    def forwards(self) -> Side:
        """Edges by tail."""
        return Side(_starts(self.tails, self.n), self.heads, np.arange(self.m, dtype=np.int32), self.lengths)

    @cached_property
    def backwards(self) -> Side:
        """Edges by head."""
        order = np.argsort(self.heads, kind="stable").astype(np.int32)
        return Side(_starts(self.heads, self.n), self.tails[order], order, self.lengths[order])

    def part(self, kept: Mask) -> Digraph:
        """The graph of the edges in a mask, on the same vertices.

        Example:
            >>> graph = digraph(3, [0, 1, 2], [1, 2, 0], [1.0, 1.0, 1.0])
            >>> graph.part(graph.lengths > 1.0).m
            0
        """
        return Digraph(self.n, self.tails[kept], self.heads[kept], self.lengths[kept])


def digraph(n: int, tails: Any, heads: Any, lengths: Any) -> Digraph:
    """A graph of any edges; loops are left out, of edges with the same ends the shortest stays.

    Args:
        n: vertices, >= 1.
        tails: (m,) from 0 to n - 1.
        heads: (m,) from 0 to n - 1.
        lengths: (m,) >= 0, finite.

    Raises:
        SpecError: no vertex, a vertex that there is not, or a negative or infinite length.

    Example:
        >>> graph = digraph(2, [0, 0, 1, 1], [1, 1, 0, 1], [3.0, 2.0, 0.0, 1.0])
        >>> graph.tails.tolist(), graph.heads.tolist(), graph.lengths.tolist()
        ([0, 1], [1, 0], [2.0, 0.0])
    """
    if not 1 <= n <= MAX_VERTICES:
        raise SpecError("vertices", n, f"a whole number from 1 to {MAX_VERTICES:,}")
    tails, heads, lengths = (np.asarray(one, kind) for one, kind in ((tails, int), (heads, int), (lengths, float)))
    for name, ends in (("tails", tails), ("heads", heads)):
        _check_vertices(f"edges.{name}", ends, n)
    wrong = np.flatnonzero(~(np.isfinite(lengths) & (lengths >= 0.0)))
    if len(wrong):
        edge = f"{tails[wrong[0]]} -> {heads[wrong[0]]}"
        raise SpecError(f"weight of {edge}", float(lengths[wrong[0]]), "a finite number from 0 up")
    order = np.lexsort((lengths, heads, tails))
    tails, heads, lengths = tails[order], heads[order], lengths[order]
    is_first = np.append(True, (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1]))[: len(tails)]
    kept = is_first & (tails != heads)
    return Digraph(n, tails[kept].astype(np.int32), heads[kept].astype(np.int32), lengths[kept])


def check_sources(sources: Any, n: int) -> Places:
    """Vertices as sources, each once, ascending.

    Args:
        sources: numbers of vertices.
        n: vertices of the graph.

    Raises:
        SpecError: there is none, or one outside the graph.

    Example:
        >>> check_sources([3, 1, 3], 4)
        array([1, 3], dtype=int32)
    """
    found = np.unique(np.asarray(sources, int).ravel())
    if not len(found):
        raise SpecError("sources", [], "at least one vertex")
    _check_vertices("sources", found, n)
    return found.astype(np.int32)


def _check_vertices(field: str, vertices: Ints, n: int) -> None:
    outside = vertices[(vertices < 0) | (vertices >= n)]
    if len(outside):
        raise SpecError(field, int(outside[0]), f"a vertex from 0 to {n - 1}")


def _starts(rows: Places, n: int) -> Ints:
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=starts[1:])
    return starts
