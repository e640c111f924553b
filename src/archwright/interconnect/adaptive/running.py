"""A network whose traffic changes while it runs, and whose routing may be switched every so many cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc import Network, Topology, mesh, traffic
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.traffic import Traffic

Floats = np.ndarray[Any, np.dtype[np.float64]]
N_SEEN = 4
"""Width of what is seen of the traffic."""
LOOK_CYCLES = 20
"""Cycles before a choice whose packets are counted: nearly all of them are still under way."""


@dataclass(frozen=True)
class Course:
    """A mesh under traffic that changes.

    Args:
        patterns: of the traffic, one after another, round and round.
        load: flits per cycle and node.
        phase_cycles: before the pattern changes, two or more whole epochs.
        epoch_cycles: between two choices of a routing.
        routings: among which is chosen.
        size: columns and rows.
        n_vcs: virtual channels per port.
        buffer_flits: per virtual channel.

    Raises:
        SpecError: a phase is no whole number of epochs, or there is no pattern or routing.
    """

    patterns: tuple[str, ...] = ("uniform", "transpose", "bit-reversal")
    load: float = 0.2
    phase_cycles: int = 5_000
    epoch_cycles: int = 100
    routings: tuple[str, ...] = ("xy", "o1turn", "west-first", "west-first-adaptive")
    size: int = 8
    n_vcs: int = 4
    buffer_flits: int = 4

    def __post_init__(self) -> None:
        """Refuse what cannot run."""
        if not self.patterns or not self.routings:
            raise SpecError("patterns, routings", (self.patterns, self.routings), "one name or more of each")
        if self.epoch_cycles < 1 or self.phase_cycles < 2 * self.epoch_cycles or self.phase_cycles % self.epoch_cycles:
            raise SpecError("phase_cycles", self.phase_cycles, f"two or more whole epochs of {self.epoch_cycles}")

    @property
    def round_cycles(self) -> int:
        """Cycles until the first pattern comes back."""
        return self.phase_cycles * len(self.patterns)


@dataclass(frozen=True)
class Epoch:
    """What was measured between two choices.

    Args:
        pattern: of the traffic then; for the record, a learner does not see it.
        routing: index of the routing that new packets took.
        packets: delivered.
        latency_cycles: their mean.
        backlog: packets in the sources and on their way at the end.
        seen: (4,) of the packets made: see `RunningNetwork.look`.
    """

    pattern: str
    routing: int
    packets: int
    latency_cycles: float
    backlog: int
    seen: Floats


class RunningNetwork:
    """The network of a course, at some cycle.

    Args:
        course: what runs.
        seed: of the sources.

    Example:
        >>> running = RunningNetwork(Course(patterns=("uniform",), phase_cycles=500, size=4), 0)
        >>> epoch = running.step(1)
        >>> epoch.pattern, epoch.packets > 150, running.network.now
        ('uniform', True, 100)
    """

    def __init__(self, course: Course, seed: int) -> None:
        self.course = course
        grid: Topology = mesh(course.size, course.size)
        self.network = Network(grid, course.routings, n_vcs=course.n_vcs, buffer_flits=course.buffer_flits, seed=seed)
        n_nodes = course.size**2
        self._traffic: list[Traffic] = [traffic(one, n_nodes, columns=course.size) for one in course.patterns]

    @property
    def phase(self) -> int:
        """Index of the traffic's pattern now."""
        return self.network.now // self.course.phase_cycles % len(self.course.patterns)

    def step(self, routing: int) -> Epoch:
        """Run an epoch with a routing for its new packets.

        Args:
            routing: index in the course's.
        """
        phase, network = self.phase, self.network
        network.use(self.course.routings[routing])
        counts = network.run(self.course.epoch_cycles, self._traffic[phase], self.course.load)
        return Epoch(
            pattern=self.course.patterns[phase],
            routing=routing,
            packets=counts.packets_delivered,
            latency_cycles=counts.latency_cycles,
            backlog=counts.queued_packets + counts.in_network,
            seen=self.look(),
        )

    def look(self) -> Floats:
        """What can be counted at the sources of the packets made in the last cycles, `(4,)` in [0, 1].

        Shares of packets whose ways along x and y have the same sign, and opposite ones; the mean way, of the longest;
        how often two packets in a row from a source go to the same node.
        """
        packets, size = self.network.state.packets, self.course.size
        made = packets[packets[:, of.CREATED] >= self.network.now - LOOK_CYCLES]
        made = made[made[:, of.SERIAL].argsort(kind="stable")]
        if not len(made):
            return np.zeros(N_SEEN)
        source, dest = made[:, of.SOURCE], made[:, of.DEST]
        along = dest % size - source % size
        across = dest // size - source // size
        by_source = np.argsort(source, kind="stable")
        from_same = source[by_source][1:] == source[by_source][:-1]
        to_same = dest[by_source][1:] == dest[by_source][:-1]
        return np.array(
            [
                np.mean(along * across > 0),
                np.mean(along * across < 0),
                np.mean(np.abs(along) + np.abs(across)) / (2 * size - 2),
                np.sum(from_same & to_same) / max(int(np.sum(from_same)), 1),
            ]
        )


def mean_latency(epochs: Sequence[Epoch]) -> float:
    """Mean latency in cycles of all packets delivered.

    Example:
        >>> seen = np.zeros(4)
        >>> mean_latency([Epoch("a", 0, 1, 10.0, 0, seen), Epoch("a", 0, 3, 30.0, 0, seen)])
        25.0
    """
    packets = sum(epoch.packets for epoch in epochs)
    return sum(epoch.packets * epoch.latency_cycles for epoch in epochs) / max(packets, 1)
