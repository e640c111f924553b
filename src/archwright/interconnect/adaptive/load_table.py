"""How long packets take under every routing at every load, measured: what a choice of routing by load is judged by.

Above saturation latency has no bound and grows with the cycles simulated; it is comparable all the same, since every
routing is given the same cycles and the same seed of the sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from archwright.core.errors import SpecError

Floats = np.ndarray[Any, np.dtype[np.float64]]

PAPER_ROUTINGS = ("xy", "o1turn", "west-first", "west-first-adaptive")
"""Dimension order, random oblivious, turn-model oblivious, turn-model adaptive (Kao et al., NOCS 2019)."""
PAPER_LOADS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""Packets per cycle and node; the paper's sweep."""


@dataclass(frozen=True)
class Scenario:
    """A square mesh, its traffic, and what may be chosen at which loads.

    Args:
        pattern: of the traffic.
        routings: names, one at least.
        loads: flits per cycle and node, rising.
        cycles: simulated per load and routing, >= 1.
        size: columns and rows.
        n_vcs: virtual channels per port.
        buffer_flits: per virtual channel.
        seed: of the sources.

    Raises:
        SpecError: there is no load or no routing, or loads do not rise.
    """

    pattern: str = "shuffle"
    routings: tuple[str, ...] = PAPER_ROUTINGS
    loads: tuple[float, ...] = PAPER_LOADS
    cycles: int = 20_000
    size: int = 8
    n_vcs: int = 4
    buffer_flits: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be swept."""
        if not self.routings:
            raise SpecError("routings", self.routings, "one name or more")
        if not self.loads or list(self.loads) != sorted(set(self.loads)):
            raise SpecError("loads", self.loads, "one load or more, rising")


@lru_cache(maxsize=32)
def latency_table(scenario: Scenario) -> Floats:
    """Mean latency of packets in cycles, waiting at the source included, `(n_loads, n_routings)`; read-only.

    Args:
        scenario: simulated once per load and routing, then remembered.

    Raises:
        SpecError: the network cannot be built.

    Example:
        >>> table = latency_table(Scenario(routings=("xy", "yx"), loads=(0.05, 0.1), cycles=300, size=4))
        >>> table.shape, bool((table > 5.0).all())
        ((2, 2), True)
    """
    from archwright.interconnect.noc import Network, mesh, traffic

    grid, n_nodes = mesh(scenario.size, scenario.size), scenario.size**2
    sent = traffic(scenario.pattern, n_nodes, columns=scenario.size)
    table = np.empty((len(scenario.loads), len(scenario.routings)))
    for at in np.ndindex(table.shape):
        load, routing = scenario.loads[at[0]], scenario.routings[at[1]]
        network = Network(grid, routing, n_vcs=scenario.n_vcs, buffer_flits=scenario.buffer_flits, seed=scenario.seed)
        table[at] = network.run(scenario.cycles, sent, load).latency_cycles
    table.flags.writeable = False
    return table
