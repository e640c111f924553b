"""Energy of a run from its commands and the data sheet's currents.

Source: Micron, technical note TN-41-01, *Calculating Memory System Power for DDR3*. A current above the background that
flows for some clocks at the supply's voltage is an event's energy; the background is IDD3N while any bank is open or
refreshing, IDD2N otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from archwright.memory.dram.device import Device


@dataclass(frozen=True)
class Events:
    """What energy is counted from.

    Args:
        activations, reads, writes, refreshes: commands.
        active_clk: clocks with a bank open, or refreshing.
        total_clk: all clocks.
    """

    activations: int
    reads: int
    writes: int
    refreshes: int
    active_clk: int
    total_clk: int


def energy_parts_j(device: Device, events: Events) -> dict[str, float]:
    """Joules of the whole rank by what takes them.

    Example:
        >>> from archwright.memory.dram.device import find_device
        >>> parts = energy_parts_j(find_device("ddr3-1600-1gb-x8"), Events(1, 0, 0, 0, 28, 38))
        >>> round(parts["activate"] * 1e9, 3), round(parts["background"] * 1e9, 3)
        (14.25, 25.65)
    """
    one = device
    cycle_clk = one.ras_clk + one.rp_clk
    standby_ma_clk = one.idd3n_ma * one.ras_clk + one.idd2n_ma * one.rp_clk
    charges_ma_clk = {
        "activate": events.activations * (one.idd0_ma * cycle_clk - standby_ma_clk),
        "read": events.reads * (one.idd4r_ma - one.idd3n_ma) * one.burst_clk,
        "write": events.writes * (one.idd4w_ma - one.idd3n_ma) * one.burst_clk,
        "refresh": events.refreshes * (one.idd5_ma - one.idd3n_ma) * one.rfc_clk,
        "background": one.idd3n_ma * events.active_clk + one.idd2n_ma * (events.total_clk - events.active_clk),
    }  # fmt: skip
    joules = 1e-3 * one.vdd_v * one.n_devices / one.clock_hz
    return {name: charge * joules for name, charge in charges_ma_clk.items()}
