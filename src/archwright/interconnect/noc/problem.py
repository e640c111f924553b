"""The problem: topology, routing, virtual channels and buffers of a network on chip for a traffic."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from archwright.core.errors import Infeasible, SpecError
from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, check_design
from archwright.interconnect.noc.area import area_mm2
from archwright.interconnect.noc.network import Counts, Network
from archwright.interconnect.noc.picture import draw_links
from archwright.interconnect.noc.topology import Topology, mesh, torus
from archwright.interconnect.noc.traffic import Traffic, traffic

TOPOLOGIES = ("mesh", "torus", "express-2", "express-4")
OFFERED = (
    "xy", "yx", "o1turn", "adaptive-xy-yx", "romm", "valiant", "west-first-adaptive", "north-last-adaptive",
    "negative-first-adaptive", "odd-even", "minimal-adaptive", "adaptive",
)  # fmt: skip
N_VCS = (1, 2, 3, 4, 6)
BUFFER_FLITS = (1, 2, 3, 4, 6, 8, 12, 16)
PLAIN_DESIGN = {"topology": "mesh", "routing": "xy", "n_vcs": 4, "buffer_flits": 4}
OVERLOAD = 0.9
METRICS = {"latency_cycles": "cycles", "throughput": "flits/cycle/node", "area_mm2": "mm2"}


def build(topology: str, columns: int, rows: int) -> Topology:
    """A topology by its name in the space.

    Args:
        topology: mesh, torus, or express-2 or -4, a mesh with links that skip so many hops.
        columns: of the grid.
        rows: of the grid.

    Raises:
        SpecError: a size is out of its range.
    """
    if topology == "torus":
        return torus(columns, rows)
    return mesh(columns, rows, express=int(topology.removeprefix("express-")) if topology != "mesh" else 0)


@lru_cache(maxsize=256)
def _network(topology: str, columns: int, rows: int, routing: str, n_vcs: int, buffer_flits: int) -> Network | str:
    """The network of a design, checked once; or why there is none."""
    try:
        return Network(build(topology, columns, rows), routing, n_vcs=n_vcs, buffer_flits=buffer_flits)
    except SpecError as error:
        return str(error)


class NetworkOnChip:
    """Design a network for a traffic: the least latency at a load, with the throughput and area of the plain mesh.

    Args:
        traffic: a pattern.
        load: flits per cycle and node at which latency counts, above 0 to 1.
        columns: of the grid, 5 to 32.
        rows: of the grid, 5 to 32.
        packet_flits: size of every packet.
        cycles: in which packets count, 100 or more; half as many warm up, and as many again are overloaded.
        seed: of the sources.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> problem = NetworkOnChip(columns=5, rows=5, traffic="uniform")
        >>> round(problem.evaluate([PLAIN_DESIGN], rng=np.random.default_rng(0))[0]["latency_cycles"])
        19
    """

    name = "network-on-chip"
    typical_seconds = 0.1
    metrics: Mapping[str, str] = METRICS

    def __init__(
        self,
        *,
        traffic: str = "transpose",
        load: float = 0.15,
        columns: int = 8,
        rows: int = 8,
        packet_flits: int = 1,
        cycles: int = 2000,
        seed: int = 0,
    ) -> None:
        for field, size in (("columns", columns), ("rows", rows)):
            if type(size) is not int or not 5 <= size <= 32:
                raise SpecError(field, size, "a whole number from 5 to 32")
        if type(cycles) is not int or cycles < 100:
            raise SpecError("cycles", cycles, "a whole number of 100 or more")
        if not 0.0 < load <= 1.0:
            raise SpecError("load", load, "above 0 to 1 flits per cycle and node")
        self.space = Record(topology=TOPOLOGIES, routing=OFFERED, n_vcs=N_VCS, buffer_flits=BUFFER_FLITS)
        self._columns, self._rows, self._load, self._seed = columns, rows, load, seed
        self._cycles = cycles
        options = repr((traffic, load, columns, rows, packet_flits, cycles, seed))
        self.version = f"1.{zlib.crc32(options.encode()):08x}"
        self._traffic = _traffic(traffic, columns, rows, packet_flits)
        plain = self._metrics(PLAIN_DESIGN)
        if isinstance(plain, Infeasible):
            raise SpecError("load", load, plain.reason)
        self._plain = plain
        self.goals: tuple[Goal, ...] = (
            goal(f"min latency_cycles ref {plain['latency_cycles']:.6g} cycles", self.metrics),
            goal(f"throughput >= {plain['throughput'] * 0.99:.4f} flits/cycle/node", self.metrics),
            goal(f"area_mm2 <= {plain['area_mm2'] * 1.001:.4f} mm2", self.metrics),
        )

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Simulate every design at the load and overloaded; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return [self._metrics(design) for design in designs]

    def _metrics(self, design: Design) -> Metrics | Infeasible:
        network = self._find(design)
        if isinstance(network, str):
            return Infeasible(network)
        _, n_vcs, depth, _ = network.fabric.shape.tolist()
        return {
            "latency_cycles": self._run(network, self._load, self._cycles).latency_cycles,
            "throughput": self._run(network, OVERLOAD, self._cycles // 2).throughput,
            "area_mm2": area_mm2(network.topology, n_vcs, depth),
        }

    def _find(self, design: Design) -> Network | str:
        one = check_design(self.space, design)
        return _network(
            str(one["topology"]), self._columns, self._rows, str(one["routing"]), int(one["n_vcs"]),
            int(one["buffer_flits"]),
        )  # fmt: skip

    def _run(self, network: Network, load: float, cycles: int) -> Counts:
        fresh = network.fresh(self._seed)
        fresh.run(self._cycles // 2, self._traffic, load)
        return fresh.run(cycles, self._traffic, load)

    def references(self) -> list[Reference]:
        """The plain mesh."""
        return [Reference("plain mesh", PLAIN_DESIGN, self._plain, "Dally and Towles, 2004: XY, 4 channels of 4 flits")]

    def draw(self, design: Design) -> str:
        """How busy every link is at the load.

        Raises:
            SpecError: the design is not in the space, or cannot exist.
        """
        network = self._find(design)
        if isinstance(network, str):
            raise SpecError("design", design, f"one that can exist: {network}")
        found = self._run(network, self._load, self._cycles)
        title = f"{self._traffic.name} at {self._load:g} on {network.topology.name}, {network.active}"
        return draw_links(
            network.topology, found.link_flits / found.cycles, f"{title}: {found.latency_cycles:.1f} cycles"
        )


def _traffic(name: str, columns: int, rows: int, packet_flits: int) -> Traffic:
    return traffic(name, columns * rows, columns=columns, packet_flits=packet_flits)
