"""The merge tree cycle by cycle: one merger per layer, which serves the nodes of its layer in turn.

Source: Zhang et al., "SpArch", HPCA 2020. A tree of k ways has k - 1 nodes in log2(k) layers, but only a merger per
layer; queues stand between a node and the one above. In a cycle each layer, the root first, lets one of its nodes step:
the next after the one served last whose two inputs hold `merger_width` elements or end, and whose queue has room for as
many. A step takes the smallest elements of both inputs and adds equal ones, also to the last in the queue. What equal
keys a step parts, a node above joins; the root joins all. `referee` is the same with the circuits of `comparator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import Floats, Ints, SparseMatrix
from archwright.accelerators.sparch.schedule import Schedule
from archwright.core.errors import SpecError

Stream = tuple[Ints, Floats]
"""Keys, ascending, each once; values."""
QUEUE_WIDTHS = 4
"""Steps that a queue holds; the paper does not say how deep its queues are."""


class TreeRun(NamedTuple):
    """What a round of merging took.

    Args:
        merged: the result.
        cycles: until the root has emitted everything.
        steps: (n_layers,) cycles in which each layer's merger worked, the root's first.
    """

    merged: Stream
    cycles: int
    steps: Ints


def merge_streams(streams: Sequence[Stream], machine: Machine, queue_widths: int = QUEUE_WIDTHS) -> TreeRun:
    """Merge up to `machine.ways` sorted streams.

    Args:
        streams: what the leaves of the tree are fed with; they are never short of supply.
        machine: its ways and the width of its mergers count.
        queue_widths: depth of the queues between layers, in steps, >= 2.

    Raises:
        SpecError: more streams than ways, or queues too short to work.

    Example:
        >>> streams = [(np.array([1, 5]), np.ones(2)), (np.array([2, 5]), np.ones(2))]
        >>> run = merge_streams(streams, Machine(ways=4, merger_width=2))
        >>> run.merged[0].tolist(), run.merged[1].tolist(), run.cycles
        ([1, 2, 5], [1.0, 1.0, 2.0], 3)
    """
    check_streams(streams, machine, queue_widths)
    starts = np.zeros(machine.ways + 1, np.int64)
    starts[1 : len(streams) + 1] = np.cumsum([len(keys) for keys, _ in streams])
    starts[len(streams) + 1 :] = total = starts[len(streams)]
    depth = queue_widths * machine.merger_width
    room = 2 * total + machine.ways * depth + machine.merger_width
    keys, values, steps = np.empty(room, np.int64), np.empty(room), np.zeros(machine.n_layers, np.int64)
    if streams:
        keys[:total] = np.concatenate([one for one, _ in streams])
        values[:total] = np.concatenate([one for _, one in streams])
    cycles, n, begin = _kernel_tree(keys, values, starts, machine.merger_width, depth, steps)
    return TreeRun((keys[begin : begin + n].copy(), values[begin : begin + n].copy()), cycles, steps)


def check_streams(streams: Sequence[Stream], machine: Machine, queue_widths: int) -> None:
    """Hold streams and queues to what the tree can take.

    Raises:
        SpecError: it cannot.
    """
    if len(streams) > machine.ways:
        raise SpecError("streams", len(streams), f"at most {machine.ways}, the ways of the tree")
    if queue_widths < 2:
        raise SpecError("queue_widths", queue_widths, "2 or more: with less, two half-filled queues block each other")


def run_rounds(
    a: SparseMatrix, b: SparseMatrix, leaf_of: Ints, schedule: Schedule, machine: Machine
) -> tuple[SparseMatrix, list[TreeRun]]:
    """All rounds of a schedule through the tree; C, and what each round took.

    Args:
        a: the left matrix.
        b: the right matrix.
        leaf_of: (n,) leaf of every element of A, -1 for none.
        schedule: of those leaves.
        machine: with as many ways as the schedule was made for.
    """
    leaves = leaf_streams(a, b, leaf_of, len(schedule.round_of_leaf))
    inputs: list[list[Stream]] = [[] for _ in range(max(1, schedule.n_rounds))]
    for leaf, merge in enumerate(schedule.round_of_leaf.tolist()):
        inputs[merge].append(leaves[leaf])
    runs = []
    for merge, streams in enumerate(inputs):
        runs.append(merge_streams(streams, machine))
        streams.clear()
        if merge < len(inputs) - 1:
            inputs[int(schedule.parent[merge])].append(runs[-1].merged)
    keys, values = runs[-1].merged
    starts = np.searchsorted(keys, np.arange(a.n_rows + 1) * b.n_columns)
    return SparseMatrix(starts, (keys % b.n_columns).astype(np.int32), values, b.n_columns), runs


def leaf_streams(a: SparseMatrix, b: SparseMatrix, leaf_of: Ints, n_leaves: int) -> list[Stream]:
    """The partial matrix of every leaf; keys are row times columns plus column."""
    entries = np.flatnonzero(leaf_of >= 0)
    entries = entries[np.argsort(leaf_of[entries], kind="stable")]
    lengths = b.row_lengths[a.columns[entries]]
    ends = np.cumsum(lengths)
    within = np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths)
    at = np.repeat(b.starts[a.columns[entries]], lengths) + within
    rows = np.repeat(np.arange(a.n_rows), a.row_lengths)[entries]
    keys = np.repeat(rows * b.n_columns, lengths) + b.columns[at]
    values = np.repeat(a.values[entries], lengths) * b.values[at]
    sizes = np.zeros(n_leaves, np.int64)
    np.add.at(sizes, leaf_of[entries], lengths)
    cuts = np.cumsum(sizes)[:-1]
    return list(zip(np.split(keys, cuts), np.split(values, cuts), strict=True)) if n_leaves else []


@njit(cache=True, nogil=True)
def _is_ready(node: int, width: int, queues: Any, is_done: Any) -> bool:
    """Whether a node can step: inputs wide enough or ended, room in its queue."""
    _, capacity, _, count = queues
    left, right = 2 * node, 2 * node + 1
    if is_done[node] or capacity[node] - count[node] < width:
        return False
    return bool((count[left] >= width or is_done[left]) and (count[right] >= width or is_done[right]))


@njit(cache=True, nogil=True)
def _wrapped(place: int, capacity: int) -> int:
    return place if place < capacity else place - capacity


@njit(cache=True, nogil=True)
def _step(node: int, width: int, keys: Any, values: Any, queues: Any) -> None:
    """Take up to `width` elements from both inputs, the smallest first, and add equal ones."""
    base, capacity, head, count = queues
    left, right = 2 * node, 2 * node + 1
    for _ in range(min(width, count[left] + count[right])):
        from_left, from_right = base[left] + head[left], base[right] + head[right]
        is_left = count[right] == 0 or (count[left] > 0 and keys[from_left] < keys[from_right])
        taken, at = (left, from_left) if is_left else (right, from_right)
        head[taken] = _wrapped(head[taken] + 1, capacity[taken])
        count[taken] -= 1
        last = base[node] + _wrapped(head[node] + count[node] - 1, capacity[node])
        if count[node] > 0 and keys[last] == keys[at]:
            values[last] += values[at]
            continue
        place = base[node] + _wrapped(head[node] + count[node], capacity[node])
        keys[place], values[place] = keys[at], values[at]
        count[node] += 1


@njit(cache=True, nogil=True)
def _kernel_tree(keys: Any, values: Any, starts: Any, width: int, depth: int, steps: Any) -> Any:
    ways, n_layers = len(starts) - 1, len(steps)
    base, capacity = np.zeros(2 * ways, np.int64), np.full(2 * ways, depth)
    head, count = np.zeros(2 * ways, np.int64), np.zeros(2 * ways, np.int64)
    queues, is_done = (base, capacity, head, count), np.zeros(2 * ways, np.bool_)
    base[ways:], count[ways:] = starts[:-1], np.diff(starts)
    capacity[ways:] = np.maximum(1, count[ways:])
    base[1:ways] = starts[-1] + depth * np.arange(ways - 1)
    base[1], capacity[1] = starts[-1] + depth * ways, starts[-1] + width
    for node in range(2 * ways - 1, 0, -1):
        is_empty = node < ways and count[2 * node] == 0 and count[2 * node + 1] == 0
        is_done[node] = node >= ways or (is_empty and is_done[2 * node] and is_done[2 * node + 1])
    served, cycles = np.zeros(n_layers, np.int64), 0
    while not is_done[1]:
        for layer in range(n_layers):
            size = 1 << layer
            for turn in range(1, size + 1):
                node = size + (served[layer] + turn) % size
                if _is_ready(node, width, queues, is_done):
                    _step(node, width, keys, values, queues)
                    served[layer] = node - size
                    steps[layer] += 1
                    left, right = 2 * node, 2 * node + 1
                    is_done[node] = is_done[left] and is_done[right] and count[left] + count[right] == 0
                    break
        cycles += 1
    return cycles, count[1], base[1]
