"""Which partial matrices are merged with which: a k-ary Huffman tree, and orders to compare it with.

Source: Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952; Zhang et al., "SpArch", HPCA 2020. A
round merges up to k inputs; a result that is not the last goes to memory and comes back, so what is to be small is the
sum of the sizes of all results but the last. For sizes that add up this is the weighted path length of a k-ary tree,
which Huffman's tree makes least: always merge the smallest, and let the first round take (n - 2) mod (k - 1) + 2 of n
inputs, so that every later round is full. Sizes are estimated by their sum; what equal places save is known afterwards.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations

import numpy as np

from archwright.accelerators.sparch.matrix import Ints
from archwright.core.errors import SpecError

ORDERS = ("huffman", "sequential", "random")


@dataclass(frozen=True, eq=False)
class Schedule:
    """Rounds of merging, in their order.

    Args:
        round_of_leaf: (n_leaves,) the round that takes each leaf.
        parent: (n_rounds,) the later round that takes each result; -1 for the last.
        estimates: (n_rounds,) products below each round.
    """

    round_of_leaf: Ints
    parent: Ints
    estimates: Ints

    @property
    def n_rounds(self) -> int:
        """Rounds, each through the tree once."""
        return len(self.parent)

    @property
    def n_inputs(self) -> Ints:
        """(n_rounds,) matrices that each round merges."""
        taken = np.concatenate([self.round_of_leaf, self.parent[self.parent >= 0]])
        return np.bincount(taken, minlength=self.n_rounds)

    @property
    def estimated_partials(self) -> int:
        """Elements of all results but the last, if no two elements met: what Huffman's tree makes least."""
        return int(self.estimates[:-1].sum())


def plan_rounds(
    weights: Ints, ways: int, order: str = "huffman", *, rng: np.random.Generator | None = None
) -> Schedule:
    """A schedule of one of `ORDERS`.

    Args:
        weights: (n_leaves,) products of each leaf, > 0.
        ways: inputs of a round, >= 2.
        order: `huffman`; `sequential`: the first `ways` matrices are merged, the result goes behind the last; `random`:
            the same of shuffled leaves.
        rng: shuffles; needed for `random`.

    Raises:
        SpecError: no such order, or no generator to shuffle with.

    Example:
        >>> schedule = plan_rounds(np.array([5, 1, 4, 2]), 3)
        >>> schedule.round_of_leaf.tolist(), schedule.parent.tolist(), schedule.estimated_partials
        ([1, 0, 1, 0], [1, -1], 3)
    """
    if order == "huffman":
        return _huffman(weights, ways)
    if order == "sequential":
        return _in_order(weights, ways, np.arange(len(weights)))
    if order != "random" or rng is None:
        raise SpecError("order", order, f"one of {', '.join(ORDERS)}; random needs a generator")
    return _in_order(weights, ways, rng.permutation(len(weights)))


def n_rounds_of(n_leaves: int, ways: int) -> int:
    """Rounds that any schedule without idle inputs takes.

    Example:
        >>> [n_rounds_of(n, 64) for n in (0, 1, 64, 65, 127, 128)]
        [0, 1, 1, 2, 2, 3]
    """
    return max(min(n_leaves, 1), -(-(n_leaves - 1) // (ways - 1)))


def least_partials(weights: tuple[int, ...], ways: int) -> int:
    """What `Schedule.estimated_partials` can be at least, by trying every merge: the judge of Huffman's order.

    Args:
        weights: of up to about 8 leaves, > 0.
        ways: inputs of a round, >= 2.

    Example:
        >>> least_partials((5, 1, 4, 2), 3)
        3
    """
    return _least(tuple(sorted(weights)), ways)


@lru_cache(1 << 16)
def _least(weights: tuple[int, ...], ways: int) -> int:
    if len(weights) <= ways:
        return 0  # the last round's result is C
    costs = []
    sizes = range(2, ways + 1)
    for taken in chain.from_iterable(combinations(range(len(weights)), size) for size in sizes):
        result = sum(weights[k] for k in taken)
        left = [weight for k, weight in enumerate(weights) if k not in taken]
        costs.append(result + _least(tuple(sorted([*left, result])), ways))
    return min(costs)


def _huffman(weights: Ints, ways: int) -> Schedule:
    n, n_rounds = len(weights), n_rounds_of(len(weights), ways)
    consumer = np.full(n + n_rounds, -1, np.int64)
    estimates = np.zeros(n_rounds, np.int64)
    heap = [(weight, leaf) for leaf, weight in enumerate(weights.tolist())]
    heapq.heapify(heap)
    size = min(n, (n - 2) % (ways - 1) + 2)
    for merge in range(n_rounds):
        taken = [heapq.heappop(heap) for _ in range(size)]
        consumer[[item for _, item in taken]] = merge
        estimates[merge] = sum(weight for weight, _ in taken)
        heapq.heappush(heap, (int(estimates[merge]), n + merge))
        size = ways
    return Schedule(consumer[:n], consumer[n:], estimates)


def _in_order(weights: Ints, ways: int, order: Ints) -> Schedule:
    """Round t takes items t k to (t + 1) k - 1 of the queue of all leaves and all results."""
    n, n_rounds = len(weights), n_rounds_of(len(weights), ways)
    consumer = np.arange(n + n_rounds) // ways
    consumer[-1:] = -1
    round_of_leaf = np.empty(n, np.int64)
    round_of_leaf[order] = consumer[:n]
    estimates = np.zeros(n_rounds, np.int64)
    np.add.at(estimates, round_of_leaf, weights)
    for merge, parent in enumerate(consumer[n:-1].tolist()):
        estimates[parent] += estimates[merge]
    return Schedule(round_of_leaf, consumer[n:], estimates)
