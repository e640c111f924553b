"""A cover of one scale: clusters such that every source shares one with all vertices within a round trip R.

Source: Zhu et al., "Efficient construction of source-wise round-trip spanners in weighted digraphs", 2020,
arXiv:2004.05721, after Pachocki et al., SODA 2018. A round divides the graph again and again: where most vertices have
three quarters of their part within r both ways, the round-trip ball of one of them becomes a cluster with its shortest
paths, and its inside leaves; else those with few vertices around them draw exponential shifts, and the part falls into
pieces. A source that is never cut is served; with the rate ln(s) / (k R) each cut spares it with probability s^(-1/k).

What differs: a source knows when it was cut (see `clusters`), so rounds are repeated for those only that are left,
until none is; after s^(1/k) ln(n) rounds, or three in vain, a source that is left gets the ball of its own. So the
promise holds always.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from archwright.interconnect.spanner.clusters import (
    Clusters,
    Ground,
    ball_shares,
    cluster,
    draw_shifts,
    grow_ball,
    new_ground,
)
from archwright.interconnect.spanner.graph import Digraph, Floats, Mask, Places

LARGE_SHARE = 0.75
"""Of a part within r of a vertex, from which on its ball counts as large."""
IDLE_ROUNDS = 3
"""In a row that serve nobody, after which no more are tried: r is too small against R."""


class Radii(NamedTuple):
    """How far everything reaches at one scale.

    Args:
        scale: R, the longest round trip that is asked for.
        cluster: r, the largest shift.
        rate: of the shifts.
        n_rounds: after which sources that are left get balls of their own.
    """

    scale: float
    cluster: float
    rate: float
    n_rounds: int


class Cover(NamedTuple):
    """What a scale gave.

    Args:
        edges: (m,) that stay.
        near: (n,) of a source, the round trip to the centre of the cluster that serves it; infinite elsewhere.
        rounds: that were run.
        n_own: sources that got balls of their own.
    """

    edges: Mask
    near: Floats
    rounds: int
    n_own: int


def cover_scale(graph: Digraph, group: Places, sources: Places, radii: Radii, *, rng: np.random.Generator) -> Cover:
    """Serve every source at one scale.

    Args:
        graph: with the edges that matter at this scale.
        group: (n,) strongly connected parts.
        sources: that are to be served.
        radii: of the scale.
        rng: draws samples, centres and shifts.

    Example:
        >>> from archwright.interconnect.spanner.families import named_instance
        >>> graph, sources = named_instance("torus-8x8")
        >>> radii = Radii(scale=8.0, cluster=16.0, rate=0.13, n_rounds=9)
        >>> found = cover_scale(graph, np.zeros(64, np.int32), sources, radii, rng=np.random.default_rng(0))
        >>> bool(found.near[sources].max() <= 3 * 16.0)
        True
    """
    cover = Cover(graph.nothing, np.full(graph.n, math.inf), 0, 0)
    left, rounds, idle = sources, 0, 0
    while len(left) and rounds < radii.n_rounds and idle < IDLE_ROUNDS:
        _run_round(new_ground(graph, group.copy()), left, radii, cover, rng)
        idle = 0 if np.isfinite(cover.near[left]).any() else idle + 1
        left, rounds = left[np.isinf(cover.near[left])], rounds + 1
    ground = new_ground(graph, group)
    for source in left:
        cover.edges[grow_ball(ground, source, radii.scale).edges] = True
        cover.near[source] = 0.0
    return cover._replace(rounds=rounds, n_own=len(left))


def _run_round(ground: Ground, left: Places, radii: Radii, cover: Cover, rng: np.random.Generator) -> None:
    n = ground.graph.n
    is_whole = np.zeros(n, bool)
    is_whole[left] = True
    label = int(ground.group.max()) + 1
    parts = list(_pieces(np.arange(n, dtype=np.int32), ground.group, is_whole))
    while parts:
        part = parts.pop()
        if len(part) == 1:
            cover.near[part] = 0.0
            continue
        pieces = _divide(ground, part, is_whole, radii, cover, rng)
        ground.group[part] = label + pieces
        label += int(pieces.max(initial=0)) + 1
        parts += _pieces(part, pieces, is_whole)


def _pieces(part: Places, numbers: Places, is_whole: Mask) -> Iterator[Places]:
    """Pieces of a part that hold a source which has not been cut, by their numbers; -1 is no piece."""
    wanted = np.unique(numbers[is_whole[part]])
    wanted = wanted[wanted >= 0]
    order = np.argsort(numbers, kind="stable")
    low, high = (np.searchsorted(numbers[order], wanted, side) for side in ("left", "right"))
    return (part[order[first:last]] for first, last in zip(low, high, strict=True))


def _divide(
    ground: Ground, part: Places, is_whole: Mask, radii: Radii, cover: Cover, rng: np.random.Generator
) -> Places:
    """The number of the piece in which every vertex of a part goes on; -1 for what has left."""
    n_samples = min(len(part), math.ceil(math.log(ground.graph.n)))
    shares = ball_shares(ground, rng.choice(part, n_samples, replace=False), radii.cluster)[:, part]
    is_large = (shares >= LARGE_SHARE).all(axis=0)
    if 2 * is_large.sum() < len(part):
        is_out = bool((shares[0] < LARGE_SHARE).sum() >= (shares[1] < LARGE_SHARE).sum())
        centres = part[shares[0 if is_out else 1] < LARGE_SHARE]
        shifts = draw_shifts(len(centres), radii.rate, radii.cluster, rng=rng)
        pieces = _join(cluster(ground, centres, radii.scale, shifts, is_out=is_out), part, is_whole)
        if len(np.unique(pieces)) > 1:
            return pieces
    else:
        part_sources = part[is_large & is_whole[part]]
        centres = part_sources if len(part_sources) else part[is_large]
        return _take_ball(ground, part, rng.choice(centres), is_whole, radii, cover, rng)
    return _take_ball(ground, part, rng.choice(part[is_whole[part]]), is_whole, radii, cover, rng)


def _join(found: Clusters, part: Places, is_whole: Mask) -> Places:
    """Pieces by clusters, the rest as piece 0; sources that were cut are no longer whole."""
    is_whole[found.vertices] &= found.is_safe
    order = np.argsort(part)
    pieces = np.zeros(len(part), np.int32)
    pieces[order[np.searchsorted(part, found.vertices, sorter=order)]] = found.owners + 1
    return pieces


def _take_ball(
    ground: Ground, part: Places, centre: int, is_whole: Mask, radii: Radii, cover: Cover, rng: np.random.Generator
) -> Places:
    inner = 2.0 * radii.cluster + float(draw_shifts(1, radii.rate, radii.cluster, rng=rng)[0])
    ball = grow_ball(ground, centre, inner + radii.scale)
    n_inner = int(np.searchsorted(ball.round_trips, inner, "right"))
    served = is_whole[ball.vertices[:n_inner]]
    if served.any():
        cover.edges[ball.edges] = True
        vertices = ball.vertices[:n_inner][served]
        cover.near[vertices] = np.minimum(cover.near[vertices], ball.round_trips[:n_inner][served])
    is_whole[ball.vertices] = False  # served, or cut by the shell
    return np.where(np.isin(part, ball.vertices[:n_inner]), -1, 0).astype(np.int32)
