"""Width groups: the channels that are kept or removed together, found from the ties of a walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.compression.graph.labels import Labels
from archwright.compression.graph.walk import Walk

FIXED = -1
"""The group of what cannot be removed."""


class Line(NamedTuple):
    """Which unit of which group each entry along an axis belongs to.

    Args:
        groups: (n,) number of the group, or `FIXED`.
        units: (n,) unit within its group; 0 where fixed.
    """

    groups: Labels
    units: Labels


class Widths(NamedTuple):
    """What a walk found.

    Args:
        sizes: units of every group.
        lines: of the axes that were asked for.
    """

    sizes: tuple[int, ...]
    lines: tuple[Line, ...]


def find_widths(walk: Walk, lines: Sequence[Labels]) -> Widths:
    """Group the labels of a walk.

    Units of one group stand, equally often, in the same lines: how many are kept is one number for all of them.

    Args:
        walk: whose ties hold.
        lines: labels along every axis that can be narrowed.

    Returns:
        Groups in the order in which the lines meet them.
    """
    classes = _tied_classes(walk)
    fixed = classes[0]
    resolved = [classes[line] for line in lines]
    members: dict[int, list[tuple[int, int]]] = {}
    for number, line in enumerate(resolved):
        found, counts = np.unique(line, return_counts=True)
        for unit, count in zip(found.tolist(), counts.tolist(), strict=True):
            members.setdefault(unit, []).append((number, count))
    group_of, unit_of = np.full(len(classes), FIXED), np.zeros(len(classes), np.int64)
    numbers: dict[tuple[tuple[int, int], ...], int] = {}
    sizes: list[int] = []
    for line in resolved:
        for unit in dict.fromkeys(line.tolist()):
            if unit != fixed and group_of[unit] == FIXED:
                group = numbers.setdefault(tuple(members[unit]), len(numbers))
                sizes += [0] * (group + 1 - len(sizes))
                group_of[unit], unit_of[unit] = group, sizes[group]
                sizes[group] += 1
    return Widths(tuple(sizes), tuple(Line(group_of[line], unit_of[line]) for line in resolved))


def _tied_classes(walk: Walk) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A number per label, the same for labels that are tied."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = [*walk.ties]
    keys: dict[tuple[str, int], Labels] = {}
    for place in walk.places:  # a tensor that is used twice is narrowed once
        first = keys.setdefault((place.tensor, place.axis), place.line)
        ends.append((first, place.line))
    left, right = (np.concatenate(one) for one in zip(*ends, strict=True))
    size = walk.n_labels
    edges = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    classes: np.ndarray[Any, np.dtype[np.int64]] = connected_components(edges, directed=False)[1].astype(np.int64)
    return classes
