"""What the rounds of a schedule give, element by element but row after row: sizes of all results, and C itself.

A row of C needs the elements of one row of A only, so every row is taken through all rounds that touch it, in a small
workspace. A round's result of that row is the union of its leaves' products and of the results it takes; the place of a
column in the workspace tells whether it is there already. Additions are made in the tree's order up to the order within
a round. `tree` is the same machine cycle by cycle.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.accelerators.sparch.matrix import Floats, Ints, Places, SparseMatrix, from_scipy, to_scipy
from archwright.accelerators.sparch.schedule import Schedule

FIRST_ROOM = 4096


class Sizes(NamedTuple):
    """Elements that go through the tree.

    Args:
        products: (n_rounds,) made by the leaves of each round.
        results: (n_rounds,) stored elements of each result; the last is C.
        row_lengths: (n_rows,) of C.
    """

    products: Ints
    results: Ints
    row_lengths: Ints

    @property
    def n_products(self) -> int:
        """Multiplications."""
        return int(self.products.sum())


def merged_sizes(a: SparseMatrix, b: SparseMatrix, leaf_of: Ints, schedule: Schedule) -> Sizes:
    """Sizes of every round's result.

    Args:
        a: the left matrix.
        b: the right matrix, with as many rows as A has columns.
        leaf_of: (n,) leaf of every element of A, -1 for none.
        schedule: of those leaves.

    Example:
        >>> from scipy.sparse import csr_array
        >>> from archwright.accelerators.sparch.condense import condensed_leaves
        >>> from archwright.accelerators.sparch.matrix import from_scipy
        >>> from archwright.accelerators.sparch.schedule import plan_rounds
        >>> a = from_scipy(csr_array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]))
        >>> leaves = condensed_leaves(a, a)
        >>> sizes = merged_sizes(a, a, leaves.of_entry, plan_rounds(leaves.weights, 2))
        >>> sizes.products.tolist(), sizes.results.tolist()
        ([7, 7], [6, 9])
    """
    nothing = np.zeros(0, np.int32), np.zeros(0)
    return _run(a, b, leaf_of, schedule, np.zeros(a.n_rows + 1, np.int64), *nothing)


def multiply(a: SparseMatrix, b: SparseMatrix, leaf_of: Ints, schedule: Schedule) -> SparseMatrix:
    """C, merged in the schedule's order; sums that are zero stay stored.

    Args:
        a: the left matrix.
        b: the right matrix, with as many rows as A has columns.
        leaf_of: (n,) leaf of every element of A, -1 for none.
        schedule: of those leaves.
    """
    sizes = merged_sizes(a, b, leaf_of, schedule)
    starts = np.concatenate([[0], np.cumsum(sizes.row_lengths)])
    columns, values = np.empty(starts[-1], np.int32), np.empty(starts[-1])
    _run(a, b, leaf_of, schedule, starts, columns, values)
    rows = SparseMatrix(starts, columns, values, b.n_columns)
    return from_scipy(to_scipy(rows).tocsc().tocsr())  # two transpositions sort in linear time


def _run(
    a: SparseMatrix, b: SparseMatrix, leaf_of: Ints, schedule: Schedule, starts: Ints, columns: Places, values: Floats
) -> Sizes:
    products, results = np.zeros((2, schedule.n_rounds), np.int64)
    row_lengths = np.zeros(a.n_rows, np.int64)
    rounds = np.append(schedule.round_of_leaf, -1)[leaf_of]
    _kernel_rows(
        (a.starts, a.columns, a.values, rounds), (b.starts, b.columns, b.values, b.n_columns), schedule.parent,
        (products, results, row_lengths), (starts, columns, values),
    )  # fmt: skip
    return Sizes(products, results, row_lengths)


@njit(cache=True, nogil=True)
def _touched_rounds(begin: int, end: int, rounds: Any, parent: Any, links: Any, touched: Any, row: int) -> int:
    """Link a row's elements to their rounds; the rounds from there to the last, in their order."""
    first_entry, next_entry, seen = links
    n = 0
    for at in range(begin, end):
        merge = rounds[at]
        if merge < 0:
            continue
        next_entry[at - begin] = first_entry[merge]
        first_entry[merge] = at
        while merge >= 0 and seen[merge] != row:
            seen[merge] = row
            touched[n] = merge
            n += 1
            merge = parent[merge]
    if n > 1:
        touched[:n].sort()
    return n


@njit(cache=True, nogil=True)
def _add(column: int, value: float, begin: int, end: int, place: Any, room: Any, sums: Any) -> int:
    """Add to what stands between `begin` and `end` of the workspace; the new end."""
    at = place[column]
    if begin <= at < end and room[at] == column:
        sums[at] += value
        return end
    place[column], room[end], sums[end] = end, column, value
    return end + 1


@njit(cache=True, nogil=True)
def _kernel_rows(left: Any, right: Any, parent: Any, counts: Any, out: Any) -> None:
    a_starts, a_columns, a_values, rounds = left
    b_starts, b_columns, b_values, n_columns = right
    products, results, row_lengths = counts
    starts, columns, values = out
    n_rounds, longest = len(parent), np.diff(a_starts).max()
    links = (np.full(n_rounds, -1), np.empty(longest, np.int64), np.full(n_rounds, -1))
    first_entry, next_entry, _ = links
    first_child, next_child = np.full(n_rounds, -1), np.empty(n_rounds, np.int64)
    touched, begins, ends = np.empty(n_rounds, np.int64), np.empty(n_rounds, np.int64), np.empty(n_rounds, np.int64)
    place, room, sums = np.zeros(n_columns, np.int64), np.empty(FIRST_ROOM, np.int32), np.empty(FIRST_ROOM)
    for row in range(len(a_starts) - 1):
        n_touched = _touched_rounds(a_starts[row], a_starts[row + 1], rounds, parent, links, touched, row)
        end = 0
        for merge in touched[:n_touched]:
            begin, need, at = end, 0, first_entry[merge]
            while at >= 0:
                need += b_starts[a_columns[at] + 1] - b_starts[a_columns[at]]
                at = next_entry[at - a_starts[row]]
            products[merge] += need
            child = first_child[merge]
            while child >= 0:
                need += ends[child] - begins[child]
                child = next_child[child]
            if end + need > len(room):
                room = np.concatenate((room, np.empty(need + len(room), np.int32)))
                sums = np.concatenate((sums, np.empty(need + len(sums))))
            child = first_child[merge]
            while child >= 0:
                for k in range(begins[child], ends[child]):
                    end = _add(room[k], sums[k], begin, end, place, room, sums)
                child = next_child[child]
            at = first_entry[merge]
            while at >= 0:
                for k in range(b_starts[a_columns[at]], b_starts[a_columns[at] + 1]):
                    end = _add(b_columns[k], a_values[at] * b_values[k], begin, end, place, room, sums)
                at = next_entry[at - a_starts[row]]
            first_entry[merge] = first_child[merge] = -1
            begins[merge], ends[merge] = begin, end
            results[merge] += end - begin
            if parent[merge] >= 0:
                next_child[merge], first_child[parent[merge]] = first_child[parent[merge]], merge
        if n_touched > 0:
            row_lengths[row] = ends[touched[n_touched - 1]] - begins[touched[n_touched - 1]]
            if len(columns) > 0:
                last = touched[n_touched - 1]
                columns[starts[row] : starts[row + 1]] = room[begins[last] : ends[last]]
                values[starts[row] : starts[row + 1]] = sums[begins[last] : ends[last]]
