"""How links are chosen, step by step: a spanner to begin with, what it lacks added, what is not needed taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from archwright.core.errors import check_name
from archwright.interconnect.spanner.balls import ball_cover, check_k, zhu_lam
from archwright.interconnect.spanner.families import Instance
from archwright.interconnect.spanner.graph import Floats, Mask
from archwright.interconnect.spanner.links import add_links, remove_links
from archwright.interconnect.spanner.paths import shortest_trees, tree_union
from archwright.interconnect.spanner.scales import round_trip_spanner

METHODS: dict[str, Callable[[Instance, int, np.random.Generator], Mask]] = {
    "clusters": lambda one, k, rng: round_trip_spanner(*one, k, rng=rng).kept,
    "fine clusters": lambda one, k, rng: round_trip_spanner(*one, k, radius=0.1, rng=rng).kept,
    "balls": lambda one, k, rng: ball_cover(*one, k),
    "fine balls": lambda one, k, rng: zhu_lam(*one, k),
    "trees": lambda one, k, rng: tree_union(*one),
    "everything": lambda one, k, rng: one.graph.everything,
    "nothing": lambda one, k, rng: one.graph.nothing,
}
"""What to begin with; with `nothing`, adding makes the greedy spanner."""


class Recipe(NamedTuple):
    """How to choose links.

    Args:
        start: one of `METHODS`.
        k: of the methods that have one.
        length_weight: how much longer links are taken away earlier (later where it is negative).
        use_weight: how much links in many shortest-path trees are taken away later (earlier where it is negative).
        noise: how much chance is in the order.
        seed: of all chance.
    """

    start: str = "everything"
    k: int = 2
    length_weight: float = 0.0
    use_weight: float = 1.0
    noise: float = 0.1
    seed: int = 0


def choose_links(instance: Instance, recipe: Recipe, max_stretch: float, *, has_removal: bool = True) -> Mask:
    """Links within a stretch.

    Args:
        instance: the graph and its sources.
        recipe: how to choose.
        max_stretch: >= 1, or infinite.
        has_removal: take away what is not needed; without it, only the start and what it lacks.

    Raises:
        SpecError: no such start, or `k` or the stretch is out of its range.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> found = named_instance("torus-8x8")
        >>> [int(choose_links(found, Recipe(start), 1.5).sum()) for start in ("nothing", "trees", "everything")]
        [134, 135, 135]
    """
    check_name("start", recipe.start, METHODS)
    check_k(recipe.k)
    graph, sources = instance
    rng = np.random.default_rng(recipe.seed)
    kept = METHODS[recipe.start](instance, recipe.k, rng)
    kept = add_links(graph, sources, max_stretch, kept)
    if not has_removal:
        return kept
    keys = recipe.length_weight * _ranks(graph.lengths) - recipe.use_weight * _ranks(_uses(instance, kept))
    keys += recipe.noise * rng.random(graph.m)
    edges = np.flatnonzero(kept)
    order = edges[np.argsort(-keys[edges], kind="stable")]
    return remove_links(graph, kept, sources, order, max_stretch=max_stretch)


def _uses(instance: Instance, kept: Mask) -> Floats:
    graph, sources = instance
    trees = [shortest_trees(graph, kept, sources, side)[1] for side in (graph.forwards, graph.backwards)]
    parents = np.concatenate(trees).ravel()
    return np.bincount(parents[parents >= 0], minlength=graph.m).astype(float)


def _ranks(values: Floats) -> Floats:
    """Places in the order of values, 0 to 1; equal values share one."""
    different, places = np.unique(values, return_inverse=True)
    return places / max(1, len(different) - 1)
