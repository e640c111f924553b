"""The problem: ten parameters of a DRAM controller for one trace."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from archwright.core.goal import Goal, goal
from archwright.core.problem import Metrics, Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, check_design
from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.device import find_device
from archwright.memory.dram.picture import draw_run
from archwright.memory.dram.simulation import METRICS, play, request_table
from archwright.memory.dram.workload import find_trace

DEFAULT_DESIGN = {name: getattr(Controller(), name) for name in CHOICES}
MOST_POSTPONED = 8  # JEDEC JESD79-3F, section 4.12: at most eight refreshes may be postponed


class DramController:
    """Set up a controller for a trace: the least energy times time, with no data forgotten.

    Args:
        trace: a generator's name, or a file.
        n_requests: of a generated trace.
        device: of `devices.toml`.
        map: order of the address bits.
        seed: of what is drawn.

    Raises:
        SpecError: no such trace, device or map, or an address beyond the device.

    Example:
        >>> problem = DramController(trace="stream", n_requests=1000)
        >>> round(problem.evaluate([DEFAULT_DESIGN], rng=np.random.default_rng(0))[0]["time_s"] * 1e9, 1)
        5025.0
    """

    name = "dram-controller"
    typical_seconds = 3e-3
    metrics: Mapping[str, str] = METRICS

    def __init__(
        self,
        *,
        trace: str = "mixed",
        n_requests: int = 2000,
        device: str = "ddr3-1600-1gb-x8",
        map: str = "row-bank-column",
        seed: int = 0,
    ) -> None:
        self.space = Record(CHOICES)
        self.trace, self.device = find_trace(trace, n_requests, seed), find_device(device)
        self._requests = request_table(self.trace, self.device, map)
        self.version = f"1.{zlib.crc32(repr(self.device).encode(), zlib.crc32(self._requests.tobytes())):08x}"
        self._default = self._metrics(DEFAULT_DESIGN)
        self.goals: tuple[Goal, ...] = (
            goal(f"min energy_delay_js ref {self._default['energy_delay_js']:.6g} J*s", self.metrics),
            goal(f"postponed_refreshes <= {MOST_POSTPONED}", self.metrics),
        )

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Play the trace on every design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return [self._metrics(design) for design in designs]

    def _metrics(self, design: Design) -> Metrics:
        controller = Controller(**check_design(self.space, design))
        return play(self.trace, self._requests, controller, self.device).metrics()

    def references(self) -> list[Reference]:
        """The published study's default controller."""
        source = "Krishnan et al., 2022, arXiv:2211.16385: the environment's defaults"
        return [Reference("default", DEFAULT_DESIGN, self._default, source)]

    def draw(self, design: Design) -> str:
        """What every bank does in the first microseconds.

        Raises:
            SpecError: the design is not in the space.
        """
        controller = Controller(**check_design(self.space, design))
        return draw_run(play(self.trace, self._requests, controller, self.device, is_logged=True))
