"""Stand-ins for the published matrices: random ones of the same family, size and number of elements.

The paper's twenty come from the SuiteSparse and SNAP collections. Graphs of the web and of people are drawn by R-MAT
(Chakrabarti, Zhan, Faloutsos, "R-MAT: A Recursive Model for Graph Mining", 2004) with shares .57 .19 .19 .05, milder
graphs with .45 .22 .22 .11, meshes and roads are lattices whose surplus elements are removed at random, cage12 is a
random band and m133-b3 has four elements in every row. Rows and columns of random graphs are permuted together;
lattices and bands keep their order, as meshes come out of a generator.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from archwright.accelerators.sparch.matrix import Ints, SparseMatrix, from_places, products_of_entries
from archwright.core.errors import SpecError, check_name

SOCIAL, MILD = (0.57, 0.19, 0.19), (0.45, 0.22, 0.22)
GROWTH = {"social": 1.345, "mild": 1.158}
"""Products of R-MAT graphs grow as this power of their rows, 2 + log2(p^2 + (1 - p)^2) with p the share of the half
that has more; of other kinds as their rows."""
HEADROOM = 2.0
"""A first guess that is too large is made smaller; one that is too small would stay."""
KINDS = ("social", "mild", "mesh", "plane", "roads", "regular", "band")


class Family(NamedTuple):
    """A published matrix.

    Args:
        kind: one of `KINDS`.
        n: rows and columns.
        n_stored: elements.
    """

    kind: str
    n: int
    n_stored: int


PUBLISHED = {
    "2cubes_sphere": Family("mesh", 101_492, 1_647_264),
    "amazon0312": Family("mild", 400_727, 3_200_440),
    "ca-CondMat": Family("mild", 23_133, 186_936),
    "cage12": Family("band", 130_228, 2_032_536),
    "cit-Patents": Family("social", 3_774_768, 16_518_948),
    "cop20k_A": Family("mesh", 121_192, 2_624_331),
    "email-Enron": Family("social", 36_692, 367_662),
    "facebook": Family("social", 4_039, 176_468),
    "filter3D": Family("mesh", 106_437, 2_707_179),
    "m133-b3": Family("regular", 200_200, 800_800),
    "mario002": Family("plane", 389_874, 2_101_242),
    "offshore": Family("mesh", 259_789, 4_242_673),
    "p2p-Gnutella31": Family("mild", 62_586, 147_892),
    "patents_main": Family("mild", 240_547, 560_943),
    "poisson3Da": Family("mesh", 13_514, 352_762),
    "roadNet-CA": Family("roads", 1_971_281, 5_533_214),
    "scircuit": Family("mild", 170_998, 958_936),
    "web-Google": Family("social", 916_428, 5_105_039),
    "webbase-1M": Family("social", 1_000_005, 3_105_536),
    "wiki-Vote": Family("social", 8_297, 103_689),
}
"""Sizes as the collections give them."""


@lru_cache(4)
def stand_in(name: str, max_products: int = 0, seed: int = 0) -> SparseMatrix:
    """A square matrix like a published one.

    Args:
        name: a key of `PUBLISHED`.
        max_products: of the matrix with itself; a larger one has fewer rows of the same mean length. 0 for any number.
        seed: of what is drawn.

    Raises:
        SpecError: no such matrix, or a limit that no matrix of this family keeps.

    Example:
        >>> matrix = stand_in("wiki-Vote", max_products=100_000)
        >>> matrix.n_rows, matrix.n_stored
        (218, 2724)
    """
    kind, n, n_stored = PUBLISHED[check_name("workload", name, PUBLISHED)]
    mean = n_stored / n
    power = GROWTH.get(kind, 1.0)
    if max_products:
        guess = (max_products / mean**2) ** (1.0 / power)
        n = min(n, round(guess if power == 1.0 else HEADROOM * guess))
    while n > 2 * mean:
        matrix = draw(Family(kind, n, round(n * mean)), seed)
        products = int(products_of_entries(matrix, matrix).sum())
        if not max_products or products <= max_products:
            return matrix
        n = int(n * (0.97 * max_products / products) ** (1.0 / power))
    raise SpecError("max_products", max_products, f"enough for a matrix like {name}; 0 for any number")


def draw(family: Family, seed: int) -> SparseMatrix:
    """A random matrix of a family.

    Args:
        family: not nearly full.
        seed: of what is drawn.

    Example:
        >>> draw(Family("regular", 100, 400), 0).row_lengths.tolist() == [4] * 100
        True
    """
    check_name("kind", family.kind, KINDS)
    rng = np.random.default_rng(seed)
    return from_places(_places(family, rng), family.n, family.n, rng=rng)


def _places(family: Family, rng: np.random.Generator) -> Ints:
    kind, n, n_stored = family
    if kind in ("social", "mild"):
        return _relabelled(_recursive(n, n_stored, SOCIAL if kind == "social" else MILD, rng), n, rng)
    if kind == "band":
        return _band(n, n_stored, rng)
    if kind == "regular":
        return _regular(n, round(n_stored / n), rng)
    return _lattice(n, n_stored, 3 if kind == "mesh" else 2, kind != "roads", rng)


def _recursive(n: int, n_stored: int, shares: tuple[float, float, float], rng: np.random.Generator) -> Ints:
    """R-MAT; edges that fall twice are drawn anew, so hubs are a little flatter than of a single draw."""
    levels = max(1, math.ceil(math.log2(n)))
    a, b, c = shares
    found = np.zeros(0, np.int64)
    while len(found) < n_stored:
        n_drawn = max(1024, int(1.6 * (n_stored - len(found))))
        rows, columns = np.zeros((2, n_drawn), np.int64)
        for _ in range(levels):
            chance = rng.random(n_drawn, dtype=np.float32)
            rows = 2 * rows + (chance >= a + b)
            columns = 2 * columns + ((chance >= a) & (chance < a + b) | (chance >= a + b + c))
        inside = (rows < n) & (columns < n)
        found = np.union1d(found, rows[inside] * n + columns[inside])
    return _thinned(found, n_stored, rng)


def _relabelled(places: Ints, n: int, rng: np.random.Generator) -> Ints:
    labels = rng.permutation(n)
    return np.sort(labels[places // n] * n + labels[places % n])


def _thinned(places: Ints, n_stored: int, rng: np.random.Generator) -> Ints:
    """`n_stored` of ascending places."""
    if len(places) <= n_stored:
        return places
    kept = np.ones(len(places), bool)
    kept[rng.permutation(len(places))[n_stored:]] = False
    return places[kept]


def _band(n: int, n_stored: int, rng: np.random.Generator) -> Ints:
    """Uniform within n / 32 of the diagonal, or four times the mean row where that is wider; all of the diagonal."""
    reach = min(n - 1, max(n // 32, 4 * math.ceil(n_stored / n)))
    diagonal = np.arange(n) * (n + 1)
    found = diagonal
    while len(found) < n_stored:
        rows = rng.integers(n, size=int(1.3 * (n_stored - len(found))) + 64)
        columns = rows + rng.integers(-reach, reach + 1, len(rows))
        inside = (columns >= 0) & (columns < n)
        found = np.union1d(found, rows[inside] * n + columns[inside])
    others = np.setdiff1d(found, diagonal, assume_unique=True)
    return np.sort(np.concatenate([diagonal, _thinned(others, n_stored - n, rng)]))


def _regular(n: int, per_row: int, rng: np.random.Generator) -> Ints:
    """As many different columns in every row."""
    columns = np.sort(rng.integers(n, size=(n, per_row)), axis=1)
    while len(again := np.flatnonzero((np.diff(columns, axis=1) == 0).any(axis=1))):
        columns[again] = np.sort(rng.integers(n, size=(len(again), per_row)), axis=1)
    return (np.arange(n)[:, None] * n + columns).ravel()


def _lattice(n: int, n_stored: int, dimensions: int, has_diagonal: bool, rng: np.random.Generator) -> Ints:
    """Points of a cube or a square, each joined to the nearest; surplus elements are removed."""
    side = math.ceil(n ** (1.0 / dimensions) - 1e-9)
    points = np.stack(np.unravel_index(np.arange(n), (side,) * dimensions))
    reach = range(-4, 5)
    offsets = sorted(
        (sum(one * one for one in offset), offset)
        for offset in np.stack(np.meshgrid(*[reach] * dimensions), axis=-1).reshape(-1, dimensions).tolist()
    )
    parts, n_found = [], 0
    for _, offset in offsets[0 if has_diagonal else 1 :]:
        moved = points + np.array(offset)[:, None]
        inside = ((moved >= 0) & (moved < side)).all(axis=0)
        columns = np.ravel_multi_index(tuple(moved[:, inside]), (side,) * dimensions)
        rows = np.flatnonzero(inside)[columns < n]
        parts.append(rows * n + columns[columns < n])
        n_found += len(rows)
        if n_found >= n_stored:
            break
    return _thinned(np.sort(np.concatenate(parts)), n_stored, rng)
