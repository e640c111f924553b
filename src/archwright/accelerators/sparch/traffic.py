"""Bytes between the machine and its DRAM in four parts, round by round, and what OuterSPACE would move.

Source: Zhang et al., "SpArch", HPCA 2020, after the idea that each step of the paper moves one part: merging while
multiplying saves products on their way to DRAM and back, condensing and Huffman's order save partial results at the
price of reading rows of B again, and the prefetcher pays that price. OuterSPACE (Pal et al., HPCA 2018) writes all
products and reads them back to merge them; its bytes here are our count, not its simulator's. Row pointers are left out
on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from archwright.accelerators.sparch.condense import Leaves, column_leaves, condensed_leaves
from archwright.accelerators.sparch.machine import INPUT_BYTES, MERGED_BYTES, Machine
from archwright.accelerators.sparch.matrix import Ints, SparseMatrix, products_of_entries
from archwright.accelerators.sparch.prefetch import Misses, prefetch
from archwright.accelerators.sparch.product import Sizes, merged_sizes
from archwright.accelerators.sparch.schedule import Schedule, plan_rounds


class Ideas(NamedTuple):
    """Which of the paper's ideas a machine uses; merging while multiplying it always does.

    Args:
        condense: a leaf per condensed column, not per column.
        order: of merging, one of `schedule.ORDERS`.
        prefetch: keep rows of B in the buffer.
    """

    condense: bool = True
    order: str = "huffman"
    prefetch: bool = True


ALL_IDEAS = Ideas()
STEPS = {
    "merge while multiplying": Ideas(condense=False, order="sequential", prefetch=False),
    "+ condensing": Ideas(order="sequential", prefetch=False),
    "+ Huffman": Ideas(prefetch=False),
    "+ prefetcher": ALL_IDEAS,
}
"""The paper's chain."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A product made ready for a tree of some number of ways.

    Args:
        a: the left matrix.
        b: the right matrix.
        ideas: whether columns are condensed, and in which order partial matrices are merged.
        leaves: of A.
        schedule: of the leaves.
        sizes: of all results.
    """

    a: SparseMatrix
    b: SparseMatrix
    ideas: Ideas
    leaves: Leaves
    schedule: Schedule
    sizes: Sizes


class Traffic(NamedTuple):
    """Bytes of every round.

    Args:
        a: (n,) read of A.
        b: (n,) read of B.
        partial: (n,) results read and written.
        c: (n,) written of C.
    """

    a: Ints
    b: Ints
    partial: Ints
    c: Ints

    @property
    def per_round(self) -> Ints:
        """(n,) all four."""
        return self.a + self.b + self.partial + self.c

    @property
    def totals(self) -> dict[str, int]:
        """Bytes by part."""
        return {name: int(part.sum()) for name, part in zip(self._fields, self, strict=True)}

    @property
    def total(self) -> int:
        """All bytes."""
        return int(self.per_round.sum())


def plan_product(
    a: SparseMatrix,
    b: SparseMatrix,
    ways: int,
    ideas: Ideas = ALL_IDEAS,
    rng: np.random.Generator | None = None,
) -> Plan:
    """Leaves, rounds and the sizes of their results.

    Args:
        a: the left matrix.
        b: the right matrix.
        ways: of the tree.
        ideas: those of the paper by default.
        rng: for a random order.

    Raises:
        SpecError: the matrices do not fit, or there is no such order.

    Example:
        >>> from archwright.accelerators.sparch.families import stand_in
        >>> a = stand_in("wiki-Vote", max_products=100_000)
        >>> plan = plan_product(a, a, 64)
        >>> len(plan.leaves.weights), plan.schedule.n_rounds, plan.sizes.n_products
        (121, 2, 93044)
    """
    leaves = (condensed_leaves if ideas.condense else column_leaves)(a, b)
    schedule = plan_rounds(leaves.weights, ways, ideas.order, rng=rng)
    return Plan(a, b, ideas, leaves, schedule, merged_sizes(a, b, leaves.of_entry, schedule))


def accesses(plan: Plan) -> tuple[Ints, Ints]:
    """Elements of A in the order in which they need rows of B, and the round of each.

    In a round all its columns run side by side, row by row of A.
    """
    rounds = np.append(plan.schedule.round_of_leaf, -1)[plan.leaves.of_entry]
    order = np.argsort(rounds, kind="stable")
    order = order[int((rounds < 0).sum()) :]
    return order, rounds[order]


def fetch_rows(plan: Plan, machine: Machine, lookahead: int | None = None) -> Misses:
    """Run the prefetcher over a plan.

    Args:
        plan: condensed.
        machine: its buffer counts.
        lookahead: another one than the machine's.
    """
    order, _ = accesses(plan)
    return prefetch(
        plan.a.columns[order].astype(np.int64), plan.b.row_lengths, buffer_lines=machine.buffer_lines,
        line_elements=machine.line_elements, lookahead=machine.lookahead if lookahead is None else lookahead,
    )  # fmt: skip


def traffic_of(plan: Plan, misses: Misses | None = None) -> Traffic:
    """Bytes of every round of a plan.

    Args:
        plan: of the product.
        misses: of the prefetcher; without them every element of A reads its row of B, or, where columns are not
            condensed, every row of B is read once.

    Example:
        >>> from archwright.accelerators.sparch.families import stand_in
        >>> a = stand_in("wiki-Vote", max_products=100_000)
        >>> plan = plan_product(a, a, 64)
        >>> traffic_of(plan, fetch_rows(plan, Machine())).totals
        {'a': 32688, 'b': 32400, 'partial': 22880, 'c': 418000}
    """
    sizes, schedule, n = plan.sizes, plan.schedule, max(1, plan.schedule.n_rounds)
    order, rounds = accesses(plan)
    a_elements = np.bincount(rounds, minlength=n)
    a_elements[0] += plan.a.n_stored - len(order)  # elements that meet empty rows of B are read, too
    b_elements, partial, c = np.zeros((3, n), np.int64)
    np.add.at(b_elements, rounds, _elements_of_b(plan, order, misses))
    partial[: len(sizes.results) - 1] = sizes.results[:-1]
    np.add.at(partial, schedule.parent[:-1], sizes.results[:-1])
    c[-1] = sizes.results[-1:].sum()
    return Traffic(INPUT_BYTES * a_elements, INPUT_BYTES * b_elements, MERGED_BYTES * partial, MERGED_BYTES * c)


def _elements_of_b(plan: Plan, order: Ints, misses: Misses | None) -> Ints:
    if misses is not None:
        return misses.of_access
    lengths = products_of_entries(plan.a, plan.b)[order]
    if plan.ideas.condense:
        return lengths
    is_first = np.zeros(len(order), bool)
    is_first[np.unique(plan.leaves.of_entry[order], return_index=True)[1]] = True
    return np.where(is_first, lengths, 0)


def outerspace_bytes(a: SparseMatrix, b: SparseMatrix, n_products: int, n_results: int) -> int:
    """Bytes when all products are written and read back: A, B and C once, products twice.

    Args:
        a: the left matrix.
        b: the right matrix.
        n_products: multiplications.
        n_results: elements of C.
    """
    return INPUT_BYTES * (a.n_stored + b.n_stored) + MERGED_BYTES * (2 * n_products + n_results)
