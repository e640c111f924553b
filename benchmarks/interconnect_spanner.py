"""Round-trip spanners: seconds of construction, deletion and verification, with scipy's shortest paths beside them."""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np
import scipy
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from archwright.interconnect.spanner import (
    add_links,
    ball_cover,
    measure_stretch,
    named_instance,
    removal_order,
    remove_links,
    round_trip_spanner,
    shortest_trees,
    tree_union,
)

REPEATS = 5
NAMES = ("random-1000-20000-32", "random-5000-25000-256", "torus-16x16")
LARGE = ("random-50000-250000-256",)


def seconds(work, repeats=REPEATS):
    """Median and spread of repeats, in seconds of the processor: one thread, so a busy machine counts less."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        found = work()
        taken.append(time.process_time() - start)
    return statistics.median(taken), min(taken), max(taken), found


def say(name, what, taken, ours):
    """One line."""
    median, low, high = taken[:3]
    print(f"{name:24} {what:34} {median * 1e3:9.1f} ms ({low * 1e3:.1f} to {high * 1e3:.1f}), {ours}")


def searches(name):
    """Distances from all sources, beside scipy's."""
    graph, sources = named_instance(name)
    matrix = csr_array((graph.lengths, (graph.tails, graph.heads)), shape=(graph.n, graph.n))
    own = seconds(lambda: shortest_trees(graph, graph.everything, sources, graph.forwards))
    peer = seconds(lambda: dijkstra(matrix, indices=sources, return_predecessors=True))
    assert np.array_equal(own[3][0], peer[3][0])
    say(name, "shortest-path trees", own, f"m = {graph.m:,}, s = {len(sources)}")
    say(name, "the same by scipy", peer, f"times ours {peer[0] / own[0]:.2f}")


def spanners(name, repeats=REPEATS, is_large=False):
    """Every construction, and how many links it keeps."""
    graph, sources = named_instance(name)
    works = {
        "tree union": lambda: tree_union(graph, sources),
        "clusters, k = 2": lambda: round_trip_spanner(graph, sources, 2, rng=np.random.default_rng(0)).kept,
        "fine clusters, k = 3": lambda: (
            round_trip_spanner(graph, sources, 3, radius=0.1, rng=np.random.default_rng(0)).kept
        ),
    }
    if not is_large:
        union = tree_union(graph, sources)
        order = removal_order(graph, union, sources, "least_used", rng=np.random.default_rng(0))
        works |= {
            "balls, k = 3": lambda: ball_cover(graph, sources, 3),
            "greedy, 2": lambda: add_links(graph, sources, 2.0),
            "deletion from the tree union, 2": lambda: remove_links(graph, union, sources, order, max_stretch=2.0),
            "verification": lambda: measure_stretch(graph, union, sources) and union,
        }
    for what, work in works.items():
        taken = seconds(work, repeats)
        stretch = "" if is_large else f", stretch {measure_stretch(graph, taken[3], sources).largest:.2f}"
        say(name, what, taken, f"{taken[3].sum():,} of {graph.m:,} links{stretch}")


if __name__ == "__main__":
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numba {numba.__version__}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, one thread, median of {REPEATS}"
    )
    for one in NAMES:
        searches(one)
        spanners(one)
    for one in LARGE:
        spanners(one, repeats=1, is_large=True)
