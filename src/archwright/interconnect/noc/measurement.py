"""Latency at a load, measured as BookSim does: warm up, sample until nothing changes, wait for what was sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layout import Masks, Reals
from archwright.interconnect.noc.network import Counts, Network
from archwright.interconnect.noc.state import FOREVER
from archwright.interconnect.noc.traffic import Traffic

PERIOD = 1000
"""Cycles of a sample: BookSim's `sample_period`."""
WARM_UP = 3
"""Samples before the measured ones: BookSim's `warmup_periods`."""
MOST_SAMPLES = 8
"""With the warm-up: `max_samples` of the recorded BookSim runs, as their numbers of cycles tell."""
CONVERGED = 3
"""Samples in a row in which neither latency nor throughput changes by more than `CHANGE`."""
CHANGE = 0.05
LATENCY_LIMIT = 500.0
"""Cycles of mean latency beyond which a network counts as saturated: BookSim's `latency_thres`."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """A network at a load.

    Args:
        load: flits per cycle and node that the sources offer.
        is_stable: False if the mean latency grew past the limit.
        latency_cycles: mean of the packets made in the measured cycles, waiting at the source included; where the
            network is saturated, of those that arrived.
        network_latency_cycles: mean from the first flit's start.
        hops: mean number of routers.
        throughput: flits delivered per cycle and node.
        cycles: that were run.
        link_flits: (nodes, ports) int64: flits that left by each port in the measured cycles.
        latency_99_cycles: that 99 of 100 packets keep to; at most 4,095.
    """

    load: float
    is_stable: bool
    latency_cycles: float
    network_latency_cycles: float
    hops: float
    throughput: float
    cycles: int
    link_flits: Masks
    latency_99_cycles: int


class _Sample:
    """Sums over the periods since the warm-up."""

    def __init__(self) -> None:
        self.cycles, self.flits, self.packets = 0, 0, 0
        self.latency_sum, self.network_sum, self.hops_sum = 0.0, 0.0, 0.0
        self.link_flits: Masks = np.zeros((1, 1), np.int64)
        self.histogram: Masks = np.zeros(of.N_BINS, np.int64)

    def add(self, found: Counts) -> None:
        self.cycles += found.cycles
        self.flits += found.flits_delivered
        self.packets += found.packets_delivered
        self.latency_sum += found.latency_cycles * found.packets_delivered
        self.network_sum += found.network_latency_cycles * found.packets_delivered
        self.hops_sum += found.hops * found.packets_delivered
        self.link_flits = self.link_flits + found.link_flits
        self.histogram = self.histogram + found.histogram

    @property
    def latency(self) -> float:
        return self.latency_sum / max(self.packets, 1)


def measure(network: Network, traffic: Traffic, load: float) -> Measurement:
    """Latency and throughput of a network that has not run yet.

    Args:
        network: fresh.
        traffic: for its nodes.
        load: flits per cycle and node that the sources offer, 0 to 1.

    Raises:
        SpecError: the load is out of its range.
        Failed: packets wait for each other for ever.

    Example:
        >>> from archwright.interconnect.noc import Network, mesh, traffic
        >>> found = measure(Network(mesh(4, 4), "xy"), traffic("neighbour", 16, columns=4), 0.1)
        >>> found.is_stable, found.hops > 1
        (True, True)
    """
    n = network.state.numbers
    network.run(WARM_UP * PERIOD, traffic, load)
    n[of.MEASURE_FROM], n[of.MEASURE_UNTIL] = network.now, FOREVER
    sample, converged, before = _Sample(), 0, (0.0, 0.0)
    measured = np.zeros(4)
    for _ in range(MOST_SAMPLES - WARM_UP):
        sample.add(network.run(PERIOD, traffic, load))
        measured += _measured(network)
        now = (sample.latency, sample.flits / sample.cycles)
        changes = [abs(new - old) / max(new, 1e-12) for new, old in zip(now, before, strict=True)]
        converged, before = (converged + 1 if max(changes) <= CHANGE else 0), now
        if sample.latency > LATENCY_LIMIT:
            return _summary(network, load, sample, measured, False)
        if converged == CONVERGED - 1:  # the first sample has none to compare with
            break
    n[of.MEASURE_UNTIL] = network.now
    while n[of.MEASURED_OPEN] > 0:
        network.run(PERIOD, traffic, load, stops_when_measured=True)
        measured += _measured(network)
        if measured[1] / max(measured[0], 1) > LATENCY_LIMIT:
            return _summary(network, load, sample, measured, False)
    return _summary(network, load, sample, measured, True)


def _measured(network: Network) -> Reals:
    counts = network.state.counts
    return counts[of.MEASURED : of.MEASURED_HOPS + 1].astype(np.float64)


def _summary(network: Network, load: float, sample: _Sample, measured: Reals, is_stable: bool) -> Measurement:
    n_measured, latency, on_way, hops = (float(one) for one in measured)
    many = max(n_measured, 1.0)
    below = np.cumsum(sample.histogram)
    return Measurement(
        load, is_stable, latency / many, on_way / many, hops / many,
        sample.flits / sample.cycles / network.topology.n_nodes, network.now, sample.link_flits,
        int(np.searchsorted(below, 0.99 * below[-1])),
    )  # fmt: skip


def sweep(
    network: Network, traffic: Traffic, loads: Sequence[float], *, seed: int = 0, stops_when_saturated: bool = True
) -> list[Measurement]:
    """A latency-load curve: a fresh copy of the network at every load.

    Args:
        network: gives topology, routing and buffers.
        traffic: for its nodes.
        loads: flits per cycle and node, increasing.
        seed: of the sources.
        stops_when_saturated: leave out the loads above the first that saturates.

    Raises:
        SpecError: a load is out of its range.
    """
    found: list[Measurement] = []
    for load in loads:
        found.append(measure(network.fresh(seed), traffic, load))
        if stops_when_saturated and not found[-1].is_stable:
            break
    return found
