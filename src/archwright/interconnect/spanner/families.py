"""Graphs to choose links of: random digraphs, meshes and tori with uneven latencies, fat trees, by name.

Sources: the fat tree of k-port switches: Al-Fares, Loukissas, Vahdat, "A scalable, commodity data center network
architecture", SIGCOMM 2008, section 2.2. Latencies are drawn, each direction of a link for itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.graph import Digraph, Places, check_sources, digraph

ROUTER_CYCLES = 3
"""That a flit takes in a router of a mesh or torus; lengths of their links count them in."""
FORMS = "random-VERTICES-EDGES-SOURCES, mesh-WIDTHxHEIGHT, torus-WIDTHxHEIGHT or fat-tree-PORTS"


class Instance(NamedTuple):
    """A graph and its sources.

    Args:
        graph: with lengths.
        sources: (s,) vertices, ascending.
    """

    graph: Digraph
    sources: Places


def random_digraph(n: int, m: int, n_sources: int, *, rng: np.random.Generator, longest: int = 100) -> Instance:
    """A cycle through all vertices and edges between vertices that are drawn, lengths 1 to `longest`.

    Args:
        n: vertices, >= 2.
        m: edges that are drawn beside the cycle; loops and repeated ones are lost.
        n_sources: drawn, 1 to n.
        rng: draws everything.
        longest: >= 1.

    Example:
        >>> random_digraph(100, 400, 5, rng=np.random.default_rng(0)).graph.m
        481
    """
    circle = rng.permutation(n)
    tails, heads = np.append(circle, rng.integers(n, size=m)), np.append(np.roll(circle, -1), rng.integers(n, size=m))
    graph = digraph(n, tails, heads, rng.integers(1, longest + 1, n + m))
    return Instance(graph, check_sources(rng.choice(n, n_sources, replace=False), n))


def loose_digraph(n: int, m: int, n_sources: int, *, rng: np.random.Generator, longest: int = 20) -> Instance:
    """Drawn edges only, lengths 0 to `longest`: many pairs have no round trip, some one of length 0.

    Args:
        n: vertices, >= 2.
        m: edges that are drawn.
        n_sources: drawn, 1 to n.
        rng: draws everything.
        longest: >= 0.
    """
    graph = digraph(n, rng.integers(n, size=m), rng.integers(n, size=m), rng.integers(0, longest + 1, m))
    return Instance(graph, check_sources(rng.choice(n, n_sources, replace=False), n))


def mesh(width: int, height: int, *, is_torus: bool, rng: np.random.Generator) -> Instance:
    """Routers in rows, links both ways of 1 to 4 cycles each and a router's; memory controllers are the sources.

    Controllers stand on the first and the last row, four each where there is room, as in chips with memory at two
    edges. Node x + y width stands in column x and row y.

    Args:
        width: columns, >= 2.
        height: rows, >= 2.
        is_torus: links from the last column and row to the first.
        rng: draws the latencies.

    Example:
        >>> found = mesh(4, 4, is_torus=True, rng=np.random.default_rng(0))
        >>> found.graph.m, found.sources.tolist()
        (64, [0, 1, 2, 3, 12, 13, 14, 15])
    """
    nodes = np.arange(width * height).reshape(height, width)
    pairs = [(nodes[:, :-1], nodes[:, 1:]), (nodes[:-1], nodes[1:])]
    if is_torus:  # with two columns or rows these repeat links that are there
        pairs += [(nodes[:, -1], nodes[:, 0]), (nodes[-1], nodes[0])]
    one = np.concatenate([first.ravel() for first, _ in pairs])
    other = np.concatenate([second.ravel() for _, second in pairs])
    cycles = ROUTER_CYCLES + rng.integers(1, 5, 2 * len(one))
    graph = digraph(nodes.size, np.append(one, other), np.append(other, one), cycles)
    columns = np.unique((2 * np.arange(4) + 1) * width // 8)
    return Instance(graph, check_sources(np.append(nodes[0, columns], nodes[-1, columns]), nodes.size))


def fat_tree(ports: int, *, rng: np.random.Generator) -> Instance:
    """A three-level fat tree of switches with `ports` ports; the servers of the first rack of every pod are sources.

    Servers come first, then edge, aggregation and core switches. Links take 1 to 4 units each way.

    Args:
        ports: of a switch, an even number >= 2.
        rng: draws the latencies.

    Raises:
        SpecError: the number of ports is odd.

    Example:
        >>> found = fat_tree(8, rng=np.random.default_rng(0))
        >>> found.graph.n, found.graph.m, len(found.sources)
        (208, 768, 32)
    """
    if ports < 2 or ports % 2:
        raise SpecError("ports", ports, "an even number from 2 up")
    half = ports // 2
    n_servers, n_edge = ports * half * half, ports * half
    servers, edges = np.arange(n_servers), n_servers + np.arange(n_edge)
    above = n_servers + n_edge + np.arange(n_edge)
    core = n_servers + 2 * n_edge + np.arange(half * half)
    pod = np.repeat(np.arange(n_edge), half)
    links = [
        (servers, edges[servers // half]),
        (edges[pod], above[pod // half * half + np.tile(np.arange(half), n_edge)]),
        (above[pod], core[pod % half * half + np.tile(np.arange(half), n_edge)]),
    ]
    one, other = (np.concatenate([link[side] for link in links]) for side in (0, 1))
    lengths = rng.integers(1, 5, 2 * len(one))
    n = n_servers + 2 * n_edge + half * half
    graph = digraph(n, np.append(one, other), np.append(other, one), lengths)
    return Instance(graph, check_sources(servers[servers % (half * half) < half], n))


def named_instance(name: str, *, seed: int = 0) -> Instance | None:
    """A graph of a family by its name; None where the name is of another form.

    Args:
        name: such as `random-1000-20000-32`, `mesh-8x8`, `torus-16x16` or `fat-tree-8`.
        seed: of what is drawn.

    Raises:
        SpecError: the numbers do not make a graph.

    Example:
        >>> named_instance("torus-4x3").graph.n, named_instance("two.mtx")
        (12, None)
    """
    rng = np.random.default_rng(seed)
    if found := re.fullmatch(r"random-(\d+)-(\d+)-(\d+)", name):
        n, m, n_sources = map(int, found.groups())
        if n < 2 or not 1 <= n_sources <= n:
            raise SpecError("graph", name, "at least 2 vertices, and 1 source to as many as vertices")
        return random_digraph(n, m, n_sources, rng=rng)
    if found := re.fullmatch(r"(mesh|torus)-(\d+)x(\d+)", name):
        width, height = int(found[2]), int(found[3])
        if min(width, height) < 2:
            raise SpecError("graph", name, "at least 2 columns and 2 rows")
        return mesh(width, height, is_torus=found[1] == "torus", rng=rng)
    if found := re.fullmatch(r"fat-tree-(\d+)", name):
        return fat_tree(int(found[1]), rng=rng)
    return None
