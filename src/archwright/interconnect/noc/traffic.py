"""Traffic: where packets go, how often they come, how long they are; patterns as BookSim defines them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc.layout import Demand, Masks, Reals

NO_EVENTS = np.zeros((0, 4), np.int64)


@dataclass(frozen=True, eq=False)
class Traffic:
    """What the nodes send to each other.

    Args:
        name: for people.
        matrix: (nodes, nodes) float64 >= 0: share of a source's packets to each node; a row of zeros sends none.
        weights: (nodes,) float64 >= 0: how much each source sends against a load of one.
        packet_flits: sizes of packets.
        size_shares: how often each size comes.
        burst: chances per cycle that a silent source begins a burst, and that a burst ends; None for Bernoulli sources.
        memories: nodes that answer every packet sent to them.
        reply_flits: size of their answers.
        reply_cycles: from the request's arrival to the answer's start.
        events: (n, 4) int64, sorted: cycle, source, destination, flits; come whatever the load.

    Raises:
        SpecError: a value is out of its range.
    """

    name: str
    matrix: Reals
    weights: Reals | None = None
    packet_flits: tuple[int, ...] = (1,)
    size_shares: tuple[float, ...] | None = None
    burst: tuple[float, float] | None = None
    memories: tuple[int, ...] = ()
    reply_flits: int = 5
    reply_cycles: int = 20
    events: Masks | None = None

    def __post_init__(self) -> None:
        """Check every value."""
        sums = self.matrix.sum(axis=1)
        if (self.matrix < 0).any() or not np.isfinite(sums).all():
            raise SpecError("matrix", self.name, "shares of 0 or more")
        if not self.packet_flits or any(type(one) is not int or not 1 <= one <= 1024 for one in self.packet_flits):
            raise SpecError("packet_flits", self.packet_flits, "whole numbers from 1 to 1,024")
        if self.size_shares is not None and len(self.size_shares) != len(self.packet_flits):
            raise SpecError("size_shares", self.size_shares, "a share for each size")
        if self.burst is not None and not all(0.0 < one <= 1.0 for one in self.burst):
            raise SpecError("burst", self.burst, "two chances above 0, at most 1")
        n = len(self.matrix)
        if any(not 0 <= node < n for node in self.memories):
            raise SpecError("memories", self.memories, f"nodes from 0 to {n - 1}")
        if self.events is not None and len(self.events):
            self._check_events(self.events, n)

    def _check_events(self, events: Masks, n: int) -> None:
        if events[0, 0] < 0 or (np.diff(events[:, 0]) < 0).any():
            raise SpecError("events", self.name, "cycles of 0 or more, in order")
        if events[:, 1:3].min() < 0 or events[:, 1:3].max() >= n:
            raise SpecError("events", self.name, f"nodes from 0 to {n - 1}")
        if events[:, 3].min() < 1 or events[:, 3].max() > 1024:
            raise SpecError("events", self.name, "packets of 1 to 1,024 flits")

    @property
    def mean_flits(self) -> float:
        """Flits of a packet on average."""
        return float(np.dot(self._shares(), self.packet_flits))

    def _shares(self) -> Reals:
        shares = np.array(self.size_shares or [1.0] * len(self.packet_flits), float)
        total = float(shares.sum())
        return np.array([one / total for one in shares])

    def demand(self, load: float) -> Demand:
        """The kernel's tables.

        Args:
            load: flits per cycle and node that the sources offer, 0 to 1.

        Raises:
            SpecError: a source would offer more than a flit or a packet per cycle.
        """
        if not 0.0 <= load <= 1.0:
            raise SpecError("load", load, "0 to 1 flits per cycle and node")
        n, sums = len(self.matrix), self.matrix.sum(axis=1)
        weights = np.ones(n) if self.weights is None else np.asarray(self.weights, float)
        per_cycle = np.where(sums > 0, weights * load / self.mean_flits, 0.0)
        peak = per_cycle.max() * (1.0 + self.burst[1] / self.burst[0] if self.burst else 1.0)
        if peak > 1.0 or (weights * load).max() > 1.0:
            raise SpecError(
                "load", load, f"at most {load / max(peak, float((weights * load).max())):.4g} for these sources"
            )
        shares = np.cumsum(self.matrix / np.where(sums > 0, sums, 1.0)[:, None], axis=1)
        shares[shares >= shares[:, -1:]] = 2.0  # rounding must not lead past the last destination
        is_memory = np.zeros(n, np.int32)
        is_memory[list(self.memories)] = 1
        sizes = np.cumsum(self._shares())
        sizes[-1] = 2.0
        return Demand(
            per_cycle, shares, np.array(self.packet_flits, np.int32), sizes, np.array(self.burst or (0.0, 0.0)),
            NO_EVENTS if self.events is None else np.ascontiguousarray(self.events, np.int64), is_memory,
            np.array([self.reply_flits if self.memories else 0, self.reply_cycles], np.int64),
        )  # fmt: skip


def _bits(n: int, name: str, is_square: bool = False) -> int:
    count = n.bit_length() - 1
    if 1 << count != n or (is_square and count % 2):
        raise SpecError("nodes", n, f"a power of {4 if is_square else 2} for {name}")
    return count


def _transpose(n: int, columns: int) -> Any:
    if columns and n == columns * columns:
        return (np.arange(n) % columns) * columns + np.arange(n) // columns
    half = _bits(n, "transpose", is_square=True) // 2
    low = (1 << half) - 1
    return (np.arange(n) >> half & low) | (np.arange(n) & low) << half


def _bit_reversal(n: int, columns: int) -> Any:
    count, nodes = _bits(n, "bit-reversal"), np.arange(n)
    return sum(((nodes >> i & 1) << (count - 1 - i) for i in range(count)), np.zeros(n, int))


def _bit_complement(n: int, columns: int) -> Any:
    return np.arange(n) ^ ((1 << _bits(n, "bit-complement")) - 1)


def _shuffle(n: int, columns: int) -> Any:
    count = _bits(n, "shuffle")
    return (np.arange(n) << 1 | np.arange(n) >> (count - 1)) & (n - 1)


def _by_dimension(step: Callable[[int], int]) -> Callable[[int, int], Any]:
    def pattern(n: int, columns: int) -> Any:
        columns = columns or n
        x, y, rows = np.arange(n) % columns, np.arange(n) // columns, n // columns
        return (y + step(rows)) % rows * columns + (x + step(columns)) % columns

    return pattern


_PERMUTATIONS: dict[str, Callable[[int, int], Any]] = {
    "transpose": _transpose,
    "bit-reversal": _bit_reversal,
    "bit-complement": _bit_complement,
    "shuffle": _shuffle,
    "tornado": _by_dimension(lambda size: -(-size // 2) - 1),
    "neighbour": _by_dimension(lambda size: 1 if size > 1 else 0),
}
PATTERNS = ("uniform", *_PERMUTATIONS, "hotspot")
HOT_SHARE = 0.2
"""Share of hotspot traffic that goes to the hot nodes; the rest is uniform."""


def traffic(
    pattern: str, n_nodes: int, *, columns: int = 0, packet_flits: int | Sequence[int] = 1, hot: Sequence[int] = ()
) -> Traffic:
    """Traffic of a pattern with Bernoulli sources.

    Args:
        pattern: of `PATTERNS`; nodes may send to themselves, as in BookSim.
        n_nodes: of the network.
        columns: of the mesh, for the patterns that have a geometry.
        packet_flits: a size, or several that are equally frequent.
        hot: nodes of a hotspot; the middle one by default.

    Raises:
        SpecError: no such pattern, or not for so many nodes.

    Example:
        >>> traffic("shuffle", 8).matrix.argmax(axis=1).tolist()
        [0, 2, 4, 6, 1, 3, 5, 7]
    """
    sizes = (packet_flits,) if isinstance(packet_flits, int) else tuple(packet_flits)
    if pattern in _PERMUTATIONS:
        matrix = np.zeros((n_nodes, n_nodes))
        matrix[np.arange(n_nodes), _PERMUTATIONS[pattern](n_nodes, columns)] = 1.0
    elif pattern in PATTERNS:
        matrix = np.full((n_nodes, n_nodes), 1.0 / n_nodes)
        if pattern == "hotspot":
            nodes = list(hot) or [n_nodes // 2 + columns // 2]
            matrix *= 1.0 - HOT_SHARE
            matrix[:, nodes] += HOT_SHARE / len(nodes)
    else:
        raise SpecError("traffic", pattern, f"one of {', '.join(PATTERNS)}")
    return Traffic(pattern, matrix, packet_flits=sizes)


def request_reply(
    n_nodes: int, memories: Sequence[int], *, request_flits: int = 1, reply_flits: int = 5, reply_cycles: int = 20
) -> Traffic:
    """Every node but the memories sends requests to a memory drawn anew; each is answered.

    Args:
        n_nodes: of the network.
        memories: nodes that answer.
        request_flits: size of a request.
        reply_flits: size of an answer.
        reply_cycles: a memory's own time.

    Raises:
        SpecError: no memory, or one that is not there.
    """
    if not memories:
        raise SpecError("memories", memories, "one node or more")
    matrix = np.zeros((n_nodes, n_nodes))
    if all(0 <= one < n_nodes for one in memories):
        matrix[:, list(memories)] = 1.0 / len(memories)
        matrix[list(memories)] = 0.0
    return Traffic(
        "request-reply", matrix, packet_flits=(request_flits,), memories=tuple(memories), reply_flits=reply_flits,
        reply_cycles=reply_cycles,
    )  # fmt: skip


def from_events(name: str, n_nodes: int, events: Masks | Sequence[Sequence[int]]) -> Traffic:
    """A trace: packets at given cycles.

    Args:
        name: of the trace.
        n_nodes: of the network.
        events: (n, 4): cycle, source, destination, flits; sorted by cycle.

    Raises:
        SpecError: cycles that are negative or not in order, or nodes that are not there.

    Example:
        >>> from_events("one", 2, [(3, 0, 1, 5)]).events.tolist()
        [[3, 0, 1, 5]]
    """
    return Traffic(name, np.zeros((n_nodes, n_nodes)), events=np.array(events, np.int64).reshape(-1, 4))


def bursty(one: Traffic, begin: float = 0.01, end: float = 0.05) -> Traffic:
    """The same traffic in bursts, with the same mean load.

    Args:
        one: any traffic.
        begin: chance per cycle that a silent source begins a burst.
        end: chance per cycle that a burst ends.

    Raises:
        SpecError: a chance is out of its range.
    """
    return replace(one, burst=(begin, end))
