"""Cycles of a layer by a recursion: exact, and as fast as reading the counts of its entries.

The non-zero activations j = 0, 1, ... are broadcast one after another. A queue frees a slot when its element takes an
activation; an element takes the next one when it has read all entries of the column before, one a cycle, and a column
without entries takes a cycle too. With t the cycle of a broadcast, w[j, i] the entries of element i, Q the queue's
capacity:

    t_j      = max(t_{j-1} + 1 + bubble_j, max_i take[j-Q, i] + 1)
    take[j, i] = max(t_j + 1, free_i),   then   free_i = take[j, i] + max(1, w[j, i])
    cycles   = max(max_i free_i + 6, scanned + 1)

`bubble_j` counts lines of activations whose last lane is zero: the scan needs a cycle to see that nothing is left in
them. Filling and draining the pipeline takes 6 cycles: activations are read, queued, and behind the pointers an entry
is read, decoded, multiplied and written. `scanned` is when the scan has seen the last line, which matters only when
next to nothing was broadcast. `referee` is the same machine cycle by cycle, register by register.

Source: pipeline and queues of Han et al., "EIE", ISCA 2016, section IV; that the last lane hides the step to the next
line, and that a ring of B slots holds B - 1, from the authors' published simulator.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.sparsity import Counts, Ints

PIPELINE_CYCLES = 6

Flags = np.ndarray[Any, np.dtype[np.bool_]]


class Scan(NamedTuple):
    """What the leading-non-zero detection finds.

    Args:
        active: (n,) columns of the non-zero activations, ascending.
        bubbles: (n,) cycles that the scan loses before each of them.
        trailing: cycles that it loses behind the last one.
    """

    active: Ints
    bubbles: Ints
    trailing: int


class Timing(NamedTuple):
    """When what happens in a layer.

    Args:
        cycles: until the last result is written.
        broadcasts: (n,) cycle in which each non-zero activation enters the queues, from 0.
        stall_cycles: in which a full queue held the broadcast up.
        bubble_cycles: in which the scan stepped to another line.
    """

    cycles: int
    broadcasts: Ints
    stall_cycles: int
    bubble_cycles: int


def scan(is_active: Flags, n_lanes: int) -> Scan:
    """Scan a vector of activations, a line of lanes at a time.

    Args:
        is_active: (n_columns,) true where an activation is not zero.
        n_lanes: of a line, one per processing element.

    Example:
        >>> scan(np.array([0, 0, 1, 1, 0, 1], bool), 2)
        Scan(active=array([2, 3, 5]), bubbles=array([1, 0, 0]), trailing=0)
    """
    active = np.flatnonzero(is_active)
    n_lines = -(-len(is_active) // n_lanes)
    if len(active) == 0:
        return Scan(active, active, n_lines)
    line, ends_line = active // n_lanes, active % n_lanes == n_lanes - 1
    bubbles = np.diff(line, prepend=0)
    bubbles[1:] -= ends_line[:-1]
    return Scan(active, bubbles, int(n_lines - line[-1] - ends_line[-1]))


def time_layer(counts: Counts, scanned: Scan, machine: Machine) -> Timing:
    """Cycles of a layer.

    Args:
        counts: (n_columns, n_pes) int32, entries with padding.
        scanned: of its activations.
        machine: of as many elements.

    Example:
        >>> counts = np.array([[3], [1]], np.int32)
        >>> time_layer(counts, scan(np.array([True, True]), 1), Machine(n_pes=1)).cycles
        11
    """
    broadcasts = np.empty(len(scanned.active), np.int64)
    free = _kernel_times(counts, scanned.active, scanned.bubbles, machine.queue_capacity, broadcasts)
    return _timing(int(free), broadcasts, scanned)


def time_layer_plainly(counts: Counts, scanned: Scan, machine: Machine) -> Timing:
    """The same in plain Python: the twin of `time_layer`."""
    free = [0] * machine.n_pes
    taken: deque[int] = deque(maxlen=machine.queue_capacity)
    broadcasts: list[int] = []
    for column, bubbles in zip(scanned.active.tolist(), scanned.bubbles.tolist(), strict=True):
        at = (broadcasts[-1] if broadcasts else -1) + 1 + bubbles
        if len(taken) == machine.queue_capacity:
            at = max(at, taken[0] + 1)
        takes = [max(at + 1, one) for one in free]
        free = [take + max(1, n) for take, n in zip(takes, counts[column].tolist(), strict=True)]
        taken.append(max(takes))
        broadcasts.append(at)
    return _timing(max(free), np.array(broadcasts, np.int64), scanned)


def _timing(free: int, broadcasts: Ints, scanned: Scan) -> Timing:
    n, n_bubbles = len(broadcasts), int(scanned.bubbles.sum())
    end = int(broadcasts[-1]) + 1 if n else 0
    cycles = max(free + PIPELINE_CYCLES if n else 0, end + scanned.trailing + 1)
    return Timing(cycles, broadcasts, end - n - n_bubbles, n_bubbles)


@njit(cache=True, nogil=True)
def _kernel_times(counts: Any, active: Any, bubbles: Any, capacity: int, broadcasts: Any) -> int:
    n_pes = counts.shape[1]
    free = np.zeros(n_pes, np.int32)
    taken = np.zeros(capacity, np.int32)
    one, at = np.int32(1), np.int32(-1)
    for j in range(len(active)):
        at = np.int32(at + 1 + bubbles[j])
        if j >= capacity:
            at = max(at, np.int32(taken[j % capacity] + 1))
        earliest, last = np.int32(at + 1), np.int32(0)
        column = counts[active[j]]
        for element in range(n_pes):
            take = max(earliest, free[element])
            last = max(last, take)
            free[element] = np.int32(take + max(one, column[element]))
        taken[j % capacity] = last
        broadcasts[j] = at
    return int(free.max())
