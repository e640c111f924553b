"""Play a trace: the clocks of every request, the commands, energy and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from archwright.memory.dram import layout as of
from archwright.memory.dram.controller import Controller
from archwright.memory.dram.device import Device, find_device
from archwright.memory.dram.energy import Events, energy_parts_j
from archwright.memory.traces.trace import Ints, Trace

METRICS: Mapping[str, str] = {
    "time_s": "s", "energy_j": "J", "power_w": "W", "energy_delay_js": "J*s", "bandwidth_bytes_per_s": "B/s",
    "latency_s": "s", "row_hit_share": "", "postponed_refreshes": "",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """What became of a trace.

    Args:
        trace, device, controller: what was run.
        requests: (n, 6) int64, see `layout`.
        times: (n, 3) int64, clocks at which each request was accepted, issued and answered.
        log: (m, 4) int64, the commands; empty unless asked for.
        counts: (8,) int64, see `layout`.
    """

    trace: Trace
    device: Device
    controller: Controller
    requests: Ints
    times: Ints
    log: Ints
    counts: Ints

    @property
    def total_clk(self) -> int:
        """Clocks until the last answer."""
        return int(self.times[:, of.RESPONDED].max())

    @property
    def events(self) -> Events:
        """What energy is counted from."""
        n = [int(one) for one in self.counts]
        return Events(
            n[of.ACTIVATIONS], n[of.READS], n[of.WRITES], n[of.REFRESHES_DONE], n[of.ACTIVE_CLOCKS], self.total_clk
        )

    @property
    def postponed_refreshes(self) -> int:
        """Most refreshes that were late at once; without refresh, all those of a retention time."""
        if self.controller.refresh_policy == "no-refresh":
            return round(self.device.retention_s * self.device.clock_hz / self.device.refi_clk)
        return int(self.counts[of.MOST_POSTPONED])

    def metrics(self) -> dict[str, float]:
        """Figures of the run in the units of `METRICS`; the latency is the mean from arrival to answer."""
        time_s = self.total_clk / self.device.clock_hz
        energy_j = sum(energy_parts_j(self.device, self.events).values())
        waits = self.times[:, of.RESPONDED] - self.requests[:, of.ARRIVAL]
        return {
            "time_s": time_s,
            "energy_j": energy_j,
            "power_w": energy_j / time_s,
            "energy_delay_js": energy_j * time_s,
            "bandwidth_bytes_per_s": len(self.trace) * self.device.line_bytes / time_s,
            "latency_s": float(waits.mean()) / self.device.clock_hz,
            "row_hit_share": 1.0 - int(self.counts[of.FIRST_COLUMNS]) / len(self.trace),
            "postponed_refreshes": float(self.postponed_refreshes),
        }


def request_table(trace: Trace, device: Device, order: str = "row-bank-column") -> Ints:
    """The kernel's `requests`, (n, 6) int64.

    Raises:
        SpecError: an address is beyond the device, or there is no such map.
    """
    banks, rows, lines = device.locate(trace.addresses, order)
    columns = (trace.clocks, banks, rows, lines, trace.is_write, trace.initiators)
    return np.stack([np.asarray(one, np.int64) for one in columns], axis=1)


def simulate(
    trace: Trace,
    controller: Controller | None = None,
    device: Device | None = None,
    *,
    order: str = "row-bank-column",
    is_logged: bool = False,
) -> Run:
    """Play a trace on a controller with a rank of devices.

    Args:
        trace: the requests.
        controller: the defaults if None.
        device: the published study's DDR3-1600 if None.
        order: of the address bits, one of `device.MAPS`.
        is_logged: keep every command.

    Raises:
        SpecError: an address is beyond the device, or there is no such map.

    Example:
        >>> from archwright.memory.traces import generate
        >>> run = simulate(generate("stream"), Controller(refresh_policy="no-refresh"))
        >>> round(run.metrics()["time_s"] * 1e9, 1)
        50025.0
    """
    device = find_device("ddr3-1600-1gb-x8") if device is None else device
    return play(trace, request_table(trace, device, order), controller or Controller(), device, is_logged=is_logged)


def play(trace: Trace, requests: Ints, controller: Controller, device: Device, *, is_logged: bool = False) -> Run:
    """The same with a table from `request_table`, which many runs may share."""
    from archwright.memory.dram.kernel import _kernel_run

    n = len(requests)
    times, counts = np.full((n, 3), -1, np.int64), np.zeros(of.N_COUNTS, np.int64)
    timing, control = device.timing(), controller.control(device)
    # Every request takes at most a precharge, an activation and a column command of its own, unless refreshes close
    # rows in between: then the log is played again with more room.
    room = 4 * n + 64 if is_logged else 0
    while True:
        log = np.zeros((room, 4), np.int64)
        _kernel_run(requests, trace.n_initiators, timing, control, times, log, counts)
        if not is_logged or counts[of.N_LOGGED] < room:
            return Run(trace, device, controller, requests, times, log[: counts[of.N_LOGGED]], counts)
        room *= 4
        times[:], counts[:] = -1, 0
