"""`archwright simulate dram TRACE`: a channel of one's own, and what a trace takes on it."""

from __future__ import annotations

from collections.abc import Mapping

from archwright.core.problem import Metrics
from archwright.memory.dram.controller import Controller
from archwright.memory.dram.device import find_device
from archwright.memory.dram.simulation import METRICS, simulate
from archwright.memory.dram.workload import WORKLOADS, find_trace


class DramSimulator:
    """A channel that plays traces; the defaults are the published study's.

    Args:
        device: of `devices.toml`.
        map: order of the address bits.
        n_requests: of a generated trace.
        seed: of what is drawn.
        page_policy: open, open-adaptive, closed or closed-adaptive.
        scheduler: fifo, fr-fcfs or fr-fcfs-grouped.
        scheduler_buffer: bankwise, read-write or shared.
        request_buffer_size: requests that may wait.
        response_queue: fifo or reorder.
        refresh_policy: no-refresh or all-bank.
        refresh_max_postponed: 1 to 8.
        refresh_max_pulled_in: 1 to 8.
        arbiter: simple, fifo or reorder.
        max_active_transactions: of an initiator, unless the arbiter is simple.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> DramSimulator(refresh_policy="no-refresh").run("stream")["stream"]["row_hit_share"]
        0.9921
    """

    workloads = WORKLOADS
    metrics: Mapping[str, str] = METRICS

    def __init__(
        self,
        *,
        device: str = "ddr3-1600-1gb-x8",
        map: str = "row-bank-column",
        n_requests: int = 10_000,
        seed: int = 0,
        page_policy: str = "open",
        scheduler: str = "fr-fcfs",
        scheduler_buffer: str = "bankwise",
        request_buffer_size: int = 8,
        response_queue: str = "fifo",
        refresh_policy: str = "all-bank",
        refresh_max_postponed: int = 1,
        refresh_max_pulled_in: int = 1,
        arbiter: str = "simple",
        max_active_transactions: int = 128,
    ) -> None:
        self.device, self.order = find_device(device), map
        self.n_requests, self.seed = n_requests, seed
        self.controller = Controller(
            page_policy, scheduler, scheduler_buffer, request_buffer_size, response_queue, refresh_policy,
            refresh_max_postponed, refresh_max_pulled_in, arbiter, max_active_transactions,
        )  # fmt: skip

    def run(self, workload: str) -> dict[str, Metrics]:
        """Metrics of a trace.

        Args:
            workload: a generator's name, or a file.

        Raises:
            SpecError: there is no such trace, or it does not fit the device.
        """
        trace = find_trace(workload, self.n_requests, self.seed)
        return {trace.name: simulate(trace, self.controller, self.device, order=self.order).metrics()}
