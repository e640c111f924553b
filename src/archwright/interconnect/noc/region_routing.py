"""The problem: a routing table as a design. Packets from one region of a mesh to another go as its entry says.

An entry is XY, YX, one of the two by chance, or by credits at the source; all alike, they are XY and YX with half of
the channels, O1TURN, and BookSim's `adaptive_xy_yx`. No table can deadlock. The load of every link follows from the
table and the traffic (Dally and Towles, 2004, chapter 3), which gives a table to compare with: one whose squared loads
no single entry can lower.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise, product
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Reference
from archwright.core.record import Record
from archwright.core.space import Design, check_design
from archwright.interconnect.noc.layout import Reals
from archwright.interconnect.noc.network import Counts, Network
from archwright.interconnect.noc.picture import draw_links
from archwright.interconnect.noc.routing import routing_by_pair
from archwright.interconnect.noc.topology import mesh
from archwright.interconnect.noc.traffic import Traffic, traffic

WAYS = ("xy", "yx", "chance", "credit")
Integers = np.ndarray[Any, np.dtype[np.int64]]


class RegionRouting:
    """Choose a way for every two regions of a mesh that exchange packets: the least latency at a load.

    Args:
        traffic: a pattern.
        load: flits per cycle and node, above 0 to 1.
        columns: of the mesh, 2 to 16.
        rows: of the mesh, 2 to 16.
        regions: along each side, 2 to 8; divides columns and rows. As many as columns: a region is a node.
        n_vcs: virtual channels per port, 2 to 6; half of them for each order.
        buffer_flits: flits per virtual channel, 1 to 16.
        packet_flits: size of every packet.
        cycles: in which packets count, 100 or more; half as many warm up.
        seed: of the sources.

    Raises:
        SpecError: a value is out of its range, or no two regions have a choice.

    Example:
        >>> problem = RegionRouting(traffic="transpose", columns=4, rows=4, regions=2, load=0.1, cycles=500)
        >>> problem.space.axes
        ('from_0_to_0', 'from_1_to_2', 'from_2_to_1', 'from_3_to_3')
    """

    name = "region-routing"
    typical_seconds = 0.1
    metrics: Mapping[str, str] = {"latency_cycles": "cycles", "peak_link_load": "flits/cycle"}

    def __init__(
        self,
        *,
        traffic: str = "bit-reversal",
        load: float = 0.3,
        columns: int = 8,
        rows: int = 8,
        regions: int = 4,
        n_vcs: int = 4,
        buffer_flits: int = 4,
        packet_flits: int = 1,
        cycles: int = 2000,
        seed: int = 0,
    ) -> None:
        _check(columns, rows, regions, n_vcs, buffer_flits, cycles, load)
        self.topology, self._load, self._cycles, self._seed = mesh(columns, rows), load, cycles, seed
        options = (traffic, load, columns, rows, regions, n_vcs, buffer_flits, packet_flits, cycles, seed)
        self.version = f"1.{zlib.crc32(repr(options).encode()):08x}"
        self._traffic = _pattern(traffic, columns, rows, packet_flits)
        nodes = np.arange(columns * rows)
        self.region = nodes // columns * regions // rows * regions + nodes % columns * regions // columns
        """(nodes,) the region of every node, numbered row by row."""
        xy, yx = (self._loads_by_pair(is_yx) for is_yx in (False, True))
        self._all_loads = np.stack([xy, yx, (xy + yx) / 2.0, (xy + yx) / 2.0])
        self.pairs = np.flatnonzero((xy != yx).any(axis=1))
        if not len(self.pairs):
            raise SpecError("traffic", traffic, "one where two regions exchange packets that can go two ways")
        self.space = self._space(regions)
        routing = routing_by_pair(self.topology, n_vcs, self._table(self.alike("chance")))
        self._network = Network(self.topology, routing, n_vcs=n_vcs, buffer_flits=buffer_flits)
        self.by_chance_cycles = self._run(self._network).latency_cycles
        """Mean latency where every packet draws its order: O1TURN."""
        self.goals: tuple[Goal, ...] = (
            goal(f"min latency_cycles ref {self.by_chance_cycles:.6g} cycles", self.metrics),
        )

    def alike(self, way: str) -> Integers:
        """(pairs,) the table that treats all pairs of regions alike.

        Args:
            way: of `WAYS`.
        """
        return np.full(len(self.pairs), WAYS.index(way))

    def _space(self, regions: int) -> Record:
        """A choice for each pair of regions; those with one source are a component, beside those of its neighbours."""
        ends = [divmod(int(pair), regions**2) for pair in self.pairs]
        space = Record({f"from_{a}_to_{b}": WAYS for a, b in ends})
        owned: dict[str, list[str]] = {}
        for a, b in ends:
            owned.setdefault(f"region_{a}", []).append(f"from_{a}_to_{b}")
        near = [(a, a + 1) for a in range(regions**2) if (a + 1) % regions]
        near += [(a, a + regions) for a in range(regions * (regions - 1))]
        named = [(f"region_{a}", f"region_{b}") for a, b in near]
        return space.with_graph(owned, [edge for edge in named if owned.keys() >= set(edge)])

    def _pair_of(self, source: Any, to: Any) -> Integers:
        n_regions = int(self.region.max()) + 1
        return np.asarray(self.region[source] * n_regions + self.region[to])

    def _loads_by_pair(self, is_yx: bool) -> Reals:
        """(pairs of regions, links) flits per cycle on every link, if all packets take one order."""
        nodes, sums = len(self.region), self._traffic.matrix.sum(axis=1, keepdims=True)
        shares = self._load * self._traffic.matrix / np.where(sums > 0.0, sums, 1.0)
        loads = np.zeros(((int(self.region.max()) + 1) ** 2, len(self.topology.links)))
        number = {(int(a), int(b)): i for i, (a, b, _) in enumerate(self.topology.links)}
        for source, to in product(range(nodes), repeat=2):
            if shares[source, to] > 0.0:
                way = dimension_order(self.topology.columns, source, to, is_yx=is_yx)
                links = [number[hop] for hop in pairwise(way)]
                loads[self._pair_of(source, to), links] += shares[source, to]
        return loads

    def _table(self, ways: Integers) -> Integers:
        """(nodes, nodes) the way of packets, by (pairs,) the ways of the pairs that have a choice."""
        by_pair = np.zeros(len(self._all_loads[0]), np.int64)
        by_pair[self.pairs] = ways
        nodes = np.arange(len(self.region))
        return np.asarray(by_pair[self._pair_of(nodes[:, None], nodes[None])])

    def link_loads(self, ways: Integers) -> Reals:
        """(links,) flits per cycle that want to cross every link; credits are taken for chance.

        Args:
            ways: (pairs,) indices into `WAYS`.
        """
        by_pair = np.zeros(len(self._all_loads[0]), np.int64)
        by_pair[self.pairs] = ways
        return np.asarray(self._all_loads[by_pair, np.arange(len(by_pair))].sum(axis=0))

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Metrics]:
        """Simulate every table; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return [self._metrics(design) for design in designs]

    def _metrics(self, design: Design) -> Metrics:
        ways = self._ways(design)
        found = self._run(self._with(ways))
        return {"latency_cycles": found.latency_cycles, "peak_link_load": float(self.link_loads(ways).max())}

    def _ways(self, design: Design) -> Integers:
        one = check_design(self.space, design)
        return np.array([WAYS.index(one[axis]) for axis in self.space.axes])

    def _with(self, ways: Integers) -> Network:
        network = self._network.fresh(self._seed)  # what can deadlock was checked once, for all tables
        network.routings = [replace(self._network.routings[0], first_phase=self._table(ways).astype(np.int32))]
        return network

    def _run(self, network: Network) -> Counts:
        fresh = network.fresh(self._seed)
        fresh.run(self._cycles // 2, self._traffic, self._load)
        return fresh.run(self._cycles, self._traffic, self._load)

    @cached_property
    def balanced(self) -> Integers:
        """(pairs,) the table whose squared link loads no single entry can lower, found from chance everywhere."""
        ways, is_better = self.alike("chance"), True
        loads = self.link_loads(ways)
        while is_better:
            is_better = False
            for at, pair in enumerate(self.pairs):
                after = loads + self._all_loads[:3, pair] - self._all_loads[ways[at], pair]
                squares = (after**2).sum(axis=1)
                best = int(squares.argmin())
                if squares[best] < squares[ways[at]] * (1.0 - 1e-12):
                    ways[at], loads, is_better = best, after[best], True
        return ways

    def design_of(self, ways: Integers) -> Design:
        """The design of (pairs,) indices into `WAYS`."""
        return {axis: WAYS[int(one)] for axis, one in zip(self.space.axes, ways, strict=True)}

    def references(self) -> list[Reference]:
        """All pairs alike, and the table that balances the links."""
        sources = {"chance": "O1TURN: Seo et al., 2005", "credit": "BookSim's adaptive_xy_yx", "xy": "dimension order",
                   "yx": "dimension order"}  # fmt: skip
        tables = [(way, self.alike(way), source) for way, source in sources.items()]
        tables.append(("balanced", self.balanced, "least squares of link loads, one entry at a time"))
        designs = [(name, self.design_of(table), source) for name, table, source in tables]
        return [Reference(name, design, self._metrics(design), source) for name, design, source in designs]

    def draw(self, design: Design) -> str:
        """How busy every link is.

        Raises:
            SpecError: the design is not in the space.
        """
        found = self._run(self._with(self._ways(design)))
        title = (
            f"{self._traffic.name} at {self._load:g}, {len(self.pairs)} pairs of regions: "
            f"{found.latency_cycles:.1f} cycles, by chance {self.by_chance_cycles:.1f}"
        )
        return draw_links(self.topology, found.link_flits / found.cycles, title)


def dimension_order(columns: int, source: int, to: int, *, is_yx: bool = False) -> list[int]:
    """The nodes of a mesh that a packet sees in dimension order, both ends with them.

    Args:
        columns: of the mesh.
        source: a node.
        to: a node.
        is_yx: down first, then across.

    Example:
        >>> dimension_order(3, 0, 5), dimension_order(3, 0, 5, is_yx=True)
        ([0, 1, 2, 5], [0, 3, 4, 5])
    """
    corner = to // columns * columns + source % columns if is_yx else source // columns * columns + to % columns
    nodes = [source]
    for end in (corner, to):
        gap = end - nodes[-1]
        stride = (columns if gap % columns == 0 else 1) * (1 if gap > 0 else -1)
        nodes += range(nodes[-1] + stride, end + stride, stride) if gap else ()
    return nodes


def _pattern(name: str, columns: int, rows: int, packet_flits: int) -> Traffic:
    return traffic(name, columns * rows, columns=columns, packet_flits=packet_flits)


def _check(columns: int, rows: int, regions: int, n_vcs: int, buffer_flits: int, cycles: int, load: float) -> None:
    ranges = (
        ("columns", columns, 2, 16), ("rows", rows, 2, 16), ("regions", regions, 2, 8), ("n_vcs", n_vcs, 2, 6),
        ("buffer_flits", buffer_flits, 1, 16),
    )  # fmt: skip
    for field, value, least, most in ranges:
        if type(value) is not int or not least <= value <= most:
            raise SpecError(field, value, f"a whole number from {least} to {most}")
    if columns % regions or rows % regions:
        raise SpecError("regions", regions, f"a divisor of {columns} columns and {rows} rows")
    if type(cycles) is not int or cycles < 100:
        raise SpecError("cycles", cycles, "a whole number of 100 or more")
    if not 0.0 < load <= 1.0:
        raise SpecError("load", load, "above 0 to 1 flits per cycle and node")
