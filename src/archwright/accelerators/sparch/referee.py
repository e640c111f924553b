"""The merge tree with queues and comparator arrays as objects: slow, and the judge of `tree`.

Source: Zhang et al., "SpArch", HPCA 2020. Every node that is served takes two windows from its inputs through the
comparator array in two levels, the adders and the shifter of `comparator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from archwright.accelerators.sparch.comparator import block_of, compare_in_blocks, merge_step
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.matrix import Floats, Ints
from archwright.accelerators.sparch.tree import QUEUE_WIDTHS, Stream, TreeRun, check_streams

PADDING = np.iinfo(np.int64).max
"""A key behind all others: what fills a window that is not full."""


@dataclass
class Queue:
    """Elements on their way to the node above.

    Args:
        keys: ascending.
        values: as many.
        has_ended: whether no more will come.
        room: elements that it holds at most.
    """

    keys: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    has_ended: bool = False
    room: float = float("inf")

    def offers(self, width: int) -> bool:
        """Whether a window is full, or as full as it will be."""
        return len(self.keys) >= width or self.has_ended

    def window(self, width: int) -> tuple[Ints, Floats]:
        """The first elements, padded."""
        short = max(0, width - len(self.keys))
        return np.array(self.keys[:width] + [PADDING] * short), np.array(self.values[:width] + [0.0] * short)

    def drop(self, n: int) -> None:
        """Forget the first `n` elements."""
        del self.keys[:n], self.values[:n]

    def push(self, keys: Ints, values: Floats) -> None:
        """Append, adding to the last element where its key comes again."""
        for key, value in zip(keys.tolist(), values.tolist(), strict=True):
            if self.keys and self.keys[-1] == key:
                self.values[-1] += value
            else:
                self.keys.append(key)
                self.values.append(value)


@dataclass
class Node:
    """A node of the tree.

    Args:
        inputs: its two queues.
        output: the queue that it fills.
    """

    inputs: tuple[Queue, Queue]
    output: Queue

    def close_if_empty(self) -> None:
        """End the output when both inputs have ended and are empty."""
        self.output.has_ended = all(one.has_ended and not one.keys for one in self.inputs)

    def is_ready(self, width: int) -> bool:
        """Whether it can step."""
        has_room = self.output.room - len(self.output.keys) >= width
        return not self.output.has_ended and has_room and all(one.offers(width) for one in self.inputs)

    def step(self, width: int) -> None:
        """Merge one window of each input through the comparator array."""
        left, right = (one.window(width) for one in self.inputs)
        marks, _ = compare_in_blocks(left[0], right[0], block_of(width))
        # Padding is equal to padding only, and where it stands it comes last: real elements keep their places.
        emitted = merge_step(left, right, width, marks)
        real = emitted.keys < PADDING
        self.inputs[0].drop(min(emitted.n_first, len(self.inputs[0].keys)))
        self.inputs[1].drop(min(emitted.n_second, len(self.inputs[1].keys)))
        self.output.push(emitted.keys[real], emitted.values[real])
        self.close_if_empty()


def merge_streams_plainly(streams: Sequence[Stream], machine: Machine, queue_widths: int = QUEUE_WIDTHS) -> TreeRun:
    """Merge up to `machine.ways` sorted streams: the twin of `tree.merge_streams`.

    Args:
        streams: what the leaves of the tree are fed with.
        machine: its ways and the width of its mergers count.
        queue_widths: depth of the queues between layers, in steps, >= 2.

    Raises:
        SpecError: more streams than ways, or queues too short to work.

    Example:
        >>> streams = [(np.array([1, 5]), np.ones(2)), (np.array([2, 5]), np.ones(2))]
        >>> run = merge_streams_plainly(streams, Machine(ways=4, merger_width=2))
        >>> run.merged[0].tolist(), run.cycles, run.steps.tolist()
        ([1, 2, 5], 3, [2, 2])
    """
    check_streams(streams, machine, queue_widths)
    width, ways = machine.merger_width, machine.ways
    fed = [Queue(keys.tolist(), values.tolist(), True) for keys, values in streams]
    fed += [Queue(has_ended=True) for _ in range(ways - len(fed))]
    queues = [Queue() for _ in range(2)] + [Queue(room=queue_widths * width) for _ in range(ways - 2)] + fed
    nodes = [Node((queues[2 * n], queues[2 * n + 1]), queues[n]) for n in range(1, ways)]
    for node in reversed(nodes):
        node.close_if_empty()
    layers = [nodes[(1 << layer) - 1 : (2 << layer) - 1] for layer in range(machine.n_layers)]
    served, steps, cycles = [0] * len(layers), np.zeros(len(layers), np.int64), 0
    while not queues[1].has_ended:
        for layer, members in enumerate(layers):
            turns = [(served[layer] + turn) % len(members) for turn in range(1, len(members) + 1)]
            chosen = next((one for one in turns if members[one].is_ready(width)), None)
            if chosen is not None:
                members[chosen].step(width)
                served[layer] = chosen
                steps[layer] += 1
        cycles += 1
    return TreeRun((np.array(queues[1].keys, np.int64), np.array(queues[1].values)), cycles, steps)
