"""`archwright simulate noc PATTERN`: a network of one's own, and what a traffic takes on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archwright.core.errors import SpecError
from archwright.core.problem import Metrics
from archwright.interconnect.noc.event_files import read_events
from archwright.interconnect.noc.measurement import measure
from archwright.interconnect.noc.network import Network
from archwright.interconnect.noc.problem import TOPOLOGIES, build
from archwright.interconnect.noc.traffic import PATTERNS, bursty, from_events, traffic

METRICS = {
    "latency_cycles": "cycles", "network_latency_cycles": "cycles", "latency_99_cycles": "cycles", "hops": "",
    "throughput": "flits/cycle/node", "saturated": "", "cycles": "cycles", "busiest_link": "flits/cycle",
}  # fmt: skip
MOST_CYCLES = 10_000_000


class NocSimulator:
    """A network that carries a pattern of traffic, or a file of packets.

    Args:
        load: flits per cycle and node that the sources offer, 0 to 1; a file has its own.
        topology: mesh, torus, express-2 or express-4.
        columns: of the grid.
        rows: of the grid.
        routing: of `ROUTINGS`.
        n_vcs: virtual channels per port.
        buffer_flits: flits per virtual channel.
        packet_flits: size of every packet of a pattern.
        bursts: whether the sources send in bursts.
        seed: of the sources.

    Raises:
        SpecError: a value is out of its range, or the routing can deadlock.

    Example:
        >>> found = NocSimulator(load=0.1, columns=4, rows=4).run("transpose")["transpose"]
        >>> found["saturated"], round(found["hops"], 1)
        (0.0, 3.5)
    """

    workloads = f"{', '.join(PATTERNS)}; a file of packets"
    metrics: Mapping[str, str] = METRICS

    def __init__(
        self,
        *,
        load: float = 0.1,
        topology: str = "mesh",
        columns: int = 8,
        rows: int = 8,
        routing: str = "xy",
        n_vcs: int = 4,
        buffer_flits: int = 4,
        packet_flits: int = 1,
        bursts: bool = False,
        seed: int = 0,
    ) -> None:
        if topology not in TOPOLOGIES:
            raise SpecError("topology", topology, f"one of {', '.join(TOPOLOGIES)}")
        grid = build(topology, columns, rows)
        self._network = Network(grid, routing, n_vcs=n_vcs, buffer_flits=buffer_flits, seed=seed)
        if not 0.0 <= load <= 1.0:
            raise SpecError("load", load, "0 to 1 flits per cycle and node")
        self._load, self._packet_flits, self._bursts, self._seed = load, packet_flits, bursts, seed

    def run(self, workload: str) -> dict[str, Metrics]:
        """Metrics of a pattern or a file.

        Args:
            workload: of `PATTERNS`, or a file of packets.

        Raises:
            SpecError: there is no such pattern or file, or it does not fit the network.
        """
        path = Path(workload)
        if path.suffix:
            return {path.stem: self._play(path)}
        topology = self._network.topology
        one = traffic(workload, topology.n_nodes, columns=topology.columns, packet_flits=self._packet_flits)
        if self._bursts:
            one = bursty(one)
        found = measure(self._network.fresh(self._seed), one, self._load)
        sampled = found.link_flits[:, -1].sum() / max(found.throughput * topology.n_nodes, 1e-12)
        return {
            workload: {
                "latency_cycles": found.latency_cycles,
                "network_latency_cycles": found.network_latency_cycles,
                "latency_99_cycles": float(found.latency_99_cycles),
                "hops": found.hops,
                "throughput": found.throughput,
                "saturated": float(not found.is_stable),
                "cycles": float(found.cycles),
                "busiest_link": float(found.link_flits[:, :-1].max() / max(sampled, 1.0)),
            }
        }

    def _play(self, path: Path) -> Metrics:
        """Every packet of a file, until the last has arrived."""
        events = read_events(path)
        network = self._network.fresh(self._seed)
        one = from_events(path.stem, network.topology.n_nodes, events)
        found = network.drain(one, MOST_CYCLES)
        return {
            "latency_cycles": found.latency_cycles,
            "network_latency_cycles": found.network_latency_cycles,
            "latency_99_cycles": float(found.percentile_cycles(0.99)),
            "hops": found.hops,
            "throughput": found.throughput,
            "saturated": 0.0,
            "cycles": float(found.cycles),
            "busiest_link": float(found.link_flits[:, :-1].max() / max(found.cycles, 1)),
        }
